"""Connected components: which faces hang together, and which of them are crumbs."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..meshes import TriangleMesh

Labels = NDArray[np.int32]


def face_components(mesh: TriangleMesh) -> tuple[int, Labels]:
    """The number of components, and (F,) the component of every face.

    Faces that share a vertex hang together; weld a mesh first whose vertices only coincide.
    """
    if len(mesh.faces) == 0:
        return 0, np.zeros(0, np.int32)
    start, end = mesh.faces[:, :2].ravel(), mesh.faces[:, 1:].ravel()
    links = coo_array((np.ones(len(start), np.int8), (start, end)), (len(mesh.vertices),) * 2)
    _, of_vertex = connected_components(links, directed=False)
    of_face = of_vertex[mesh.faces[:, 0]]
    occurs = np.bincount(of_face) > 0  # vertices that no face uses are components of their own
    return int(occurs.sum()), (np.cumsum(occurs) - 1).astype(np.int32)[of_face]


def remove_crumbs(mesh: TriangleMesh, *, extent_share: float, area_share: float) -> TriangleMesh:
    """The mesh without components that are both short and small beside the largest.

    A component stays if the longest side of its bounding box is at least `extent_share` of
    the longest such side, or its area at least `area_share` of the largest area: a lamp's
    shade and a thin leg stay, a blob in the air goes. The largest ones always stay.

    Args:
        mesh: Vertices that no face uses are dropped as well.
        extent_share: In [0, 1]; 0 keeps everything.
        area_share: In [0, 1]; 0 keeps everything.

    Raises:
        ValueError: A share is not in [0, 1].
    """
    _check_shares(extent_share, area_share)
    label, extents, stays = _sorted_out(mesh, extent_share, area_share)
    if len(extents) == 0:
        return mesh
    return keep_faces(mesh, stays[label])


def longest_crumb(mesh: TriangleMesh, *, extent_share: float, area_share: float) -> float:
    """Of the components that `remove_crumbs` would drop, the longest's length; 0 without any.

    Args:
        mesh: As for `remove_crumbs`.
        extent_share: As for `remove_crumbs`.
        area_share: As for `remove_crumbs`.

    Returns:
        The longest side of its bounding box, as a share of the longest component's, in [0, 1].

    Raises:
        ValueError: A share is not in [0, 1].
    """
    _check_shares(extent_share, area_share)
    _, extents, stays = _sorted_out(mesh, extent_share, area_share)
    return float(extents[~stays].max() / extents.max()) if not stays.all() else 0.0


def keep_faces(mesh: TriangleMesh, stays: NDArray[np.bool_]) -> TriangleMesh:
    """The mesh of some faces, in their order, and of the vertices that they use.

    Args:
        mesh: Any mesh.
        stays: (F,) which faces to keep.
    """
    faces = mesh.faces[stays]
    used = np.zeros(len(mesh.vertices), bool)
    used[faces] = True
    if used.all() and stays.all():
        return mesh
    renumbered = np.cumsum(used, dtype=np.int32) - 1
    return TriangleMesh(mesh.vertices[used], renumbered.astype(np.int32)[faces])


def face_areas(mesh: TriangleMesh) -> NDArray[np.float64]:
    """(F,) areas."""
    return np.linalg.norm(face_crosses(mesh), axis=1) / 2


def face_crosses(mesh: TriangleMesh) -> NDArray[np.float64]:
    """(F, 3) outward vectors across the faces, twice their area long."""
    first, second, third = (mesh.vertices[column].astype(np.float64) for column in mesh.faces.T)
    return np.cross(second - first, third - first)


def _extents(mesh: TriangleMesh, label: Labels, count: int) -> NDArray[np.float64]:
    """(count,) the longest side of every component's bounding box."""
    order = np.argsort(label, kind="stable")
    starts = np.searchsorted(label[order], np.arange(count))
    corners = mesh.corners[order]
    low = np.minimum.reduceat(corners.min(axis=1), starts)
    high = np.maximum.reduceat(corners.max(axis=1), starts)
    return (high - low).max(axis=1).astype(np.float64)


def _check_shares(extent_share: float, area_share: float) -> None:
    for name, share in (("extent_share", extent_share), ("area_share", area_share)):
        if not 0 <= share <= 1:
            raise ValueError(f"{name} must lie in [0, 1]; found {share:g}")


def _sorted_out(
    mesh: TriangleMesh, extent_share: float, area_share: float
) -> tuple[Labels, NDArray[np.float64], NDArray[np.bool_]]:
    """(F,) components, and of each its length and whether it stays."""
    count, label = face_components(mesh)
    if count < 2:
        return label, np.ones(count), np.ones(count, bool)
    extents = _extents(mesh, label, count)
    areas = np.bincount(label, weights=face_areas(mesh), minlength=count)
    stays = (extents >= extent_share * extents.max()) | (areas >= area_share * areas.max())
    return label, extents, stays
