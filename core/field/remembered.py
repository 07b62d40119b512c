"""A field that remembers what it was at the samples of a lattice.

The same samples are asked again where a surface turns out torn, and its higher levels are
looked at.
"""

import math

import torch

from ..tensors import Field, Points, Values

LARGEST = 256
"""Most samples per axis that are remembered: 64 MiB."""


class RememberedField:
    """A field at the samples of one lattice, and nowhere else.

    Args:
        field: On `device`.
        resolution: Samples per axis, at most `LARGEST`.
        half_extent: Where the first and the last sample lie, on every axis.
        device: Of the points that will be asked.
    """

    def __init__(
        self, field: Field, resolution: int, half_extent: float, device: torch.device
    ) -> None:
        if resolution > LARGEST:
            raise ValueError(f"{resolution} samples per axis are too many to be remembered")
        self.clamp = float(getattr(field, "clamp", math.inf))
        self._field, self._resolution, self._half_extent = field, resolution, half_extent
        self._known = torch.full((resolution**3,), torch.nan, device=device)

    def __call__(self, points: Points) -> Values:
        """The field, asked only for samples that are new."""
        last = self._resolution - 1
        x, y, z = ((points / self._half_extent + 1) * (last / 2)).round().long().unbind(1)
        number = (x * self._resolution + y) * self._resolution + z
        values = self._known.index_select(0, number)
        new = torch.nonzero(values.isnan()).squeeze(1)
        if len(new):
            values[new] = self._field(points.index_select(0, new))
            self._known[number.index_select(0, new)] = values[new]
        return values


def remembered(field: Field, resolution: int, half_extent: float, device: torch.device) -> Field:
    """A field that remembers its values at the samples of a lattice, if they are not too many.

    Args:
        field: On `device`; what it remembers of another lattice stays with it.
        resolution: Samples per axis.
        half_extent: As for `RememberedField`.
        device: As for `RememberedField`.
    """
    if isinstance(field, RememberedField):
        if (field._resolution, field._half_extent) == (resolution, half_extent):
            return field
        field = field._field
    if resolution > LARGEST:
        return field
    return RememberedField(field, resolution, half_extent, device)
