"""The view network: of one picture, the surfaces behind every pixel and from where it was taken.

It sees a square picture of an object before any background and answers in maps, half as wide as
the picture: the matte; where the pixel's ray enters, leaves, enters and leaves the object; the
normal where it enters first; each with how sure it is. And as a whole: the kind, the camera, and
where in the picture the centre of the object's unit cube lies.

A residual network with most of its work at an eighth and a sixteenth of the picture's side, which
is where a plain processor convolves fastest; finer maps come back along skip connections.

Source:
    Li et al., LaRI, 2025 (arXiv:2504.18424), for all surfaces along a ray at once; we tell how many
    of four there are by one probability each. Ronneberger et al., U-Net, 2015 (arXiv:1505.04597),
    for the skips; He et al., Identity Mappings in Deep Residual Networks, 2016 (arXiv:1603.05027),
    for the blocks. Kendall & Gal, What Uncertainties Do We Need, 2017 (arXiv:1703.04977), for
    answers with their precision.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from ..errors import ModelFileError
from .azimuths import AZIMUTHS

Photographs = Float[Tensor, "b 3 s s"]

PREFIX = "view_network."
"""Of the network's tensors in a model file."""

CROSSINGS = 4
"""Of a pixel's ray with the object: in, out, in, out."""

MAPS = 1 + CROSSINGS + CROSSINGS + CROSSINGS + 3 + 1
PLACE = 5

MIRRORED_NORMAL, MIRRORED_PLACE = (-1.0, 1.0, 1.0), (1.0, 1.0, 1.0, -1.0, 1.0)
"""Factors of a normal and of a place in the mirror image of a picture."""

GROUPS = 8
"""Channels are normalised in so many groups: batches of one picture are what users give."""


@dataclass(frozen=True)
class ViewNetworkConfig:
    """Sizes of the network; stored in the model's card."""

    kinds: tuple[str, ...]
    """Names of those that it tells apart."""

    picture_px: int = 192
    """Side of the square picture; a multiple of 16."""

    stem: int = 32
    """Channels at half of the picture's side."""

    widths: tuple[int, int, int] = (64, 128, 256)
    """Channels at a quarter, an eighth and a sixteenth of the picture's side."""

    blocks: tuple[int, int, int] = (1, 2, 4)
    """Residual blocks on the way down, at the same."""

    blocks_up: tuple[int, int] = (1, 1)
    """Residual blocks on the way up, at an eighth and a quarter."""

    hidden: int = 256
    """Width of the layer before the answers that are no maps."""


@dataclass(frozen=True, eq=False)
class ViewAnswer:
    """What pictures show. Maps have half the picture's side; lengths are the unit cube's."""

    matte_logits: Float[Tensor, "b t t"]
    """Of the object covering a pixel."""

    crossing_logits: Float[Tensor, "b 4 t t"]
    """Of the ray crossing the object that often."""

    depths: Float[Tensor, "b 4 t t"]
    """Of the crossings behind the plane through the cube's centre that faces the camera."""

    depth_log_precisions: Float[Tensor, "b 4 t t"]
    """Logarithms of 1 / mean absolute error."""

    normals: Float[Tensor, "b 3 t t"]
    """Unit, at the first crossing: to the camera's right, down, and forward."""

    normal_log_precisions: Float[Tensor, "b t t"]
    """Logarithm of 1 / variance of the normals."""

    kind_logits: Float[Tensor, "b kinds"]

    azimuth_logits: Float[Tensor, "b azimuths"]
    """Of the bins."""

    place: Float[Tensor, "b 5"]
    """Elevation (rad); logarithm of the distance; of half the frame's side at the cube's centre;
    the frame's x and y, in [-1, 1], of the cube's centre."""

    place_log_precisions: Float[Tensor, "b 5"]
    """Logarithms of 1 / variance."""


