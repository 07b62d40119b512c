"""A picture file or array becomes RGBA in one form, and its object is framed for the encoder.

Every picture is float32 RGBA in [0, 1] with straight alpha and row 0 on top, upright
whatever its EXIF says. Eight bits a channel are kept: the encoder sees 128 pixels a side.
"""

import errno
import math
import os
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ..errors import InputError
from ..files.picture_formats import FORMAT_NAMES, PICTURE_SUFFIXES
from ..tensors import Picture
from .wide_tiff import is_tiff, read_wide_tiff

MAX_PIXELS = 100_000_000
"""Largest picture that is decoded: 400 MB of RGBA bytes, which the worker's budget still holds."""

MAX_SIDE_PX = 2048
"""Larger pictures are reduced to this side while loading; an object that fills a tenth of it
still covers more pixels than the encoder looks at."""

MIN_SIDE_PX = 16
"""Below this, nothing can be told about a shape."""

_DECODING_ERRORS = (
    OSError,
    SyntaxError,  # Pillow's word for a broken PNG chunk
    ValueError,
    EOFError,
    IndexError,
    TypeError,
    struct.error,
    zlib.error,
)
_ORIENTATION_TAG = 0x0112
_BITS_TAG, _PLANES_TAG = 258, 284
_WIDE_GREY = ("I", "I;16", "I;16B", "I;16L", "I;16N")


def load_picture(source: str | Path | NDArray) -> Picture:
    """The picture as float32 RGBA, upright, at most `MAX_SIDE_PX` a side.

    Args:
        source: A file of a format in `PICTURE_SUFFIXES` and of any colour mode (the first
            frame counts), or an array of shape (h, w), (h, w, 1), (h, w, 3) or
            (h, w, 4): uint8 or uint16 over their whole range, bool, or floats in [0, 1].

    Returns:
        Straight alpha, 1 everywhere when the source has none.

    Raises:
        InputError: There is no such file, it cannot be read or decoded, it has more than
            `MAX_PIXELS` pixels (found out before any is decoded) or fewer than
            `MIN_SIDE_PX` a side; or an array has another shape, type or range.
    """
    if isinstance(source, np.ndarray):
        name, rgba = "the picture", _rgba_of_array(source)
    else:
        path = Path(source)
        name, rgba = f"'{path.name}'", _rgba_of_file(path)
    height, width = rgba.shape[:2]
    if min(height, width) < MIN_SIDE_PX:
        raise InputError(
            f"{name} is only {width} x {height} pixels; "
            f"give a picture of at least {MIN_SIDE_PX} x {MIN_SIDE_PX}"
        )
    return rgba


def frame_object(
    picture: Picture, size_px: int = 128, *, fill: float = 0.8
) -> Float[np.ndarray, "s s 4"]:
    """The object alone, centred in a square picture of `size_px`.

    The longer side of the alpha's bounding box covers `fill` of the frame. Colours are
    premultiplied while they are resampled, so no background bleeds into the rim.

    Args:
        picture: RGBA whose alpha is the object's matte.
        size_px: Side of the result.
        fill: Share of the frame that the object's longer side covers, in (0, 1].

    Returns:
        Straight alpha; colour 0 where alpha is 0.

    Raises:
        InputError: No pixel of the picture is visible.
    """
    left, top, right, bottom = object_box(picture[..., 3])
    side = max(right - left, bottom - top) / fill
    x, y = (left + right - side) / 2, (top + bottom - side) / 2
    # one more pixel than the square needs: the resampling filter looks past its edge
    x_low, y_low = math.floor(x) - 1, math.floor(y) - 1
    canvas = _padded_crop(picture, x_low, y_low, math.ceil(side) + 4)
    canvas[..., :3] *= canvas[..., 3:]
    box = (x - x_low, y - y_low, x - x_low + side, y - y_low + side)
    framed = np.clip(resized(canvas, size_px, size_px, box), 0.0, 1.0)
    alpha = framed[..., 3:]
    np.divide(framed[..., :3], alpha, out=framed[..., :3], where=alpha > 1e-4)
    framed[..., :3] = np.where(alpha > 1e-4, np.minimum(framed[..., :3], 1.0), 0.0)
    return framed


