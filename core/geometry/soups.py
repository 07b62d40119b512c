"""Triangle soups: which way their parts face, and what lies inside their union.

Sign and orientation rest on the generalised winding number, which is well defined on soups:
about 1 inside, 0 outside, 2 where two parts overlap, in between near openings.
"""

import igl
import numpy as np
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh as EmbreeMesh
from numpy.typing import NDArray

from .components import part_of_faces

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

UNDECIDED = 0.52
"""Winding number above which a point is inside; just behind a lone sheet it is a half."""

RAYS = np.array([[0.81, 0.43, 0.40], [-0.52, 0.77, 0.37], [-0.28, -0.46, 0.84]])
"""Three directions that no artist's edge is likely to run along."""

LEAST_GAIN = 1e-4
"""Share of the open parts' area that must be better decided before one of them is turned."""

MOST_TURNED = 256
"""Open parts that are tried, the largest: a palm's 4,500 leaves are sheets whichever way they face,
and would take minutes."""

PROBE = 3e-4
"""Distance from a face, on either side, at which the winding number decides what the face is."""


def turned_outward(vertices: Array, faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """The faces, each part turned so that together they bound a solid.

    A closed part is turned outward unless it bounds a cavity of a larger part. Open parts
    (a table top made of two caps and a rim) are turned so that the winding number beside
    them comes closest to 0 or 1.

    Args:
        vertices: (V, 3).
        faces: (F, 3); parts are what shared vertices connect.
    """
    part = part_of_faces(faces, len(vertices))
    volume = _part_volumes(vertices, faces, part)
    closed = _closed_parts(faces, part, len(vertices))
    present = np.unique(part)
    turned = faces.copy()
    for index in present[(volume < 0)[present] & closed[present]]:
        own = part == index
        others = faces[~own & (volume[part] > abs(volume[index]))]
        probes = vertices[np.unique(faces[own])][:256]
        is_cavity = (
            len(others) > 0 and (winding_number(probes, vertices, others) > 0.5).mean() > 0.95
        )
        if not is_cavity:
            turned[own] = turned[own][:, ::-1]
    for index in _open_parts_to_turn(vertices, turned, part, present[~closed[present]]):
        turned[part == index] = turned[part == index][:, ::-1]
    return turned


def winding_number(points: Array, vertices: Array, faces: NDArray[np.int64]) -> Array:
    """(N,) generalised winding number: about 1 inside, 0 outside, 2 where two parts overlap."""
    return np.asarray(igl.fast_winding_number(vertices, faces, points), np.float64).reshape(-1)


class Interior:
    """What lies inside the union of a soup's parts; its trees are built once.

    Rays are cast both ways along `RAYS`. Where the first face met is seen from behind by
    all of them, a point is inside; where by none, outside. Elsewhere (overlaps, openings,
    flipped faces) the winding number decides: it is exact but ten times as slow.

    Args:
        vertices: (V, 3).
        faces: (F, 3) turned outward.
    """

    def __init__(self, vertices: Array, faces: NDArray[np.int64]) -> None:
        self._scene = scene_of(vertices, faces)
        self._normals = centre_normal_area(vertices, faces)[1]
        self._hierarchy = igl.FastWindingNumberBVH()
        self._hierarchy.init(vertices, faces)

    def contains(self, points: Array) -> Flags:
        """(N,) whether points (N, 3) lie inside."""
        origins = np.ascontiguousarray(points, np.float32)
        from_behind = np.zeros(len(points), np.int64)
        for direction in np.concatenate([RAYS, -RAYS]):
            directions = np.tile(direction, (len(points), 1)).astype(np.float32)
            first = self._scene.run(origins, directions)
            from_behind += (first >= 0) & (self._normals[first] @ direction > 0)
        inside = from_behind == 2 * len(RAYS)
        unsure = np.flatnonzero(~inside & (from_behind > 0))
        if len(unsure):
            number = self._hierarchy.winding_number(np.ascontiguousarray(points[unsure]))
            inside[unsure] = np.asarray(number).reshape(-1) > UNDECIDED
        return inside


class NearestFaces:
    """The faces that are nearest to points; their tree is built once.

    Args:
        vertices: (V, 3).
        faces: (F, 3), at least one.
    """

    def __init__(self, vertices: Array, faces: NDArray[np.int64]) -> None:
        self._vertices, self._faces = vertices, np.ascontiguousarray(faces)
        self._tree = igl.AABB()
        self._tree.init(self._vertices, self._faces)

    def __call__(self, points: Array) -> tuple[Array, NDArray[np.int64]]:
        """(N,) unsigned distances of points (N, 3), and the faces that they lead to."""
        squared, face, _ = self._tree.squared_distance(self._vertices, self._faces, points)
        return np.sqrt(np.maximum(squared, 0.0)), face


def centre_normal_area(vertices: Array, faces: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """(F, 3) centres, (F, 3) unit normals and (F,) areas of faces."""
    corners = vertices[faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normal, axis=1)
    return corners.mean(axis=1), normal / np.maximum(length, 1e-30)[:, None], length / 2


def scene_of(vertices: Array, faces: NDArray[np.int64]) -> rtcore_scene.EmbreeScene:
    """The faces, ready for rays; a hit's number is the face's."""
    scene = rtcore_scene.EmbreeScene()
    EmbreeMesh(scene, np.ascontiguousarray(vertices[faces], np.float32))
    return scene


def _open_parts_to_turn(
    vertices: Array,
    faces: NDArray[np.int64],
    part: NDArray[np.int64],
    open_parts: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The open parts whose turning brings the winding numbers beside them nearest to 0 or 1.

    The `MOST_TURNED` largest are tried one after the other, until no turn helps.
    """
    if len(open_parts) == 0:
        return open_parts
    centre, normal, area = centre_normal_area(vertices, faces)
    # stable: of parts that are alike, as legs are, the first comes first on every processor
    areas = np.bincount(part, area, part.max() + 1)[open_parts]
    tried = open_parts[np.argsort(-areas, kind="stable")[:MOST_TURNED]]
    is_open, is_tried = np.isin(part, open_parts), np.isin(part, tried)
    centre, normal, area = centre[is_open], normal[is_open], area[is_open]
    probes = np.concatenate([centre + PROBE * normal, centre - PROBE * normal])
    weight = np.tile(area / area.sum(), 2)

    def undecided(number: Array) -> float:
        # any count of overlapping solids is as good as one
        return float(weight @ np.where(number > 1, 0.0, np.minimum(abs(number), abs(number - 1))))

    own = np.stack([winding_number(probes, vertices, faces[part == i]) for i in tried])
    number = own.sum(axis=0)
    if not is_tried.all():
        number += winding_number(probes, vertices, faces[~is_tried])
    signs = np.ones(len(tried))
    best, improved = undecided(number), True
    while improved:
        improved = False
        for index in range(len(tried)):
            turned = number - 2 * signs[index] * own[index]
            cost = undecided(turned)
            if cost < best - LEAST_GAIN:
                best, number, improved = cost, turned, True
                signs[index] *= -1
    return tried[signs < 0]


def _part_volumes(vertices: Array, faces: NDArray[np.int64], part: NDArray[np.int64]) -> Array:
    corners = vertices[faces]
    signed = np.einsum("fi,fi->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    return np.bincount(part, signed, minlength=part.max() + 1)


def _closed_parts(
    faces: NDArray[np.int64], part: NDArray[np.int64], vertex_count: int
) -> NDArray[np.bool_]:
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    edge = np.minimum(start, end) * np.int64(vertex_count) + np.maximum(start, end)
    _, inverse, count = np.unique(edge, return_inverse=True, return_counts=True)
    open_edges = (count[inverse] == 1).reshape(-1, 3).sum(axis=1)
    return np.bincount(part, open_edges, minlength=part.max() + 1) == 0
