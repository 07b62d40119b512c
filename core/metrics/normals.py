"""Normal consistency: how well two surfaces agree in direction."""

import numpy as np
from numpy.typing import NDArray

from .chamfer import NearestPoints

Positions = NDArray[np.float32]


def normal_consistency(
    predicted_normals: Positions, target_normals: Positions, nearest: NearestPoints
) -> float:
    """Mean absolute cosine between normals at nearest points, both ways, in [0, 1].

    Absolute, because the faces of artists' meshes are not turned consistently.

    Args:
        predicted_normals: (P, 3) unit normals at the predicted points.
        target_normals: (T, 3) unit normals at the target points.
        nearest: `nearest_points` of those same points.
    """
    there = np.einsum("ij,ij->i", predicted_normals, target_normals[nearest.target_of_predicted])
    back = np.einsum("ij,ij->i", target_normals, predicted_normals[nearest.predicted_of_target])
    return float(0.5 * (np.abs(there).mean() + np.abs(back).mean()))
