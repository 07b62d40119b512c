"""A field whose surface is moved outwards in some places, and left alone elsewhere.

Where a decoder is not sure of a thin part its field only just misses zero. A slightly
higher level of it shows the part whole, but makes all else thicker.
"""

import math

import numpy as np
import torch
from jaxtyping import Float
from scipy.ndimage import distance_transform_edt
from torch.nn import functional

from ..frames import HALF_EXTENT
from ..tensors import Field, Points, Values

SIDE = 64
"""Samples per axis of the lattice on which it is kept how far the field is raised."""

WHOLLY, FADED = 0.03, 0.06
"""Unit-cube lengths from the given places: up to the first the field is raised to the full,
from the second on not at all."""


STEEPER = 1.3
"""How much faster it may change than the field itself: by a level more over the lengths over which
it fades, levels being a hundredth at most."""


class OffsetField:
    """A field minus `level` near given places, and itself away from them; see the file.

    Args:
        field: Of any shape.
        level: Unit-cube lengths by which the surface moves outwards where the field is a distance.
        places: (n, 3) about which it does, unit cube; at least one.
    """

    def __init__(
        self,
        field: Field,
        level: float,
        places: Float[np.ndarray, "n 3"],
    ) -> None:
        self.device, self.lipschitz = field.device, STEEPER * field.lipschitz
        # beyond its clamp a decoder's field still grows: of 53 shapes no bit differs with the
        # field's clamp, which takes an eighth longer where thin parts are mended
        self.clamp = math.inf
        self._field, self._level = field, level
        cells = ((places / HALF_EXTENT + 1) * (SIDE / 2)).astype(np.int64).clip(0, SIDE - 1)
        elsewhere = np.ones((SIDE, SIDE, SIDE), bool)
        elsewhere[tuple(cells.T)] = False
        distances = distance_transform_edt(elsewhere) * (2 * HALF_EXTENT / SIDE)
        shares = ((FADED - distances) / (FADED - WHOLLY)).clip(0, 1).astype(np.float32)
        # grid_sample counts x fastest
        self._shares = torch.from_numpy(np.ascontiguousarray(shares.T)).to(field.device)[None, None]

    def __call__(self, points: Points) -> Values:
        """The field where it is raised; no distance in between."""
        at = (points / HALF_EXTENT)[None, None, None]
        shares = functional.grid_sample(
            self._shares, at, padding_mode="border", align_corners=False
        )
        return self._field(points) - self._level * shares[0, 0, 0, 0]
