"""Silhouette: the code, and the cameras, whose outline is the one that the pictures show.

A picture encoder sees the whole picture at once and misses by little in many places; the
outline says where. Each picture's camera is searched first, over azimuths and elevations,
by the outline of the first guess; then code and cameras are fitted together:

    energy = evidence * mean rho(error / width)
             + |code - guess|^2 / 2 (in the encoder's deviations)
             + |code - mean|^2 / 2 (in the category's Gaussian)
             + what the view encoder has against the camera

where the errors are those of the pictures' rays (`rays.py`).

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
from jaxtyping import Float
from torch import Tensor

from ..tensors import BatchPoints, BatchValues, Code, Codes, FieldsOf
from .adam import Adam, cooldown
from .latent_prior import CodePrior
from .rays import RayConfig, Rays, draw_rays, least_depths, residual_of
from .views import Outline, ViewPrior, Views, ViewSearchConfig, search_views


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

    rounds: tuple[Round, ...] = (Round(3, 2, False), Round(1, 18, True))
    """Of the descent; as many cameras per picture are searched as the first one follows."""

    ray: RayConfig = field(default_factory=RayConfig)
    """Along which outlines are compared."""

    rate: float = 0.25
    """Of the code, in deviations."""

    camera_rate: float = 0.02
    """Of angles (rad), logarithms, and places in halves of the framed picture's side."""

    evidence: float = 200.0
    """How many independent observations an outline counts for, against the guess's one and the
    category's one. Without the category, parts that the picture hides are torn."""


class CodeGuess(NamedTuple):
    """What is believed of the code; float32."""

    mean: Code
    deviations: Code
    """Of the guess, one per entry."""
    category: CodePrior
    """Of one hypothesis."""


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
    *,
    config: SilhouetteConfig,
    generator: torch.Generator,
    tell: Callable[[float], None],
) -> Fitted:
    """The code near `guess` whose outlines are those of the pictures, and the cameras.

    Args:
        fields_of: The decoder.
        outlines: One per framed picture of the object.
        guess: The encoder's answer, and what is usual in its category.
        prior: The view encoder's answer, a row per picture.
        config: How to search and to descend.
        generator: Draws the rays, on the CPU.
        tell: Told the fraction that is done; may raise to stop.
    """
    views, turned = search_views(
        fields_of, outlines, guess.mean, prior, count=config.rounds[0].starts, config=config.search
    )
    tell(0.2)
    rays = draw_rays(outlines, config.ray, generator)
    problem = _Problem(fields_of, guess, prior, rays, config)
    state = _Best(torch.zeros(len(turned), len(guess.mean)), views.parts())
    done, whole = 0, sum(each.steps for each in config.rounds)
    first_error = None
    for each in config.rounds:
        rows = state.energies.argsort(stable=True)[: each.starts]
        state, turned, views = state.rows(rows), turned[rows], views[rows]
        for energies, errors, place in _descend(problem, each, state, views, turned):
            state.see(energies, errors, place)
            first_error = float(errors[0]) if first_error is None else first_error
            done += 1
            tell(0.2 + 0.8 * min(1.0, done / whole))
    row = state.energies.argmin()[None]
    code = guess.mean + state.place[0][row[0]] * guess.deviations
    chosen = Views(*(part[row] for part in state.place[1:]))
    return Fitted(code, chosen, float(state.errors[row]), first_error)


@dataclass(frozen=True, eq=False)
class _Problem:
    """What the energy of a hypothesis depends on beside the hypothesis."""

    fields_of: FieldsOf
    guess: CodeGuess
    prior: ViewPrior
    rays: Rays
    config: SilhouetteConfig

    def fields(self, whitened: Codes) -> Callable[[BatchPoints], BatchValues]:
        """Of codes, in deviations from the guess."""
        return self.fields_of(self.guess.mean + whitened * self.guess.deviations)

    def against(self, whitened: Codes) -> Float[Tensor, " b"]:
        """What guess and category have against codes."""
        mean, deviations, category = self.guess
        typical = category.whitened(mean + whitened * deviations)
        return 0.5 * whitened.square().sum(dim=1) + category.against(typical, kernel=0.0)


def _descend(
    problem: _Problem, each: Round, start: "_Best", anchors: Views, turned: Float[Tensor, " b"]
) -> Iterator[tuple[Tensor, Tensor, tuple[Tensor, ...]]]:
    """Energies, errors and places of every step of one round, the first before any."""
    config = problem.config
    place = tuple(part.clone() for part in start.place)
    whitened, *cameras = place
    moving, rates = [*cameras], [config.camera_rate] * len(cameras)
    fields = None
    if each.move_code:
        moving, rates = [*moving, whitened], [*rates, config.rate]
    else:
        fields = problem.fields(whitened)
    with torch.enable_grad():
        adam = Adam([part.requires_grad_() for part in moving], betas=(0.8, 0.95))
        for step in range(each.steps + 1):
            asked = fields or problem.fields(whitened)
            views = Views(*cameras)
            depths = least_depths(asked, views, problem.rays, config.ray)
            error, residual = residual_of(asked, views, problem.rays, depths, config.ray)
            cost = _camera_cost(views, anchors, problem.prior) + turned
            energy = config.evidence * residual + problem.against(whitened) + cost
            yield energy.detach(), error, place
            if step == each.steps:
                break
            slower = cooldown(step / each.steps)
            adam.step(energy.sum(), [rate * slower for rate in rates])


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


def _camera_cost(views: Views, starts: Views, prior: ViewPrior) -> Float[Tensor, " b"]:
    """What the belief has against elevations and distances, and against far walks of azimuths."""
    now = torch.stack([views.elevations_rad, views.log_distances], dim=-1)
    apart = ((now - prior.expected) / prior.deviations).square().sum(dim=-1)
    turned = ((views.azimuths_rad - starts.azimuths_rad) / 0.2).square()
    return 0.5 * (apart + turned).sum(dim=1)
