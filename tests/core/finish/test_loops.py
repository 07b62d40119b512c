import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.finish.loops import LONGEST_LOOP, border_edges, border_loops, filled, rungs

NO_FACES = np.zeros((0, 3), np.int64)


def circle(count, radius=1.0, height=0.0):
    angle = 2 * np.pi * np.arange(count) / count
    return np.stack(
        [radius * np.cos(angle), radius * np.sin(angle), np.full(count, height)], axis=1
    )


def area_of(vertices, faces):
    corners = vertices[faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.linalg.norm(cross, axis=1).sum() / 2


def loops_of(vertices, faces):
    start, end = border_edges(faces, len(vertices))
    return border_loops(vertices, start, end, np.zeros(len(start), np.int64))


def closed_by(vertices, faces):
    """The faces and what fills their border, and all vertices."""
    middles, filling = filled(vertices, loops_of(vertices, faces), faces)
    return np.concatenate([vertices, middles]), np.concatenate([faces, filling])


def repeats(faces):
    return len(faces) - len(np.unique(np.sort(faces, axis=1), axis=0))


def test_nothing_has_no_border():
    start, end = border_edges(NO_FACES, 0)
    assert len(start) == len(end) == 0
    assert loops_of(np.zeros((0, 3)), NO_FACES) == []
    middles, filling = filled(np.zeros((0, 3)), [], NO_FACES)
    assert middles.shape == filling.shape == (0, 3)


def test_the_border_of_a_triangle_runs_around_it():
    start, end = border_edges(np.array([[2, 0, 1]]), 3)
    assert set(zip(start.tolist(), end.tolist(), strict=True)) == {(2, 0), (0, 1), (1, 2)}


def test_a_tetrahedron_has_no_border():
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    assert len(border_edges(faces, 4)[0]) == 0


def test_an_edge_left_over_twice_counts_twice():
    start, end = border_edges(np.array([[0, 1, 2], [0, 1, 3]]), 4)
    assert sorted(zip(start.tolist(), end.tolist(), strict=True)).count((0, 1)) == 2


def test_two_triangles_that_touch_in_a_vertex_have_a_loop_each():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0.5, 1, 0], [-1, 0, 0], [-0.5, -1, 0]])
    loops = loops_of(vertices, np.array([[0, 1, 2], [0, 3, 4]]))
    assert sorted(sorted(loop.tolist()) for loop in loops) == [[0, 1, 2], [0, 3, 4]]


def test_a_loop_between_two_surfaces_turns_back_where_they_are_welded():
    """Two strips side by side share their middle vertex: the gaps on either side are apart."""
    vertices = np.array([[-1, 0, 0], [0, 0, 0], [1, 0, 0], [-1, 0.1, 0], [1, 0.1, 0]], float)
    start, end = np.array([0, 1, 2, 4, 1, 3]), np.array([1, 2, 4, 1, 3, 0])
    loops = border_loops(vertices, start, end, np.array([0, 0, 0, 1, 1, 1]))
    assert sorted(sorted(loop.tolist()) for loop in loops) == [[0, 1, 3], [1, 2, 4]]


@pytest.mark.parametrize("count", [3, 4, 17, LONGEST_LOOP, 3 * LONGEST_LOOP])
def test_a_convex_polygon_is_filled_without_overlap(count):
    vertices = circle(count)
    middles, filling = filled(vertices, [np.arange(count)], NO_FACES)
    assert len(middles) == 0
    assert len(filling) == count - 2
    exact = count / 2 * np.sin(2 * np.pi / count)
    assert area_of(vertices, filling) == pytest.approx(exact, rel=1e-9)


def test_filling_runs_against_the_loop():
    assert filled(circle(3), [np.arange(3)], NO_FACES)[1][0].tolist() in (
        [[0, 2, 1], [2, 1, 0], [1, 0, 2]]
    )


def test_an_angle_is_filled_inside_only():
    """An L of area 3: a triangulation that leaves it would have more."""
    corners = np.array([[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2]], float)
    vertices = np.concatenate([corners, np.zeros((6, 1))], axis=1)
    filling = filled(vertices, [np.arange(6)], NO_FACES)[1]
    assert area_of(vertices, filling) == pytest.approx(3.0)


def test_a_lone_triangle_gets_a_back_that_repeats_no_face():
    vertices = np.array([[0, 0, 0], [3, 0, 0], [0, 3, 0]], float)
    everything, faces = closed_by(vertices, np.array([[0, 1, 2]]))
    assert len(border_edges(faces, len(everything))[0]) == 0
    assert repeats(faces) == 0
    assert everything[3].tolist() == [1, 1, 0]


def test_two_rings_across_a_gap_are_joined_by_a_ladder():
    """A tube of height 0.2 between them, instead of a cap on either."""
    count = 24
    vertices = np.concatenate([circle(count), circle(count, height=0.2)])
    lower, upper = np.arange(count), np.arange(2 * count - 1, count - 1, -1)
    loops = [lower, upper]
    pairs = rungs(vertices, loops, 0.3)
    assert (pairs[:, 1] - pairs[:, 0] == count).all()
    assert len(pairs) == count
    start = np.concatenate([*loops, pairs[:, 0], pairs[:, 1]])
    end = np.concatenate([*(np.roll(loop, -1) for loop in loops), pairs[:, 1], pairs[:, 0]])
    kind = np.repeat([0, 2], [2 * count, 2 * len(pairs)])
    quads = border_loops(vertices, start, end, kind)
    assert [len(loop) for loop in quads] == [4] * count
    tube = filled(vertices, quads, NO_FACES)[1]
    assert area_of(vertices, tube) == pytest.approx(0.2 * count * 2 * np.sin(np.pi / count))


def test_rungs_are_no_longer_than_the_reach():
    vertices = np.concatenate([circle(24), circle(24, height=0.2)])
    loops = [np.arange(24), np.arange(47, 23, -1)]
    assert len(rungs(vertices, loops, 0.1)) == 0
    assert len(rungs(vertices, [], 0.1)) == 0


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 60), names=st.integers(3, 30))
def test_any_soup_is_closed_and_repeats_no_face(seed, count, names):
    generator = np.random.default_rng(seed)
    vertices = generator.random((names, 3))
    soup = np.stack([generator.permutation(names)[:3] for _ in range(count)])
    soup = soup[np.unique(np.sort(soup, axis=1), axis=0, return_index=True)[1]]
    everything, faces = closed_by(vertices, soup)
    assert len(border_edges(faces, len(everything))[0]) == 0
    assert repeats(faces) == 0
    assert (faces != np.roll(faces, 1, axis=1)).all()
