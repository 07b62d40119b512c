"""Frames: what goes one way comes back, and cameras look where they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.frames import (
    Camera,
    Placement,
    UprightPose,
    gltf_from_scene,
    scene_from_gltf,
    standing_at,
    unit_cube_of,
)

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


SCALES = st.floats(0.01, 100)
OFFSETS = st.tuples(*[st.floats(-1000, 1000)] * 3)
POSES = st.builds(UprightPose, st.floats(-10, 10), SCALES, OFFSETS)
UNIT = np.random.default_rng(1).uniform(-0.5, 0.5, (20, 3))
ROUNDING = 1e-12
"""Of float64, some digits lost on the way."""


def size_of(pose: UprightPose | Placement) -> float:
    """The largest coordinate that a pose makes of the unit cube, about."""
    scale = pose.scale if isinstance(pose, UprightPose) else pose.scale_m
    offset = pose.offset if isinstance(pose, UprightPose) else pose.offset_m
    return scale + float(np.abs(offset).max())


@settings(deadline=None)
@given(pose=POSES)
def test_an_upright_pose_and_its_way_back_are_inverse(pose: UprightPose):
    there = pose.to_scene(UNIT)
    np.testing.assert_allclose(
        pose.from_scene(there), UNIT, rtol=0, atol=ROUNDING * size_of(pose) / pose.scale
    )


@settings(deadline=None)
@given(pose=POSES)
def test_an_upright_pose_scales_lengths_and_keeps_up(pose: UprightPose):
    there = pose.to_scene(UNIT)
    away = np.linalg.norm(UNIT[1:] - UNIT[0], axis=1)
    tolerance = ROUNDING * size_of(pose)
    np.testing.assert_allclose(
        np.linalg.norm(there[1:] - there[0], axis=1), pose.scale * away, rtol=0, atol=tolerance
    )
    np.testing.assert_allclose(
        there[:, 2], pose.scale * UNIT[:, 2] + pose.offset[2], rtol=0, atol=tolerance
    )
    assert np.linalg.det(pose.turn) == pytest.approx(1)


@settings(deadline=None)
@given(pose=POSES, placement=st.builds(Placement, SCALES, OFFSETS))
def test_a_pose_after_a_placement_is_first_the_one_then_the_other(
    pose: UprightPose, placement: Placement
):
    one_by_one = placement.to_scene(pose.to_scene(UNIT))
    tolerance = ROUNDING * (placement.scale_m * size_of(pose) + size_of(placement))
    np.testing.assert_allclose(
        pose.after(placement).to_scene(UNIT), one_by_one, rtol=0, atol=tolerance
    )


@settings(deadline=None)
@given(placement=st.builds(Placement, SCALES, OFFSETS))
def test_a_pose_that_faces_the_front_is_a_placement(placement: Placement):
    pose = UprightPose(0.0, placement.scale_m, placement.offset_m)
    tolerance = ROUNDING * size_of(placement)
    there = placement.to_scene(UNIT)
    np.testing.assert_allclose(pose.to_scene(UNIT), there, rtol=0, atol=tolerance)
    np.testing.assert_allclose(
        pose.from_scene(there),
        placement.from_scene(there),
        rtol=0,
        atol=tolerance / placement.scale_m,
    )


def test_a_quarter_turn_brings_the_front_from_minus_y_to_plus_x():
    front = np.array([[0.0, -0.5, 0.0]])
    np.testing.assert_allclose(
        UprightPose(np.pi / 2, 2.0, (0.0, 0.0, 1.0)).to_scene(front), [[1, 0, 1]], atol=1e-12
    )
