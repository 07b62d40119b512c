"""Silhouette: the code, and the cameras, whose outline is the one that the pictures show.

A picture encoder sees the whole picture at once and misses by little in many places; the
outline says where. Each picture's camera is searched first, over azimuths and elevations,
by the outline of the first guess; then code and cameras are fitted together:

    energy = evidence * mean rho(error / width) + |code - guess|^2 / 2 (in deviations)
             + what the view encoder has against the camera

The error of a ray is that of the least field along it: an object is seen where that is
negative, and beside the object it is the distance of the ray from it.

Source:
    Jiang et al., SDFDiff, 2020 (arXiv:1912.07109) and Niemeyer et al., Differentiable
    Volumetric Rendering, 2020 (arXiv:1912.07372), for fitting fields to outlines. We ask
    the field at its least place alone, compare distances beside the object instead of
    counting pixels, and know no camera: it is searched and moves along.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..tensors import Code
from .fitting import robust
from .posed import BatchPoints, BatchValues, FieldsOf
from .views import HALF, Outline, ViewPrior, Views, ViewSearchConfig, search_views


class Round(NamedTuple):
    """A part of the descent."""

    starts: int
    """Hypotheses that are followed; the best of the round before."""
    steps: int
    move_code: bool
    """Whether the code moves with the cameras; without it the fields are made only once."""


@dataclass(frozen=True)
class SilhouetteConfig:
    """How codes and cameras are fitted."""

    search: ViewSearchConfig = field(default_factory=ViewSearchConfig)
    """Of the cameras."""

    rounds: tuple[Round, ...] = (Round(4, 3, False), Round(1, 12, True))
    """Of the descent; as many cameras per picture are searched as the first one follows."""

    rays: int = 512
    """Per picture, drawn once."""

    samples: int = 16
    """Places along each ray, before the least one is made finer."""

    rate: float = 0.25
    """Of the code, in deviations."""

    camera_rate: float = 0.02
    """Of angles (rad), logarithms, and places in halves of the framed picture's side."""

    evidence: float = 120.0
    """How many independent observations an outline counts for, against the guess's one."""

    width: float = 0.008
    """Unit-cube lengths: errors up to it count squared, larger ones linearly."""

    least_depth: float = 0.007
    """Unit-cube lengths: so deep inside is what is seen, unless it is nearer to the outline; the
    decoder knows no thinner walls, and legs that only just touch zero would come off."""

    farthest: float = 0.04
    """Unit-cube lengths: how far beside the object distances are compared."""


class CodeGuess(NamedTuple):
    """What is believed of the code; float32."""

    mean: Code
    deviations: Code


@dataclass(frozen=True, eq=False)
class Fitted:
    """The best that was found."""

    code: Code
    views: Views
    """Of one hypothesis."""
    error: float
    """Mean error of the rays, unit-cube lengths."""
    first_error: float
    """The same of the guess, with its camera."""


def fit_silhouettes(
    fields_of: FieldsOf,
    outlines: Sequence[Outline],
    guess: CodeGuess,
    prior: ViewPrior,
    config: SilhouetteConfig,
    generator: torch.Generator,
    tell: Callable[[float], None],
) -> Fitted:
    """The code near `guess` whose outlines are those of the pictures, and the cameras.

    Args:
        fields_of: The decoder.
        outlines: One per framed picture of the object.
        guess: The encoder's answer.
        prior: The view encoder's answer, a row per picture.
        config: How to search and to descend.
        generator: Draws the rays, on the CPU.
        tell: Told the fraction that is done; may raise to stop.
    """
    views, turned = search_views(
        fields_of, outlines, guess.mean, prior, config.rounds[0].starts, config.search
    )
    tell(0.2)
    rays = _draw_rays(torch.stack(list(outlines)), config, generator)
    state = _Best(torch.zeros(len(turned), len(guess.mean)), views.parts())
    done, whole = 0, sum(each.steps for each in config.rounds)
    first_error = None
    for each in config.rounds:
        rows = state.energies.argsort(stable=True)[: each.starts]
        state, turned, views = state.rows(rows), turned[rows], views[rows]
        for energies, errors, place in _descend(
            fields_of, guess, prior, views, turned, rays, state, each, config
        ):
            state.see(energies, errors, place)
            first_error = float(errors[0]) if first_error is None else first_error
            done += 1
            tell(0.2 + 0.8 * min(1.0, done / whole))
    row = state.energies.argmin()[None]
    code = guess.mean + state.place[0][row[0]] * guess.deviations
    chosen = Views(*(part[row] for part in state.place[1:]))
    return Fitted(code, chosen, float(state.errors[row]), first_error)


def _descend(
    fields_of: FieldsOf,
    guess: CodeGuess,
    prior: ViewPrior,
    anchors: Views,
    turned: Float[Tensor, " b"],
    rays: "_Rays",
    start: "_Best",
    each: Round,
    config: SilhouetteConfig,
) -> Iterator[tuple[Tensor, Tensor, tuple[Tensor, ...]]]:
    """Energies, errors and places of every step of one round, the first before any."""
    place = tuple(part.clone() for part in start.place)
    whitened, *cameras = place
    rates = [config.camera_rate] * len(cameras)
    fields = None
    with torch.enable_grad():
        groups = [{"params": [p.requires_grad_()]} for p in cameras]
        if each.move_code:
            groups.append({"params": [whitened.requires_grad_()]})
            rates.append(config.rate)
        else:
            fields = fields_of(guess.mean + whitened * guess.deviations)
        optimizer = torch.optim.Adam(groups, betas=(0.8, 0.95))
        for step in range(each.steps + 1):
            asked = fields or fields_of(guess.mean + whitened * guess.deviations)
            error, misfit = _misfit(asked, Views(*cameras), rays, config)
            cost = _camera_cost(Views(*cameras), anchors, prior) + turned
            energy = config.evidence * misfit + 0.5 * whitened.square().sum(dim=1) + cost
            yield energy.detach(), error, place
            if step == each.steps:
                break
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * min(1.0, 2 * (1 - step / each.steps))
            optimizer.zero_grad()
            energy.sum().backward()
            optimizer.step()


