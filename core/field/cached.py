"""A field that remembers what it was at the samples of a lattice.

The same samples are asked again where a surface has turned out torn, and one higher level after
the other is looked at. A surface that is extracted once is not worth it: at 256 samples per axis
remembering costs two fifths of asking the decoder.
"""

import torch

from ..tensors import Field, Points, Values


class CachedField:
    """A field at the samples of one lattice, and nowhere else.

    Args:
        field: Of any shape.
        resolution: Samples per axis; each takes four bytes, whether it is asked for or not.
        half_extent: Where the first and the last sample lie, on every axis.
    """

    def __init__(self, field: Field, resolution: int, half_extent: float) -> None:
        # the values are the field's own
        self.device, self.clamp, self.lipschitz = field.device, field.clamp, field.lipschitz
        self._field, self._resolution, self._half_extent = field, resolution, half_extent
        self._known = torch.full((resolution**3,), torch.nan, device=field.device)

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
