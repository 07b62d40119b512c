"""Curved patches laid through the neighbours of points: how noisy these are, and where they belong.

All in the points' own lengths, usually those of an observation's box, whose longest side is 1.
Normals are unit vectors, or zeros where they are unknown.

Source:
    Cazals and Pouget, Estimating Differential Quantities Using Polynomial Fitting of Osculating
    Jets, 2005 (doi:10.1016/j.cagd.2004.09.004), for polynomials over the plane of a neighbourhood;
    Levin, Mesh-Independent Surface Interpolation, 2003 (doi:10.1007/978-3-662-07443-5_3), for
    moving points onto them, near neighbours counting more. The degree is 2 here, and neighbours
    that look the other way lie on the other side of a wall and do not count; where normals are
    unknown, those that leave a gap to the point's own side do not.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Array = NDArray[np.float64]

NOISE_NEIGHBOURS = 32
"""Points through which a patch is laid to measure the noise."""

QUARTILE = 1.11
"""A deviation over the lower quartile of its estimates, which have 26 degrees of freedom each."""

LEAST_NOISE = 0.0015
"""Of the longest side: what corners and layers look like without any noise."""

SMOOTHING_NEIGHBOURS = 48
"""Points through which a patch is laid to take the noise away."""

SMOOTHING_ROUNDS = 2
"""The first makes the normals by which the second tells the sides of a wall apart."""

FARTHEST_MOVE = 3.0
"""Standard deviations by which a round moves a point at most."""

UNDECIDED = 1e-9
"""Share of the greatest eigenvalue below which neighbours leave a term undecided: they are too
few, or lie on a line."""

LAYERED = 0.2
"""Share of the heights' variance that is left on either side of a patch below which it runs
between the two sides of a wall. Noise leaves 1 - 2 / pi of it, a wall less than this where it is
thicker than four standard deviations of the noise."""

TERMS = 6
"""Of a polynomial of degree 2 in two variables."""


class _Patches(NamedTuple):
    """One patch per chosen point; heights are along the first axis, in the points' lengths."""

    weight: Array
    """(N, K) how much each neighbour counts, in [0, 1]."""

    mean_normal: Array
    """(N, 3) of the neighbours that count."""

    centre: Array
    """(N, 3)."""

    axes: Array
    """(N, 3, 3) columns: across the patch, then two directions along it."""

    spread: Array
    """(N,) of the neighbours along the patch; the polynomials' unit."""

    coefficients: Array
    """(N, 6) of the polynomials' terms."""

    left: Array
    """(N, K) heights of the neighbours off the patch."""


