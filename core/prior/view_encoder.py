"""The view encoder: from where a framed picture was taken, as a belief over cameras.

A small convolutional network beside the picture encoder. The latter answers in the
canonical frame and never needs a camera; fitting the code to the outline does. Yaw is
ambiguous for many objects, so the azimuth is a distribution over `AZIMUTHS` bins and the
outline decides among them; elevation and distance are what an outline tells badly, and
come with a precision.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from ..errors import ModelFileError
from .azimuths import AZIMUTHS

ViewPictures = Float[Tensor, "b 4 s s"]

PREFIX = "view_encoder."
"""Of the encoder's tensors in a model file."""


@dataclass(frozen=True)
class ViewEncoderConfig:
    """Sizes of the encoder; stored in the model's card."""

    picture_px: int = 64
    """Side of the square picture."""

    widths: tuple[int, ...] = (32, 64, 96, 128)
    """Channels at half of the picture's side, and after each halving."""

    hidden: int = 192
    """Width of the layer before the answers."""


@dataclass(frozen=True, eq=False)
class ViewBelief:
    """From where pictures were taken."""

    azimuth_logits: Float[Tensor, "b azimuths"]
    """Of the bins."""

    expected: Float[Tensor, "b 2"]
    """Elevation (rad) and logarithm of the distance (unit-cube lengths)."""

    log_precision: Float[Tensor, "b 2"]
    """Natural logarithm of 1 / variance of both."""


class ViewEncoder(nn.Module):
    """Framed pictures to beliefs over cameras.

    Args:
        config: Sizes.
    """

    def __init__(self, config: ViewEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.typical = nn.Buffer(torch.tensor([0.35, 0.75]))
        """Elevation (rad) and logarithm of the distance that training views scatter about."""
        channels = (4, *config.widths)
        self.stages = nn.Sequential(
            *(
                _halving(channels_in, channels_out)
                for channels_in, channels_out in pairwise(channels)
            )
        )
        side = config.picture_px >> len(config.widths)
        self.layout = nn.Conv2d(config.widths[-1], 32, 1)
        self.joined = nn.Linear(config.widths[-1] + 32 * side * side, config.hidden)
        self.answers = nn.Linear(config.hidden, AZIMUTHS + 4)

    @classmethod
    def from_card(cls, card: Mapping[str, object]) -> "ViewEncoder":
        """The encoder that a model's card gives, its weights still to be loaded.

        Raises:
            ModelFileError: The card describes another encoder.
        """
        try:
            return cls(ViewEncoderConfig(**{**card, "widths": tuple(card["widths"])}))
        except (TypeError, KeyError, ValueError) as error:
            raise ModelFileError(
                f"the model's card describes no view encoder ({error}); "
                "use a model made by this version"
            ) from error

    @property
    def card(self) -> dict[str, object]:
        """The configuration as the card keeps it."""
        return asdict(self.config)

    def forward(self, pictures: ViewPictures) -> ViewBelief:
        """From where the pictures were taken.

        Args:
            pictures: Framed, premultiplied RGB and alpha, in [0, 1]; any size, reduced to
                `picture_px` by averaging.
        """
        if pictures.shape[-1] != self.config.picture_px:
            pictures = functional.adaptive_avg_pool2d(pictures, self.config.picture_px)
        maps = self.stages(pictures.contiguous(memory_format=torch.channels_last))
        layout = functional.relu(self.layout(maps)).flatten(1)
        seen = functional.relu(self.joined(torch.cat([maps.mean(dim=(2, 3)), layout], dim=1)))
        answers = self.answers(seen).float()
        logits, offset, log_precision = answers.split([AZIMUTHS, 2, 2], dim=1)
        return ViewBelief(logits, self.typical + 0.3 * offset, 4 + log_precision)


def _halving(channels_in: int, channels_out: int) -> nn.Sequential:
    """Two convolutions, of which the first halves the side."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
        nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    )
