"""Border loops: the directed border of any soup as closed loops, and triangles that fill them.

The *border* of faces is what is left of their directed edges once every edge has cancelled
with its reverse. As many border edges enter a vertex as leave it, whatever the soup, so the
border is always a sum of closed loops; filling each of them closes the mesh.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

LONGEST_LOOP = 128
"""Corners of a polygon that is triangulated at once: the cost grows with their cube."""

EDGE_WEIGHT = 0.02
"""Squared longest edge of a triangle against its area: enough to break ties between the
triangulations of a flat or collapsed polygon in favour of short edges."""

ALTERNATION = 1.0
"""Advantage, as a cosine, of leaving a vertex on the other surface than the one arrived on."""

TURNING_BACK = 10.0
"""Disadvantage of going back along a rung at once: only where nothing else is left."""

RUNG_SHARE = 0.25
"""Longest rung, as a share of the extent of the loops that it connects."""

TRIPLES_AT_ONCE = 1 << 19
"""Triangles weighed at once; bounds memory, never changes the result."""


def border_edges(faces: Indices, vertex_count: int) -> tuple[Indices, Indices]:
    """Start and end of the border's directed edges, each as often as it is left over.

    Args:
        faces: (F, 3); an edge from a vertex to itself counts for nothing.
        vertex_count: Number of vertices that the faces may name.
    """
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    key = np.minimum(start, end) * np.int64(vertex_count) + np.maximum(start, end)
    edges, inverse = np.unique(key, return_inverse=True)
    balance = np.bincount(inverse, np.sign(end - start), len(edges)).astype(np.int64)
    low, high = np.divmod(edges, np.int64(max(vertex_count, 1)))
    start, end = np.where(balance > 0, low, high), np.where(balance > 0, high, low)
    return np.repeat(start, abs(balance)), np.repeat(end, abs(balance))


def border_loops(vertices: Array, start: Indices, end: Indices, surface: Indices) -> list[Indices]:
    """The border as closed loops that pass no vertex twice.

    Where several loops meet, a loop that arrives on one surface leaves on another, turning
    back as sharply as possible: so it runs around the gap between the two.

    Args:
        vertices: (V, 3).
        start: (E,) where the directed edges start; as many leave a vertex as enter it.
        end: (E,) where they end.
        surface: (E,) number of the surface whose border an edge is.
    """
    following = _following_edge(vertices, start, end, surface)
    visited = np.zeros(len(start), bool)
    loops: list[Indices] = []
    for first in range(len(start)):
        walk, edge = [], first
        while not visited[edge]:
            visited[edge] = True
            walk.append(start[edge])
            edge = following[edge]
        loops += _simple_loops(walk)
    return loops


def rungs(vertices: Array, loops: Sequence[Indices], reach: float) -> Indices:
    """(R, 2) pairs of vertices that face each other across a gap between or within loops.

    A rung, added to the border in both directions, splits the gap without changing what is
    open; a ladder of them makes a bridge between two loops that would be capped apart.

    Args:
        vertices: (V, 3).
        loops: Those that are too wide to be filled as they are.
        reach: Length of the longest rung.
    """
    if len(loops) == 0:
        return np.zeros((0, 2), np.int64)
    at = np.concatenate(loops)
    after, before = (np.concatenate([np.roll(loop, by) for loop in loops]) for by in (-1, 1))
    extent = np.concatenate(
        [np.full(len(loop), np.ptp(vertices[loop], axis=0).max()) for loop in loops]
    )
    ahead = reach * _unit(vertices[after] - vertices[before])
    tree = cKDTree(np.concatenate([vertices[at], ahead], axis=1))
    _, partner = tree.query(np.concatenate([vertices[at], -ahead], axis=1))
    rows = np.arange(len(at))
    length = np.linalg.norm(vertices[at] - vertices[at[partner]], axis=1)
    opposite = np.einsum("ni,ni->n", ahead, ahead[partner]) < -0.5 * reach**2
    limit = np.minimum(reach, RUNG_SHARE * np.minimum(extent, extent[partner]))
    apart = (at[partner] != at) & (at[partner] != after) & (at[partner] != before)
    chosen = (partner[partner] == rows) & (rows < partner) & opposite & apart & (length <= limit)
    return np.unique(np.sort(np.stack([at, at[partner]], axis=1)[chosen], axis=1), axis=0)


def filled(vertices: Array, loops: Sequence[Indices], existing: Indices) -> tuple[Array, Indices]:
    """Further vertices, and faces that cancel the loops' edges without repeating a face.

    Polygons get the triangulation of least area. Where that would repeat a face that
    exists, with either winding, a fan around a new vertex in the middle takes its place.

    Args:
        vertices: (V, 3).
        loops: Simple loops of at least three vertices.
        existing: (F, 3) faces of the mesh.

    Returns:
        (A, 3) places of the added vertices, numbered from V; (G, 3) faces.

    Source:
        Barequet and Sharir, Filling Gaps in the Boundary of a Polyhedron, 1995
        (doi:10.1016/0167-8396(94)00011-G), section 3. We deviate: flat ears are clipped
        first where a polygon has more than `LONGEST_LOOP` corners.
    """
    owners, faces = _least_area(vertices, loops)
    repeated = _repeats(existing, faces)
    fans = np.unique(owners[repeated])
    stays = ~np.isin(owners, fans)
    pieces, added = [faces[stays]], [np.zeros((0, 3))]
    for number, owner in enumerate(fans):
        loop = loops[owner]
        middle = np.full(len(loop), len(vertices) + number)
        pieces.append(np.stack([np.roll(loop, -1), loop, middle], axis=1))
        added.append(vertices[loop].mean(axis=0, keepdims=True))
    return np.concatenate(added), np.concatenate(pieces)


def _following_edge(vertices: Array, start: Indices, end: Indices, surface: Indices) -> Indices:
    """(E,) the edge by which a loop goes on after each edge."""
    arriving, leaving = np.argsort(end, kind="stable"), np.argsort(start, kind="stable")
    following = np.zeros(len(start), np.int64)
    following[arriving] = leaving
    vertex, first, count = np.unique(end[arriving], return_index=True, return_counts=True)
    for at, begin, many in zip(
        *(column[count > 1] for column in (vertex, first, count)), strict=True
    ):
        come, go = arriving[begin : begin + many], leaving[begin : begin + many]
        back, ahead = vertices[start[come]] - vertices[at], vertices[end[go]] - vertices[at]
        cosine = _unit(back) @ _unit(ahead).T
        gain = cosine + ALTERNATION * (surface[come][:, None] != surface[go])
        gain -= TURNING_BACK * (start[come][:, None] == end[go])
        for _ in range(many):
            row, column = np.unravel_index(np.argmax(gain), gain.shape)
            following[come[row]] = go[column]
            gain[row], gain[:, column] = -np.inf, -np.inf
    return following


def _simple_loops(walk: list[np.int64]) -> list[Indices]:
    """A closed walk, cut into loops where it comes back to a vertex."""
    loops: list[Indices] = []
    path: list[int] = []
    place: dict[int, int] = {}
    for vertex in map(int, walk):
        if vertex in place:
            begin = place[vertex]
            loops.append(np.array(path[begin:], np.int64))
            for passed in path[begin:]:
                del place[passed]
            del path[begin:]
        place[vertex] = len(path)
        path.append(vertex)
    loops.append(np.array(path, np.int64))
    return [loop for loop in loops if len(loop) > 2]  # two edges there and back cancel


def _least_area(vertices: Array, loops: Sequence[Indices]) -> tuple[Indices, Indices]:
    """The loop that each face fills, and the faces."""
    owners, faces = [np.zeros(0, np.int64)], [np.zeros((0, 3), np.int64)]
    by_size: dict[int, list[tuple[int, Indices]]] = {}
    for owner, loop in enumerate(loops):
        clipped, polygon = _clipped(vertices, loop[::-1])
        owners.append(np.full(len(clipped), owner))
        faces.append(clipped)
        by_size.setdefault(len(polygon), []).append((owner, polygon))
    for size, group in by_size.items():
        step = max(1, TRIPLES_AT_ONCE // size**2)
        for begin in range(0, len(group), step):
            owner, polygons = zip(*group[begin : begin + step], strict=True)
            corners = _triangulated(vertices[np.stack(polygons)])
            owners.append(np.repeat(np.array(owner), size - 2))
            for polygon, chosen in zip(polygons, corners, strict=True):
                faces.append(polygon[chosen])
    return np.concatenate(owners), np.concatenate(faces)


def _clipped(vertices: Array, polygon: Indices) -> tuple[Indices, Indices]:
    """Flat ears of a polygon, and what is left of it: `LONGEST_LOOP` corners at most."""
    ears = [np.zeros((0, 3), np.int64)]
    while len(polygon) > LONGEST_LOOP:
        before, after = np.roll(polygon, 1), np.roll(polygon, -1)
        at = vertices[polygon]
        area = np.linalg.norm(np.cross(vertices[before] - at, vertices[after] - at), axis=1)
        rank = np.argsort(np.argsort(area, kind="stable"), kind="stable")
        chosen = (rank < np.roll(rank, 1)) & (rank < np.roll(rank, -1))
        chosen &= rank <= np.sort(rank[chosen])[: len(polygon) - LONGEST_LOOP].max()
        ears.append(np.stack([before, polygon, after], axis=1)[chosen])
        polygon = polygon[~chosen]
    return np.concatenate(ears), polygon


def _triangulated(points: Array) -> Indices:
    """(L, n - 2, 3) corners of the triangulations of least weight of L polygons of n corners."""
    many, size = points.shape[:2]
    cost, choice = np.zeros((many, size, size)), np.zeros((many, size, size), np.int64)
    for span in range(2, size):
        low = np.arange(size - span)
        middle = low[:, None] + np.arange(1, span)
        high = low + span
        total = cost[:, low[:, None], middle] + cost[:, middle, high[:, None]]
        total += _weight(points[:, low][:, :, None], points[:, middle], points[:, high][:, :, None])
        best = total.argmin(axis=2)
        cost[:, low, high] = np.take_along_axis(total, best[..., None], axis=2)[..., 0]
        choice[:, low, high] = best + low + 1
    return np.stack([_backtracked(chosen, size) for chosen in choice])


def _weight(first: Array, second: Array, third: Array) -> Array:
    one, two, three = second - first, third - first, third - second
    area = np.linalg.norm(np.cross(one, two), axis=-1) / 2
    squared = [
        np.einsum("...i,...i->...", edge, edge) for edge in np.broadcast_arrays(one, two, three)
    ]
    return area + EDGE_WEIGHT * np.maximum.reduce(squared)


def _backtracked(choice: Indices, size: int) -> Indices:
    triangles, open_spans = [], [(0, size - 1)]
    while open_spans:
        low, high = open_spans.pop()
        if high - low > 1:
            middle = int(choice[low, high])
            triangles.append((low, middle, high))
            open_spans += [(low, middle), (middle, high)]
    return np.array(triangles, np.int64).reshape(-1, 3)


def _repeats(existing: Indices, faces: Indices) -> Flags:
    """(G,) which faces have the corners of an existing one or of one before them."""
    together = np.sort(np.concatenate([existing, faces]), axis=1)
    _, first = np.unique(together, axis=0, return_index=True)
    repeated = np.ones(len(together), bool)
    repeated[first] = False
    return repeated[len(existing) :]


def _unit(vectors: Array) -> Array:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(length, 1e-30)
