"""The object is cut out of a picture: by the picture's own alpha, else by its colours.

Where the `rembg` package and one of its models are already installed, they decide instead
of the colours; nothing is ever downloaded.
"""

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from ..errors import InputError
from ..tensors import Picture
from .borders import proper_part
from .image import object_box, resized
from .segmentation import SURE_DIFFERENCE, object_probability

Alpha = Float[np.ndarray, "h w"]

LOCATING_PX, CUTTING_PX = 160, 208
"""Longer side of the whole picture when the object is searched in it, and of the part around
the object when its outline is drawn."""

MATTE_SHARE = 0.005
"""An alpha channel is the matte when at least this share of it is transparent; less (rounded
corners of a screen shot, say) is painted white."""

SMALLEST_OBJECT_PX = 6
"""Shortest bounding-box side of an object, in pixels of the picture."""

CRUMB_SHARE = 0.01
"""Parts of a matte smaller than this share of its largest part are dropped."""

STRAY_SHARE = 0.05
"""The same for parts at the picture's edge, where the largest part is not: corners of a frame or
of a vignette, say."""

STRAY_LINE_PX = 3
"""Widest border on one side that is nothing to tell a person of."""

FAINT_ALPHA = 1 / 16
"""Less counts as transparent where parts are told from each other."""

OPAQUE_ALPHA = 0.98
"""An alpha channel whose greatest value is below is stretched to reach 1."""

_REMBG_MODEL = "u2net"


@dataclass(frozen=True, eq=False)
class Matting:
    """A picture with the object's matte as its alpha, and where that came from."""

    picture: Picture
    """Straight alpha, as large as the picture that was given."""

    rows: slice
    """Of the picture proper, in which the object was looked for."""

    columns: slice

    border_px: int
    """Greatest width of the uniform border around that; 0 also where it is a stray line or two."""

    has_own_alpha: bool
    """Whether the matte is the alpha that the picture came with; colours beside the object then
    mean nothing."""

    stray_pieces: int
    """Small parts of the picture's own alpha at its edge that were left out."""


def cut_out(picture: Picture) -> Matting:
    """The object of a picture, found in the part of it that no uniform border takes up.

    A picture with transparent parts keeps its alpha, without stray specks; where that is nowhere
    opaque, or nowhere transparent, it is stretched to the whole of [0, 1]. Otherwise the
    object is found by its difference from the border of the picture, which works on plain
    and gradient backgrounds, on a wall above a floor, and with soft shadows; a busy room
    needs `rembg` or a picture that is already cut out.

    Args:
        picture: Any size; 1024 x 1024 takes about 0.2 s.

    Returns:
        Straight alpha; the colours of a soft rim are the object's, not the background's.

    Raises:
        InputError: The picture is fully transparent, or shows no visible object.
    """
    if not float(picture[..., 3].max()) > 1 / 255:
        raise InputError(
            "the picture is fully transparent; give one that shows the object, "
            "or remove its alpha channel"
        )
    rows, columns = proper_part(picture)
    result = picture.copy()
    result[..., 3] = 0.0
    result[rows, columns], has_own_alpha, stray_pieces = _cut(picture[rows, columns])
    left, top, right, bottom = object_box(result[..., 3])
    if max(right - left, bottom - top) < SMALLEST_OBJECT_PX:
        raise InputError(
            f"the object in the picture is only {right - left} x {bottom - top} pixels; "
            "give a picture in which it is larger"
        )
    height, width = picture.shape[:2]
    borders = rows.start, height - rows.stop, columns.start, width - columns.stop
    border_px = max(borders) if all(borders) or max(borders) > STRAY_LINE_PX else 0
    return Matting(result, rows, columns, border_px, has_own_alpha, stray_pieces)


def _cut(picture: Picture) -> tuple[Picture, bool, int]:
    """The picture with the matte as its alpha, whether that is its own, and the pieces left out."""
    stray_pieces = 0
    alpha = _stretched(picture[..., 3])
    has_own_alpha = bool((alpha < 0.5).mean() >= MATTE_SHARE)
    if has_own_alpha:
        result = picture.copy()
        result[..., 3], stray_pieces = _without_crumbs(alpha)
    else:
        opaque = picture[..., :3] * alpha[..., None] + (1 - alpha[..., None])
        learnt = _rembg_alpha(opaque)
        if learnt is None:
            result = _cut_by_colour(opaque)
        else:
            result = np.concatenate([opaque, _without_crumbs(learnt)[0][..., None]], axis=-1)
    return result, has_own_alpha, stray_pieces


def _stretched(alpha: Alpha) -> Alpha:
    """The alpha from 0 to 1, where a whole layer was made fainter; glass stays as faint beside it.

    Its greatest value is one that fills three by three pixels: a stray pixel says nothing.
    """
    least = float(alpha.min())
    greatest = float(ndimage.grey_erosion(alpha, 3).max())
    if greatest <= least + FAINT_ALPHA:  # of one value; or nothing is that thick
        greatest = float(alpha.max())
    if greatest <= least + FAINT_ALPHA and least > 1 / 255:
        return np.ones_like(alpha)
    least = least if least > FAINT_ALPHA else 0.0
    if least == 0.0 and greatest >= OPAQUE_ALPHA:
        return alpha
    return np.clip((alpha - least) / (greatest - least), 0.0, 1.0)


