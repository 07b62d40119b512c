"""Volumetric IoU: the volume that two solids share, over the volume that either fills."""

import igl
import numpy as np
from numpy.typing import NDArray

from ..meshes import TriangleMesh

POINTS = 100_000
"""Drawn per comparison; the standard error of an IoU of 0.5 is 0.004 if a seventh of them is
inside either solid."""


def volumetric_iou(
    predicted: TriangleMesh,
    target: TriangleMesh,
    generator: np.random.Generator,
    *,
    count: int = POINTS,
) -> float:
    """Intersection over union of the insides of two meshes, by points drawn in the box of both.

    Inside is where the winding number rounds to 1 or more, so overlapping parts count once
    and small gaps in the surface do not matter; wrongly turned parts do.

    Args:
        predicted: A mesh without faces has no inside.
        target: As artists made it: overlapping parts are fine.
        generator: Where the randomness comes from.
        count: How many points to draw.

    Returns:
        In [0, 1]; 0 if no point lies inside either.

    Source:
        Barill et al., Fast Winding Numbers for Soups and Clouds, 2018
        (doi:10.1145/3197517.3201337), through libigl.
    """
    bounds = np.stack([mesh.bounds for mesh in (predicted, target) if len(mesh.vertices)] or [0.0])
    if bounds.ndim < 3:
        return 0.0
    low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
    points = low + generator.random((count, 3)) * (high - low)
    inside_predicted, inside_target = is_inside(predicted, points), is_inside(target, points)
    either = np.count_nonzero(inside_predicted | inside_target)
    if either == 0:
        return 0.0
    return np.count_nonzero(inside_predicted & inside_target) / either


def is_inside(mesh: TriangleMesh, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N,) whether the winding number of a mesh exceeds one half at (N, 3) points."""
    if len(mesh.faces) == 0:
        return np.zeros(len(points), bool)
    vertices, faces = mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64)
    return np.asarray(igl.fast_winding_number(vertices, faces, points)).reshape(-1) > 0.5
