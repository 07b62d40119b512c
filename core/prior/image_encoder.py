"""The picture encoder: one framed picture becomes a first code, its certainty, and a category.

A small residual network. It sees the object cut out, centred and framed (four channels:
premultiplied red, green, blue, and alpha), from any camera, and answers in the canonical
frame of the unit cube, so that no camera is ever estimated.

Source:
    He et al., Deep Residual Learning for Image Recognition, 2016 (arXiv:1512.03385), the
    basic block; Chen & Zhang, Learning Implicit Fields for Generative Shape Modeling, 2019
    (arXiv:1812.02822), section 3.3, for regressing the codes of a finished auto-decoder.
    We keep the last maps' layout instead of averaging it away, because in a framed picture
    the place of a part is its proportion, and predict a precision for every entry.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from ..errors import ModelFileError
from ..tensors import Codes

Pictures = Float[Tensor, "b 4 s s"]

PREFIX = "image_encoder."
"""Of the encoder's tensors in a model file."""

APART = 1.0
"""Mean squared difference of two answers, in variances that the encoder expects of one, from
which they are not of the same shape."""


@dataclass(frozen=True)
class ImageEncoderConfig:
    """Sizes of the encoder; stored in the model's card."""

    code_size: int = 128
    """Entries of a latent code."""

    categories: int = 9
    """How many categories it tells apart."""

    picture_px: int = 128
    """Side of the square picture."""

    widths: tuple[int, ...] = (40, 80, 160, 320)
    """Channels at a quarter of the picture's side, and after each halving."""

    blocks: tuple[int, ...] = (1, 2, 2, 2)
    """Residual blocks at each of these sizes."""

    layout_channels: int = 48
    """Channels of the last maps that keep their layout on the way to the code."""

    hidden: int = 512
    """Width of the layer before the answers."""


class ImageEncoder(nn.Module):
    """Framed pictures to codes, log precisions and category logits.

    Args:
        config: Sizes.
    """

    def __init__(self, config: ImageEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.code_mean = nn.Buffer(torch.zeros(config.code_size))
        self.code_scale = nn.Buffer(torch.ones(config.code_size))
        """Mean and typical size of the codes' entries; the network answers in these units."""
        first = config.widths[0]
        self.stem = nn.Sequential(
            nn.Conv2d(4, first, 7, stride=4, padding=3, bias=False),
            nn.BatchNorm2d(first),
            nn.ReLU(),
        )
        stages, width = [], first
        for number, (wide, count) in enumerate(zip(config.widths, config.blocks, strict=True)):
            for block in range(count):
                stages.append(_Block(width, wide, 2 if number and block == 0 else 1))
                width = wide
        self.stages = nn.Sequential(*stages)
        side = config.picture_px // 4 // 2 ** (len(config.widths) - 1)
        self.layout = nn.Conv2d(width, config.layout_channels, 1)
        self.joined = nn.Linear(width + config.layout_channels * side**2, config.hidden)
        self.code = nn.Linear(config.hidden, config.code_size)
        self.log_precision = nn.Linear(config.hidden, config.code_size)
        self.category = nn.Linear(config.hidden, config.categories)

    @classmethod
    def from_card(cls, card: Mapping[str, object]) -> "ImageEncoder":
        """An encoder of the sizes that a model's card gives, its weights still to be loaded.

        Raises:
            ModelFileError: The card describes another encoder.
        """
        try:
            sizes = {key: tuple(card[key]) for key in ("widths", "blocks")}
            return cls(ImageEncoderConfig(**{**card, **sizes}))
        except (TypeError, KeyError, ValueError) as error:
            raise ModelFileError(
                f"the model's card describes no picture encoder ({error}); "
                "use a model made by this version"
            ) from error

    @property
    def card(self) -> dict[str, object]:
        """The configuration as the card keeps it."""
        return asdict(self.config)

    def forward(self, pictures: Pictures) -> tuple[Codes, Codes, Float[Tensor, "b categories"]]:
        """What the pictures show.

        Args:
            pictures: Framed, premultiplied RGB and alpha, in [0, 1].

        Returns:
            Codes; the logarithm of the precision (1 / variance) of each of their entries;
            category logits.
        """
        maps = self.stages(self.stem(pictures.contiguous(memory_format=torch.channels_last)))
        layout = functional.relu(self.layout(maps)).flatten(1)
        seen = functional.relu(self.joined(torch.cat([maps.mean(dim=(2, 3)), layout], dim=1)))
        codes = self.code(seen).float() * self.code_scale + self.code_mean
        log_precision = self.log_precision(seen.detach()).float() - 2 * self.code_scale.log()
        return codes, log_precision, self.category(seen).float()


def seen_both_ways(encoder: ImageEncoder, pictures: Pictures) -> tuple[Tensor, Tensor, Tensor]:
    """What pictures show, each taken together with its mirror image.

    Most objects have an upright plane of symmetry, and the mirror image is one more picture of
    them, from another side; the mean of both answers errs less. Of an object without one, such
    as a sofa whose seat is longer on one side, the answers lie apart, and the picture's own counts.

    Args:
        encoder: Of the model.
        pictures: As for `ImageEncoder.forward`.

    Returns:
        As of `ImageEncoder.forward`.
    """
    answers = encoder(torch.cat([pictures, pictures.flip(-1)]))
    (codes, mirrored), (log_precision, _), (logits, mirrored_logits) = (
        part.chunk(2) for part in answers
    )
    apart = ((codes - mirrored).square() * log_precision.exp()).mean(dim=1, keepdim=True)
    share = torch.where(apart < APART, 0.5, 0.0)
    return codes.lerp(mirrored, share), log_precision, logits.lerp(mirrored_logits, share)


class _Block(nn.Module):
    """Two 3x3 convolutions and a way around them."""

    def __init__(self, width_in: int, width_out: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width_in, width_out, 3, stride=stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(width_out)
        self.second = nn.Conv2d(width_out, width_out, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(width_out)
        self.around = (
            nn.Identity()
            if stride == 1 and width_in == width_out
            else nn.Sequential(
                nn.AvgPool2d(stride),
                nn.Conv2d(width_in, width_out, 1, bias=False),
                nn.BatchNorm2d(width_out),
            )
        )

    def forward(self, maps: Float[Tensor, "b c s s"]) -> Float[Tensor, "b d t t"]:
        """Maps of d = `width_out` channels, their side divided by the stride."""
        inner = functional.relu(self.first_norm(self.first(maps)))
        return functional.relu(self.second_norm(self.second(inner)) + self.around(maps))
