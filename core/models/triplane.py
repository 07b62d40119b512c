"""The starter decoder: a latent code becomes three feature planes, a small MLP reads them.

The generator runs once per shape; after that a value costs three bilinear look-ups and
7,500 multiplications, which is what makes the field fast on a plain CPU.

Planes are ordered xy, xz, yz; a plane of (a, b) is indexed [b, a], samples at cell
centres of [-HALF_EXTENT, HALF_EXTENT], values beyond the border repeat the border's.

Source:
    Chan et al., EG3D, 2022 (arXiv:2112.07945), section 3.2, for the planes; Park et al.,
    DeepSDF, 2019 (arXiv:1901.05103), section 3, for the auto-decoder. We let the planes
    see each other once, through their means along the axis that they share, concatenate
    their features instead of adding them, and give the MLP the coordinates as well.
"""

import copy
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from ..devices import computes_bfloat16, half_precision
from ..errors import ModelFileError
from ..frames import HALF_EXTENT
from ..tensors import BatchPoints, BatchValues, Code, Codes, Points, Values
from .checkpoint import DECODER_PREFIX, ModelFile

Planes = Float[Tensor, "b 3 channels side side"]

REMEMBERED = 48
"""Codes whose planes are kept in a search, three quarters of a megabyte each."""


@dataclass(frozen=True)
class TriplaneConfig:
    """Sizes of the decoder; stored in the model's card."""

    code_size: int = 128
    """Entries of a latent code."""

    start_side: int = 8
    """Samples per side of the planes that the linear layer makes."""

    channels: tuple[int, ...] = (64, 64, 40)
    """Of the planes at the start, and after each doubling of their side; the last doubling
    rearranges channels into samples, so the planes end at `2 ** len(channels)` times the start."""

    plane_channels: int = 16
    """Features per plane that the MLP reads."""

    hidden: int = 64
    """Width of the MLP's two hidden layers."""

    clamp: float = 0.05
    """Unit-cube lengths up to which the field was trained to be a distance."""


