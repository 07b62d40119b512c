"""The architectures that a model file can name in its card: the one table of them."""

from typing import Protocol, runtime_checkable

import torch

from ..errors import ModelFileError
from .checkpoint import ModelFile
from .layered import LayeredModel
from .protocol import Decoder, PictureModel
from .triplane import TriplaneDecoder


@runtime_checkable
class Architecture(Protocol):
    """A class of models."""

    @classmethod
    def from_file(cls, stored: ModelFile, device: torch.device) -> Decoder | PictureModel:
        """The model of a file, ready for use on `device`; its weights need no gradients."""
        ...


ARCHITECTURES: dict[str, type[Architecture]] = {
    each.architecture: each for each in (TriplaneDecoder, LayeredModel)
}
"""By the name in the card."""


def open_model(stored: ModelFile, device: torch.device) -> Decoder | PictureModel:
    """The model of a file, ready for use.

    Args:
        stored: Card and tensors.
        device: Where it is to compute.

    Raises:
        ModelFileError: The card names an unknown architecture, or the file does not fit its card.
    """
    name = stored.card.architecture
    if name not in ARCHITECTURES:
        raise ModelFileError(
            f"the model '{stored.card.name}' has the architecture '{name}', which this version "
            f"does not know (it knows {', '.join(ARCHITECTURES)}); update the extension or choose "
            "another model"
        )
    return ARCHITECTURES[name].from_file(stored, device)
