"""TIFF files with samples that Pillow does not know: floats, and integers of any width.

Floats are taken as Blender takes them in a TIFF: display values (sRGB), where 1 is white.
"""

import logging
import struct
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from ..errors import InputError

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # it has words for stderr

MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
"""First bytes of a TIFF and of a BigTIFF, in both orders of bytes."""

_ASSOCIATED = 1
_ORIENTATION_TAG = 274


def is_tiff(path: Path) -> bool:
    """Whether the file begins as a TIFF does.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return file.read(4) in MAGIC


def read_wide_tiff(path: Path, most_pixels: int) -> tuple[Float[np.ndarray, "h w c"], int]:
    """The first page's samples in [0, 1], and its EXIF orientation.

    Args:
        path: A TIFF file.
        most_pixels: Larger pages are refused before they are decoded.

    Returns:
        1, 3 or 4 channels with straight alpha; integers over their whole range, floats clipped,
        and 0 where they are NaN.

    Raises:
        InputError: The page is too large, or of a kind that cannot be read.
        ValueError: The file is damaged.
    """
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            width, height = int(page.imagewidth), int(page.imagelength)
            kind = f"{page.samplesperpixel} x {page.dtype}, {page.compression.name.lower()}"
            axes, channels = page.axes, int(page.samplesperpixel)
            if width * height > most_pixels:
                raise InputError(
                    f"'{path.name}' has {width * height / 1e6:.0f} million pixels, too many to "
                    "open safely; scale it down"
                )
            if page.dtype is None or axes not in ("YX", "YXS", "SYX") or channels > 8:
                raise _unknown(path, f"{kind}, axes {axes}")
            try:
                values = page.asarray()
            except (ValueError, NotImplementedError) as error:
                if "codec" in str(error) or "compress" in str(error).lower():
                    raise _unknown(path, kind) from error
                raise
            orientation = page.tags.get(_ORIENTATION_TAG)
            is_white_zero = page.photometric == tifffile.PHOTOMETRIC.MINISWHITE
            extra = tuple(map(int, page.extrasamples))
    except (OSError, KeyError, IndexError, TypeError, struct.error, zlib.error) as error:
        raise ValueError(str(error)) from error
    if axes == "SYX":
        values = np.moveaxis(values, 0, -1)
    unit = _in_unit_range(values.reshape(height, width, channels))
    unit = _with_straight_alpha(1 - unit if is_white_zero else unit, extra)
    return unit, 1 if orientation is None else int(orientation.value)


def _in_unit_range(values: NDArray) -> Float[np.ndarray, "h w c"]:
    """Integers over their whole range, floats clipped."""
    if values.dtype.kind in "iu":
        values = values.astype(np.float64) / np.iinfo(values.dtype).max
    values = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=1.0, neginf=0.0)
    return np.clip(values, 0.0, 1.0)


def _with_straight_alpha(
    values: Float[np.ndarray, "h w c"], extra: tuple[int, ...]
) -> Float[np.ndarray, "h w d"]:
    """Grey, RGB or RGBA of 1 to 8 channels, of which the first extra one is the alpha."""
    colours = values.shape[2] - len(extra)
    colour = values[..., :1] if colours < 3 else values[..., :3]
    if not extra:
        return colour
    alpha = values[..., colours : colours + 1]
    if extra[0] == _ASSOCIATED:
        colour = np.divide(colour, alpha, out=np.zeros_like(colour), where=alpha > 0)
    colour = np.broadcast_to(np.clip(colour, 0, 1), (*values.shape[:2], 3))
    return np.concatenate([colour, alpha], axis=2)


def _unknown(path: Path, kind: str) -> InputError:
    return InputError(
        f"'{path.name}' is a TIFF of a kind that is not read ({kind}); save it as a TIFF with 8 or "
        "16 bits a channel, without compression, or as PNG"
    )