def object_box(alpha: Float[np.ndarray, "h w"]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom (the last two exclusive) of the visible object, in pixels.

    A pixel is visible at half the picture's greatest alpha, but never above one half, so
    that glass and thin wires count.

    Raises:
        InputError: No alpha is above 0.
    """
    greatest = float(alpha.max())
    if not greatest > 0.0:
        raise InputError("no pixel of the picture is visible; give a picture that shows an object")
    visible = alpha > min(0.5, greatest / 2)
    columns = np.flatnonzero(visible.any(axis=0))
    rows = np.flatnonzero(visible.any(axis=1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def resized(
    picture: Float[np.ndarray, "h w c"],
    width: int,
    height: int,
    box: tuple[float, float, float, float] | None = None,
) -> Float[np.ndarray, "a b c"]:
    """Resampled channel by channel with an antialiasing filter that does not overshoot."""
    channels = [
        Image.fromarray(np.ascontiguousarray(picture[..., channel])).resize(
            (width, height), Image.Resampling.HAMMING, box, reducing_gap=2.0
        )
        for channel in range(picture.shape[2])
    ]
    return np.stack([np.asarray(channel) for channel in channels], axis=-1)


def _padded_crop(picture: Picture, x_low: int, y_low: int, side: int) -> Float[np.ndarray, "s s 4"]:
    """(side, side, 4) from that corner on, transparent where the picture does not reach."""
    height, width = picture.shape[:2]
    canvas = np.zeros((side, side, 4), np.float32)
    rows = slice(max(y_low, 0), min(y_low + side, height))
    columns = slice(max(x_low, 0), min(x_low + side, width))
    canvas[rows.start - y_low : rows.stop - y_low, columns.start - x_low : columns.stop - x_low] = (
        picture[rows, columns]
    )
    return canvas


def _rgba_of_array(array: NDArray) -> Picture:
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or 0 in array.shape:
        raise InputError(
            f"a picture array must have shape (h, w), (h, w, 3) or (h, w, 4); found {array.shape}; "
            "give rows of grey, RGB or RGBA pixels"
        )
    if array.dtype in (np.uint8, np.uint16):
        values = array.astype(np.float32) / np.iinfo(array.dtype).max
    elif array.dtype == bool or np.issubdtype(array.dtype, np.floating):
        values = array.astype(np.float32)
    else:
        raise InputError(
            f"a picture array must be uint8, uint16, bool or floating; found {array.dtype}; "
            "convert it"
        )
    if not (values.min() >= 0.0 and values.max() <= 1.0):
        raise InputError(
            f"a floating picture array must lie in [0, 1]; found {values.min():g} to "
            f"{values.max():g}; scale it or replace its NaN"
        )
    colour = values[..., : min(3, values.shape[2])]
    alpha = values[..., 3:] if values.shape[2] == 4 else np.ones_like(values[..., :1])
    rgba = np.concatenate([np.broadcast_to(colour, (*values.shape[:2], 3)), alpha], axis=2)
    longest = max(rgba.shape[:2])
    if longest <= MAX_SIDE_PX:
        return rgba
    height, width = (max(1, round(side * MAX_SIDE_PX / longest)) for side in rgba.shape[:2])
    return resized(rgba, width, height)


def _rgba_of_file(path: Path) -> Picture:
    if os.path.isdir(path):  # unlike Path's, it is false for a path that is too long
        raise InputError(f"'{path}' is a folder; name a picture file in it")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd EXIF and large sizes; both are handled here
            try:
                return _decode(path)
            except _DECODING_ERRORS:
                if not is_tiff(path):
                    raise
                return _decode_wide_tiff(path)
    except FileNotFoundError:
        raise InputError(f"there is no picture '{path}'; check the path") from None
    except PermissionError:
        raise InputError(f"'{path}' may not be read; give yourself permission to read it") from None
    except (Image.DecompressionBombError, MemoryError):
        raise _too_large(path, f"more than {MAX_PIXELS // 10**6}") from None
    except UnidentifiedImageError:
        raise InputError(
            f"'{path.name}' is not a picture of a known format ({path.stat().st_size} bytes); "
            f"save it as one of {FORMAT_NAMES}"
        ) from None
    except _DECODING_ERRORS as error:
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            raise InputError(
                f"there is no picture '{path}': the path is too long; check it"
            ) from error
        raise InputError(
            f"'{path.name}' is damaged or incomplete ({str(error).rstrip('.')}); "
            "save or download it again"
        ) from error


def _decode(path: Path) -> Picture:
    """Pixels of the file, reduced as early as its format allows."""
    Image.init()  # registers the plugins of all formats; once per process
    with Image.open(path, formats=tuple(PICTURE_SUFFIXES)) as image:
        if image.format == "TIFF" and _has_wide_planes(image):
            raise ValueError("Pillow would read planes of 16 bits as one of 8")
        image.draft(None, (MAX_SIDE_PX, MAX_SIDE_PX))  # JPEG decodes at a fraction of its size
        if image.width * image.height > MAX_PIXELS:
            raise _too_large(path, f"{image.width * image.height / 1e6:.0f}")
        image.load()
        orientation = image.getexif().get(_ORIENTATION_TAG, 1)
        if image.mode in _WIDE_GREY or image.mode == "F":
            rgba = _rgba_of_array(_wide_grey(image))
        else:
            has_alpha = image.has_transparency_data
            flat = image.convert("RGBA" if has_alpha else "RGB")
            longest = max(flat.size)
            if longest > MAX_SIDE_PX:
                share = MAX_SIDE_PX / longest
                size = tuple(max(1, round(side * share)) for side in flat.size)
                flat = flat.resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)
            rgba = _rgba_of_array(np.asarray(flat))
    return np.ascontiguousarray(_upright(rgba, orientation))


def _has_wide_planes(image: Image.Image) -> bool:
    """Whether a TIFF keeps its channels apart, in more than eight bits."""
    planes, bits = image.tag_v2.get(_PLANES_TAG, 1), image.tag_v2.get(_BITS_TAG, (8,))
    return planes == 2 and max(np.ravel(bits)) > 8


def _decode_wide_tiff(path: Path) -> Picture:
    """Pixels of a TIFF that Pillow cannot read.

    Raises:
        InputError: It is too large or of a kind that cannot be read either.
        ValueError: It is damaged.
    """
    values, orientation = read_wide_tiff(path, MAX_PIXELS)
    return np.ascontiguousarray(_upright(_rgba_of_array(values), orientation))


def _wide_grey(image: Image.Image) -> Float[np.ndarray, "h w"]:
    """Grey of more than 8 bits in [0, 1]: 16-bit counts over their range, floats clipped."""
    values = np.asarray(image).astype(np.float32)
    return np.clip(values if image.mode == "F" else values / 65535.0, 0.0, 1.0)


def _upright(picture: Picture, orientation: int) -> Float[np.ndarray, "a b 4"]:
    """The picture turned as the EXIF orientation 1 to 8 asks; anything else counts as 1."""
    if orientation in (5, 6, 7, 8):
        picture = picture.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        picture = picture[::-1]
    if orientation in (2, 3, 6, 7):
        picture = picture[:, ::-1]
    return picture


def _too_large(path: Path, megapixels: str) -> InputError:
    return InputError(
        f"'{path.name}' has {megapixels} million pixels, too many to open safely; "
        f"scale it down to {MAX_SIDE_PX} pixels a side"
    )
