import numpy as np
import pytest

from core.metrics.chamfer import nearest_points
from core.metrics.normals import normal_consistency

POINTS = np.random.default_rng(0).random((500, 3)).astype(np.float32)
UP = np.tile(np.float32([0, 0, 1]), (500, 1))


@pytest.mark.parametrize(
    ("angle_rad", "expected"), [(0.0, 1.0), (np.pi / 3, 0.5), (np.pi / 2, 0.0), (np.pi, 1.0)]
)
def test_consistency_is_the_cosine_without_its_sign(angle_rad, expected):
    tilted = np.tile(np.float32([np.sin(angle_rad), 0, np.cos(angle_rad)]), (500, 1))
    nearest = nearest_points(POINTS, POINTS)
    assert normal_consistency(tilted, UP, nearest) == pytest.approx(expected, abs=1e-6)


def test_both_directions_count_half():
    sideways = np.tile(np.float32([1, 0, 0]), (500, 1))
    predicted = np.concatenate([POINTS, POINTS + 10])
    normals = np.concatenate([UP, sideways])
    nearest = nearest_points(predicted, POINTS)
    # half of the predicted points disagree, no target point has a disagreeing neighbour
    assert normal_consistency(normals, UP, nearest) == pytest.approx((0.5 + 1) / 2)
