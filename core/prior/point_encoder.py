"""The point encoder: points of a partial surface become a first code, a yaw and a place.

It sees the observation in its own box: centred, its longest side 1, upright, turned about
+Z by any angle. It answers how far the observation is turned (as probabilities of
`YAWS` equal steps), and, for an observation that is hardly turned, the code of the
whole shape and where the whole shape's unit cube lies around what was observed. So it is
asked twice: once to find the yaw, and once more with the observation turned back.

Source:
    Qi et al., PointNet, 2017 (arXiv:1612.00593), section 4.2, for points through a shared
    network and a maximum; Yuan et al., PCN, 2018 (arXiv:1808.00671), section 4.1, for giving
    the first maximum back to every point. We regress a finished auto-decoder's codes, add
    normals to the points, and answer with a precision for every entry.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from ..errors import ModelFileError
from ..tensors import Codes

OrientedPoints = Float[Tensor, "b n 6"]
"""Points in the observation's box, and unit normals; zeros where there is no normal."""

PREFIX = "point_encoder."
"""Of the encoder's tensors in a model file."""

YAWS = 36
"""Steps of a full turn that the encoder tells apart."""


@dataclass(frozen=True)
class PointEncoderConfig:
    """Sizes of the encoder; stored in the model's card."""

    code_size: int = 128
    """Entries of a latent code."""

    categories: int = 9
    """How many categories it tells apart."""

    widths: tuple[int, ...] = (64, 128, 192, 1024)
    """Of the shared layers; a maximum is taken after the second and after the last."""

    hidden: int = 512
    """Width of the layers before the answers."""

    blocks: int = 4
    """Residual blocks before the answers; points pass none of them, so they cost nearly nothing."""


class Guess(NamedTuple):
    """What the encoder makes of a batch of observations."""

    codes: Codes
    """Of the whole shapes."""

    log_precision: Codes
    """Logarithm of 1 / variance of every entry."""

    category_logits: Float[Tensor, "b categories"]
    yaw_logits: Float[Tensor, "b yaws"]
    """Of the angle by which the observation is turned about +Z, step 0 being none."""

    place: Float[Tensor, "b 4"]
    """Centre of the whole shape's unit cube in the observation's box, and the natural logarithm
    of the cube's side; both for an observation that is not turned."""

    place_log_precision: Float[Tensor, "b 4"]
    """Logarithm of 1 / variance of `place`."""


class PointEncoder(nn.Module):
    """Oriented points to a `Guess`.

    Args:
        config: Sizes.
    """

    def __init__(self, config: PointEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.code_mean = nn.Buffer(torch.zeros(config.code_size))
        self.code_scale = nn.Buffer(torch.ones(config.code_size))
        """Mean and typical size of the codes' entries; the network answers in these units."""
        first, second, third, last = config.widths
        self.local = nn.Sequential(
            nn.Linear(6, first),
            nn.ReLU(inplace=True),
            nn.Linear(first, second),
            nn.ReLU(inplace=True),
        )
        self.shared = nn.Linear(second, third, bias=False)
        self.whole = nn.Linear(second, third)
        self.last = nn.Linear(third, last)
        self.joined = nn.Sequential(
            nn.Linear(2 * last + second, config.hidden),
            nn.LayerNorm(config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, config.hidden),
            nn.LayerNorm(config.hidden),
            nn.ReLU(),
        )
        self.blocks = nn.ModuleList(_Block(config.hidden) for _ in range(config.blocks))
        self.code = nn.Linear(config.hidden, config.code_size)
        self.log_precision = nn.Linear(config.hidden, config.code_size)
        self.category = nn.Linear(config.hidden, config.categories)
        self.heading = nn.Linear(config.hidden, YAWS)
        self.place = nn.Linear(config.hidden, 8)

    @classmethod
    def from_card(cls, card: Mapping[str, object]) -> "PointEncoder":
        """An encoder of the sizes that a model's card gives, its weights still to be loaded.

        Raises:
            ModelFileError: The card describes another encoder, or none.
        """
        try:
            sizes = {"blocks": 0, **card, "widths": tuple(card["widths"])}
            return cls(PointEncoderConfig(**sizes))
        except (TypeError, KeyError, ValueError) as error:
            raise ModelFileError(
                f"the model's card describes no point encoder ({error}), so it cannot complete "
                "partial meshes; use a model made by this version"
            ) from error

    @property
    def card(self) -> dict[str, object]:
        """The configuration as the card keeps it."""
        return asdict(self.config)

    def forward(self, observed: OrientedPoints) -> Guess:
        """What the points belong to; their order and their number do not matter."""
        local = self.local(observed)
        first = _greatest(local)
        mixed = functional.relu(self.shared(local) + self.whole(first)[:, None], inplace=True)
        last = functional.relu(self.last(mixed), inplace=True)
        seen = self.joined(torch.cat([_greatest(last), last.mean(dim=1), first], dim=1))
        for block in self.blocks:
            seen = block(seen)
        place, place_log_precision = self.place(seen).float().chunk(2, dim=1)
        return Guess(
            self.code(seen).float() * self.code_scale + self.code_mean,
            self.log_precision(seen.detach()).float() - 2 * self.code_scale.log(),
            self.category(seen).float(),
            self.heading(seen).float(),
            place,
            place_log_precision,
        )


def _greatest(features: Float[Tensor, "b n width"]) -> Float[Tensor, "b width"]:
    """Over the points. `amax` is much faster, but looks for ties when it is differentiated."""
    return features.max(dim=1).values if torch.is_grad_enabled() else features.amax(dim=1)


class _Block(nn.Module):
    """Adds to its input what two layers make of it; at first nothing."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width)
        )
        nn.init.zeros_(self.layers[3].weight)
        nn.init.zeros_(self.layers[3].bias)

    def forward(self, seen: Float[Tensor, "b hidden"]) -> Float[Tensor, "b hidden"]:
        """What was given, and the layers' correction of it."""
        return seen + self.layers(seen)
