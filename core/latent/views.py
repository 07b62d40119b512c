"""Views: cameras of framed pictures, and their search by the outline of a first guess.

The first guess's field is decoded once; its inside, as lattice samples, is thrown onto the
picture from every azimuth and some elevations, which takes no more than projecting points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from ..tensors import Code, FieldsOf

HALF = 0.5
"""Of the unit cube's side: no shape reaches farther."""

FILL = 0.8
"""The object's longer side fills this share of a framed picture."""

APART_RAD = 0.3
"""Azimuths of the views from which a fit starts differ by more than this."""

Outline = Float[Tensor, "s s"]
"""Signed distance to the outline, positive outside, in halves of the framed picture's side."""


@dataclass(frozen=True)
class ViewSearchConfig:
    """How cameras are searched."""

    followed: int = 12
    """Azimuths, the best at the expected elevation, at which others are tried as well."""

    elevations: tuple[float, ...] = (-1.2, 1.2)
    """These, in deviations from the expected one."""

    lattice: int = 32
    """Samples per axis of the first guess's field."""

    picture_px: int = 32
    """Side of the pictures on which outlines are compared."""

    evidence: float = 40.0
    """Weight of the share of pixels that differ, against the view encoder's belief."""


@dataclass(frozen=True, eq=False)
class Views:
    """Cameras of `b` hypotheses with `v` pictures each, and what their frames show of the world."""

    azimuths_rad: Float[Tensor, "b v"]
    elevations_rad: Float[Tensor, "b v"]
    log_distances: Float[Tensor, "b v"]
    centres: Float[Tensor, "b v 2"]
    """Of the frame: right and down, in halves of its side."""
    log_halves: Float[Tensor, "b v"]
    """Logarithm of half the frame's side, on the plane at depth 1."""

    def parts(self) -> tuple[Tensor, ...]:
        """The tensors, in order."""
        return (
            self.azimuths_rad,
            self.elevations_rad,
            self.log_distances,
            self.centres,
            self.log_halves,
        )

    def __getitem__(self, rows: Tensor) -> "Views":
        return Views(*(part[rows] for part in self.parts()))

    def axes(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Position, right, down and forward of the cameras, (b, v, 3) each, unit cube."""
        sine, cosine = self.azimuths_rad.sin(), self.azimuths_rad.cos()
        level, height = self.elevations_rad.cos(), self.elevations_rad.sin()
        back = torch.stack([sine * level, -cosine * level, height], dim=-1)
        right = torch.stack([cosine, sine, torch.zeros_like(sine)], dim=-1)
        position = back * self.log_distances.exp()[..., None]
        return position, right, torch.linalg.cross(-back, right), -back


class ViewPrior(NamedTuple):
    """What is believed of the cameras of `v` pictures."""

    azimuth_log_prob: Float[Tensor, "v azimuths"]
    """Of azimuths 2 pi k / count."""
    expected: Float[Tensor, "v 2"]
    """Elevation (rad) and logarithm of the distance."""
    deviations: Float[Tensor, "v 2"]


def search_views(
    fields_of: FieldsOf,
    outlines: Sequence[Outline],
    code: Code,
    prior: ViewPrior,
    *,
    count: int,
    config: ViewSearchConfig,
) -> tuple[Views, Float[Tensor, " b"]]:
    """The cameras under which the guess's outline is most like each picture's, best first.

    Returns:
        Hypotheses with a camera for every picture, and what the belief has against their
        azimuths.
    """
    solid = _inside_points(fields_of, code, config.lattice)
    picked = [
        _search_one(solid, outline, ViewPrior(*(part[number] for part in prior)), count, config)
        for number, outline in enumerate(outlines)
    ]
    *parts, costs = (torch.stack(part, dim=1) for part in zip(*picked, strict=True))
    return Views(*parts), costs.sum(dim=1)


def _inside_points(fields_of: FieldsOf, code: Code, side: int) -> Float[Tensor, "n 3"]:
    """Lattice samples inside the shape or within half a step of it; thin parts are not lost."""
    steps = ((torch.arange(side) + 0.5) / side * 2 - 1) * (HALF + 0.02)
    points = torch.cartesian_prod(steps, steps, steps)
    with torch.no_grad():
        values = fields_of(code[None])(points[None])[0]
    near = values < 0.5 * float(steps[1] - steps[0])
    return points[near] if bool(near.any()) else points[values.argmin()][None]


def _search_one(
    solid: Float[Tensor, "n 3"],
    outline: Outline,
    prior: ViewPrior,
    count: int,
    config: ViewSearchConfig,
) -> tuple[Tensor, ...]:
    """The parts of `count` views of one picture, none near another."""
    bins, shifts = torch.arange(len(prior.azimuth_log_prob)), torch.tensor(config.elevations)
    shares = functional.adaptive_avg_pool2d((outline < 0).float()[None], config.picture_px)[0]
    level = _tried(solid, shares, prior, bins, torch.zeros(len(bins)), evidence=config.evidence)
    best = level.costs.argsort(stable=True)[: config.followed]
    bins, shifts = bins[best].repeat_interleave(len(shifts)), shifts.repeat(len(best))
    tilted = _tried(solid, shares, prior, bins, shifts, evidence=config.evidence)
    views = Views(*(torch.cat(parts) for parts in zip(level.views, tilted.views, strict=True)))
    against = torch.cat([level.against, tilted.against])
    chosen: list[int] = []
    for row in torch.cat([level.costs, tilted.costs]).argsort(stable=True).tolist():
        turns = [
            azimuth_between(views.azimuths_rad[row, 0], views.azimuths_rad[other, 0])
            for other in chosen
        ]
        if all(turn > APART_RAD for turn in turns):
            chosen.append(row)
        if len(chosen) == count:
            break
    rows = torch.tensor(chosen)
    return *(part[rows, 0] for part in views.parts()), against[rows]


class _Tried(NamedTuple):
    """Cameras of one picture that were tried."""

    views: tuple[Tensor, ...]
    """The parts of them."""
    costs: Float[Tensor, " b"]
    """How much their outlines differ, and what the belief has against them."""
    against: Float[Tensor, " b"]
    """What it has against their azimuths alone."""


def _tried(
    solid: Float[Tensor, "n 3"],
    shares: Float[Tensor, "s s"],
    prior: ViewPrior,
    bins: Int[Tensor, " b"],
    shifts: Float[Tensor, " b"],
    *,
    evidence: float,
) -> _Tried:
    """Cameras at azimuths by number, and at elevations in deviations from the expected one.

    `shares` says how much of every pixel the picture's object covers.
    """
    azimuths = bins * (2 * torch.pi / len(prior.azimuth_log_prob))
    elevations = prior.expected[0] + prior.deviations[0] * shifts
    views, places = _framed(solid, azimuths, elevations, prior.expected[1].expand(len(bins)))
    differs = (_splat(places, len(shares)) - shares).abs().sum(dim=(1, 2))
    differs = differs / shares.sum().clamp_min(1)
    against = -prior.azimuth_log_prob[bins]
    costs = evidence * differs + against + 0.5 * shifts.square()
    return _Tried(views.parts(), costs, against)


def azimuth_between(one: Tensor, other: Tensor) -> float:
    """The angle between two azimuths, rad, 0 to pi."""
    turn = one - other
    return float(torch.atan2(turn.sin(), turn.cos()).abs())


def _framed(
    solid: Float[Tensor, "n 3"],
    azimuths: Float[Tensor, " b"],
    elevations: Float[Tensor, " b"],
    log_distances: Float[Tensor, " b"],
) -> tuple[Views, Float[Tensor, "b n 2"]]:
    """Views of one picture with the object in the middle, filling four fifths of the frame.

    Returns:
        With them, where the points are seen, in halves of the frame's side.
    """
    loose = Views(
        azimuths[:, None],
        elevations[:, None],
        log_distances[:, None],
        torch.zeros(len(azimuths), 1, 2),
        torch.zeros(len(azimuths), 1),
    )
    at = _project(solid, loose)
    low, high = at.amin(dim=1), at.amax(dim=1)
    halves = (high - low).amax(dim=1).clamp_min(1e-3) / 2 / FILL
    centres = (low + high) / 2 / halves[:, None]
    views = Views(*loose.parts()[:3], centres[:, None], halves.log()[:, None])
    return views, at / halves[:, None, None] - centres[:, None]


def _project(solid: Float[Tensor, "n 3"], views: Views) -> Float[Tensor, "b n 2"]:
    """Where points are seen in the first picture, on the plane at depth 1."""
    position, *axes = (part[:, 0] for part in views.axes())
    # one product for all views: many small ones take four times as long
    along = (solid @ torch.cat(axes).T).unflatten(1, (3, -1))
    start = torch.stack([(position * axis).sum(dim=-1) for axis in axes])
    x, y, depth = (along - start).permute(1, 2, 0)
    return torch.stack([x, y], dim=-1) / depth.clamp_min(0.05)[..., None]


def _splat(places: Float[Tensor, "b n 2"], side: int) -> Float[Tensor, "b s s"]:
    """1 where a pixel holds a point."""
    at = ((places + 1) * (side / 2)).long()
    inside = ((at >= 0) & (at < side)).all(dim=-1)
    index = torch.where(inside, at[..., 1] * side + at[..., 0], side * side)
    seen = torch.zeros(len(at), side * side + 1)
    seen.scatter_(1, index, 1.0)
    return seen[:, :-1].reshape(-1, side, side)
