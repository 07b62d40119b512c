"""Scans from one side: where they were taken from, and which space they show to be empty."""

import numpy as np
from numpy.typing import NDArray

from .partial import LEAST_POINTS, Observation

Array = NDArray[np.float64]


def seen_from_one_side(observation: Observation) -> Array | None:
    """(3,) the direction from which all of the observation was seen, unit; None if there is none.

    A scan from one side shows no point behind another one. Of the directions over the sphere
    that most points face, those are tried that look at these most squarely; all but a few points
    must face it with nothing of the observation in front.
    """
    spread = np.arange(400) + 0.5
    height, turn = 1 - 2 * spread / 400, np.pi * (1 + 5**0.5) * spread
    level = np.sqrt(1 - height**2)
    directions = np.stack([level * np.cos(turn), level * np.sin(turn), height], axis=1)
    known = observation.normals.any(axis=1)
    if known.sum() < LEAST_POINTS:
        return None
    cosines = observation.normals[known] @ directions.T
    facing = (cosines > 0.02).mean(axis=0)
    # among many that all points face, those that look at them most squarely
    for index in np.lexsort((-cosines.mean(axis=0), -facing))[:12]:
        if facing[index] < 0.95:
            return None
        if _unhidden_share(observation, directions[index]) > 0.97:
            return directions[index]
    return None


def empty_towards(observation: Observation, direction: Array, count: int = 2048) -> Array:
    """(count, 3) points between the observation and where it was seen from: nothing is there.

    Args:
        observation: In its box.
        direction: From `seen_from_one_side`.
        count: How many.
    """
    generator = np.random.default_rng(0)
    known = np.flatnonzero(observation.normals @ direction > 0.2)
    if len(known) == 0:
        return np.zeros((0, 3))
    start = observation.points[generator.choice(known, count)]
    return start + direction * generator.uniform(0.03, 0.8, (count, 1))


def _unhidden_share(observation: Observation, direction: Array) -> float:
    """The share of points with no other ones well in front of them, seen along `direction`.

    Points count by how much they face the viewer: at a rim, depth varies within a pixel.
    """
    points = observation.points
    helper = np.eye(3)[np.argmin(abs(direction))]
    right = np.cross(direction, helper)
    right /= np.linalg.norm(right)
    plane = np.stack([points @ right, points @ np.cross(direction, right)], axis=1)
    pixel = ((plane / 2 + 0.5) * 64).astype(int)
    number, depth = pixel[:, 0] * 64 + pixel[:, 1], points @ direction
    nearest = np.full(64 * 64, -np.inf)
    np.maximum.at(nearest, number, depth)
    weights = (observation.normals @ direction).clip(min=0)
    return float(np.average(depth > nearest[number] - 0.08, weights=weights))
