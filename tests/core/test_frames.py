"""Frames: what goes one way comes back, and cameras look where they say."""

import numpy as np
import pytest

from core.errors import InputError
from core.frames import Camera, gltf_from_scene, scene_from_gltf, standing_at, unit_cube_of

POINTS = np.random.default_rng(0).normal(size=(50, 3)) * [1, 2, 3] + [5, -7, 2]


def test_the_scene_and_the_unit_cube_are_inverse():
    cube = unit_cube_of(POINTS)
    inside = cube.from_scene(POINTS)
    np.testing.assert_allclose(cube.to_scene(inside), POINTS)
    np.testing.assert_allclose(inside.max(axis=0), -inside.min(axis=0), atol=1e-12)
    assert np.ptp(inside, axis=0).max() == pytest.approx(1)


def test_gltf_is_y_up_with_the_front_to_plus_z_and_back():
    up_and_front = np.array([[0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
    np.testing.assert_array_equal(gltf_from_scene(up_and_front), [[0, 1, 0], [0, 0, 1]])
    np.testing.assert_array_equal(scene_from_gltf(gltf_from_scene(POINTS)), POINTS)


def test_a_shape_stands_on_its_point_of_the_floor_at_its_size():
    bounds = np.array([[-0.1, -0.2, -0.3], [0.3, 0.2, 0.5]])
    low, high = standing_at((1.0, 2.0, 3.0), bounds, 2.0).to_scene(bounds)
    assert low[2] == pytest.approx(3)
    assert (high - low).max() == pytest.approx(2)
    np.testing.assert_allclose((low + high)[:2] / 2, [1, 2])


def test_what_cannot_be_placed_is_said():
    with pytest.raises(InputError, match="no vertices"):
        unit_cube_of(np.zeros((0, 3)))
    with pytest.raises(InputError, match="coincide"):
        unit_cube_of(np.ones((4, 3)))
    with pytest.raises(InputError, match="positive number of metres"):
        standing_at((0.0, 0.0, 0.0), np.array([[0.0] * 3, [1.0] * 3]), 0.0)
    with pytest.raises(InputError, match="no extent"):
        standing_at((0.0, 0.0, 0.0), np.zeros((2, 3)), 1.0)


def test_a_camera_looks_at_the_centre_from_where_its_angles_say():
    front = Camera(0.0, 0.0, 0.6, 3.0)
    np.testing.assert_allclose(front.position, [0, -3, 0], atol=1e-12)
    np.testing.assert_allclose(Camera(np.pi / 2, 0.0, 0.6, 3.0).position, [3, 0, 0], atol=1e-12)
    right, down, forward = Camera(0.7, 0.4, 0.6, 2.0).rotation
    np.testing.assert_allclose(np.cross(right, down), forward)
    assert right[2] == pytest.approx(0)
    assert down[2] < 0
