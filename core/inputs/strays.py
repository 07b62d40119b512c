"""What a scan holds beside its object: stray points, and the floor that it stands on.

A surface is scanned about as densely everywhere, so a point far from its neighbours is none of
it, nor are a few points that lie together far from all others. A floor is a level plane below
everything that reaches well beyond the object above it; without an object above, a plane is
the object.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import ConvexHull, QhullError, cKDTree

from ..meshes import PointCloud

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_POINTS = 64
"""Of fewer nothing is told apart."""

NEIGHBOURS = 8
"""Nearest points whose mean distance says how densely a place was scanned."""

SPARSE, LONELY = 4.0, 2.5
"""Times the usual distance, and times that of its neighbours, beyond which a point is a stray."""

APART, OFF = 1.5, 1.3
"""The same where a point is off the plane of its neighbours as well, and how far, in distances of
theirs: what lies beside a surface. Together these leave a seventh of strays that are spread evenly
about an object, those nearest to it, and take 2 of 10,000 points of it."""

ROUNDS = 2
"""Of leaving strays out: the first ones had hidden others."""

LINKED = 6.0
"""Times the usual distance up to which points lie together."""

FEW, DISTANT = 0.01, 0.04
"""Share of all points below which points that lie together may be strays, and of the longest
side how far they then are from all others."""

FLAT = 0.006
"""Of the longest side: points so near to a plane may be of it, noise and all."""

SURELY = 5.0
"""Times the median height off a plane up to which points are of it: three and a half deviations."""

TILT = 0.985
"""Least cosine between a floor's normal and the vertical: ten degrees."""

TRIALS = 256
"""Planes through three low points that are tried."""

ON_FLOOR, BELOW_FLOOR = 0.08, 0.005
"""Shares of all points that a floor has at least, and that lie below it at most."""

ABOVE = 0.15
"""Share of all points that the object on a floor has at least."""

BEYOND = 0.4
"""Share of a floor's points that lie outside of the outline of what is above, at least."""

SIDES = 3
"""Of four sides to which a floor reaches beyond the outline, at least."""

WIDE = 0.5
"""Width of a floor at least, as a share of the height of what is above: less is a foot."""


@dataclass(frozen=True, eq=False)
class Cleared:
    """A cloud without what is none of the object."""

    cloud: PointCloud
    strays: int
    """Points left out that lie far from all others."""

    floor: int
    """Points left out that are of the floor."""


def cleared(cloud: PointCloud) -> Cleared:
    """The points of the object, in their order.

    Args:
        cloud: In the scene, +Z up; other points than the object's are at most a tenth, or a floor.

    Source:
        Rusu et al., Towards 3D Point Cloud Based Object Maps for Household Environments, 2008
        (doi:10.1016/j.robot.2008.08.005), section 3.1, for points far from their neighbours; we
        compare with the median, not with the mean, which strays shift. Fischler and Bolles, Random
        Sample Consensus, 1981 (doi:10.1145/358669.358692), for the plane.
    """
    points = cloud.points.astype(np.float64)
    if len(points) < LEAST_POINTS:
        return Cleared(cloud, 0, 0)
    rows = _without_strays(points, np.arange(len(points)))
    on_floor = _on_floor(points[rows])
    floor = int(on_floor.sum())
    rows = rows[~on_floor]
    if floor:  # its ragged rest, and what was dense with it only
        rows = _without_strays(points, rows)
    rows = rows[_is_near_the_rest(points[rows])]
    if len(rows) == len(points):
        return Cleared(cloud, 0, 0)
    kept = PointCloud(cloud.points[rows], cloud.normals[rows])
    return Cleared(kept, len(points) - floor - len(rows), floor)