def noise_of(points: Array, normals: Array) -> float:
    """Estimated standard deviation of points off their surface; 0 where none is seen.

    From the lower quartile of points' deviations: noise is everywhere; what corners and crossing
    walls add is not.

    Args:
        points: (N, 3).
        normals: (N, 3).
    """
    if len(points) < NOISE_NEIGHBOURS:
        return 0.0
    chosen = np.arange(0, len(points), max(1, len(points) // 1024))
    patches = _patches(points, normals, chosen, NOISE_NEIGHBOURS, near_counts_more=False)
    freedom = patches.weight.sum(axis=1) - TERMS
    enough = freedom >= TERMS
    if not enough.any():
        return 0.0
    squares = (patches.weight * patches.left**2).sum(axis=1)
    noise = QUARTILE * float(np.sqrt(np.quantile(squares[enough] / freedom[enough], 0.25)))
    return noise if noise > LEAST_NOISE else 0.0


def smoothed(points: Array, normals: Array, noise: float) -> tuple[Array, Array]:
    """Points moved onto the patches through their neighbours, and the normals of these.

    Where triangles are as small as the noise, their own normals say nothing at all.

    Args:
        points: (N, 3).
        normals: (N, 3); the new ones look to the same side. Those unknown stay unknown.
        noise: Standard deviation of the points off their surface.

    Returns:
        (N, 3) points, none moved by more than 6 `noise`, and (N, 3) normals.
    """
    if noise == 0 or len(points) < SMOOTHING_NEIGHBOURS:
        return points, normals
    is_known = normals.any(axis=1)[:, None]
    every = np.arange(len(points))
    for _ in range(SMOOTHING_ROUNDS):
        patches = _patches(points, normals, every, SMOOTHING_NEIGHBOURS, near_counts_more=True)
        own = np.einsum("ni,nij->nj", points - patches.centre, patches.axes)
        along = own[:, 1:] / patches.spread[:, None]
        height = (_terms(along) * patches.coefficients).sum(axis=1)
        move = (height - own[:, 0]).clip(-FARTHEST_MOVE * noise, FARTHEST_MOVE * noise)
        points = points + move[:, None] * patches.axes[:, :, 0]
        normals = np.where(is_known, _normals(patches, along), 0.0)
    return points, normals


def _patches(
    points: Array,
    normals: Array,
    chosen: NDArray[np.int64],
    neighbours: int,
    *,
    near_counts_more: bool,
) -> _Patches:
    distance, index = cKDTree(points).query(points[chosen], k=neighbours)
    weight = ((normals[index] * normals[chosen][:, None]).sum(axis=-1) >= 0).astype(float)
    unknown = np.flatnonzero(~normals[chosen].any(axis=1))
    if len(unknown):
        weight[unknown] *= _same_side(_fitted(points, normals, index[unknown], weight[unknown]))
    if near_counts_more:
        weight *= np.exp(-2 * (distance / (distance[:, -1:] + 1e-12)) ** 2)
    return _fitted(points, normals, index, weight)


def _same_side(patches: _Patches) -> NDArray[np.bool_]:
    """(N, K) which neighbours lie on the point's own side, the first one's, of a layered patch."""
    left, weight = patches.left, patches.weight
    side = left > 0
    total = np.maximum(weight.sum(axis=1), 1e-12)
    variance = (weight * left**2).sum(axis=1) / total  # the patch has taken the mean away
    within = (weight * left**2).sum(axis=1) / total
    for each in (side, ~side):
        own = (weight * each).sum(axis=1)
        mean = (weight * each * left).sum(axis=1) / np.maximum(own, 1e-12)
        within = within - own / total * mean**2
    return (side == side[:, :1]) | (within >= LAYERED * variance)[:, None]


def _fitted(points: Array, normals: Array, index: NDArray[np.int64], weight: Array) -> _Patches:
    """Patches through the points (N, K) of an index, as much as each one counts."""
    total = weight.sum(axis=1)
    centre = (weight[..., None] * points[index]).sum(axis=1) / total[:, None]
    off = points[index] - centre[:, None]
    spreads, axes = np.linalg.eigh((weight[..., None] * off).swapaxes(1, 2) @ off)
    local = off @ axes
    spread = np.sqrt(spreads[:, 2] / total) + 1e-12
    terms = _terms(local[..., 1:] / spread[:, None, None])
    weighted = (weight[..., None] * terms).swapaxes(1, 2)
    coefficients = _solved(weighted @ terms, weighted @ local[..., :1])
    left = (local[..., :1] - terms @ coefficients)[..., 0]
    mean_normal = (weight[..., None] * normals[index]).sum(axis=1)
    return _Patches(weight, mean_normal, centre, axes, spread, coefficients[..., 0], left)


def _solved(squares: Array, sides: Array) -> Array:
    """(N, 6, 1) solutions of symmetric systems, zero in what they leave undecided.

    By eigenvalues: numpy's own solver starts threads for every six rows, and waits for them.
    """
    strengths, directions = np.linalg.eigh(squares)
    decided = strengths > UNDECIDED * strengths[:, -1:]
    inverse = np.divide(1.0, strengths, out=np.zeros_like(strengths), where=decided)
    return directions @ (inverse[..., None] * (directions.swapaxes(1, 2) @ sides))


def _terms(along: Array) -> Array:
    """(..., 6) the polynomial's terms at places (..., 2) on the plane."""
    first, second = along[..., 0], along[..., 1]
    terms = [np.ones_like(first), first, second, first**2, first * second, second**2]
    return np.stack(terms, axis=-1)


def _normals(patches: _Patches, along: Array) -> Array:
    """(N, 3) unit normals of the patches at places (N, 2) on their planes."""
    _, first, second, first_twice, both, second_twice = patches.coefficients.T
    x, y = along.T
    slopes = [first + 2 * first_twice * x + both * y, second + both * x + 2 * second_twice * y]
    local = np.stack([np.ones(len(x)), *(-slope / patches.spread for slope in slopes)], axis=1)
    normal = np.einsum("nij,nj->ni", patches.axes, local)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    turned = (normal * patches.mean_normal).sum(axis=1) < 0
    return np.where(turned[:, None], -normal, normal)
