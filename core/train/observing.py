"""Random observations of a shape's surface points: cut, seen from one side, with parts missing.

What an artist may bring is imitated on points alone, which is cheap enough to be drawn
anew in every step of a training. A benchmark cuts meshes instead.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Flags = NDArray[np.bool_]

LEAST_POINTS = 48
"""An observation of fewer points is drawn again."""

VIEW_SIDE = 48
"""Pixels per side of the coarse depth picture that decides which points a view sees."""

VIEW_TOLERANCE = 0.04
"""Unit-cube lengths behind the nearest point of a pixel that still count as seen."""


def random_observation(
    points: Array, parts: NDArray[np.integer], generator: np.random.Generator
) -> Flags:
    """(N,) which points are observed, by one or two random cuts.

    Args:
        points: (N, 3) on a whole surface, unit cube.
        parts: (N,) number of the connected part.
        generator: Draws the cuts.
    """
    if generator.random() < 0.08:
        return np.ones(len(points), bool)
    for _ in range(8):
        seen = _cut(points, parts, generator)
        if generator.random() < 0.25:
            seen &= _cut(points, parts, generator)
        if seen.sum() >= LEAST_POINTS:
            return seen
    return np.ones(len(points), bool)


def half_space(points: Array, share: float, generator: np.random.Generator) -> Flags:
    """(N,) what is left when `share` of the points beyond a random plane is removed.

    Half of the planes are level or upright along an axis, as broken and cut things are.
    """
    direction = generator.normal(size=3)
    if generator.random() < 0.5:
        direction = np.eye(3)[generator.integers(3)] * generator.choice([-1.0, 1.0])
        direction = direction + generator.normal(size=3) * 0.15
    along = points @ direction.astype(np.float32)
    return along <= np.quantile(along, 1 - share)


def one_view(points: Array, generator: np.random.Generator) -> Flags:
    """(N,) what a camera at a random place around the shape sees of the points."""
    azimuth, elevation = generator.uniform(0, 2 * np.pi), generator.uniform(-0.2, 1.2)
    level = np.cos(elevation)
    backward = np.array([np.sin(azimuth) * level, -np.cos(azimuth) * level, np.sin(elevation)])
    right = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
    frame = np.stack([right, np.cross(backward, right), backward]).astype(np.float32)
    across, along, towards = frame @ points.T
    pixel = np.clip(((np.stack([across, along]) / 1.8 + 0.5) * VIEW_SIDE).astype(int), 0, None)
    number = pixel[0].clip(max=VIEW_SIDE - 1) * VIEW_SIDE + pixel[1].clip(max=VIEW_SIDE - 1)
    nearest = np.full(VIEW_SIDE**2, -np.inf, np.float32)
    np.maximum.at(nearest, number, towards)
    return towards >= nearest[number] - VIEW_TOLERANCE


def missing_parts(
    parts: NDArray[np.integer], share: float, generator: np.random.Generator
) -> Flags:
    """(N,) what is left when whole parts go, until about `share` of the points is removed."""
    names, sizes = np.unique(parts, return_counts=True)
    gone, budget = [], share * len(parts)
    for index in generator.permutation(len(names)):
        if sizes[index] <= budget * 1.3:
            gone.append(names[index])
            budget -= sizes[index]
    return ~np.isin(parts, gone)


def holes(points: Array, generator: np.random.Generator) -> Flags:
    """(N,) what is left around one to six round holes."""
    centres = points[generator.integers(0, len(points), generator.integers(1, 7))]
    radii = generator.uniform(0.05, 0.25, (len(centres), 1))
    away = np.linalg.norm(points[None] - centres[:, None], axis=2)
    return (away > radii).all(axis=0)


def _cut(points: Array, parts: NDArray[np.integer], generator: np.random.Generator) -> Flags:
    kind, share = generator.random(), generator.uniform(0.1, 0.8)
    if kind < 0.4:
        return half_space(points, share, generator)
    if kind < 0.65:
        return one_view(points, generator)
    if kind < 0.85:
        return missing_parts(parts, share, generator)
    return holes(points, generator)