class ViewNetwork(nn.Module):
    """Pictures to what they show.

    Args:
        config: Sizes.
    """

    def __init__(self, config: ViewNetworkConfig) -> None:
        super().__init__()
        self.config = config
        quarter, eighth, sixteenth = config.widths
        self.stem = nn.Sequential(
            nn.Conv2d(3, config.stem, 5, stride=2, padding=2, bias=False),
            nn.GroupNorm(GROUPS, config.stem),
            nn.SiLU(),
        )
        counts = config.blocks
        self.to_quarter = _level(config.stem, quarter, counts[0], stride=2)
        self.to_eighth = _level(quarter, eighth, counts[1], stride=2)
        self.to_sixteenth = _level(eighth, sixteenth, counts[2], stride=2)
        self.up_eighth = _Up(sixteenth, eighth, eighth, config.blocks_up[0])
        self.up_quarter = _Up(eighth, quarter, quarter, config.blocks_up[1])
        self.up_half = nn.Conv2d(quarter, 4 * config.stem, 1)
        self.maps = nn.Sequential(
            nn.Conv2d(2 * config.stem, config.stem, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(config.stem, MAPS, 1),
        )
        side = config.picture_px // 16
        self.layout = nn.Conv2d(sixteenth, 24, 1)
        self.joined = nn.Linear(sixteenth + 24 * side * side, config.hidden)
        self.answers = nn.Linear(config.hidden, len(config.kinds) + AZIMUTHS + 2 * PLACE)
        self.typical = nn.Buffer(torch.tensor([0.5, 0.8, -0.3, 0.0, 0.0]))
        """Places that training pictures scatter about."""

    @classmethod
    def from_card(cls, card: Mapping[str, object]) -> "ViewNetwork":
        """The network that a model's card gives, its weights still to be loaded.

        Raises:
            ModelFileError: The card describes another network.
        """
        try:
            sizes = {name: tuple(card[name]) for name in ("kinds", "widths", "blocks", "blocks_up")}
            return cls(ViewNetworkConfig(**{**card, **sizes}))
        except (TypeError, KeyError, ValueError) as error:
            raise ModelFileError(
                f"the model's card describes no view network ({error}); "
                "use a model made by this version"
            ) from error

    @property
    def card(self) -> dict[str, object]:
        """The configuration as the card keeps it."""
        return asdict(self.config)

    def for_kinds(self, kinds: tuple[str, ...]) -> "ViewNetwork":
        """The same network to tell apart other kinds; what it knows of those in both stays."""
        other = ViewNetwork(replace(self.config, kinds=kinds))
        own, known = self.state_dict(), self.config.kinds
        rows = [(row, known.index(kind)) for row, kind in enumerate(kinds) if kind in known] + [
            (len(kinds) + row, len(known) + row) for row in range(AZIMUTHS + 2 * PLACE)
        ]
        to, of = (torch.tensor(numbers) for numbers in zip(*rows, strict=True))
        for name in ("answers.weight", "answers.bias"):
            changed = other.state_dict()[name].clone()
            changed[to] = own[name][of]
            own[name] = changed
        other.load_state_dict(own)
        return other

    def forward(self, pictures: Photographs) -> ViewAnswer:
        """What the pictures show.

        Args:
            pictures: sRGB in [0, 1], `picture_px` wide and high.
        """
        centred = (2 * pictures - 1).contiguous(memory_format=torch.channels_last)
        half = self.stem(centred)
        quarter = self.to_quarter(half)
        eighth = self.to_eighth(quarter)
        sixteenth = self.to_sixteenth(eighth)
        whole = self._whole(sixteenth)
        fine = self.up_quarter(self.up_eighth(sixteenth, eighth), quarter)
        fine = functional.pixel_shuffle(self.up_half(fine), 2)
        maps = self.maps(torch.cat([functional.silu(fine), half], dim=1)).float()
        matte, logits, depths, precisions, normals, normal_precision = maps.split(
            [1, CROSSINGS, CROSSINGS, CROSSINGS, 3, 1], dim=1
        )
        kinds, azimuths, place, place_precisions = whole.split(
            [len(self.config.kinds), AZIMUTHS, PLACE, PLACE], dim=1
        )
        return ViewAnswer(
            matte_logits=matte[:, 0],
            crossing_logits=logits,
            depths=0.3 * depths,
            depth_log_precisions=3 + precisions,
            normals=functional.normalize(normals, dim=1),
            normal_log_precisions=1 + normal_precision[:, 0],
            kind_logits=kinds,
            azimuth_logits=azimuths,
            place=self.typical + 0.3 * place,
            place_log_precisions=4 + place_precisions,
        )

    def _whole(self, maps: Float[Tensor, "b c u u"]) -> Float[Tensor, "b answers"]:
        layout = functional.silu(self.layout(maps)).flatten(1)
        seen = functional.silu(self.joined(torch.cat([maps.mean(dim=(2, 3)), layout], dim=1)))
        return self.answers(seen).float()


class _Block(nn.Module):
    """Two normalised convolutions, added to what comes in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.GroupNorm(GROUPS, channels),
            nn.SiLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.GroupNorm(GROUPS, channels),
            nn.SiLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )
        nn.init.zeros_(self.layers[-1].weight)
        nn.init.zeros_(self.layers[-1].bias)

    def forward(self, maps: Float[Tensor, "b c s s"]) -> Float[Tensor, "b c s s"]:
        """Maps of the same size."""
        return maps + self.layers(maps)


class _Up(nn.Module):
    """Maps of twice the side, joined with those that the way down had at that size."""

    def __init__(self, channels_in: int, skipped: int, channels_out: int, blocks: int) -> None:
        super().__init__()
        self.widen = nn.Conv2d(channels_in, channels_out, 1)
        self.join = nn.Conv2d(channels_out + skipped, channels_out, 1)
        self.blocks = nn.Sequential(*(_Block(channels_out) for _ in range(blocks)))

    def forward(
        self, maps: Float[Tensor, "b c s s"], skipped: Float[Tensor, "b d t t"]
    ) -> Float[Tensor, "b e t t"]:
        """Maps of side t = 2 s."""
        wide = functional.interpolate(self.widen(maps), scale_factor=2, mode="nearest")
        return self.blocks(self.join(torch.cat([wide, skipped], dim=1)))


def _level(channels_in: int, channels_out: int, blocks: int, *, stride: int) -> nn.Sequential:
    """A convolution that shrinks the maps, then residual blocks."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, stride=stride, padding=1, bias=False),
        *(_Block(channels_out) for _ in range(blocks)),
    )
