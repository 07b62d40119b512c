"""Connected components: which faces hang together, and which of them are crumbs."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import cKDTree

from ..meshes import TriangleMesh

Labels = NDArray[np.int32]

ASKED, MOST_PARTS, TOUCHING = 4000, 16, 1e-9
"""Points per component, and components, between which gaps are looked for; the least gap."""


class Cleaned(NamedTuple):
    """A mesh without crumbs, and how whole it is."""

    mesh: TriangleMesh
    lost: float
    """Length of the longest crumb, as a share of the longest component's; 0 without any. Hollows
    inside of something, which nobody sees, are not counted."""
    apart: float
    """The widest gap that must be bridged to reach all components that stay; 0 for one. Hollows
    are none."""


def face_components(mesh: TriangleMesh) -> tuple[int, Labels]:
    """The number of components, and (F,) the component of every face.

    Faces that share a vertex hang together; weld a mesh first whose vertices only coincide.
    """
    count, of_vertex = _vertex_components(mesh)
    return count, of_vertex[mesh.faces[:, 0]]


def parts_of(mesh: TriangleMesh) -> NDArray[np.int64]:
    """(F,) number of the component of every face, as for `part_of_faces`."""
    return part_of_faces(mesh.faces, len(mesh.vertices))


def part_of_faces(faces: NDArray[np.integer], vertex_count: int) -> NDArray[np.int64]:
    """(F,) number of the component of every face; a vertex that no face uses has one as well.

    Args:
        faces: (F, 3); where they share a vertex they hang together.
        vertex_count: Of the mesh; every corner is less.
    """
    return part_of_vertices(faces, vertex_count)[faces[:, 0]]


def part_of_vertices(faces: NDArray[np.integer], vertex_count: int) -> NDArray[np.int64]:
    """(V,) number of the component of every vertex; see `part_of_faces`."""
    start, end = faces[:, :2].ravel(), faces[:, 1:].ravel()
    links = coo_array((np.ones(len(start), np.int8), (start, end)), (vertex_count,) * 2)
    return connected_components(links, directed=False)[1].astype(np.int64)


def remove_crumbs(mesh: TriangleMesh, *, extent_share: float, area_share: float) -> Cleaned:
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
    for name, share in (("extent_share", extent_share), ("area_share", area_share)):
        if not 0 <= share <= 1:
            raise ValueError(f"{name} must lie in [0, 1]; found {share:g}")
    count, of_vertex = _vertex_components(mesh)
    if count == 0:
        return Cleaned(mesh, 0.0, 0.0)
    extents = _extents(mesh.vertices, of_vertex, count)
    stays = extents >= extent_share * extents.max()
    label = of_vertex[mesh.faces[:, 0]]
    if not stays.all():
        areas = np.bincount(label, weights=face_areas(mesh), minlength=count)
        stays |= areas >= area_share * areas.max()
    is_hollow = _hollows(mesh, label, count)
    lost = extents[~stays & ~is_hollow].max(initial=0.0) / extents.max()
    parts = [mesh.vertices[of_vertex == each] for each in np.flatnonzero(stays & ~is_hollow)]
    return Cleaned(keep_faces(mesh, stays[label]), float(lost), _widest_gap(parts))


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
    along, across = second - first, third - first
    (a, b, c), (d, e, f) = along.T, across.T
    return np.stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=1)


def _vertex_components(mesh: TriangleMesh) -> tuple[int, Labels]:
    """The number of components, and (V,) the component of every vertex; -1 where no face is."""
    label = part_of_vertices(mesh.faces, len(mesh.vertices))
    # a vertex that no face uses would be a component of its own
    occurs = np.zeros(label.max(initial=-1) + 1, bool)
    occurs[label[mesh.faces[:, 0]]] = True
    numbers = np.where(occurs, np.cumsum(occurs) - 1, -1).astype(np.int32)
    return int(occurs.sum()), numbers[label]


def _extents(vertices: NDArray[np.float32], of_vertex: Labels, count: int) -> NDArray[np.float64]:
    """(count,) the longest side of every component's bounding box."""
    order = np.argsort(of_vertex, kind="stable")
    starts = np.searchsorted(of_vertex[order], np.arange(count))
    placed = vertices[order[starts[0] :]]  # those of no component come first
    starts -= starts[0]
    low = np.minimum.reduceat(placed, starts)
    return (np.maximum.reduceat(placed, starts) - low).max(axis=1).astype(np.float64)


def _hollows(mesh: TriangleMesh, label: Labels, count: int) -> NDArray[np.bool_]:
    """(count,) which components enclose less than nothing, unlike the one that encloses most."""
    if count == 1:
        return np.zeros(1, bool)
    first = mesh.vertices[mesh.faces[:, 0]].astype(np.float64)
    six_times = np.einsum("ij,ij->i", first, face_crosses(mesh))
    volumes = np.bincount(label, six_times, count)
    return volumes * volumes[np.abs(volumes).argmax()] < 0


def _widest_gap(parts: Sequence[NDArray[np.float32]]) -> float:
    """The longest edge of the shortest tree between point sets, each thinned to `ASKED` points."""
    largest = sorted(parts, key=len, reverse=True)[:MOST_PARTS]
    thinned = [part[:: 1 + len(part) // ASKED] for part in largest]
    trees = [cKDTree(part) for part in thinned]
    gaps = np.zeros((len(trees), len(trees)))
    for row, tree in enumerate(trees):
        for column in range(row + 1, len(trees)):
            nearest, _ = tree.query(thinned[column])
            gaps[row, column] = max(float(nearest.min()), TOUCHING)  # 0 would be no edge
    return float(minimum_spanning_tree(gaps).toarray().max(initial=0.0))
