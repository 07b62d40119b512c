"""The object of a picture without alpha, told from the background by colour and edges.

The background is what the picture's border shows: a smooth gradient, or layers such as
wall and floor. What differs clearly is the object, what resembles it and is reached from
the border without crossing an edge is background or its soft shadow, and a random walker
settles the rest, so that the outline runs along the edges of the picture. Colours are
CIE Lab: one unit is about the smallest difference that an eye sees.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage, sparse
from scipy.sparse.linalg import cg
from skimage.color import rgb2lab
from skimage.restoration import denoise_tv_chambolle

Rgb = Float[np.ndarray, "h w 3"]
Lab = Float[np.ndarray, "h w 3"]
Plane = Float[np.ndarray, "h w"]
Mask = Bool[np.ndarray, "h w"]

BORDER_SHARE = 0.025
"""Width of the border that is taken for background, as a share of the longer side."""

SURE_DIFFERENCE = 4.0
"""How many times the background's own spread a pixel must differ to count as the object's."""

SHADOW_DEPTH = 0.4
"""Largest share of the background's lightness that a soft shadow takes away."""

CALM_GRADIENT = 2.5
"""Lab units per pixel, at about 200 pixels a side: soft shadows and gradients stay below it,
outlines do not."""

SHADED_EVIDENCE = 0.3
"""Most evidence (of 3) that a pixel gives for the object when a shadow could look the same: the
edges around it then decide."""

NOISE_FLOOR = 0.8
"""Local spread of the border, in Lab units, above which the picture is denoised first."""

_PRIOR_WEIGHT = 0.05
_REFINEMENTS = 2
_HISTOGRAM_BINS = 20


@dataclass(frozen=True)
class _Background:
    difference: Plane
    """Distance of every pixel to the background's colour there, in its own spread."""

    spread: float
    """Lab units, of the border around the model."""

    shaded: Mask
    """Darker than the background, but of its hue: its shadow, or a grey object."""

    reached: Mask
    """Background and soft shadows that the border reaches without crossing an edge."""


def object_probability(rgb: Rgb) -> tuple[Plane, Plane]:
    """Where the object is likely to be, and how much every pixel differs from the background.

    Args:
        rgb: In [0, 1]; made for 100 to 300 pixels a side.

    Returns:
        Probability in [0, 1], and the difference in the background's own spread: below
        `SURE_DIFFERENCE` throughout the probable part, there is no visible object.

    Source:
        Grady, Multilabel Random Walker Image Segmentation Using Prior Models, 2005 (CVPR):
        colour models enter as an edge from every pixel to the two labels. Rother, Kolmogorov
        and Blake, GrabCut, 2004 (doi:10.1145/1015706.1015720): the colour models are learnt
        again from each answer. We learn histograms, and the first answer comes from the border.
    """
    lab = _denoised(rgb2lab(rgb))
    smooth = ndimage.gaussian_filter(lab, (0.7, 0.7, 0))
    border = _border(lab.shape[0], lab.shape[1])
    background = _background(lab, smooth, border)
    # a model that fits the border badly is trusted less than the colours themselves
    trust = float(np.clip(2.5 - background.spread / 3, 0.2, 1.0))
    evidence = np.clip((background.difference - SURE_DIFFERENCE) / 2, -2, 3) * trust
    evidence[background.shaded] = np.minimum(evidence[background.shaded], SHADED_EVIDENCE)
    evidence[background.reached] = np.minimum(evidence[background.reached], -0.7)
    outside = border & (background.difference < 1.5 * SURE_DIFFERENCE)

    from_border = ndimage.distance_transform_edt(~border) / max(border.shape)
    guess = np.where(background.reached, 0.0, 0.6 * np.clip(from_border / 0.15, 0, 1))
    prior = evidence + (1.2 - trust) * 0.4 * _colour_evidence(smooth, guess)
    for _ in range(_REFINEMENTS + 1):
        prior[outside] = -2.0
        guess = _walk(lab, prior)
        prior = 0.5 * evidence + 0.7 * _colour_evidence(smooth, guess)
    return guess, background.difference


def _border(height: int, width: int) -> Mask:
    thickness = max(2, round(BORDER_SHARE * max(height, width)))
    border = np.ones((height, width), bool)
    border[thickness:-thickness, thickness:-thickness] = False
    return border


def _denoised(lab: Lab) -> Lab:
    """The picture without its grain, edges kept; as it is when there is none."""
    grain = np.abs(lab - ndimage.gaussian_filter(lab, (1, 1, 0))).sum(axis=-1)
    noise = float(np.median(grain[_border(lab.shape[0], lab.shape[1])]))
    if noise <= NOISE_FLOOR:
        return lab
    return 100 * denoise_tv_chambolle(
        lab / 100, weight=2 * noise / 100, max_num_iter=20, channel_axis=-1
    )