def _cut_by_colour(rgb: Float[np.ndarray, "h w 3"]) -> Picture:
    """The object of an opaque picture: a look at the whole, then a closer one around it."""
    height, width = rgb.shape[:2]
    rough = _look(rgb, LOCATING_PX)[1]
    scale = height / rough.shape[0], width / rough.shape[1]
    left, top, right, bottom = object_box(rough)
    margin = 0.12 * max(right - left, bottom - top) + 0.02 * max(rough.shape)
    rows = slice(
        max(0, int((top - margin) * scale[0])), min(height, int((bottom + margin) * scale[0]))
    )
    columns = slice(
        max(0, int((left - margin) * scale[1])), min(width, int((right + margin) * scale[1]))
    )
    part = rgb[rows, columns]
    small, probability = _look(part, CUTTING_PX)
    # the colour of the nearest pixel that shows nothing but the object
    inside = _core(probability > 0.8)
    nearest = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    layers = np.concatenate([small[tuple(nearest)], probability[..., None]], axis=-1)
    layers = resized(layers.astype(np.float32), part.shape[1], part.shape[0])
    # the probability falls from 1 to 0 over a few pixels, and further out than the outline
    alpha = np.clip(3 * layers[..., 3:] - 1.3, 0.0, 1.0)
    result = np.zeros((height, width, 4), np.float32)
    result[..., :3] = rgb
    result[rows, columns, :3] = np.where(
        (alpha > 0) & (layers[..., 3:] < 0.97), np.clip(layers[..., :3], 0, 1), part
    )
    result[rows, columns, 3:] = alpha
    return result


def _core(mask: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """The mask without its outermost pixels, except in parts that are too thin to lose them."""
    eroded = ndimage.binary_erosion(mask)
    return eroded | (mask & ~ndimage.binary_dilation(eroded, iterations=2))


def _look(
    rgb: Float[np.ndarray, "h w 3"], longest_px: int
) -> tuple[Float[np.ndarray, "a b 3"], Float[np.ndarray, "a b"]]:
    """The picture reduced to that longer side, and the probability of the object there.

    Raises:
        InputError: Nothing differs enough from the border of the picture.
    """
    share = longest_px / max(rgb.shape[:2])
    height, width = (max(16, round(side * share)) for side in rgb.shape[:2])
    small = np.clip(resized(rgb, width, height), 0.0, 1.0)
    probability, difference = object_probability(small)
    visible = probability > 0.5
    if not visible.any() or float(np.median(difference[visible])) < SURE_DIFFERENCE:
        raise InputError(
            "no object can be told from the background of the picture; give one in which the "
            "object stands out, or one that is cut out (a PNG with transparency)"
        )
    return small, _without_crumbs(probability)[0]


def _without_crumbs(alpha: Alpha) -> tuple[Alpha, int]:
    """The alpha without detached parts that are tiny beside the largest one or small and at the
    edge, and the number of the latter."""
    parts, count = ndimage.label(alpha > min(0.5, float(alpha.max()) / 2))
    faint, faint_count = ndimage.label(alpha > FAINT_ALPHA)
    if count <= 1 and faint_count <= 1:
        return alpha, 0
    sizes = np.bincount(parts.ravel(), minlength=2)
    sizes[0] = 0
    largest = int(sizes.argmax())
    edge = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    at_edge = np.zeros(len(sizes), bool)
    at_edge[edge] = True
    least = np.where(at_edge & ~at_edge[largest], STRAY_SHARE, CRUMB_SHARE) * sizes[largest]
    is_crumb = (sizes < least) & (sizes > 0)
    crumbs, kept = is_crumb[parts], (parts > 0) & ~is_crumb[parts]
    near_crumb = ndimage.binary_dilation(crumbs, iterations=2) & ~ndimage.binary_dilation(
        kept, iterations=2
    )
    belongs = np.zeros(faint_count + 1, bool)
    belongs[faint[kept]] = True
    belongs[0] = True
    stray = is_crumb & (sizes >= CRUMB_SHARE * sizes[largest])
    return np.where(near_crumb | ~belongs[faint], 0.0, alpha).astype(alpha.dtype), int(stray.sum())


def _rembg_alpha(rgb: Float[np.ndarray, "h w 3"]) -> Alpha | None:
    """The matte of rembg's network, or None unless package and model file are already there."""
    if importlib.util.find_spec("rembg") is None or importlib.util.find_spec("onnxruntime") is None:
        return None
    folder = Path(os.environ.get("U2NET_HOME", Path.home() / ".u2net"))
    if not (folder / f"{_REMBG_MODEL}.onnx").is_file():
        return None
    import rembg

    pixels = np.round(rgb * 255).astype(np.uint8)
    mask = rembg.remove(pixels, session=rembg.new_session(_REMBG_MODEL), only_mask=True)
    return np.asarray(mask, np.float32) / 255
