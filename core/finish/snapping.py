"""Snapping: a surface made anew goes back onto the one that it was made from, where that is near.

A lattice chamfers edges, and a solid's thin walls are filled up before they are surfaced. Both
leave vertices beside the surface that was given. They are moved along their normals only, so
none slides past a border of what was given, and they stop just short of it, so that the two
sides of a sheet stay apart. Faces are not touched: what was closed stays closed.
"""

import igl
import numpy as np
from numpy.typing import NDArray

from ..geometry.welding import vertex_normals
from ..meshes import TriangleMesh

KEPT_APART = 5e-4
"""Lengths that a vertex stays away from the given surface, on its own side."""

ROUNDS = 3
"""Beside an edge the nearest point lies askew to the normal: each round halves what is left."""


def snapped(mesh: TriangleMesh, given: TriangleMesh, reach: float, border: float) -> TriangleMesh:
    """The mesh, its vertices within `reach` of the given surface moved onto it.

    Args:
        mesh: Oriented outward, about the size of the unit cube.
        given: The surface that it was made from; may be open, in the same frame.
        reach: Longest distance from which a vertex is moved, in lengths.
        border: Sideways distance from the given surface over which the moves fade out.
    """
    vertices = mesh.vertices.astype(np.float64)
    towards_given = _Nearest(given)
    normals = vertex_normals(mesh).astype(np.float64)
    near = np.flatnonzero(np.linalg.norm(towards_given(vertices), axis=1) < reach)
    for _ in range(ROUNDS if len(near) else 0):
        towards = towards_given(vertices[near])
        along = (towards * normals[near]).sum(axis=1)
        sideways = np.linalg.norm(towards - along[:, None] * normals[near], axis=1)
        step = np.sign(along) * np.maximum(np.abs(along) - KEPT_APART, 0.0)
        share = np.clip(2 - 2 * sideways / border, 0.0, 1.0)
        vertices[near] += (share * step)[:, None] * normals[near]
    return TriangleMesh.from_arrays(vertices, mesh.faces)


class _Nearest:
    """The ways from points to the nearest places of a surface; its tree is built once."""

    def __init__(self, surface: TriangleMesh) -> None:
        self._vertices = surface.vertices.astype(np.float64)
        self._faces = surface.faces.astype(np.int64)
        self._tree = igl.AABB()
        self._tree.init(self._vertices, self._faces)

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 3) for points (N, 3)."""
        return self._tree.squared_distance(self._vertices, self._faces, points)[2] - points
