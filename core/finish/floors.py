"""Floors: where a part that was given stands, so that nothing is invented below.

Feet that end in one level plane, or a bottom where the fitted shape has its own, stand on the
floor. Legs that were cut off end there too, but have no soles.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import ConvexHull, QhullError, cKDTree

from .observed_faces import geometry
from .seams import Part

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

LEVEL = 0.01
"""Unit-cube lengths above the lowest place within which a foot is on the floor."""

FLAT = 0.9
"""Least cosine between a sole's normal, of either sign, and the vertical."""

APART, FOOT = 0.08, 0.2
"""Unit-cube lengths between two feet, and a foot's greatest extent: wider is the underside of a
seat, or its slats."""

FEET = 2
"""That many feet stand on a floor, however low the fitted shape reaches below them."""

BELOW_FEET, BELOW_BOTTOM = 0.25, 0.03
"""Unit-cube lengths below feet, and below any other lowest place, that a fitted shape may reach if
it is to stand on the same floor: as much as its legs are longer, and as a fit is off. The seat of
a chair whose legs are missing has 0.4 below it, the bottom of a sofa 0.05 or more."""


@dataclass(frozen=True)
class Floor:
    """The level that a part may stand on."""

    height: float
    reach: float
    """How far below it a fitted shape may have its own lowest place; else that is the floor."""


def floor_of(part: Part) -> Floor | None:
    """The level that a part stands on, if the fitted shape has its own floor near; None of nothing.

    Args:
        part: In the unit cube of the fitted shape.
    """
    if len(part.faces) == 0:
        return None
    used = part.vertices[np.unique(part.faces)]
    height = float(used[:, 2].min())
    _, normal, area = geometry(part.vertices, part.faces)
    low = (part.vertices[part.faces][..., 2] < height + LEVEL).all(axis=1)
    soles = part.faces[low & (np.abs(normal[:, 2]) > FLAT) & (area > 0)]
    feet = _extents(part.vertices[:, :2], soles)
    stands = len(feet) >= FEET and feet.max() < FOOT
    return Floor(height, BELOW_FEET if stands else BELOW_BOTTOM)


def raised(vertices: NDArray[np.float32], first: int, height: float) -> NDArray[np.float32]:
    """The vertices, those from the given number on moved up to the floor where they lie below."""
    above = vertices.copy()
    above[first:, 2] = np.maximum(above[first:, 2], height)
    return above


def stance(vertices: Array) -> float:
    """The area of the convex hull of what is on the floor; 0 of what stands on a line or a point.

    Args:
        vertices: (V, 3) of what stands, in the unit cube.
    """
    on_floor = vertices[vertices[:, 2] < vertices[:, 2].min() + LEVEL, :2]
    if len(on_floor) < 3:
        return 0.0
    try:
        return float(ConvexHull(on_floor).volume)  # of a polygon that is its area
    except QhullError:  # all on one line
        return 0.0


def _extents(places: Array, soles: Indices) -> Array:
    """(feet,) the greatest extent of each cluster of soles."""
    if len(soles) == 0:
        return np.zeros(0)
    corners, sole = np.unique(
        np.round(places[soles].reshape(-1, 2) / LEVEL), axis=0, return_inverse=True
    )
    corners, sole = corners * LEVEL, sole.reshape(-1, 3)
    near = cKDTree(corners).query_pairs(APART, output_type="ndarray")
    links = np.concatenate([near, sole[:, :2], sole[:, 1:]])
    graph = coo_array((np.ones(len(links), np.int8), links.T), (len(corners),) * 2)
    count, foot = connected_components(graph, directed=False)
    return np.array([np.ptp(corners[foot == number], axis=0).max() for number in range(count)])
