"""A field averaged over reflections: what it draws is its own mirror image.

The two halves of a chair come out of a decoder nearly alike, each with waves of its own. Their
mean has less of them, and an artist who models on can go on with one half and a mirror.
"""

import numpy as np
import torch
from jaxtyping import Float

from ..tensors import Field, Points, Values


class SymmetricField:
    """The mean of a field and its mirror images.

    Args:
        field: Of any shape.
        reflections: (k, 3) factors of the coordinates, each 1 or -1; with the identity they must
            form a group, or the mean is not symmetric.
    """

    def __init__(self, field: Field, reflections: Float[np.ndarray, "k 3"]) -> None:
        # reflections keep lengths, and a mean changes no faster than what it is a mean of
        self.device, self.clamp, self.lipschitz = field.device, field.clamp, field.lipschitz
        self._field = field
        signs = np.concatenate([np.ones((1, 3)), reflections])
        self._signs = torch.from_numpy(signs).float().to(field.device)

    def __call__(self, points: Points) -> Values:
        """The mean over a point and its mirror images."""
        images = (self._signs[:, None] * points).flatten(0, 1)
        return self._field(images).view(len(self._signs), -1).mean(dim=0)
