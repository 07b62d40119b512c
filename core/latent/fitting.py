"""Fitting: the code, and the pose, that best explain what was observed and stay likely.

The energy of a code and a pose is the mean robust error of the field at observed points
and a little off them along their normals, plus what the prior has against the code:

    energy = evidence * (mean rho(error / width) + empty) - log p(code) + pose term
             + evidence * spread * log scale

where the prior p of a category's codes is a mixture; see `CodePrior`. `width` is annealed
from coarse to fine, as a graduated non-convexity does. Errors are lengths of the unit cube,
so a shape of twice the size may miss the observation by twice as much; the last term is what
a density over the observation's own lengths owes to that.

Source:
    Park et al., DeepSDF, 2019 (arXiv:1901.05103), section 4.3 and supplement, inference by
    optimising the code, with pairs of points on either side of the surface. We deviate: the
    code is whitened by its category's statistics, which makes a step in any direction as
    likely as in any other and the descent ten times shorter; the error is robust; the pose
    moves along; the best energy is kept, not the last.
    Barron, A General and Adaptive Robust Loss Function, 2019 (arXiv:1701.03077), equation 1
    with alpha = 1, for rho.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import InputError
from ..tensors import BatchPoints, BatchValues, Codes, FieldsOf
from .adam import BETAS, Adam, cooldown
from .latent_prior import CodePrior
from .posed import Observed, PosePrior, Poses

LEAST_POINTS = 16
"""Fewer observed points fix no shape."""


@dataclass(frozen=True)
class FitConfig:
    """How a code is fitted."""

    steps: int = 60
    """Of the descent; time grows with it."""

    points: int = 1024
    """Observed points per step; each is asked at three places."""

    early: float = 1.0
    """Share of the points that the first half of the steps asks: while the width is large, few
    tell as much."""

    scored: int = 2048
    """Observed points at which energies are compared afterwards."""

    rate: float = 0.08
    """Of the whitened code, in standard deviations."""

    pose_rate: float = 0.004
    """Of yaw (rad), centre and logarithm of the scale."""

    evidence: float = 100.0
    """How many independent observations the points count for, against the prior's one."""

    spread: float = 0.5
    """Share of the evidence that speaks against larger scales: 1 where errors are as large as the
    width. Without it completions are too large: of 81 cut test shapes by 3 %, with noise by 9 %."""

    kernel: float = 0.0
    """Of the prior's mixture: how much narrower than their category its Gaussians are. It grows
    from 0, or the code would stay about the example that it starts from."""

    pair_distance: float = 0.01
    """Unit-cube lengths off the surface, on either side, where the field is to be a distance."""

    width: float = 0.005
    """Unit-cube lengths: errors up to it count squared, larger ones linearly."""

    start_width: float = 0.02
    """The width of the first steps."""

    least_wall: float = 0.014
    """Unit-cube lengths: thinner walls were filled up to it, on both sides, when the decoder
    was trained, so its surface lies outside of theirs."""

    margin: float = 0.01
    """Unit-cube lengths by which empty points are to be outside."""

    def against(self, poses: Poses) -> Float[Tensor, " b"]:
        """What the evidence has against the scales of poses, as energies."""
        return self.evidence * self.spread * poses.log_scales

    def kernel_at(self, done: float) -> float:
        """The kernel once the fraction `done` of the steps is behind; whole in the last half."""
        return self.kernel * min(1.0, 2 * done)

    def points_at(self, done: float) -> int:
        """Points of a step once the fraction `done` of the steps is behind."""
        return self.points if done >= 0.5 else round(self.early * self.points)

    def width_at(self, done: float) -> float:
        """The width once the fraction `done` of the steps is behind; sharp in the last half."""
        return self.start_width * (self.width / self.start_width) ** min(1.0, 2 * done)


@dataclass(frozen=True, eq=False)
class Fit:
    """Hypotheses after fitting, in the order in which they were given."""

    codes: Codes
    poses: Poses
    energies: Float[Tensor, " b"]
    """Lower is better; comparable between hypotheses of one observation."""

    errors: Float[Tensor, " b"]
    """Mean unsigned field at the observed points, unit-cube lengths."""

    negative_log_posteriors: Float[Tensor, " b"]
    """Energies without the term of the scale, which hangs on how much of the shape was observed:
    comparable between observations."""

    def __getitem__(self, rows: Tensor | slice) -> "Fit":
        return Fit(
            self.codes[rows],
            self.poses[rows],
            self.energies[rows],
            self.errors[rows],
            self.negative_log_posteriors[rows],
        )


