"""What is doubtful about a cut-out: measured signals, and a sentence for each out of range.

The bounds were chosen on 59 renders of assets, alone, over plain and graded backgrounds, and with
each of the faults: 2 % of those with an alpha and 5 % of the others are doubted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage
from skimage.color import rgb2lab

from .image import object_box, resized
from .matting import Matting

LEAST_SIDE_PX = 48
"""Of an object's longer side. The encoder sees 102 pixels: half of them would be made up."""

LEAST_SHARE, MOST_SHARE = 0.003, 0.85
"""Of the picture that an object covers: less is a highlight or a speck more often, more the whole
picture."""

OWN_MOST_SHARE = 0.97
"""The same for a picture that came with its matte, and may be trimmed to the object: more is a
rectangle with round corners."""

PIECE_SHARE = 0.02
"""Parts smaller than this share of the largest are no pieces: breaks in a thin leg, say."""

SEVERAL_SHARE = 0.25
"""Size of the second piece beside the first above which there are several objects."""

MOST_PIECES = 3

EDGE_SHARE = 0.003
"""Share of the picture's edge that an object may touch: two cut legs of a chair cover 0.01."""

OWN_EDGE_SHARE = 0.05
"""The same for a picture that came with its matte, and may have been trimmed until the object
touches the edge here and there: of 31 stamps up to 0.045."""

LEAST_CONTRAST = 10.0
"""Of the object against the background along its outline, in CIE Lab units: renders over white have
12 to 64, the same a sixth as dark over white 3 to 10."""

LEAST_THICKNESS = 0.026
"""Mean width of an object's parts, as a share of its longer side: 0.005 to 0.025 where it is drawn
with a pen of one to four pixels in 200, 0.046 and more in renders."""

MOST_TRANSLUCENT = 0.6
"""Share of an object that is half transparent; small pictures of wine glasses have 0.5."""

_MEASURED_PX = 192


