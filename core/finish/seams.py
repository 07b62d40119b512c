"""Seams: the invented part of a shape, deformed until its border meets what was observed.

Vertices of the part's border are *welded* to vertices of the observed border where the two
run side by side; in between they keep half a cell away from long observed edges. A border
with none beside it sinks a little into the observed surface that it faces.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from .loops import border_edges
from .observed_faces import geometry, nearest

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

SAMPLES_PER_CELL = 3
"""Places per cell at which observed border edges are looked for."""

DIRECTION_LENGTH = 2.5
"""Cells that a unit of difference between the directions of borders counts as much as."""

PREFERENCE = 2.5
"""Cells by which an observed border may be further away than the observed surface inside."""

WELDED = 1.2
"""Cells along the border within which a vertex of the part is welded to an observed one."""

STANDOFF = 0.5
"""Cells that the part keeps away from an observed edge between its welded ends."""

DEPTH = 0.5
"""Cells that a border without counterpart sinks into the observed surface."""

NEIGHBOURS = 16
"""Images that a point follows."""

ROUNDS = 12
"""Rounds of averaging that smooth the deformation."""


@dataclass(frozen=True, eq=False)
class Part:
    """Some faces of a shape."""

    vertices: Array
    """(V, 3)."""

    faces: Indices
    """(F, 3)."""

    @classmethod
    def of(cls, vertices: Array, faces: Indices) -> "Part":
        """Some faces, with the vertices that they use."""
        used, inverse = np.unique(faces, return_inverse=True)
        return cls(vertices[used], inverse.reshape(-1, 3).astype(np.int64))


def follow(points: Array, centre: Array, residual: Array, *, blend: float) -> Array:
    """(N, 3) points, moved along with the images of what was observed around them.

    So the back of a thin wall stays behind its front, and the part nearly meets what was
    observed before its border is moved.

    Args:
        points: (N, 3).
        centre: (I, 3) where the images lie.
        residual: (I, 3) from there to what was observed.
        blend: Distance at which the movement has faded out.
    """
    if len(centre) == 0 or len(points) == 0:
        return points
    tree = cKDTree(centre)
    near = np.flatnonzero(np.isfinite(tree.query(points, distance_upper_bound=blend)[0]))
    count = min(NEIGHBOURS, len(centre))
    distance, found = tree.query(points[near], k=np.arange(1, count + 1))
    weight = 1 / (distance + 0.1 * blend) ** 2
    weight /= weight.sum(axis=1, keepdims=True)
    fade = np.maximum(0, 1 - (distance[:, 0] / blend) ** 2) ** 2
    moved = points.copy()
    moved[near] += fade[:, None] * np.einsum("nk,nki->ni", weight, residual[found])
    return moved


def meet(
    part: Part, observed: Part, *, cell: float, reach: float, blend: float
) -> tuple[Array, Indices]:
    """Where the part's vertices go, and the observed vertex that each is welded to, or -1.

    No two vertices are welded to the same observed one.

    Args:
        part: Open where the observed begins.
        observed: Consistently oriented with the part.
        cell: The shape's cell edge.
        reach: Largest distance over which borders are brought together.
        blend: Length over which the part's deformation fades out.
    """
    weld = np.full(len(part.vertices), -1)
    start, end = border_edges(part.faces, len(part.vertices))
    border = np.unique(start)
    if len(border) == 0 or len(observed.faces) == 0:
        return part.vertices, weld
    target = _surface_targets(part.vertices[border], observed, cell, reach)
    ahead = _directions(part.vertices, start, end)[border]
    beside = _beside_border(part.vertices[border], ahead, observed, cell, reach)
    matched, foot, edge = beside
    depth_only = np.linalg.norm(target - part.vertices[border], axis=1)
    apart = np.linalg.norm(foot - part.vertices[border], axis=1)
    matched &= ~(apart > depth_only + PREFERENCE * cell)
    inward = _inward(part, border, ahead)
    target[matched] = foot[matched] + STANDOFF * cell * inward[matched]
    chosen, onto = _welds(foot[matched], edge[matched], observed.vertices, WELDED * cell)
    chosen = np.flatnonzero(matched)[chosen]
    target[chosen] = observed.vertices[onto]
    weld[border[chosen]] = onto
    moves = np.isfinite(target[:, 0])
    moved = _deformed(part, border[moves], target[moves], blend)
    return moved, weld


def _surface_targets(points: Array, observed: Part, cell: float, reach: float) -> Array:
    """(N, 3) places just behind the nearest observed surface; NaN beyond reach."""
    distance, face, foot = nearest(points, observed.vertices, observed.faces)
    target = foot - DEPTH * cell * geometry(observed.vertices, observed.faces)[1][face]
    return np.where((distance <= reach)[:, None], target, np.nan)


def _directions(vertices: Array, start: Indices, end: Indices) -> Array:
    """(V, 3) unit direction of the border at its vertices, smoothed along it."""
    direction = vertices[end] - vertices[start]
    for _ in range(3):
        at = np.zeros_like(vertices)
        np.add.at(at, start, direction)
        np.add.at(at, end, direction)
        direction = at[start] + at[end]
    return at / np.maximum(np.linalg.norm(at, axis=1, keepdims=True), 1e-30)


def _inward(part: Part, border: Indices, ahead: Array) -> Array:
    """(B, 3) unit directions from border vertices into the part, across the border."""
    corners = part.vertices[part.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal = np.zeros_like(part.vertices)
    for column in part.faces.T:
        np.add.at(normal, column, cross)
    inward = np.cross(normal[border], ahead)  # faces lie to the left of their edges
    return inward / np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), 1e-30)


def _beside_border(
    points: Array, ahead: Array, observed: Part, cell: float, reach: float
) -> tuple[Flags, Array, Indices]:
    """Whether an observed border runs the other way within reach; the point and edge of it."""
    start, end = border_edges(observed.faces, len(observed.vertices))
    if len(start) == 0:
        return np.zeros(len(points), bool), points.copy(), np.zeros((len(points), 2), np.int64)
    first, along = observed.vertices[start], observed.vertices[end] - observed.vertices[start]
    length = np.linalg.norm(along, axis=1)
    count = np.maximum(1, np.ceil(length / cell * SAMPLES_PER_CELL)).astype(np.int64)
    of_edge = np.repeat(np.arange(len(start)), count)
    step = np.arange(len(of_edge)) - np.repeat(np.cumsum(count) - count, count)
    sample = first[of_edge] + ((step + 0.5) / count[of_edge])[:, None] * along[of_edge]
    weight = DIRECTION_LENGTH * cell
    direction = along / np.maximum(length, 1e-30)[:, None]
    tree = cKDTree(np.concatenate([sample, weight * direction[of_edge]], axis=1))
    edge = of_edge[tree.query(np.concatenate([points, -weight * ahead], axis=1))[1]]
    share = np.einsum("ni,ni->n", points - first[edge], along[edge])
    share = np.clip(share / np.maximum(length[edge], 1e-30) ** 2, 0, 1)
    foot = first[edge] + share[:, None] * along[edge]
    opposite = np.einsum("ni,ni->n", ahead, direction[edge]) < 0.3
    matched = (np.linalg.norm(points - foot, axis=1) <= reach) & opposite
    return matched, foot, np.stack([start[edge], end[edge]], axis=1)


def _welds(foot: Array, edge: Indices, vertices: Array, limit: float) -> tuple[Indices, Indices]:
    """Pairs of a foot and the end of its edge that are nearest to each other, within a limit."""
    lengths = np.linalg.norm(vertices[edge] - foot[:, None], axis=2)
    nearer = lengths.argmin(axis=1) if len(foot) else np.zeros(0, np.int64)
    rows = np.arange(len(foot))
    vertex, distance = edge[rows, nearer], lengths[rows, nearer]
    order = np.lexsort((distance, vertex))
    is_first = np.diff(vertex[order], prepend=-1) != 0
    chosen = order[is_first]
    chosen = chosen[distance[chosen] <= limit]
    return chosen, vertex[chosen]


def _deformed(part: Part, border: Indices, target: Array, blend: float) -> Array:
    """The part's vertices, some moved to their targets and those around carried along."""
    if len(border) == 0:
        return part.vertices
    ends = edges_of(part.faces)
    length = np.linalg.norm(part.vertices[ends[:, 0]] - part.vertices[ends[:, 1]], axis=1)
    size = (len(part.vertices),) * 2
    graph = csr_array(coo_array((np.maximum(length, 1e-12), ends.T), size))
    distance, _, source = dijkstra(
        graph, False, border, return_predecessors=True, min_only=True, limit=blend
    )
    move = np.zeros_like(part.vertices)
    move[border] = target - part.vertices[border]
    near = np.flatnonzero(np.isfinite(distance))
    fade = np.zeros(len(part.vertices))
    fade[near] = (1 - (distance[near] / blend) ** 2) ** 2
    move[near] = move[source[near]] * fade[near, None]
    around = Neighbourhood(ends, len(part.vertices))
    return part.vertices + around.averaged(move, ROUNDS, fixed=border)


def edges_of(faces: Indices) -> Indices:
    """(E, 2) the edges of faces, each once."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    return np.unique(np.sort(ends, axis=1), axis=0)


class Neighbourhood:
    """Which vertices are joined by an edge; made once, asked often.

    Args:
        edges: (E, 2) pairs of neighbours, each once.
        count: Of the vertices.
    """

    def __init__(self, edges: Indices, count: int) -> None:
        both = np.concatenate([edges, edges[:, ::-1]])
        self._links = csr_array(coo_array((np.ones(len(both)), both.T), (count,) * 2))
        self._degree = np.maximum(self._links.sum(axis=1), 1)[:, None]

    def averaged(self, moves: Array, rounds: int, fixed: Indices | None = None) -> Array:
        """(V, 3) moves of vertices, in every round halfway to the mean of their neighbours.

        Args:
            moves: (V, 3).
            rounds: How often.
            fixed: Vertices whose moves stay as they are.
        """
        kept = None if fixed is None else moves[fixed].copy()
        for _ in range(rounds):
            moves = (moves + self._links @ moves / self._degree) / 2
            if kept is not None:
                moves[fixed] = kept
        return moves