def _without_strays(points: Array, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those rows whose points are no further from their neighbours than others."""
    for _ in range(ROUNDS):
        if len(rows) <= NEIGHBOURS:
            return rows
        own = points[rows]
        away, near = _neighbours(own)
        usual = np.median(away[near], axis=1)
        is_stray = (away > LONELY * usual) | (away > SPARSE * np.median(away))
        unsure = np.flatnonzero(~is_stray & (away > APART * usual))
        is_stray[unsure] = _heights(own[unsure], own[near[unsure]]) > OFF * usual[unsure]
        rows = rows[~is_stray]
    return rows


def _heights(points: Array, around: Array) -> Array:
    """(N,) of points off the planes through their neighbours, (N, K, 3)."""
    centre = around.mean(axis=1)
    off = around - centre[:, None]
    across = np.linalg.eigh(off.swapaxes(1, 2) @ off)[1][:, :, 0]
    return np.abs(np.einsum("ni,ni->n", points - centre, across))


def _neighbours(points: Array) -> tuple[Array, NDArray[np.int64]]:
    """(N,) the mean distance of every point's nearest ones, and (N, NEIGHBOURS) which they are."""
    distance, near = cKDTree(points).query(points, k=NEIGHBOURS + 1)
    return distance[:, 1:].mean(axis=1), near[:, 1:]


def _is_near_the_rest(points: Array) -> Flags:
    """(N,) False for few points that lie together far from all others."""
    if len(points) <= NEIGHBOURS:
        return np.ones(len(points), bool)
    reach = LINKED * float(np.median(_neighbours(points)[0]))
    tree = cKDTree(points)
    _, nearest = tree.query(points, k=NEIGHBOURS + 1, distance_upper_bound=reach)
    own = np.repeat(np.arange(len(points)), NEIGHBOURS)
    other = nearest[:, 1:].ravel()
    linked = other < len(points)
    ends = (own[linked], other[linked])
    graph = coo_array((np.ones(len(ends[0]), np.int8), ends), (len(points),) * 2)
    cluster = connected_components(graph, directed=False)[1]
    is_few = np.bincount(cluster)[cluster] < FEW * len(points)
    if not is_few.any() or is_few.all():
        return np.ones(len(points), bool)
    away, _ = cKDTree(points[~is_few]).query(points[is_few])
    side = float(np.ptp(points[~is_few], axis=0).max())
    gap = np.full(int(cluster.max()) + 1, np.inf)
    np.minimum.at(gap, cluster[is_few], away)
    return ~(is_few & (gap[cluster] > DISTANT * side))


def _on_floor(points: Array) -> Flags:
    """(N,) which points are of a floor; none where there is none."""
    none = np.zeros(len(points), bool)
    height = _height_over_plane(points)
    if height is None:
        return none
    flat = FLAT * float(np.ptp(points, axis=0).max())
    on_plane = np.abs(height) <= flat
    above = points[height > 2 * flat]
    own = np.abs(height[on_plane])
    on_floor = (
        np.abs(height) <= np.clip(SURELY * np.median(own), flat / 4, flat) if len(own) else none
    )
    if on_plane.sum() < ON_FLOOR * len(points) or len(above) < ABOVE * len(points):
        return none
    inside = _within_outline(points[on_plane, :2], above[:, :2])
    outside = points[on_plane, :2][~inside]
    if len(outside) < BEYOND * on_plane.sum():
        return none
    low, high = np.quantile(above[:, :2], [0.01, 0.99], axis=0)
    margin = 0.1 * float((high - low).max())
    ends = np.quantile(outside, [0.01, 0.99], axis=0)
    sides = int((ends[0] < low - margin).sum() + (ends[1] > high + margin).sum())
    width = float(np.ptp(outside, axis=0).max())
    if sides < SIDES or width < WIDE * float(height.max()):
        return none
    return on_floor


def _height_over_plane(points: Array) -> Array | None:
    """(N,) heights over the nearly level plane below all else that most points lie on."""
    generator = np.random.default_rng(0)
    few = points[generator.permutation(len(points))[:4096]]
    low, high = few[:, 2].min(), few[:, 2].max()
    lower = few[few[:, 2] < low + 0.35 * (high - low) + 1e-12]
    if len(lower) < 3:
        return None
    first, second, third = lower[generator.integers(len(lower), size=(3, TRIALS))]
    normals = np.cross(second - first, third - first)
    length = np.linalg.norm(normals, axis=1)
    level = np.abs(normals[:, 2]) > TILT * np.maximum(length, 1e-30)
    normals = normals[level] / (length[level] * np.sign(normals[level, 2]))[:, None]
    if len(normals) == 0:
        return None
    flat = FLAT * float(np.ptp(points, axis=0).max())
    heights = few @ normals.T - np.einsum("ij,ij->i", normals, first[level])
    on_plane = (np.abs(heights) <= flat).sum(axis=0)
    on_plane[(heights < -2 * flat).mean(axis=0) > BELOW_FLOOR] = 0
    best = int(on_plane.argmax())
    if on_plane[best] < ON_FLOOR * len(few):
        return None
    own = few[np.abs(heights[:, best]) <= flat]
    centre = own.mean(axis=0)
    normal = np.linalg.eigh((own - centre).T @ (own - centre))[1][:, 0]
    return (points - centre) @ (normal * np.sign(normal[2]))


def _within_outline(points: Array, above: Array) -> Flags:
    """(N,) which points lie within the convex outline of others, seen from the top."""
    low, high = np.quantile(above, [0.005, 0.995], axis=0)  # strays may be left
    above = above[((above >= low) & (above <= high)).all(axis=1)]
    try:
        edges = ConvexHull(above).equations
    except QhullError:  # all on a line
        return np.zeros(len(points), bool)
    return (points @ edges[:, :2].T + edges[:, 2] <= 0).all(axis=1)
