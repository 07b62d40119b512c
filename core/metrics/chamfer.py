"""Distances between surfaces: accuracy, completeness, chamfer_l1, F-score.

All of them compare points drawn from two surfaces, `predicted` and `target`, and count in
the points' own unit; the published figures use shapes whose longest side is 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..errors import EmptySurfaceError

Positions = NDArray[np.float32]

F_SCORE_DISTANCE = 0.02
"""2 % of the longest side, for shapes in the unit cube."""


@dataclass(frozen=True, eq=False)
class NearestPoints:
    """For two sets of points, every point's nearest neighbour in the other set."""

    to_target: NDArray[np.float64]
    """(P,) distance from every predicted point to the nearest target point."""

    to_predicted: NDArray[np.float64]
    """(T,) distance from every target point to the nearest predicted point."""

    target_of_predicted: NDArray[np.intp]
    """(P,) which target point that is."""

    predicted_of_target: NDArray[np.intp]
    """(T,) which predicted point that is."""


def nearest_points(predicted: Positions, target: Positions) -> NearestPoints:
    """Nearest neighbours both ways; what every distance here is made of.

    Args:
        predicted: (P, 3) points of the predicted surface.
        target: (T, 3) points of the true surface.

    Raises:
        EmptySurfaceError: A set has no points.
    """
    for name, points in (("predicted", predicted), ("target", target)):
        if len(points) == 0:
            raise EmptySurfaceError(
                f"the {name} surface has 0 points, nothing can be compared; "
                "check that the reconstruction succeeded"
            )
    # threads cost more than they bring for few points
    workers = -1 if len(predicted) + len(target) > 50_000 else 1
    to_target, target_of_predicted = cKDTree(target).query(predicted, workers=workers)
    to_predicted, predicted_of_target = cKDTree(predicted).query(target, workers=workers)
    return NearestPoints(to_target, to_predicted, target_of_predicted, predicted_of_target)


def accuracy(nearest: NearestPoints) -> float:
    """Mean distance from the predicted points to the target: what was added by mistake."""
    return float(nearest.to_target.mean())


def completeness(nearest: NearestPoints) -> float:
    """Mean distance from the target points to the prediction: what is missing."""
    return float(nearest.to_predicted.mean())


def chamfer_l1(nearest: NearestPoints) -> float:
    """Half the sum of accuracy and completeness: unsquared mean distances.

    For a point set shifted by a small d it is d, not 2 d and not d squared.
    """
    return 0.5 * (accuracy(nearest) + completeness(nearest))


def f_score(nearest: NearestPoints, distance: float = F_SCORE_DISTANCE) -> float:
    """Harmonic mean of precision and recall, in [0, 1].

    Precision is the share of predicted points within `distance` of the target, recall the
    share of target points within `distance` of the prediction; 0 if both are 0.

    Args:
        nearest: From `nearest_points`.
        distance: What still counts as met, in the points' own unit.
    """
    precision = float((nearest.to_target < distance).mean())
    recall = float((nearest.to_predicted < distance).mean())
    if precision + recall == 0:
        return 0.0
    return 2 * precision * recall / (precision + recall)
