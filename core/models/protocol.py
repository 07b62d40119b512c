"""What a model is to all that use one: a decoder of latent codes, or a picture's field at once.

Fitting, searching, outlines, interpolation, the metric of codes and training know a decoder by
these protocols alone, and a model without codes by `PictureModel`. The classes stand in
`architectures`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ..tensors import BatchPoints, BatchValues, Code, Codes, Field, FieldsOf, Picture


@runtime_checkable
class Decoder(Protocol):
    """Latent codes to fields."""

    @property
    def code_size(self) -> int:
        """Entries of a latent code."""
        ...

    @property
    def code_scale(self) -> Code:
        """Typical size of every entry."""
        ...

    @property
    def device(self) -> torch.device:
        """Where it computes, and its fields are asked."""
        ...

    def field_of(self, code: Code) -> Field:
        """The field of one code, to be asked often: for a surface."""
        ...

    def fields_of(self, codes: Codes) -> Callable[[BatchPoints], BatchValues]:
        """The fields of a batch of codes, asked from the CPU, in half precision where it pays.

        Differentiable in codes and points.
        """
        ...

    def remembering(self) -> FieldsOf:
        """The same, for a search: codes that do not move are decoded once."""
        ...

    def for_fitting(self) -> "Decoder":
        """A decoder of the same bits that decodes batches faster, its own weights being fixed."""
        ...


@runtime_checkable
class TrainableDecoder(Decoder, Protocol):
    """A decoder whose weights are learned: a torch module, as far as training knows one."""

    @property
    def architecture(self) -> str:
        """Name in the card and in `architectures.ARCHITECTURES`."""
        ...

    @property
    def card(self) -> dict[str, object]:
        """The configuration as the card keeps it."""
        ...

    @property
    def clamp(self) -> float:
        """Unit-cube lengths up to which its fields are trained to be distances."""
        ...

    def values_of(self, codes: Codes, points: BatchPoints) -> BatchValues:
        """The fields of codes, each at its own points; all where the decoder is.

        In half precision where it pays and costs no detail. Differentiable in everything.
        """
        ...

    def to(self, device: torch.device) -> "TrainableDecoder":
        """Itself, its weights moved."""
        ...

    def eval(self) -> "TrainableDecoder":
        """Itself, no longer in training mode."""
        ...

    def requires_grad_(self, requires_grad: bool) -> "TrainableDecoder":
        """Itself, its weights fixed or free to be learned."""
        ...

    def parameters(self) -> Iterator[nn.Parameter]:
        """Weights, as an optimizer takes them."""
        ...

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Weights under the names that `state_dict` gives them."""
        ...

    def state_dict(self) -> dict[str, Tensor]:
        """Weights and buffers by name, as a model file keeps them."""
        ...

    def load_state_dict(self, state_dict: dict[str, Tensor]) -> object:
        """Takes over weights and buffers; a name too few or too many is an error."""
        ...


class PictureAnswer(NamedTuple):
    """What a model without codes makes of pictures."""

    field: Field
    """Of the whole object, in the unit cube."""

    category: str
    """What it takes the object for, in one word; "object" where it does not tell."""

    confidence: float
    """How likely it is, in [0, 1], that an artist would keep the shape."""


@runtime_checkable
class PictureModel(Protocol):
    """Pictures to a field, with no latent code: it reconstructs, and nothing else."""

    @property
    def picture_px(self) -> int:
        """Side of the framed pictures that it looks at."""
        ...

    def answer(self, framed: Sequence[Picture]) -> PictureAnswer:
        """The shape that pictures of one object show.

        Args:
            framed: The object alone, centred and framed; any number, in any order.
        """
        ...