def _background(lab: Lab, smooth: Lab, border: Mask) -> _Background:
    """The best of the background models, with what the border reaches."""
    candidates = []
    for model in (_gradient_background(smooth, border), _layered_background(smooth)):
        offset = smooth - model
        distance = np.linalg.norm(offset, axis=-1)
        # the object may cover up to a fifth of the border
        spread = max(float(np.quantile(distance[border], 0.8)), 1.0)
        candidates.append((spread, distance, offset, model))
    spread, _, offset, model = min(candidates, key=lambda candidate: candidate[0])
    difference = np.minimum.reduce(
        [distance / own for own, distance, *_ in candidates if own <= 1.5 * spread]
    )
    chroma = np.hypot(offset[..., 1], offset[..., 2])
    darker = -offset[..., 0]
    shadow = (
        (darker > 0)
        & (darker < SHADOW_DEPTH * model[..., 0])
        & (chroma < 3 * spread + 0.25 * darker)
    )
    gradient = np.sqrt(
        sum(ndimage.gaussian_gradient_magnitude(lab[..., axis], 0.8) ** 2 for axis in range(3))
    )
    passable = (gradient < CALM_GRADIENT) & (shadow | (difference < SURE_DIFFERENCE))
    # eroded, so that nothing leaks into the object through a gap of a few pixels
    core = ndimage.binary_erosion(passable, iterations=2, border_value=1)
    start = border & core & (difference < 1.5 * SURE_DIFFERENCE)
    reached = ndimage.binary_propagation(start, mask=core)
    reached = ndimage.binary_dilation(reached, iterations=2) & passable
    return _Background(difference, spread, shadow, reached)


def _gradient_background(lab: Lab, border: Mask) -> Lab:
    """A quadratic in x and y, fitted to the border so that outliers count little."""
    height, width = border.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    known, wanted = terms[border], lab[border]
    weights = np.ones(len(known))
    coefficients = np.zeros((terms.shape[-1], 3))
    for _ in range(5):
        scale = weights[:, None]
        coefficients = np.linalg.lstsq(known * scale, wanted * scale, rcond=None)[0]
        residual = np.linalg.norm(wanted - known @ coefficients, axis=1)
        tolerated = 1.5 * max(1.4826 * float(np.median(residual)), 0.5)
        weights = 1 / np.maximum(1, residual / tolerated)
    return terms @ coefficients


def _layered_background(lab: Lab) -> Lab:
    """Every row runs from its colour at the left border to its colour at the right one."""
    height, width = lab.shape[:2]
    thickness = max(2, round(BORDER_SHARE * max(height, width)))
    left, right = (
        ndimage.median_filter(np.median(side, axis=1), size=(7, 1))[:, None]
        for side in (lab[:, :thickness], lab[:, -thickness:])
    )
    share = np.linspace(0, 1, width)[None, :, None]
    return left * (1 - share) + right * share


def _colour_evidence(lab: Lab, guess: Plane) -> Plane:
    """Log-likelihood ratio, in [-3, 3], of every pixel's colour: object against background."""
    low, span = np.array([0, -60, -60]), np.array([100, 120, 120])
    cells = np.clip((lab - low) / span * _HISTOGRAM_BINS, 0, _HISTOGRAM_BINS - 1).astype(int)
    index = np.ravel_multi_index(tuple(np.moveaxis(cells, -1, 0)), (_HISTOGRAM_BINS,) * 3)
    densities = []
    for weights in (guess, 1 - guess):
        counts = np.bincount(index.ravel(), weights.ravel(), _HISTOGRAM_BINS**3)
        density = ndimage.gaussian_filter(counts.reshape((_HISTOGRAM_BINS,) * 3), 0.8)
        densities.append(density / max(density.sum(), 1e-9) + 1e-4)
    ratio = np.log(densities[0] / densities[1])
    return np.clip(ratio.ravel()[index], -3, 3)


def _walk(lab: Lab, prior: Plane) -> Plane:
    """Probability that a random walker from a pixel ends at the object, in [0, 1].

    It steps to the four neighbours, rarely across an edge, and leaves for one of the two
    labels as strongly as `prior` (positive: the object) says.
    """
    height, width = prior.shape
    steps = [((np.diff(lab, axis=axis)) ** 2).sum(axis=-1) for axis in (1, 0)]
    sharpness = 1 / (steps[0].mean() + steps[1].mean() + 1e-6)
    across, down = (np.exp(-sharpness * step) + 1e-3 for step in steps)
    degree = np.zeros((height, width))
    degree[:, 1:] += across
    degree[:, :-1] += across
    degree[1:] += down
    degree[:-1] += down
    diagonal = (degree + _PRIOR_WEIGHT * np.abs(prior) + 1e-6).ravel()
    # neighbours in a row are 1 apart in memory, except from a row's end to the next one's start
    across = np.pad(across, ((0, 0), (0, 1))).ravel()[:-1]
    laplacian = sparse.diags_array(
        [-down.ravel(), -across, diagonal, -across, -down.ravel()],
        offsets=[-width, -1, 0, 1, width],
        format="csr",
    )
    target = _PRIOR_WEIGHT * np.maximum(prior, 0).ravel()
    start = (prior > 0).astype(float).ravel()
    solution, _ = cg(
        laplacian, target, x0=start, rtol=3e-3, maxiter=80, M=sparse.diags_array(1 / diagonal)
    )
    return np.clip(solution, 0, 1).reshape(height, width)
