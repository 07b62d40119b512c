"""A field turned about the vertical axis and averaged: its surface is one of revolution.

What was turned on a lathe, thrown on a wheel or blown comes out of a decoder nearly round,
with a wavy rim and a foot that is nearly square. The mean over all yaws keeps what they
agree on.
"""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch.nn import functional

from ..frames import HALF_EXTENT
from ..tensors import Field, Points, Values

YAWS = 16
"""At which the field is asked; what waves faster than half of them is not told from noise."""

ROWS = 256
"""Samples of the profile from the floor to the ceiling of the lattice; half as many outwards."""

COARSE = 64
"""Rows of the profile that is asked everywhere; the fine one only near the surface."""

NEAR = 0.03
"""Unit-cube lengths off the surface up to which the fine profile is asked."""


class AxisymmetricField:
    """The mean of a field over all yaws, as a profile over radius and height.

    Args:
        field: Of any shape.
    """

    def __init__(self, field: Field) -> None:
        # turning keeps lengths, and a mean changes no faster than what it is a mean of
        self.device, self.lipschitz = field.device, field.lipschitz
        # beyond its clamp a decoder's field still grows, and a mean over yaws evenly: of 33
        # training shapes no bit differs with the field's clamp, which takes twice as long
        self.clamp = math.inf
        device = field.device
        profile = _mean(field, *_places(COARSE, device)).reshape(1, 1, COARSE, COARSE // 2)
        heights, radii = _places(ROWS, device)
        profile = functional.interpolate(
            profile, size=(ROWS, ROWS // 2), mode="bilinear", align_corners=True
        )
        fine = profile.flatten()
        near = fine.abs() < NEAR
        fine[near] = _mean(field, heights[near], radii[near])
        self._profile = fine.reshape(profile.shape)
        self._radii = radii[: ROWS // 2]

    def __call__(self, points: Points) -> Values:
        """The mean over the circle through each point."""
        radii = points[:, :2].norm(dim=1)
        # grid_sample counts the last axis, the radius, first
        at = torch.stack([2 * radii / HALF_EXTENT - 1, points[:, 2] / HALF_EXTENT], dim=1)
        values = functional.grid_sample(
            self._profile, at[None, None], padding_mode="border", align_corners=True
        )
        return values[0, 0, 0] + (radii - HALF_EXTENT).clamp(min=0)

    def reaches(self, level: float = 0.0) -> Float[np.ndarray, " rows"]:
        """How far out it is less than `level` in slices, from the cube's floor to its ceiling."""
        inside = self._profile[0, 0] < level
        return torch.where(inside, self._radii, 0.0).amax(dim=1).cpu().numpy()


def _mean(field: Field, heights: Values, radii: Values) -> Values:
    """A field's mean over circles about the axis."""
    turns = torch.arange(YAWS, device=radii.device) * (2 * math.pi / YAWS)
    directions = torch.stack([turns.cos(), turns.sin()], dim=1)
    level = radii[:, None, None] * directions
    places = torch.cat([level, heights[:, None, None].expand(-1, YAWS, 1)], dim=2)
    return field(places.flatten(0, 1)).reshape(-1, YAWS).mean(dim=1)


def _places(rows: int, device: torch.device) -> tuple[Values, Values]:
    """Heights and radii of a profile's samples, row by row."""
    heights = torch.linspace(-HALF_EXTENT, HALF_EXTENT, rows, device=device)
    radii = torch.linspace(0, HALF_EXTENT, rows // 2, device=device)
    places = torch.cartesian_prod(heights, radii)
    return places[:, 0], places[:, 1]
