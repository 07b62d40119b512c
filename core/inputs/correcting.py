"""A cut-out as the artist corrects it: looked for in a part of the picture, grown, in one piece.

Corrections are shares and pixels, not strokes: the same picture and correction give the same
matte in the preview and in the reconstruction.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float
from PIL import Image
from scipy import ndimage

from ..errors import InputError
from ..operations.settings import Correction
from ..tensors import Picture
from .cut_out_signals import signals_of
from .image import MIN_SIDE_PX
from .matting import cut_out


@dataclass(frozen=True, eq=False)
class CutOut:
    """A picture with the object's matte as its alpha, and what there is to say of it."""

    picture: Picture

    share: float
    """Of the picture's area that the object covers, in (0, 1]."""

    touches_border: bool
    """Whether the object reaches the picture's edge: it may go on behind it."""

    pieces: int
    """Parts that do not touch each other."""

    warnings: tuple[str, ...] = ()
    """What is doubtful about it, in one sentence each."""

    notes: tuple[str, ...] = ()
    """What was left out of it, in one sentence each."""

    def save(self, path: Path) -> None:
        """Writes a PNG with straight alpha, eight bits a channel.

        Raises:
            OSError: It cannot be written.
        """
        Image.fromarray(np.rint(self.picture * 255).astype(np.uint8)).save(path, "PNG")


def corrected_cut_out(picture: Picture, correction: Correction) -> CutOut:
    """The object of the picture, cut out as the correction asks; the picture keeps its size.

    Args:
        picture: As `load_picture` gives it; its pixels are those that the correction counts.
        correction: The crop first, then the largest piece, then the growth.

    Raises:
        InputError: The crop leaves too little of the picture, there is no object in it, or the
            correction leaves nothing of the object.
    """
    height, width = picture.shape[:2]
    rows, columns = _part(correction, height, width)
    result = picture.copy()
    result[..., 3] = 0.0
    matting = cut_out(picture[rows, columns])
    result[rows, columns] = matting.picture
    alpha = result[..., 3]
    if correction.largest_only:
        alpha = _largest_piece(alpha)
    if correction.grow_px != 0:
        alpha = _grown(alpha, correction.grow_px)
    visible = _visible(alpha)
    if not visible.any():
        raise InputError(
            f"the correction leaves nothing of the object (it was shrunk by "
            f"{-correction.grow_px} pixels); shrink it by fewer"
        )
    result[..., 3] = alpha
    proper = replace(
        matting,
        picture=result,
        rows=_within(rows, matting.rows),
        columns=_within(columns, matting.columns),
    )
    if correction.crop == Correction().crop:  # where a border begins the picture ends
        visible = visible[proper.rows, proper.columns]
    border = (visible[0], visible[-1], visible[:, 0], visible[:, -1])
    signals = signals_of(proper)
    return CutOut(
        picture=result,
        share=float(visible.mean()),
        touches_border=any(bool(each.any()) for each in border),
        pieces=int(ndimage.label(visible)[1]),
        warnings=signals.warnings,
        notes=signals.notes,
    )


def _within(outer: slice, inner: slice) -> slice:
    """Where in the whole a part of a part is."""
    return slice(outer.start + inner.start, outer.start + inner.stop)


def _part(correction: Correction, height: int, width: int) -> tuple[slice, slice]:
    """Rows and columns that the crop leaves.

    Raises:
        InputError: They are too few, or a share is not in [0, 1).
    """
    left, right, top, bottom = correction.crop
    columns = slice(round(left * width), width - round(right * width))
    rows = slice(round(top * height), height - round(bottom * height))
    sides = columns.stop - columns.start, rows.stop - rows.start
    if not all(0 <= each < 1 for each in correction.crop) or min(sides) < MIN_SIDE_PX:
        crop = ", ".join(f"{100 * each:.0f} %" for each in correction.crop)
        raise InputError(
            f"the crop (left, right, top, bottom: {crop}) leaves too little of the picture of "
            f"{width} x {height} pixels; crop less"
        )
    return rows, columns


def _visible(alpha: Float[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Pixels that count as the object; the least of them where it is faint, as glass is."""
    return alpha > min(0.5, float(alpha.max()) / 2)


def _largest_piece(alpha: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    """The alpha of the piece with the largest area, with its soft rim."""
    labels, count = ndimage.label(_visible(alpha))
    if count <= 1:
        return alpha
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    largest = labels == sizes.argmax()
    near = ndimage.binary_dilation(largest, iterations=3) & ((labels == 0) | largest)
    return np.where(near, alpha, 0.0).astype(np.float32)


def _grown(alpha: Float[np.ndarray, "h w"], pixels: int) -> Float[np.ndarray, "h w"]:
    """The alpha moved outwards by so many pixels, inwards where negative, with a soft rim."""
    visible = _visible(alpha)
    if pixels > 0:
        rim = np.clip(pixels + 1.0 - ndimage.distance_transform_edt(~visible), 0.0, 1.0)
        return np.maximum(alpha, rim).astype(np.float32)
    # what lies outside the picture counts as object: its edge is no outline
    inside = ndimage.distance_transform_edt(visible) if not visible.all() else np.inf
    return np.minimum(alpha, np.clip(inside + pixels, 0.0, 1.0)).astype(np.float32)
