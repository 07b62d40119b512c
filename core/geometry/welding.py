"""Welding: one vertex per place, no faces without area, normals outward, smooth shading."""

import numpy as np
from numpy.typing import NDArray

from ..meshes import TriangleMesh
from .components import face_crosses, keep_faces

STEPS_PER_SIDE = 1 << 20
"""Vertices are compared on a lattice of so many steps along the mesh's longest side: finer than
any lattice that we extract from, coarser than float32's rounding in the unit cube."""


def weld(mesh: TriangleMesh) -> TriangleMesh:
    """The mesh with coincident vertices merged, and without the faces that this collapses.

    Vertices coincide if they round to the same step of a millionth of the longest side; of
    those, the first one's place is kept. A closed mesh stays closed: a collapsed face takes
    along two edges that run in opposite directions.
    """
    if len(mesh.vertices) == 0:
        return mesh
    low, high = mesh.bounds.astype(np.float64)
    side = float((high - low).max())
    if side == 0:
        return TriangleMesh(mesh.vertices[:1], np.zeros((0, 3), np.int32))
    steps = np.rint((mesh.vertices - low) * (STEPS_PER_SIDE / side)).astype(np.int64)
    key = (steps[:, 0] << 42) | (steps[:, 1] << 21) | steps[:, 2]
    order = np.argsort(key, kind="stable")
    is_first = np.diff(key[order], prepend=-1) != 0
    if is_first.all():
        return _without_collapsed(mesh)
    first_of = np.zeros(len(order), np.int32)
    first_of[order] = order[is_first][np.cumsum(is_first) - 1]
    return _without_collapsed(TriangleMesh(mesh.vertices, first_of[mesh.faces]))


def orient_outward(mesh: TriangleMesh) -> TriangleMesh:
    """The mesh, turned inside out if it encloses a negative volume.

    Faces must be consistent among themselves already; hollows, which count negative, stay
    hollows.
    """
    if signed_volume(mesh) >= 0:
        return mesh
    return TriangleMesh(mesh.vertices, mesh.faces[:, ::-1])


def signed_volume(mesh: TriangleMesh) -> float:
    """The enclosed volume of a closed mesh; negative if its normals point inward."""
    if len(mesh.faces) == 0:
        return 0.0
    centred = TriangleMesh(mesh.vertices - mesh.bounds.mean(axis=0), mesh.faces)
    corners = centred.vertices[mesh.faces[:, 0]].astype(np.float64)
    return float(np.einsum("ij,ij->", corners, face_crosses(centred)) / 6)


def vertex_normals(mesh: TriangleMesh) -> NDArray[np.float32]:
    """(V, 3) unit normals for smooth shading; zero where no face with an area meets.

    The mean of the faces around a vertex, weighted by area, so that the slivers of marching
    cubes do not show.
    """
    crosses = face_crosses(mesh)
    corner = mesh.faces.ravel()
    sums = [
        np.bincount(corner, weights=np.repeat(column, 3), minlength=len(mesh.vertices))
        for column in crosses.T
    ]
    normals = np.stack(sums, axis=1).astype(np.float64)  # of no faces, bincount counts integers
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0).astype(
        np.float32
    )


def _without_collapsed(mesh: TriangleMesh) -> TriangleMesh:
    first, second, third = mesh.faces.T
    return keep_faces(mesh, (first != second) & (second != third) & (third != first))
