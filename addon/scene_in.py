"""From the scene to the job's folder: the picture that the artist chose, as a file."""

import struct
import zlib
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError

MAX_PIXELS = 64_000_000
"""Of a picture that only Blender holds: reading it takes 16 bytes a pixel, here 1 GB."""


def picture_file(image: bpy.types.Image, folder: Path) -> Path:
    """The file of a picture; one is written to `folder` where Blender alone holds the pixels.

    Blender alone holds those of generated, painted and packed pictures.

    Args:
        image: Not modified.
        folder: Existing folder of the job.

    Raises:
        InputError: Its file is missing and nothing is packed, it holds no pixels (a render
            result, a movie), it is too large to be read, or the folder cannot be written.
    """
    is_file = image.source in {"FILE", "SEQUENCE"} and image.packed_file is None
    if is_file and not image.is_dirty:
        path = Path(bpy.path.abspath(image.filepath, library=image.library))
        if not path.is_file():
            raise InputError(
                f"the file of the picture {image.name!r} is missing ({path}); "
                "find it again or open another"
            )
        return path
    path = folder / "picture.png"
    try:
        path.write_bytes(png_bytes(pixels_of(image)))
    except OSError as error:
        raise InputError(
            f"the picture {image.name!r} cannot be written to {path} ({error.strerror}); "
            "free some disk space"
        ) from error
    return path


def pixels_of(image: bpy.types.Image) -> NDArray[np.uint8]:
    """(H, W, 4) RGBA as on screen, straight alpha, row 0 on top.

    Raises:
        InputError: The picture holds no pixels, or more than `MAX_PIXELS`.
    """
    width, height = image.size
    if width * height == 0 or image.source in {"MOVIE", "VIEWER"}:
        raise InputError(
            f"the picture {image.name!r} holds no pixels that can be read; "
            "save it to a file and open that"
        )
    if width * height > MAX_PIXELS:
        raise InputError(
            f"the picture {image.name!r} has {width} x {height} pixels, more than "
            f"{MAX_PIXELS // 1_000_000} million; scale it down"
        )
    pixels = np.zeros(width * height * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    rgba = _as_rgba(pixels.reshape(height, width, image.channels)[::-1])
    if image.is_float:  # scene-linear, and alpha multiplied in
        alpha = rgba[..., 3:]
        rgba[..., :3] = _display_from_linear(rgba[..., :3] / np.where(alpha > 0, alpha, 1))
    if image.alpha_mode == "NONE":
        rgba[..., 3] = 1.0
    return (np.nan_to_num(rgba).clip(0, 1) * 255 + 0.5).astype(np.uint8)


def png_bytes(rgba: NDArray[np.uint8]) -> bytes:
    """The PNG file of (H, W, 4) pixels, row 0 on top."""
    height, width, _ = rgba.shape
    rows = np.zeros((height, 1 + width * 4), np.uint8)  # a row starts with its filter: 0, none
    rows[:, 1:] = rgba.reshape(height, width * 4)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _as_rgba(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width, channels = pixels.shape
    rgba = np.ones((height, width, 4), np.float32)
    if channels < 3:
        rgba[..., :3] = pixels[..., :1]
    else:
        rgba[..., :channels] = pixels
    return rgba


def _display_from_linear(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sRGB curve (IEC 61966-2-1)."""
    bright = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, bright)
