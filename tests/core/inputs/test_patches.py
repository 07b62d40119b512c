"""Patches: noise that is put on is found and taken away, and nothing else is."""

import numpy as np
import pytest

from core.inputs.patches import FARTHEST_MOVE, SMOOTHING_ROUNDS, noise_of, smoothed

RADIUS = 0.5


def directions(count=8192, seed=0):
    found = np.random.default_rng(seed).normal(size=(count, 3))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def shifted(points, deviation, seed=1):
    return points + np.random.default_rng(seed).normal(size=points.shape) * deviation


def angles_deg(one, other):
    return np.degrees(np.arccos((one * other).sum(axis=1).clip(-1, 1)))


@pytest.mark.parametrize("deviation", [0.003, 0.006, 0.012])
def test_points_of_a_noisy_ball_come_to_lie_within_a_third_of_the_noise(deviation):
    normals = directions()
    points, _ = smoothed(shifted(RADIUS * normals, deviation), normals, deviation)
    assert np.linalg.norm(points, axis=1).std() < deviation / 3
    assert abs(np.linalg.norm(points, axis=1).mean() - RADIUS) < deviation / 3


def test_normals_that_point_anywhere_on_their_side_become_those_of_the_surface():
    true = directions()
    given = shifted(true, 0.5)
    given /= np.linalg.norm(given, axis=1, keepdims=True)
    _, normals = smoothed(shifted(RADIUS * true, 0.005), given, 0.005)
    assert angles_deg(given, true).mean() > 30
    assert angles_deg(normals, true).mean() < 3
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1)


def test_inward_normals_stay_inward():
    true = directions()
    _, normals = smoothed(shifted(RADIUS * true, 0.005), -true, 0.005)
    assert angles_deg(normals, -true).max() < 20


def test_unknown_normals_stay_unknown():
    true = directions()
    given = np.where(true[:, 2:] > 0.5, 0.0, true)
    _, normals = smoothed(shifted(RADIUS * true, 0.005), given, 0.005)
    assert np.array_equal(normals.any(axis=1), given.any(axis=1))


def test_without_noise_every_bit_stays():
    normals = directions()
    points = RADIUS * normals
    same, same_normals = smoothed(points, normals, 0.0)
    assert same is points
    assert same_normals is normals


def test_both_sides_of_a_wall_thinner_than_a_patch_stay_apart():
    flat = np.random.default_rng(0).uniform(-0.5, 0.5, (8192, 3))
    side = np.where(np.arange(len(flat)) % 2, 1.0, -1.0)
    flat[:, 2] = 0.015 * side
    normals = np.stack([0 * side, 0 * side, side], axis=1)
    points, _ = smoothed(shifted(flat, 0.003), normals, 0.003)
    inner = (np.abs(flat[:, :2]) < 0.4).all(axis=1)
    assert np.abs(points[inner, 2] - flat[inner, 2]).mean() < 0.0015


def test_no_point_moves_farther_than_the_noise_allows():
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (2048, 3))
    moved, _ = smoothed(points, np.zeros_like(points), 0.001)
    reach = SMOOTHING_ROUNDS * FARTHEST_MOVE * 0.001
    assert np.linalg.norm(moved - points, axis=1).max() <= reach + 1e-12


@pytest.mark.parametrize("count", [0, 1, 12, 40])
def test_few_points_are_left_alone(count):
    points = np.random.default_rng(0).normal(size=(count, 3))
    moved, _ = smoothed(points, points, 0.01)
    assert np.array_equal(moved, points)
    assert noise_of(points, points) == 0.0 or count >= 32


def test_points_on_a_line_and_points_at_one_place_move_nowhere_that_is_no_number():
    for points in (np.linspace([0, 0, 0], [1, 0, 0], 100), np.zeros((100, 3))):
        moved, _ = smoothed(points, np.zeros_like(points), 0.01)
        assert np.isfinite(moved).all()
        assert np.abs(moved - points).max() < 0.06


def wall(thickness: float, noise: float) -> np.ndarray:
    """Points on both sides of a plate, further apart than it is thick; nobody knows which side."""
    generator = np.random.default_rng(0)
    points = generator.uniform(-0.5, 0.5, (4000, 3))
    points[:, 2] = np.where(np.arange(4000) % 2, thickness / 2, -thickness / 2)
    return points + noise * generator.normal(size=points.shape)


@pytest.mark.parametrize("thickness", [0.01, 0.03])
def test_the_two_sides_of_a_thin_wall_are_no_noise(thickness: float) -> None:
    unknown = np.zeros((4000, 3))
    assert noise_of(wall(thickness, 0.0), unknown) == 0.0
    # noise of an eighth of the wall is well told from it; less than 0.0015 counts as none
    found = noise_of(wall(thickness, thickness / 8), unknown)
    assert found == (pytest.approx(thickness / 8, rel=0.3) if thickness > 0.012 else 0.0)
