from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from core.surface.tables import MAX_TRIANGLES, case_loops, case_tables, edge_owner, share_a_face

ALL_CASES = range(256)


def corners_of(edge):
    dx, dy, dz, axis = edge_owner(edge)
    low = 4 * dx + 2 * dy + dz
    return low, low + (4, 2, 1)[axis]


def triangles_of(case):
    counts, edges = case_tables()
    return [tuple(triangle) for triangle in edges[case, : counts[case]].tolist()]


def test_cases_without_a_crossing_have_no_triangle():
    assert triangles_of(0) == []
    assert triangles_of(255) == []


def test_one_inside_corner_gives_one_triangle_that_faces_away_from_it():
    (triangle,) = triangles_of(1)
    middles = []
    for edge in triangle:
        dx, dy, dz, axis = edge_owner(edge)
        middle = np.array([dx, dy, dz], float)
        middle[axis] += 0.5
        middles.append(middle)
    normal = np.cross(middles[1] - middles[0], middles[2] - middles[0])
    np.testing.assert_allclose(normal, [0.25, 0.25, 0.25])


def test_every_crossed_edge_carries_one_vertex_and_no_other_edge_does():
    for case in ALL_CASES:
        crossed = {
            edge
            for edge in range(12)
            if len({case >> corner & 1 for corner in corners_of(edge)}) > 1
        }
        used = [edge for loop in case_loops(case) for edge in loop]
        assert sorted(used) == sorted(crossed)


def test_triangles_fill_exactly_their_loops():
    for case in ALL_CASES:
        directed = Counter()
        for a, b, c in triangles_of(case):
            directed.update([(a, b), (b, c), (c, a)])
        open_edges = {pair for pair in directed if pair[::-1] not in directed}
        wanted = {
            pair
            for loop in case_loops(case)
            for pair in zip(loop, loop[1:] + loop[:1], strict=True)
        }
        assert open_edges == wanted
        assert max(directed.values(), default=1) == 1


def test_loops_run_within_faces_and_diagonals_never_do():
    for case in ALL_CASES:
        sides = {
            frozenset(pair)
            for loop in case_loops(case)
            for pair in zip(loop, loop[1:] + loop[:1], strict=True)
        }
        drawn = {frozenset(p) for t in triangles_of(case) for p in combinations(t, 2)}
        assert all(share_a_face(*pair) for pair in sides)
        assert not any(share_a_face(*pair) for pair in drawn - sides)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_two_cells_agree_on_the_face_that_they_share(axis):
    weight = (4, 2, 1)[axis]
    others = [w for w in (4, 2, 1) if w != weight]

    def segments_on_face(case, side):
        found = set()
        for loop in case_loops(case):
            for pair in zip(loop, loop[1:] + loop[:1], strict=True):
                corners = {c for edge in pair for c in corners_of(edge)}
                if all(bool(c & weight) == bool(side) for c in corners):
                    found.add(tuple(tuple(c & ~weight for c in corners_of(e)) for e in pair))
        return found

    for bits in range(16):
        face = [a * others[0] + b * others[1] for a in (0, 1) for b in (0, 1)]
        pattern = sum(1 << corner for number, corner in enumerate(face) if bits >> number & 1)
        lower_cell = segments_on_face(pattern << weight, side=1)
        upper_cell = segments_on_face(pattern, side=0)
        assert {pair[::-1] for pair in lower_cell} == upper_cell


def test_diagonal_inside_corners_of_a_face_are_joined():
    corners_inside = (1 << 0) | (1 << 6)  # (0, 0, 0) and (1, 1, 0)
    assert len(case_loops(corners_inside)) == 1


def test_the_fullest_case_fills_the_table():
    assert case_tables()[0].max() == MAX_TRIANGLES
