"""Mirroring: where a shape equals its mirror image, what was seen of one side shows the other.

A decoder draws the arm of a sofa that nobody saw softer than the other arm is that was given.
Vertices of the completed shape that lie near the mirror image of what was given are moved onto
it. Beside the borders of that image, where it only ends because nothing was seen there, and
beside what was given itself the moves fade out. No face changes, and what is near a moved vertex
moves along: a thin wall is shifted and never torn.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..geometry.welding import vertex_normals
from ..meshes import TriangleMesh
from .loops import border_edges
from .observed_faces import nearest, nearest_alike
from .seams import Neighbourhood, Part, edges_of, follow

Array = NDArray[np.float64]
Reflections = NDArray[np.float64]
"""(k, 3) factors of the three coordinates, each 1 or -1."""

NO_REFLECTIONS: Reflections = np.zeros((0, 3))

REACH = 0.05
"""Unit-cube lengths from which a vertex is moved no more; up to the half of it, it moves whole."""

BORDER = 0.02
"""Unit-cube lengths from the image's border over which the moves fade in."""

ASIDE = 1.7
"""Cells beside what was given within which nothing moves; twice as far, all does."""

UNSURE = 0.1
"""Share of a vertex' way that no image says, up to which others are carried along with it."""

CARRIED = 0.06
"""Unit-cube lengths over which it carries them: the back of a wall goes with its front."""

ROUNDS = 3
"""Of moving: the way to the image is asked again from where the last has led."""

EVENED = 2
"""Rounds of averaging with the neighbours, of the places of moved vertices, between the others."""

AVERAGED = 3
"""Rounds of averaging with the neighbours, of the moves."""


def mirrored(
    shape: TriangleMesh, seen: Part, reflections: Reflections, *, cell: float
) -> TriangleMesh:
    """The shape, moved onto the mirror images of what was observed where they are near.

    Args:
        shape: Closed and outward, in the unit cube.
        seen: What was observed, consistently oriented with the shape, in the same frame.
        reflections: That leave the shape as it is; the first ones count most.
        cell: The shape's cell edge.
    """
    if len(reflections) == 0 or len(seen.faces) == 0 or len(shape.faces) == 0:
        return shape
    image, cloud = _Image(seen, reflections), shape.vertices.astype(np.float64)
    away = nearest(cloud, seen.vertices, seen.faces)[0] / (ASIDE * cell)
    free = np.flatnonzero(away > 1)
    share = _faded_in(away[free] - 1)
    around = Neighbourhood(edges_of(shape.faces.astype(np.int64)), len(cloud))
    origins = cloud[free]
    for number in range(ROUNDS):
        here = TriangleMesh.from_arrays(cloud, shape.faces)
        normals = vertex_normals(here)[free].astype(np.float64)
        ways, left = image.ways_from(cloud[free], normals, origins)
        sure = left < UNSURE
        carried = follow(cloud[free], cloud[free][sure], ways[sure], blend=CARRIED) - cloud[free]
        moves = np.zeros_like(cloud)
        moves[free] = share[:, None] * (ways + left[:, None] * carried)
        cloud += around.averaged(moves, AVERAGED)
        if number + 1 < ROUNDS:  # what was a wave has become a fold
            even = free[sure & (share > 1 - UNSURE)]
            cloud[even] = around.averaged(cloud, EVENED)[even]
    return TriangleMesh.from_arrays(cloud, shape.faces)


class _Image:
    """What was observed, as it looks in its mirrors."""

    def __init__(self, seen: Part, reflections: Reflections) -> None:
        self._seen, self._reflections = seen, reflections
        ends = np.stack(border_edges(seen.faces, len(seen.vertices)))
        along = np.linspace(0, 1, 5)[:, None, None]
        first, second = seen.vertices[ends]
        self._border = cKDTree((first + along * (second - first)).reshape(-1, 3))

    def ways_from(self, points: Array, normals: Array, origins: Array) -> tuple[Array, Array]:
        """(N, 3) how far points are to go, and (N,) the share of that which no mirror tells.

        Args:
            points: (N, 3) of the shape.
            normals: (N, 3) unit; only what looks the same way is an image.
            origins: (N, 3) where the points were at first; the reach counts from there.
        """
        ways, left = np.zeros_like(points), np.ones(len(points))
        for signs in self._reflections:
            distance, _, foot = nearest_alike(
                points * signs, normals * signs, self._seen.vertices, self._seen.faces
            )
            near = np.flatnonzero(distance < REACH)
            image = foot[near] * signs
            gone = np.linalg.norm(image - origins[near], axis=1)
            to_border, _ = self._border.query(foot[near])
            weight = _faded_in(2 - 2 * gone / REACH) * _faded_in(to_border / BORDER) * left[near]
            ways[near] += weight[:, None] * (image - points[near])
            left[near] -= weight
        return ways, left


def _faded_in(share: Array) -> Array:
    """0 up to 0, 1 from 1 on, smooth between."""
    clipped = np.clip(share, 0, 1)
    return clipped * clipped * (3 - 2 * clipped)