def fit(
    fields_of: FieldsOf,
    observed: Observed,
    starts: Codes,
    poses: PosePrior,
    prior: CodePrior,
    *,
    config: FitConfig,
    generator: torch.Generator,
    move_pose: bool = True,
    move_code: bool = True,
    tell: Callable[[float], None] | None = None,
) -> Fit:
    """The codes and poses of least energy, from each start its own.

    Args:
        fields_of: The decoder.
        observed: What is to be explained.
        starts: First guesses of the code.
        poses: First guesses of the pose, from which it may move as far as they say.
        prior: Of every start's code.
        config: How to descend.
        generator: Draws the points of every step, the same for all starts; on the CPU.
        move_pose: Whether the pose is fitted as well.
        move_code: Whether the code is; without it the fields are made only once.
        tell: Told the done fraction after every step; may raise to stop.

    Raises:
        InputError: Fewer than 16 points were observed.
    """
    if len(observed.points) < LEAST_POINTS:
        raise InputError(
            f"only {len(observed.points)} points were observed; {LEAST_POINTS} are the least: "
            "select a larger part"
        )
    whitened = prior.whitened(starts).clamp(-4, 4)
    pose = poses.starts.detached()
    moving = [(whitened, config.rate)] if move_code else []
    if move_pose:
        parts = (pose.yaws_rad, pose.centres, pose.log_scales)
        moving += [(part, config.pose_rate) for part in parts]
    fields = None if move_code else fields_of(starts)
    with torch.enable_grad():
        adam = Adam([part.requires_grad_() for part, _ in moving], BETAS)
        for step in range(config.steps if moving else 0):
            done = step / config.steps
            asked = fields or fields_of(prior.codes(whitened))
            sample = observed.some(config.points_at(done), generator)
            residual, _ = _residual(asked, sample, pose, config, config.width_at(done))
            drift = poses.cost(pose) + config.against(pose)
            against = 0.0
            if move_code:
                against = prior.against(whitened, config.kernel_at(done))
            energy = config.evidence * residual + against + drift
            adam.step(energy.sum(), [rate * cooldown(done) for _, rate in moving])
            if tell is not None:
                tell((step + 1) / config.steps)
    if fields is None:
        starts = prior.codes(whitened.detach())
        with torch.no_grad():
            fields = fields_of(starts)
    return score(fields, observed, starts, pose.detached(), prior, config=config, expected=poses)


def score(
    fields: Callable[[BatchPoints], BatchValues],
    observed: Observed,
    codes: Codes,
    poses: Poses,
    prior: CodePrior,
    *,
    config: FitConfig,
    expected: PosePrior,
) -> Fit:
    """Hypotheses, whose `fields` these are, with their energies."""
    count = min(config.scored, len(observed.points))
    sample = observed.some(count, torch.Generator().manual_seed(0))
    with torch.no_grad():
        residual, error = _residual(fields, sample, poses, config, config.width)
        prior_term = prior.against(prior.whitened(codes), config.kernel)
        negative_log_posterior = config.evidence * residual + prior_term + expected.cost(poses)
        energy = negative_log_posterior + config.against(poses)
    return Fit(codes, poses, energy, error, negative_log_posterior)


def _residual(
    fields: Callable[[BatchPoints], BatchValues],
    sample: Observed,
    poses: Poses,
    config: FitConfig,
    width: float,
) -> tuple[Float[Tensor, " b"], Float[Tensor, " b"]]:
    """Mean robust error, and mean unsigned field at the surface points, of every hypothesis."""
    count = len(poses.log_scales)
    at = poses.to_unit(sample.points.expand(count, -1, -1))
    pair = config.pair_distance * poses.turn_back(sample.normals.expand(count, -1, -1))
    empty = poses.to_unit(sample.empty.expand(count, -1, -1))
    values = fields(torch.cat([at, at + pair, at - pair, empty], dim=1))
    size = sample.points.shape[0]
    surface, front, back, outside = values.split([size, size, size, values.shape[1] - 3 * size], 1)
    wall = _wall_values(sample, poses, config)
    surface = surface - torch.maximum(torch.minimum(surface.detach(), wall.highest), wall.lowest)
    slope = 0.5 * (front - back)
    # how far it goes down behind a wall of unknown thickness is not known, but it goes down
    off = torch.where(sample.thickness.isnan(), slope.clamp(max=0), slope - wall.slope)
    has_normal = sample.normals.any(dim=1).float()
    robustly = robust(surface / width) + has_normal * 0.5 * robust(off / width)
    residual = robustly.mean(dim=1)
    if outside.shape[1]:
        residual = residual + robust((config.margin - outside).clamp(min=0) / width).mean(dim=1)
    return residual, surface.abs().mean(dim=1)


class _Wall(NamedTuple):
    """What the field should be at observed points, of walls that may have been filled up."""

    lowest: BatchValues
    highest: BatchValues
    slope: BatchValues
    """Half the difference of the field `pair_distance` before and behind the surface."""


def _wall_values(sample: Observed, poses: Poses, config: FitConfig) -> _Wall:
    unknown = sample.thickness.isnan()
    thickness = sample.thickness.nan_to_num(nan=torch.inf, posinf=torch.inf)
    thickness = thickness / poses.log_scales.detach().exp()[:, None]
    filled = (config.least_wall - thickness).clamp(min=0) / 2
    before = config.pair_distance - filled
    depth = config.pair_distance + filled
    behind = torch.minimum(depth, thickness.clamp(min=config.least_wall) - depth)
    lowest = torch.where(unknown, -config.least_wall / 2, -filled)
    return _Wall(lowest, torch.where(unknown, 0.0, -filled), 0.5 * (before + behind))


def robust(error: Tensor) -> Tensor:
    """Half the square of errors far below 1, linear in those far above."""
    return torch.sqrt(1 + error.square()) - 1
