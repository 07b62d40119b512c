"""A field above a floor: what would lie below is cut off there, level."""

import torch

from ..tensors import Field, Points, Values


class FlooredField:
    """A field whose inside ends at a floor.

    Args:
        field: Of the shape.
        height: Of the floor, unit cube.
    """

    def __init__(self, field: Field, height: float) -> None:
        self.device, self.clamp = field.device, field.clamp
        # the depth below the floor changes as a distance does
        self.lipschitz = max(field.lipschitz, 1.0)
        self._field, self._height = field, height

    def __call__(self, points: Points) -> Values:
        """The larger one of the field and the depth below the floor."""
        return torch.maximum(self._field(points), self._height - points[:, 2])