class _Best:
    """The least energy of every start, and where it was seen."""

    def __init__(self, whitened: Tensor, cameras: tuple[Tensor, ...]) -> None:
        self.place = (whitened, *cameras)
        self.energies = torch.full((len(whitened),), torch.inf)
        self.errors = torch.full((len(whitened),), torch.inf)

    def rows(self, rows: Tensor) -> "_Best":
        """Those hypotheses, to be seen anew."""
        return _Best(self.place[0][rows], tuple(part[rows] for part in self.place[1:]))

    def see(self, energies: Tensor, errors: Tensor, place: tuple[Tensor, ...]) -> None:
        """Keep what is better than all before."""
        better = energies < self.energies
        self.energies = torch.where(better, energies, self.energies)
        self.errors = torch.where(better, errors, self.errors)
        for kept, now in zip(self.place, place, strict=True):
            kept[better] = now.detach()[better]


class _Rays(NamedTuple):
    """Pixels of every picture, and how far outside its outline they lie."""

    at: Float[Tensor, "v n 2"]
    """Right and down, in halves of the frame's side."""
    outside: Float[Tensor, "v n"]
    """Signed, in the same."""


def _draw_rays(
    outlines: Float[Tensor, "v s s"], config: SilhouetteConfig, generator: torch.Generator
) -> _Rays:
    """Mostly pixels near the outline; the others are drawn from the whole picture."""
    count, side = outlines.shape[0], outlines.shape[-1]
    flat = outlines.reshape(count, -1)
    weights = torch.exp(-0.5 * (flat / 0.08).square()) + 0.05
    index: Int[Tensor, "v n"] = torch.multinomial(
        weights, min(config.rays, flat.shape[1]), generator=generator
    )
    x, y = index % side, index // side
    at = (torch.stack([x, y], dim=-1) + 0.5) * (2 / side) - 1
    return _Rays(at, flat.gather(1, index))


def _misfit(
    fields: Callable[[BatchPoints], BatchValues],
    views: Views,
    rays: _Rays,
    config: SilhouetteConfig,
) -> tuple[Float[Tensor, " b"], Float[Tensor, " b"]]:
    """Mean error, and its robust mean, of every hypothesis over its pictures' rays."""
    position, right, down, forward = (part[:, :, None] for part in views.axes())
    plane = views.centres[:, :, None] + views.log_halves.exp()[:, :, None, None] * rays.at
    direction = plane[..., :1] * right + plane[..., 1:] * down + forward
    starts = position.expand_as(direction).flatten(1, 2)
    direction = direction.flatten(1, 2)
    with torch.no_grad():
        depth = _least_depth(fields, starts, direction, config.samples)
    least = fields(starts + depth[..., None] * direction)
    scale = (views.log_halves + views.log_distances).exp().detach()
    beside = (rays.outside * scale[..., None]).flatten(1)
    target = beside.clamp(0, config.farthest)
    error = torch.where(
        beside > 0,
        least.clamp(max=config.farthest) - target,
        (least + (-beside).clamp(max=config.least_depth)).clamp(min=0),
    )
    return error.detach().abs().mean(dim=1), robust(error / config.width).mean(dim=1)


def _least_depth(
    fields: Callable[[BatchPoints], BatchValues],
    starts: BatchPoints,
    direction: BatchPoints,
    samples: int,
) -> Float[Tensor, "b n"]:
    """Where along its ray, within the unit cube's box, the field is least."""
    reach = HALF + 0.03
    safe = torch.where(direction.abs() < 1e-6, 1e-6, direction)
    first, second = (-reach - starts) / safe, (reach - starts) / safe
    near = torch.minimum(first, second).amax(dim=-1)
    far = torch.maximum(first, second).amin(dim=-1)
    middle = (near + far) / 2
    missed = far <= near
    # a ray beside the box is asked where it passes nearest
    near, far = torch.where(missed, middle, near), torch.where(missed, middle, far)
    width = (far - near)[..., None]
    for count in (samples, 6):
        steps = (torch.arange(count) + 0.5) / count
        depths = near[..., None] + width * steps
        points = starts[:, :, None] + depths[..., None] * direction[:, :, None]
        values = fields(points.flatten(1, 2)).unflatten(1, depths.shape[1:])
        best = depths.gather(2, values.argmin(dim=2, keepdim=True))
        width = width / count * 2
        near = (best - width / 2)[..., 0]
    return best[..., 0]


def _camera_cost(views: Views, starts: Views, prior: ViewPrior) -> Float[Tensor, " b"]:
    """What the belief has against elevations and distances, and against far walks of azimuths."""
    now = torch.stack([views.elevations_rad, views.log_distances], dim=-1)
    apart = ((now - prior.expected) / prior.deviations).square().sum(dim=-1)
    turned = ((views.azimuths_rad - starts.azimuths_rad) / 0.2).square()
    return 0.5 * (apart + turned).sum(dim=1)
