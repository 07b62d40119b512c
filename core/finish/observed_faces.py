"""What of a completed shape was observed already, and what of it was invented.

A face of the shape is *explained* if it is the image, a little misplaced, of something that
was observed: an observed face that looks the same way lies across from it. The other side
of a thin wall looks the other way and is not explained, so an open sheet gets its back.
"""

from dataclasses import dataclass

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from ..geometry.components import part_of_vertices
from .loops import border_edges

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

ALIKE = 0.3
"""Least cosine between normals of faces that look the same way."""

AXES = np.concatenate([np.eye(3), -np.eye(3)])
"""Faces are compared by the axis that they look along, so that opposite ones never meet."""

SLOPE = 0.35
"""How far an image may be shifted sideways, as a share of its distance: about the angle to the
normal by which the corners between the facets of a round surface are seen."""

BEYOND = 1.0
"""Cells by which an image may overlap the end of what was observed."""

NORMAL_LENGTH = 0.05
"""Unit-cube lengths that a unit of difference between normals counts as much as."""

TOUCHING = 1.3
"""Cells to a closed observed part within which a face of the shape belongs to that part."""

SLIVER = 2.5
"""Cells: an invented island no further than this from its observed likeness is a residual."""

CRUMB = 16.0
"""Square cells: an invented island of less area is noise."""

PHANTOM = 0.1
"""Share of a part below which a distant image of some of it may be a mistake."""

UNUSUAL = 2.0
"""How many times the usual residual, beyond a cell, such an image is away at least."""