@dataclass(frozen=True)
class CutOutSignals:
    """What was measured of a picture and its matte."""

    width_px: int
    """Of the object's bounding box, in pixels of the picture."""

    height_px: int

    share: float
    """Of the area of the picture proper that the object covers, in (0, 1]."""

    pieces: int
    """Parts that do not touch each other, without crumbs."""

    second_share: float
    """Area of the second largest piece as a share of the largest one's; 0 where there is one."""

    edge_share: float
    """Of the edge of the picture proper that the object covers, in [0, 1]."""

    is_trimmed: bool
    """Whether the picture came with its matte and ends where the object does, on all four sides:
    then that it touches the edge tells nothing."""

    contrast: float | None
    """Median difference of object and background across the outline, in CIE Lab units; None where
    the picture came with its matte."""

    thickness: float
    """Twice the area over the perimeter: mean width of the parts, as a share of the longer side of
    the bounding box."""

    translucent_share: float
    """Of the object's area whose alpha is between 0.1 and 0.9."""

    border_px: int
    """Greatest width of a uniform border that was left out."""

    stray_pieces: int
    """Small parts at the picture's edge that were left out."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out of the picture, and what to do where that was wrong."""
        found = []
        if self.border_px:
            found.append(
                f"a uniform border of up to {self.border_px} pixels around the picture was left "
                "out; where it belongs to the object, give a picture with more room around it"
            )
        if self.stray_pieces:
            found.append(
                f"{self.stray_pieces} small pieces at the picture's edge were left out; where they "
                "belong to the object, give a picture with more room around it"
            )
        return tuple(found)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful: what is wrong, the value found, what to do."""
        size = f"{self.width_px} x {self.height_px} pixels"
        longer = max(self.width_px, self.height_px)
        is_own = self.contrast is None
        most_share = OWN_MOST_SHARE if is_own else MOST_SHARE
        edge_share = OWN_EDGE_SHARE if is_own else EDGE_SHARE
        found = []
        if longer < LEAST_SIDE_PX:
            found.append(
                f"the object is only {size}; give a picture in which it has {2 * LEAST_SIDE_PX} "
                "or more"
            )
        elif self.share < LEAST_SHARE:
            found.append(
                f"nearly nothing of the picture was cut out ({100 * self.share:.1f} % of it, {size}"
                "); crop it to the object, or give one in which the object stands out"
            )
        if self.share > most_share:
            found.append(
                f"nearly the whole picture was taken for the object ({self.share:.0%} of it); give "
                "one with a plain background and room around the object"
            )
        elif self.edge_share > edge_share and not self.is_trimmed:
            found.append(
                f"the object is cut off by the picture's edge (it covers {self.edge_share:.1%} "
                "of that); give a picture that shows the whole object"
            )
        if self.second_share > SEVERAL_SHARE:
            found.append(
                f"the picture seems to show several objects, or one in pieces (the second is "
                f"{self.second_share:.0%} as large as the first); crop it to one, keep the largest "
                "piece only, or correct the cut-out"
            )
        elif self.pieces > MOST_PIECES:
            found.append(
                f"the cut-out is in {self.pieces} pieces; correct it, or give a picture in which "
                "the object stands out"
            )
        if self.contrast is not None and self.contrast < LEAST_CONTRAST:
            found.append(
                f"the object hardly differs from the background (by {self.contrast:.1f} of 100 "
                "shades); give a picture in which it stands out, or one that is cut out"
            )
        if self.thickness < LEAST_THICKNESS:
            found.append(
                f"the object looks like a line drawing (its parts are {self.thickness * longer:.1f}"
                " pixels wide on average); give a photograph or a shaded picture"
            )
        if self.translucent_share > MOST_TRANSLUCENT:
            found.append(
                f"{self.translucent_share:.0%} of the object is half transparent; give a picture "
                "in which it is opaque"
            )
        return tuple(found)


def signals_of(matting: Matting) -> CutOutSignals:
    """Measures a picture that was cut out.

    Args:
        matting: As `cut_out` gives it, or corrected since.

    Raises:
        InputError: No pixel of it is visible.
    """
    proper = matting.picture[matting.rows, matting.columns]
    alpha = proper[..., 3]
    left, top, right, bottom = object_box(alpha)
    visible = alpha > min(0.5, float(alpha.max()) / 2)
    box = visible[top:bottom, left:right]
    area = int(box.sum())
    sizes = np.sort(np.bincount(ndimage.label(box)[0].ravel())[1:])[::-1]
    edge = np.concatenate([visible[0], visible[-1], visible[1:-1, 0], visible[1:-1, -1]])
    translucent = (alpha > 0.1) & (alpha < 0.9)
    return CutOutSignals(
        width_px=right - left,
        height_px=bottom - top,
        share=area / visible.size,
        pieces=int((sizes >= PIECE_SHARE * sizes[0]).sum()),
        second_share=float(sizes[1] / sizes[0]) if len(sizes) > 1 else 0.0,
        edge_share=float(edge.mean()),
        is_trimmed=matting.has_own_alpha and box.shape == visible.shape,
        contrast=None if matting.has_own_alpha else _contrast(proper, (left, top, right, bottom)),
        thickness=2 * area / _perimeter(box) / max(box.shape),
        translucent_share=float(translucent.sum() / max(1, (alpha > 0.1).sum())),
        border_px=matting.border_px,
        stray_pieces=matting.stray_pieces,
    )


def _perimeter(mask: Bool[np.ndarray, "h w"]) -> float:
    """Length of the outline in pixels, to a tenth: steps along both axes, which are 4 / pi too many
    on average over all directions."""
    padded = np.pad(mask, 1)
    steps = (padded[1:] != padded[:-1]).sum() + (padded[:, 1:] != padded[:, :-1]).sum()
    return float(steps) * np.pi / 4


def _contrast(picture: Float[np.ndarray, "h w 4"], box: tuple[int, int, int, int]) -> float:
    """Median over the outline of the difference between mean colours just inside and outside.

    The rim itself, a mixture of both, counts for neither.
    """
    left, top, right, bottom = box
    margin = max(4, (max(right - left, bottom - top)) // 8)
    part = picture[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin]
    share = min(1.0, _MEASURED_PX / max(part.shape[:2]))
    height, width = (max(8, round(side * share)) for side in part.shape[:2])
    small = resized(part, width, height)
    lab = rgb2lab(np.clip(small[..., :3], 0, 1))
    inner = small[..., 3] > 0.9 * float(np.quantile(small[..., 3], 0.99))
    outer = small[..., 3] < 0.05
    weights, means = [], []
    for region in (inner, outer):
        weight = ndimage.gaussian_filter(region.astype(float), 2.0)
        mean = ndimage.gaussian_filter(lab * region[..., None], (2.0, 2.0, 0))
        weights.append(weight)
        means.append(mean / np.maximum(weight, 1e-6)[..., None])
    outline = (weights[0] > 0.05) & (weights[1] > 0.05)
    if not outline.any():
        return 100.0  # nothing lies beside the object; it fills the picture
    difference = np.linalg.norm(means[0] - means[1], axis=-1)
    return float(np.median(difference[outline]))


def warnings_of_pictures(signals: Sequence[CutOutSignals]) -> tuple[str, ...]:
    """What is doubtful about pictures of one object; says of which where there are several."""
    return _named([each.warnings for each in signals])


def notes_of_pictures(signals: Sequence[CutOutSignals]) -> tuple[str, ...]:
    """What was left out of pictures of one object; says of which where there are several."""
    return _named([each.notes for each in signals])


def _named(sentences: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    if len(sentences) == 1:
        return sentences[0]
    return tuple(
        f"picture {number}: {sentence}"
        for number, each in enumerate(sentences, start=1)
        for sentence in each
    )
