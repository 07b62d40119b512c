"""The case tables of marching cubes, derived at import from one rule.

A cell has 8 corners; corner `4 dx + 2 dy + dz` is the sample at offset (dx, dy, dz). A
*case* is the byte whose bit `c` says that corner `c` is inside. An edge belongs to the
sample at its lower end and is numbered `4 axis + 2 u + v`, where u and v are the owner's
offsets along the other two axes in ascending order.

The rule: on every face of a cell the surface leaves one directed segment per run of
inside corners, and where two inside corners face each other diagonally they are joined,
so that thin parts hold together. It looks at the four corners of the face alone, hence
the two cells that share a face agree and the surface is closed. The segments of a case
chain into loops; each loop is cut into triangles by diagonals that never lie in a face of
the cell, hence no edge gets more than two triangles.

Source:
    Lorensen and Cline, Marching Cubes, 1987 (doi:10.1145/37402.37422). We deviate: the 256
    cases are traced, not listed, and ambiguous faces are settled by the rule above.
"""

from functools import cache
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

MAX_TRIANGLES = 5
"""Triangles of the fullest cases under our rule."""

Edge = int
Triangle = tuple[Edge, Edge, Edge]


def edge_owner(edge: Edge) -> tuple[int, int, int, int]:
    """Offsets dx, dy, dz of the sample that owns an edge, and the edge's axis."""
    axis, u, v = edge // 4, edge // 2 % 2, edge % 2
    offset = [u, v]
    offset.insert(axis, 0)
    return offset[0], offset[1], offset[2], axis


@cache
def case_tables() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The number of triangles of every case, and their edges.

    Returns:
        (256,) triangle counts, and (256, MAX_TRIANGLES, 3) edges of each triangle,
        counter-clockwise seen from outside, padded with zeros.
    """
    counts = np.zeros(256, np.int64)
    edges = np.zeros((256, MAX_TRIANGLES, 3), np.int64)
    for case in range(256):
        triangles = [triangle for loop in case_loops(case) for triangle in _cut(loop)]
        counts[case] = len(triangles)
        if triangles:
            edges[case, : len(triangles)] = triangles
    return counts, edges


def case_loops(case: int) -> list[tuple[Edge, ...]]:
    """The closed loops of edges along which the surface of a case leaves the cell."""
    following: dict[Edge, Edge] = {}
    for face in _FACES:
        following.update(_segments(case, face))
    loops = []
    while following:
        first, edge = next(iter(following.items()))
        loop = [first]
        del following[first]
        while edge != first:
            loop.append(edge)
            edge = following.pop(edge)
        loops.append(tuple(loop))
    return loops


def share_a_face(first: Edge, second: Edge) -> bool:
    """Whether two edges lie in a common face of the cell."""
    return bool(_faces_of(first) & _faces_of(second))


def _segments(case: int, face: tuple[int, ...]) -> dict[Edge, Edge]:
    """Directed segments on one face, inside on their left seen from outside the cell."""
    inside = [case >> corner & 1 for corner in face]
    around = [(face[i], face[(i + 1) % 4], inside[i], inside[(i + 1) % 4]) for i in range(4)]
    entering = [_edge_between(a, b) for a, b, here, there in around if there and not here]
    leaving = [_edge_between(a, b) for a, b, here, there in around if here and not there]
    if len(entering) == 1:
        return {entering[0]: leaving[0]}
    # two diagonal inside corners: a segment cuts off an outside corner, whose two edges are
    # the ones that it touches, so the pairs are those edges that share an outside corner
    return {
        enter: leave
        for enter in entering
        for leave in leaving
        if _corners_of(enter) & _corners_of(leave) & {c for c in face if not case >> c & 1}
    }


def _cut(loop: tuple[Edge, ...]) -> list[Triangle]:
    """Triangles that fill a loop with the fewest diagonals inside a face of the cell."""
    return min(_triangulations(loop), key=lambda cut: _diagonals_in_faces(loop, cut))


def _triangulations(loop: tuple[Edge, ...]) -> list[list[Triangle]]:
    """Every way to cut a loop into triangles, each with the loop's orientation."""
    if len(loop) < 3:
        return [[]]
    return [
        [(loop[0], loop[apex], loop[-1]), *left, *right]
        for apex in range(1, len(loop) - 1)
        for left in _triangulations(loop[: apex + 1])
        for right in _triangulations(loop[apex:])
    ]


def _diagonals_in_faces(loop: tuple[Edge, ...], cut: list[Triangle]) -> int:
    sides = {frozenset(pair) for pair in zip(loop, loop[1:] + loop[:1], strict=True)}
    drawn = {frozenset(pair) for triangle in cut for pair in combinations(triangle, 2)}
    return sum(share_a_face(*pair) for pair in drawn - sides)


def _edge_between(first: int, second: int) -> Edge:
    axis = 2 - (first ^ second).bit_length() + 1
    offset = _offset(min(first, second))
    u, v = (offset[other] for other in range(3) if other != axis)
    return 4 * axis + 2 * u + v


def _corners_of(edge: Edge) -> set[int]:
    dx, dy, dz, axis = edge_owner(edge)
    low = 4 * dx + 2 * dy + dz
    return {low, low + (4, 2, 1)[axis]}


@cache
def _faces_of(edge: Edge) -> frozenset[int]:
    return frozenset(number for number, face in enumerate(_FACES) if _corners_of(edge) <= set(face))


def _offset(corner: int) -> tuple[int, int, int]:
    return corner >> 2 & 1, corner >> 1 & 1, corner & 1


def _face(axis: int, side: int) -> tuple[int, ...]:
    """Corners of one face, counter-clockwise seen from outside the cell."""
    u, v = (axis + 1) % 3, (axis + 2) % 3
    weight = (4, 2, 1)
    square = [(0, 0), (1, 0), (1, 1), (0, 1)]
    corners = [side * weight[axis] + a * weight[u] + b * weight[v] for a, b in square]
    return tuple(corners if side else reversed(corners))


_FACES = [_face(axis, side) for axis, side in product(range(3), range(2))]