ROUNDS = 4
"""Rounds of averaging with the neighbours that smooth the border between the two."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """What is known about the faces of a completed shape."""

    invented: Flags
    """(F,) which faces stand for nothing that was observed."""

    imaged: Indices
    """(I,) faces that are images of observed ones."""

    centre: Array
    """(I, 3) where these lie."""

    residual: Array
    """(I, 3) from there to what they are images of."""


def explain(
    vertices: Array,
    faces: Indices,
    observed_vertices: Array,
    observed_faces: Indices,
    *,
    cell: float,
    image_distance: float,
) -> Explanation:
    """Which faces of a closed shape are explained by what was observed, and how.

    Args:
        vertices: (V, 3) of the shape.
        faces: (F, 3), with the shape outside of them.
        observed_vertices: (W, 3).
        observed_faces: (G, 3) turned outward as far as possible.
        cell: The shape's cell edge.
        image_distance: Largest residual of the shape.
    """
    if len(observed_faces) == 0 or len(faces) == 0:
        none = np.zeros((0, 3))
        return Explanation(np.ones(len(faces), bool), np.zeros(0, np.int64), none, none)
    centre, normal, area = geometry(vertices, faces)
    distance, face, foot = nearest_alike(centre, normal, observed_vertices, observed_faces)
    seen_normal = geometry(observed_vertices, observed_faces)[1]
    across = seen_normal[face]
    height = np.einsum("fi,fi->f", centre - foot, across)
    sideways = np.linalg.norm(centre - foot - height[:, None] * across, axis=1)
    explained = (distance <= image_distance) & (sideways <= BEYOND * cell + SLOPE * abs(height))
    far = np.flatnonzero(explained & (distance > SLIVER * cell))
    explained[far] = _answers(centre, normal, foot, distance, far, cell=cell)
    neighbours = face_neighbours(faces, len(vertices))
    part, of_closed = observed_parts(observed_faces, len(observed_vertices))
    part_area = np.bincount(part, geometry(observed_vertices, observed_faces)[2])[part]
    explained &= ~_phantoms(explained, neighbours, area, distance, part_area[face], cell=cell)
    imaged = np.flatnonzero(explained)
    near, owner, _ = nearest(centre, observed_vertices, observed_faces)
    faces_it = np.einsum("fi,fi->f", normal, seen_normal[owner]) > -ALIKE
    explained |= (near <= TOUCHING * cell) & of_closed[owner] & faces_it
    unsure = np.flatnonzero(~explained)
    explained[unsure] = _inside(centre[unsure], observed_vertices, observed_faces[of_closed])
    invented = _smoothed(~explained, neighbours)
    invented = _without_islands(invented, neighbours, area, distance, cell)
    return Explanation(invented, imaged, centre[imaged], foot[imaged] - centre[imaged])


def geometry(vertices: Array, faces: Indices) -> tuple[Array, Array, Array]:
    """(F, 3) centres, (F, 3) unit normals, zero without an area, and (F,) areas of faces."""
    corners = vertices[faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(cross, axis=1)
    return corners.mean(axis=1), cross / np.maximum(length, 1e-30)[:, None], length / 2


def nearest(points: Array, vertices: Array, faces: Indices) -> tuple[Array, Indices, Array]:
    """(N,) distances to the nearest face, (N,) its number and (N, 3) the point of it."""
    squared, face, foot = igl.point_mesh_squared_distance(points, vertices, faces)
    return np.sqrt(np.maximum(squared, 0.0)), face, foot


def nearest_alike(
    points: Array, normals: Array, vertices: Array, faces: Indices
) -> tuple[Array, Indices, Array]:
    """As `nearest`, among faces that look the same way; infinitely far where there are none."""
    distance = np.full(len(points), np.inf)
    face, foot = np.zeros(len(points), np.int64), np.zeros((len(points), 3))
    face_normals = geometry(vertices, faces)[1]
    along = (normals @ AXES.T).argmax(axis=1)
    for number, axis in enumerate(AXES):
        own = np.flatnonzero(along == number)
        towards = np.flatnonzero(face_normals @ axis > 0)
        if len(own) and len(towards):
            distance[own], found, foot[own] = nearest(points[own], vertices, faces[towards])
            face[own] = towards[found]
    distance[np.einsum("fi,fi->f", normals, face_normals[face]) < ALIKE] = np.inf
    return distance, face, foot


def observed_parts(faces: Indices, vertex_count: int) -> tuple[Indices, Flags]:
    """(F,) the part, connected by shared vertices, of every face, and whether it has no border."""
    part = part_of_vertices(faces, vertex_count)
    start, _ = border_edges(faces, vertex_count)
    is_open = np.zeros(vertex_count, bool)
    is_open[part[start]] = True
    return part[faces[:, 0]], ~is_open[part[faces[:, 0]]]


def face_neighbours(faces: Indices, vertex_count: int) -> tuple[Indices, Indices]:
    """Pairs of faces on either side of an edge that exactly two faces share."""
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    key = np.minimum(start, end) * np.int64(vertex_count) + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    edge = key[order]
    same = edge[1:] == edge[:-1]
    alone = np.diff(np.concatenate([[False], same, [False]]).astype(np.int8))
    pair = np.flatnonzero(same & (alone[:-1] == 1) & (alone[1:] == -1))
    return order[pair] // 3, order[pair + 1] // 3


def _answers(
    centre: Array, normal: Array, foot: Array, distance: Array, asked: Indices, *, cell: float
) -> Flags:
    """Whether no other face of the shape that looks the same way fits the observed point better."""
    if len(asked) == 0:
        return np.zeros(0, bool)
    tree = cKDTree(np.concatenate([centre, NORMAL_LENGTH * normal], axis=1))
    queries = np.concatenate([foot[asked], NORMAL_LENGTH * normal[asked]], axis=1)
    best = tree.query(queries)[0]
    return distance[asked] <= 1.5 * best + cell


def _inside(points: Array, vertices: Array, closed_faces: Indices) -> Flags:
    if len(closed_faces) == 0:
        return np.zeros(len(points), bool)
    low, high = (bound(vertices[closed_faces.ravel()], axis=0) for bound in (np.min, np.max))
    inside = ((points > low) & (points < high)).all(axis=1)
    number = igl.fast_winding_number(vertices, closed_faces, points[inside])
    inside[inside] = np.asarray(number).ravel() > 0.5
    return inside


def _smoothed(flags: Flags, neighbours: tuple[Indices, Indices]) -> Flags:
    """The flags after some rounds of averaging, then without teeth: single faces jutting out."""
    first, second = neighbours
    count = len(flags)
    degree = np.bincount(first, minlength=count) + np.bincount(second, minlength=count)

    def summed(score: Array) -> Array:
        return np.bincount(first, score[second], count) + np.bincount(second, score[first], count)

    score = np.where(flags, 1.0, -1.0)
    for _ in range(ROUNDS):
        score = (score + summed(score)) / (1 + degree)
    flags = score > 0
    for _ in range(ROUNDS):
        like = summed(flags.astype(float))
        flags = np.where(flags, like >= np.minimum(2, degree), like > np.maximum(1, degree - 2))
    return flags


def _phantoms(
    explained: Flags,
    neighbours: tuple[Indices, Indices],
    area: Array,
    distance: Array,
    part_area: Array,
    *,
    cell: float,
) -> Flags:
    """(F,) which explained faces are images by mistake: of what is hidden inside the shape.

    The upper end of a leg that stands in a table top lies below the top and looks the same
    way. Such islands are further from what they seem to show than others, and only a small
    share of it.
    """
    if not explained.any():
        return explained
    count, island = _islands(explained, neighbours)
    total = np.maximum(np.bincount(island, area * explained, count), 1e-30)
    apart = np.bincount(island, area * np.where(explained, distance, 0), count) / total
    whole = np.bincount(island, area * np.where(explained, part_area, 0), count) / total
    usual = np.median(distance[explained])
    phantom = (apart > UNUSUAL * usual + cell) & (total < PHANTOM * whole)
    return explained & phantom[island]


def _without_islands(
    invented: Flags,
    neighbours: tuple[Indices, Indices],
    area: Array,
    distance: Array,
    cell: float,
) -> Flags:
    """The flags without invented islands that are tiny, or nowhere far from what was observed."""
    count, island = _islands(invented, neighbours)
    total = np.bincount(island, area, count)
    apart = np.bincount(island, area * (distance > SLIVER * cell), count)
    stays = (total > CRUMB * cell**2) & (apart > 0.05 * total)
    return invented & stays[island]


def _islands(flags: Flags, neighbours: tuple[Indices, Indices]) -> tuple[int, Indices]:
    """How many islands of flagged faces, or lone other ones, there are, and (F,) which is whose."""
    first, second = neighbours
    joins = flags[first] & flags[second]
    ends = first[joins], second[joins]
    graph = coo_array((np.ones(len(ends[0]), np.int8), ends), (len(flags),) * 2)
    count, island = connected_components(graph, directed=False)
    return count, island.astype(np.int64)
