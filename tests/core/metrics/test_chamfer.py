import numpy as np
import pytest

from core.errors import EmptySurfaceError
from core.metrics.chamfer import accuracy, chamfer_l1, completeness, f_score, nearest_points

GRID = np.stack(np.meshgrid(*[np.arange(6.0)] * 3), axis=-1).reshape(-1, 3).astype(np.float32)


def test_a_surface_without_points_is_refused():
    with pytest.raises(EmptySurfaceError, match="predicted surface has 0 points"):
        nearest_points(GRID[:0], GRID)
    with pytest.raises(EmptySurfaceError, match="target surface has 0 points"):
        nearest_points(GRID, GRID[:0])


def test_a_shift_by_a_small_distance_is_that_distance():
    nearest = nearest_points(GRID + np.float32([0.1, 0, 0]), GRID)
    assert accuracy(nearest) == pytest.approx(0.1, abs=1e-6)
    assert completeness(nearest) == pytest.approx(0.1, abs=1e-6)
    assert chamfer_l1(nearest) == pytest.approx(0.1, abs=1e-6)


def test_accuracy_sees_what_was_added_and_completeness_what_is_missing():
    half = GRID[GRID[:, 0] < 3]
    missing = nearest_points(half, GRID)
    added = nearest_points(GRID, half)
    assert accuracy(missing) == 0
    assert completeness(missing) == pytest.approx((0 * 3 + 1 + 2 + 3) / 6)
    assert accuracy(added) == completeness(missing)
    assert chamfer_l1(missing) == pytest.approx(0.5)


def test_distances_are_those_of_brute_force():
    generator = np.random.default_rng(0)
    predicted, target = generator.random((2, 200, 3)).astype(np.float32)
    table = np.linalg.norm(predicted[:, None] - target[None], axis=2)
    nearest = nearest_points(predicted, target)
    np.testing.assert_allclose(nearest.to_target, table.min(axis=1), rtol=1e-6)
    np.testing.assert_allclose(nearest.to_predicted, table.min(axis=0), rtol=1e-6)
    np.testing.assert_array_equal(nearest.target_of_predicted, table.argmin(axis=1))
    np.testing.assert_array_equal(nearest.predicted_of_target, table.argmin(axis=0))


def test_f_score_is_the_harmonic_mean_of_precision_and_recall():
    half = nearest_points(GRID[GRID[:, 0] < 3], GRID)  # precision 1, recall one half
    assert f_score(half, distance=0.5) == pytest.approx(2 / 3)
    assert f_score(half, distance=10.0) == 1
    assert f_score(nearest_points(GRID + 100, GRID)) == 0


def test_f_score_counts_two_hundredths_of_the_unit_cube():
    near = nearest_points(GRID + np.float32([0.019, 0, 0]), GRID)
    far = nearest_points(GRID + np.float32([0.021, 0, 0]), GRID)
    assert (f_score(near), f_score(far)) == (1, 0)
