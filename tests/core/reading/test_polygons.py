"""Polygons and strips as triangles: convex, with reflex corners, and across themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.reading.contents import Damaged
from core.reading.polygons import triangles_of, triangles_of_strip

SQUARE = np.array([[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0]], float)
TILT = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]


def split(polygon):
    return triangles_of(polygon, np.arange(len(polygon)), np.array([len(polygon)]))


def crosses_of(vertices, faces):
    first, second, third = np.moveaxis(vertices[faces], 1, 0)
    return np.cross(second - first, third - first)


def newell(polygon):
    return np.cross(polygon, np.roll(polygon, -1, axis=0)).sum(axis=0)


def test_no_polygon_has_no_triangle():
    none = np.zeros(0, np.int64)
    assert triangles_of(np.zeros((0, 3)), none, none).shape == (0, 3)


def test_triangles_stay_as_they_are_and_quads_become_two_in_the_order_of_the_file():
    corners, sizes = np.array([0, 1, 2, 0, 1, 2, 3, 3, 2, 1]), np.array([3, 4, 3])
    expected = [[0, 1, 2], [0, 1, 2], [0, 2, 3], [3, 2, 1]]
    assert triangles_of(SQUARE, corners, sizes).tolist() == expected


def test_polygons_of_one_or_two_corners_have_no_triangle():
    corners, sizes = np.array([0, 0, 1, 0, 1, 2]), np.array([1, 2, 3])
    assert triangles_of(SQUARE, corners, sizes).tolist() == [[0, 1, 2]]


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 1 << 20),
    count=st.integers(4, 24),
    turns=st.integers(0, 1),
)
def test_the_triangles_of_a_polygon_with_reflex_corners_cover_it_once(seed, count, turns):
    generator = np.random.default_rng(seed)
    angles = (np.arange(count) + generator.uniform(0, 0.8, count)) * 2 * np.pi / count
    radii = generator.uniform(0.2, 1, count)  # a star about the origin never crosses itself
    plane = [radii * np.cos(angles), radii * np.sin(angles), np.zeros(count)]
    polygon = np.stack(plane, axis=1) @ TILT.T
    if turns:
        polygon = polygon[::-1]
    faces = split(polygon)
    crosses = crosses_of(polygon, faces)
    assert faces.shape == (count - 2, 3)
    assert (crosses @ newell(polygon) > 0).all()
    np.testing.assert_allclose(crosses.sum(axis=0), newell(polygon), atol=1e-12)
    # none is turned and their areas add up to the polygon's: they overlap nowhere
    areas = np.linalg.norm(crosses, axis=1).sum()
    assert areas == pytest.approx(np.linalg.norm(newell(polygon)))


def test_a_hole_that_is_reached_by_a_bridge_stays_open():
    inner = SQUARE[::-1] / 2 + [0.5, 0.5, 0]
    ring = np.concatenate([SQUARE, SQUARE[:1], np.roll(inner, 1, axis=0), inner[-1:]])
    crosses = crosses_of(ring, split(ring))
    assert (crosses[:, 2] >= 0).all()
    assert crosses[:, 2].sum() / 2 == pytest.approx(4 - 1)


def test_a_polygon_that_crosses_itself_still_has_all_its_triangles():
    bow = SQUARE[[0, 1, 3, 2]]
    pentagram = np.stack(
        [np.cos(np.arange(5) * 4 * np.pi / 5), np.sin(np.arange(5) * 4 * np.pi / 5), np.zeros(5)],
        axis=1,
    )
    for polygon in (bow, pentagram, SQUARE[[0, 1, 2, 1, 0]], SQUARE[[0, 0, 0, 0]]):
        assert split(polygon).shape == (len(polygon) - 2, 3)


def test_a_strip_turns_all_its_triangles_alike_and_loses_those_that_stitch():
    zigzag = np.array([[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0], [2, 0, 0]], float)
    faces = triangles_of_strip(np.arange(5), 5)
    assert faces.tolist() == [[0, 1, 2], [1, 3, 2], [2, 3, 4]]
    assert (crosses_of(zigzag, faces)[:, 2] == -1).all()
    stitched = triangles_of_strip(np.array([0, 1, 2, 2, 3, 3, 4, 1]), 5)
    assert stitched.tolist() == [[0, 1, 2], [3, 1, 4]]
    assert triangles_of_strip(np.array([0, 1]), 5).shape == (0, 3)


@pytest.mark.parametrize(("corner", "named"), [(4, 4), (-1, -1)])
def test_a_corner_that_is_no_vertex_is_refused(corner, named):
    with pytest.raises(Damaged, match=f"names vertex {named}, counted from 0, but there are 4"):
        triangles_of(SQUARE, np.array([0, 1, corner]), np.array([3]))
    with pytest.raises(Damaged, match=f"names vertex {named}, counted from 0, but there are 4"):
        triangles_of_strip(np.array([0, 1, corner]), 4)
