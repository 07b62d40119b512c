"""Canonical order: the same triangles and points in the same order, however a file lists them.

Points are drawn from a surface by the numbers of its faces. Exported with its faces in another
order, the same surface would give another sample, and from it another result.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..meshes import PointCloud, TriangleMesh

STEPS = (1 << 21) - 1
"""Steps per longest side to which coordinates are rounded before they are compared, so that the
rounding of a mesh that was moved hardly changes its order. Three make one key of 63 bits."""

BITS = 21


class OrderedMesh(NamedTuple):
    """A mesh in canonical order, and where it came from."""

    mesh: TriangleMesh
    given: NDArray[np.int64]
    """(V,) number of a given vertex at each of its places."""


def in_canonical_order(partial: TriangleMesh | PointCloud) -> TriangleMesh | PointCloud:
    """The same surface or points sorted by place, bit for bit the same for every listing of them.

    Vertices that no face uses are left out, and those at exactly one place become one. Every face
    begins at its first corner in that order, and keeps its sense.
    """
    if isinstance(partial, TriangleMesh):
        return mesh_in_canonical_order(partial).mesh
    if len(partial.points) == 0:
        return partial
    rows = np.concatenate([partial.points, partial.normals], axis=1)
    order = _order(_keys(partial.points), rows)
    return PointCloud(partial.points[order], partial.normals[order])


def mesh_in_canonical_order(partial: TriangleMesh) -> OrderedMesh:
    """The mesh of `in_canonical_order`, with the vertices that it was made of."""
    if len(partial.faces) == 0:
        return OrderedMesh(partial, np.arange(len(partial.vertices)))
    used, number = np.unique(partial.faces, return_inverse=True)
    vertices = partial.vertices[used] + np.float32(0)  # for -0, which equals 0, is another number
    order = _order(_keys(vertices), vertices)
    vertices = vertices[order]
    is_new = np.concatenate([[True], (vertices[1:] != vertices[:-1]).any(axis=1)])
    rank = np.zeros(len(order), np.int64)
    rank[order] = np.cumsum(is_new) - 1
    faces = rank[number.reshape(-1, 3)]
    pairs = faces * len(order) + np.roll(faces, -1, axis=1)  # of two corners at one place
    turn = (pairs.argmin(axis=1)[:, None] + np.arange(3)) % 3
    faces = np.take_along_axis(faces, turn, axis=1)
    faces = faces[np.lexsort(faces.T[::-1])].astype(np.int32)
    given = used[order][is_new].astype(np.int64)
    return OrderedMesh(TriangleMesh(vertices[is_new], faces), given)


def _keys(points: NDArray[np.floating]) -> NDArray[np.int64]:
    """(N,) rounded places in the box of all points, by x, then y, then z."""
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    side = float((high - low).max()) or 1.0
    x, y, z = np.rint((points - low) * (STEPS / side)).astype(np.int64).T
    return x << 2 * BITS | y << BITS | z


def _order(keys: NDArray[np.int64], rows: NDArray[np.floating]) -> NDArray[np.int64]:
    """(N,) that sorts by the keys, and where these are the same by the rows' entries."""
    order = np.argsort(keys, kind="stable")
    is_same = keys[order[1:]] == keys[order[:-1]]
    tied = np.concatenate([is_same, [False]]) | np.concatenate([[False], is_same])
    among = order[tied]
    order[tied] = among[np.lexsort((*rows[among].T[::-1], keys[among]))]
    return order.astype(np.int64)