class TriplaneDecoder(nn.Module):
    """Latent codes to planes, planes and points to values; a `protocol.TrainableDecoder`.

    Args:
        config: Sizes.
    """

    architecture: ClassVar[str] = "triplane"

    def __init__(self, config: TriplaneConfig) -> None:
        super().__init__()
        self.config = config
        first, *later = config.channels
        self.code_scale = nn.Buffer(torch.ones(config.code_size))
        """Typical size of every entry; codes are divided by it before the first layer."""
        self.start = nn.Linear(config.code_size, 3 * first * config.start_side**2)
        self.couple = nn.Conv2d(3 * first, first, 1)
        self.stages = nn.ModuleList(
            _Doubling(a, b) for a, b in zip([first, *later[:-1]], later, strict=True)
        )
        self.out = nn.Sequential(
            nn.Conv2d(later[-1], 4 * config.plane_channels, 3, padding=1), nn.PixelShuffle(2)
        )
        width = 3 * config.plane_channels + 3
        self.head = nn.Sequential(
            nn.Linear(width, config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, 1),
        )

    @classmethod
    def from_file(cls, stored: ModelFile, device: torch.device) -> "TriplaneDecoder":
        """The decoder of a model file, in float32; its weights need no gradients.

        Raises:
            ModelFileError: The card describes another decoder, or tensors are missing.
        """
        try:
            channels = {"channels": tuple(stored.card.decoder["channels"])}
            decoder = cls(TriplaneConfig(**{**stored.card.decoder, **channels}))
        except (TypeError, KeyError, ValueError) as error:
            raise ModelFileError(
                f"the model's card describes no tri-plane decoder ({error}); "
                "use a model made by this version"
            ) from error
        stored.load_into(decoder, DECODER_PREFIX)
        return decoder.to(device).eval().requires_grad_(False)

    @property
    def code_size(self) -> int:
        """Entries of a latent code."""
        return self.config.code_size

    @property
    def clamp(self) -> float:
        """Unit-cube lengths up to which its fields are trained to be distances."""
        return self.config.clamp

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.code_scale.device

    @property
    def card(self) -> dict[str, object]:
        """The configuration as the card keeps it."""
        return asdict(self.config)

    def for_fitting(self) -> "TriplaneDecoder":
        """The decoder, its weights cast only once to what `fields_of` casts them to each time."""
        return self.with_half_generator() if computes_bfloat16(self.device) else self

    def with_half_generator(self) -> "TriplaneDecoder":
        """A copy that makes its planes from weights in bfloat16.

        Within `half_precision` it gives the same bits as this one, whose weights would be
        cast anew each time; outside of it, it cannot be used.
        """
        copied = copy.deepcopy(self)
        for part in (copied.start, copied.couple, copied.stages, copied.out):
            for layer in part.modules():
                if isinstance(layer, nn.Linear | nn.Conv2d):
                    layer.to(torch.bfloat16)
        return copied

    def planes(self, codes: Codes) -> Planes:
        """Feature planes of a batch of codes."""
        first, side = self.config.channels[0], self.config.start_side
        start = functional.silu(self.start(codes / self.code_scale))
        maps = start.reshape(len(codes), 3, first, side, side)
        maps = maps + self._coupling(maps)
        maps = maps.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        for stage in self.stages:
            maps = stage(maps)
        return self.out(maps).unflatten(0, (-1, 3))

    def values(self, planes: Planes, points: BatchPoints) -> BatchValues:
        """The fields of a batch of planes, each at its own points; differentiable in all."""
        at = points / HALF_EXTENT
        pairs = torch.stack([at[..., [0, 1]], at[..., [0, 2]], at[..., [1, 2]]], dim=1)
        features = functional.grid_sample(
            planes.flatten(0, 1),
            pairs.flatten(0, 1)[:, :, None].to(planes.dtype),
            mode="bilinear",
            padding_mode="border",
            align_corners=False,
        )[..., 0]
        features = features.unflatten(0, (-1, 3)).permute(0, 3, 1, 2).flatten(2)
        return self.head(torch.cat([features, at.to(features.dtype)], dim=-1))[..., 0].float()

    def field_of(self, code: Code) -> "TriplaneField":
        """The field of one code, its planes made once."""
        return TriplaneField(self, self.planes(code[None])[0].float())

    def values_of(self, codes: Codes, points: BatchPoints) -> BatchValues:
        """The fields of codes, each at its own points; all where the decoder is.

        Planes are made in half precision, values in float32. Differentiable in everything.
        """
        with half_precision(self.device):
            planes = self.planes(codes)
        return self.values(planes.float(), points)

    def fields_of(self, codes: Codes) -> Callable[[BatchPoints], BatchValues]:
        """The fields of a batch of codes; differentiable in codes and points."""
        return _Fields(self, self.half_planes(codes))

    def remembering(self) -> "RememberedFields":
        """The same, for a search: codes that do not move are decoded once."""
        return RememberedFields(self)

    def half_planes(self, codes: Codes) -> Planes:
        """Feature planes of codes from anywhere, made in half precision where that pays."""
        with half_precision(self.device):
            return self.planes(codes.to(self.device)).float()

    def _coupling(self, maps: Float[Tensor, "b 3 c s s"]) -> Float[Tensor, "b 3 c s s"]:
        """What each plane learns from its own and from the other two's means along shared axes."""
        over_rows, over_columns = maps.mean(dim=-2), maps.mean(dim=-1)
        xy, xz, yz = over_rows.unbind(1)  # functions of x, x, y
        xy_y, xz_z, yz_z = over_columns.unbind(1)  # functions of y, z, z
        side = maps.shape[-1]

        def spread(columns: Tensor, rows: Tensor) -> Tensor:
            wide = columns[:, :, None, :].expand(-1, -1, side, -1)
            tall = rows[:, :, :, None].expand(-1, -1, -1, side)
            return torch.cat([wide, tall], dim=1)

        shared = torch.stack([spread(xz, yz), spread(xy, yz_z), spread(xy_y, xz_z)], dim=1)
        return self.couple(torch.cat([maps, shared], dim=2).flatten(0, 1)).unflatten(0, (-1, 3))


