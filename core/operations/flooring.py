"""Flooring: nothing is invented below the floor that the given part stands on."""

import numpy as np
import torch

from ..finish.floors import floor_of
from ..finish.seams import Part
from ..frames import HALF_EXTENT
from ..meshes import TriangleMesh
from ..tensors import Field

SIDE, DEPTHS = 64, 4
"""Places per side, and levels, at which it is looked whether a shape goes on below."""

DEEPER = 0.03
"""Unit-cube lengths over which it is."""


def floor_below(seen: TriangleMesh, field: Field) -> float | None:
    """Where the floor is that a part stands on, unit cube; None where that is not known.

    Args:
        seen: What was given, in the unit cube of the fitted shape.
        field: Of that shape.
    """
    floor = floor_of(Part(seen.vertices.astype(np.float64), seen.faces.astype(np.int64)))
    if floor is None:
        return None
    across = torch.linspace(-HALF_EXTENT, HALF_EXTENT, SIDE)
    depths = floor.height - floor.reach - torch.linspace(0, DEEPER, DEPTHS)
    asked = torch.cartesian_prod(across, across, depths[depths > -HALF_EXTENT])
    goes_on = len(asked) > 0 and bool((field(asked.to(field.device)) < 0).any())
    return None if goes_on else floor.height
