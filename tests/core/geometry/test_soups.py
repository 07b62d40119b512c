"""Soups: how they are turned, winding numbers, and what lies inside their union."""

import numpy as np
import pytest

from core.geometry.soups import (
    MOST_TURNED,
    Interior,
    NearestFaces,
    centre_normal_area,
    scene_of,
    turned_outward,
    winding_number,
)
from tests.core.geometry.boxes import LEFT, POINTS, RIGHT, box, soup


def arrays(*parts):
    mesh = soup(*parts)
    return mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64)


def is_in(points, bounds):
    low, high = bounds
    return ((points > low) & (points < high)).all(axis=1)


def volume(vertices, faces):
    first, second, third = np.moveaxis(vertices[faces], 1, 0)
    return float((first * np.cross(second, third)).sum()) / 6


def test_rays_and_winding_numbers_agree_on_the_inside():
    mesh = soup(box(*LEFT), box(*RIGHT))
    vertices, faces = mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64)
    np.testing.assert_array_equal(
        Interior(vertices, faces).contains(POINTS), winding_number(POINTS, vertices, faces) > 0.5
    )


def test_the_winding_number_counts_the_boxes_around_a_point():
    count = winding_number(POINTS, *arrays(box(*LEFT), box(*RIGHT)))
    expected = is_in(POINTS, LEFT).astype(float) + is_in(POINTS, RIGHT)
    # far faces are summed by a series; `soups.UNDECIDED` leaves that much room for its error
    np.testing.assert_allclose(count, expected, atol=0.02)


@pytest.mark.parametrize("flipped", [(False, False), (True, False), (False, True), (True, True)])
def test_boxes_side_by_side_are_all_turned_outward(flipped):
    apart = ((0.2, -0.2, -0.2), (0.4, 0.2, 0.2))
    parts = (box(*LEFT, flipped=flipped[0]), box(*apart, flipped=flipped[1]))
    vertices, faces = arrays(*parts)
    turned = turned_outward(vertices, faces)
    assert volume(vertices, turned[:12]) == pytest.approx(0.4**3, rel=1e-5)
    assert volume(vertices, turned[12:]) == pytest.approx(0.2 * 0.4**2, rel=1e-5)
    np.testing.assert_array_equal(np.sort(turned, axis=1), np.sort(faces, axis=1))


def test_of_more_open_parts_than_are_tried_the_largest_are_turned():
    vertices, faces = box(*LEFT)
    lid = np.arange(len(faces)) < 2
    sides = (vertices, faces[~lid])
    generator = np.random.default_rng(0)
    leaves = [
        (np.float32(generator.uniform(0.3, 0.5, (3, 3))), np.array([[0, 1, 2]]))
        for _ in range(MOST_TURNED + 50)
    ]
    mesh = soup((vertices, faces[lid][:, ::-1]), sides, *leaves)
    turned = turned_outward(mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64))
    one = turned[: len(faces)]
    assert abs(volume(mesh.vertices.astype(np.float64), one)) == pytest.approx(0.064, rel=1e-4)


def test_a_cavity_stays_turned_inward():
    hole = ((-0.2, -0.1, -0.1), (0.0, 0.1, 0.1))
    vertices, faces = arrays(box(*LEFT), box(*hole, flipped=True))
    np.testing.assert_array_equal(turned_outward(vertices, faces), faces)
    inside = Interior(vertices, faces).contains(POINTS)
    np.testing.assert_array_equal(inside, is_in(POINTS, LEFT) & ~is_in(POINTS, hole))


def test_nothing_lies_inside_of_no_points():
    interior = Interior(*arrays(box(*LEFT)))
    assert interior.contains(np.zeros((0, 3))).shape == (0,)


def test_the_nearest_face_of_a_box_is_the_side_that_a_point_hovers_over():
    vertices, faces = arrays(box(*LEFT))
    above = np.array([[-0.2, 0.05, 0.3], [-0.05, -0.1, 0.25]])
    distances, nearest = NearestFaces(vertices, faces)(above)
    np.testing.assert_allclose(distances, [0.1, 0.05], atol=1e-7)
    np.testing.assert_allclose(vertices[faces[nearest]][..., 2], 0.2, atol=1e-7)


def test_centres_normals_and_areas_of_a_box_are_those_of_its_sides():
    vertices, faces = arrays(box(*LEFT))
    centre, normal, area = centre_normal_area(vertices, faces)
    np.testing.assert_allclose(area, 0.4 * 0.4 / 2, rtol=1e-6)
    np.testing.assert_allclose(np.abs(normal).max(axis=1), 1, atol=1e-6)
    # every side lies 0.2 from the centre of the cube, which its normal points away from
    np.testing.assert_allclose(((centre - [-0.1, 0, 0]) * normal).sum(axis=1), 0.2, atol=1e-6)


def test_a_face_without_area_has_no_normal():
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])
    _, normal, area = centre_normal_area(vertices, np.array([[0, 1, 2]]))
    assert (area[0], normal[0].tolist()) == (0.0, [0.0, 0.0, 0.0])


def test_a_ray_hits_the_side_that_it_meets_first_and_misses_what_lies_behind():
    vertices, faces = arrays(box(*LEFT))
    starts = np.array([[-1, 0.01, 0.02], [1, 0.01, 0.02]], np.float32)
    along = np.array([[1, 0, 0], [1, 0, 0]], np.float32)
    first, second = scene_of(vertices, faces).run(starts, along)
    np.testing.assert_allclose(vertices[faces[first]][:, 0], -0.3, atol=1e-7)
    assert second == -1