class TriplaneField:
    """The field of one shape; differentiable in the points and in the planes."""

    lipschitz = 1.5
    """What is learned is a distance only nearly: it may be half as steep again."""

    def __init__(self, decoder: TriplaneDecoder, planes: Float[Tensor, "3 c s s"]) -> None:
        self.device, self.clamp = planes.device, decoder.clamp
        self._decoder = decoder
        self._planes = planes
        self._side = planes.shape[-1]
        self._rows = planes.permute(0, 2, 3, 1).reshape(-1, planes.shape[1]).contiguous()

    def __call__(self, points: Points) -> Values:
        """Signed distances, trustworthy up to `clamp`; beyond, the sign and a lower bound."""
        if torch.is_grad_enabled() and (points.requires_grad or self._planes.requires_grad):
            return self._decoder.values(self._planes[None], points[None])[0]
        return self._decoder.head(torch.cat([self._features(points), points / HALF_EXTENT], 1))[
            :, 0
        ]

    def _features(self, points: Points) -> Float[Tensor, "n width"]:
        """Bilinear look-ups as weighted sums of table rows: whole rows, not one channel a time."""
        side = self._side
        at = ((points / HALF_EXTENT + 1) * (side / 2) - 0.5).clamp(0, side - 1)
        low = at.floor().clamp_max(side - 2)
        part = at - low
        cell = low.to(torch.int32)
        across, along = [0, 0, 1], [1, 2, 2]
        u, v = part[:, across], part[:, along]
        first = cell[:, along] * side + cell[:, across]
        first = first + side * side * torch.arange(3, device=points.device, dtype=torch.int32)
        rows = torch.stack([first, first + 1, first + side, first + side + 1], dim=-1)
        weights = torch.stack([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v], dim=-1)
        features = functional.embedding_bag(
            rows.reshape(-1, 4), self._rows, per_sample_weights=weights.reshape(-1, 4), mode="sum"
        )
        return features.reshape(len(points), -1)


class RememberedFields:
    """Fields of batches of codes; the first `REMEMBERED` that do not move are decoded only once.

    A search starts from the same few training codes at many yaws.
    """

    def __init__(self, decoder: TriplaneDecoder) -> None:
        self._decoder = decoder
        self._known: dict[bytes, Float[Tensor, "3 c s s"]] = {}

    def __call__(self, codes: Codes) -> Callable[[BatchPoints], BatchValues]:
        if codes.requires_grad:
            return self._decoder.fields_of(codes)
        keys = [code.numpy().tobytes() for code in codes.cpu()]
        new = {key: code for key, code in zip(keys, codes, strict=True) if key not in self._known}
        found = dict(self._known)
        if new:
            made = self._decoder.half_planes(torch.stack([*new.values()]))
            found |= zip(new, made, strict=True)
        if len(found) <= REMEMBERED:
            self._known = found
        return _Fields(self._decoder, torch.stack([found[key] for key in keys]))


class _Fields:
    """Fields of a batch, asked from the CPU, computed where the decoder is."""

    def __init__(self, decoder: TriplaneDecoder, planes: Planes) -> None:
        self._decoder, self._planes = decoder, planes

    def __call__(self, points: BatchPoints) -> BatchValues:
        return self._decoder.values(self._planes, points.to(self._planes.device)).cpu()


class _GroupNorm(nn.GroupNorm):
    """In float32 whatever it is given: for bfloat16 torch takes six times as long on a CPU."""

    def forward(self, maps: Float[Tensor, "b c s s"]) -> Float[Tensor, "b c s s"]:
        """Normalised maps, in the precision that was given."""
        return super().forward(maps.float()).to(maps.dtype)


class _Doubling(nn.Module):
    """Planes of twice the side: bilinear, then two normalised convolutions."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
            nn.Conv2d(channels_in, channels_out, 3, padding=1),
            _GroupNorm(8, channels_out),
            nn.SiLU(),
            nn.Conv2d(channels_out, channels_out, 3, padding=1),
            _GroupNorm(8, channels_out),
            nn.SiLU(),
        )

    def forward(self, maps: Float[Tensor, "b c s s"]) -> Float[Tensor, "b d t t"]:
        """Maps of side t = 2 s, with d = `channels_out` channels."""
        return self.layers(maps)
