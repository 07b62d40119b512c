"""Hypotheses: which explanations of an observation differ, and how many of them stand.

Two hypotheses differ where their fields do, near the surface of one of them; the angle
between their yaws alone says little, since a bowl looks the same from all sides.
"""

import torch
from jaxtyping import Int
from torch import Tensor

from ..tensors import FieldsOf
from .fitting import Fit, FitConfig, fit, score
from .latent_prior import CodePrior, LatentPrior
from .posed import Observed, PosePrior, Poses
from .posterior import Posterior

SAME_HEADING_RAD = 0.5
"""Hypotheses that are turned by less from each other have one yaw."""

AMBIGUOUS = 3.0
"""Energy by which another yaw must be worse before the first is trusted."""

ASIDE = 0.02
"""Mean difference of two hypotheses' fields, unit-cube lengths, from which shapes differ."""


def distinct_hypotheses(
    fields_of: FieldsOf,
    observed: Observed,
    found: Fit,
    *,
    categories: Int[Tensor, " b"],
    posterior: Posterior,
    known: LatentPrior,
    middle: FitConfig,
    final: FitConfig,
    count: int,
    generator: torch.Generator,
) -> tuple[Fit, Int[Tensor, " c"]]:
    """The best explanation and others that fit nearly as well, each as unlike as can be.

    Args:
        fields_of: The decoder.
        observed: What was fitted.
        found: Fitted hypotheses, best first.
        categories: Numbers of their categories.
        posterior: Around the best; others are drawn from it.
        known: What the model knows.
        middle: How the drawn codes are fitted again.
        final: How all are compared.
        count: How many are wanted; there may be fewer.
        generator: Draws codes and points, on the CPU.

    Source:
        Choosing the one farthest from those chosen: Gonzalez, Clustering to minimize the
        maximum intercluster distance, 1985 (doi:10.1016/0304-3975(85)90224-5), section 2.
    """
    drawn = posterior.draw(2 * count, generator)
    rows = torch.zeros(len(drawn), dtype=torch.long)
    # the observation corrects what the posterior's straight lines have missed; around the drawn
    # codes, not around the mean, or all of them would become the best one again
    redrawn = fit(
        fields_of,
        observed,
        drawn,
        PosePrior.loose(found.poses[rows]),
        CodePrior(drawn, known.roots[categories[rows]]),
        config=middle,
        generator=generator,
        move_pose=False,
    )
    codes = torch.cat([found.codes, redrawn.codes])
    poses = Poses.joined(found.poses, redrawn.poses)
    loose = PosePrior.loose(poses)
    every = torch.cat([categories, categories[rows]])
    with torch.no_grad():
        fields = fields_of(codes)
    pool = score(fields, observed, codes, poses, known.prior(every), config=final, expected=loose)
    picked = torch.tensor(_farthest_apart(fields_of, pool, count))
    return pool[picked], every[picked]


def turn_between(found: Fit, one: int, other: int) -> float:
    """The angle between the yaws of two hypotheses, rad, 0 to pi."""
    turn = found.poses.yaws_rad[one] - found.poses.yaws_rad[other]
    return float(torch.atan2(turn.sin(), turn.cos()).abs())


def other_heading(fields_of: FieldsOf, found: Fit) -> float | None:
    """The yaw of a rival that is nearly as good, turned otherwise, and another shape.

    Args:
        fields_of: The decoder.
        found: Fitted hypotheses, the one that is believed first, rivals in their order.
    """
    for row in range(1, len(found.energies)):
        if found.energies[row] > found.energies[0] + AMBIGUOUS:
            continue
        if turn_between(found, 0, row) < SAME_HEADING_RAD:
            continue
        if _difference(fields_of, found, 0, row) > ASIDE:
            return float(found.poses.yaws_rad[row])
    return None


def _farthest_apart(fields_of: FieldsOf, pool: Fit, count: int) -> list[int]:
    """Rows of the best and of others that fit nearly as well, these by their energies.

    Each is chosen as the one farthest from all that were chosen before.
    """
    fits = pool.errors <= 1.5 * pool.errors[0] + 0.002
    chosen = [0]
    while len(chosen) < count:
        left = [row for row in torch.nonzero(fits)[:, 0].tolist() if row not in chosen]
        if not left:
            break
        apart = [min(_difference(fields_of, pool, other, row) for other in chosen) for row in left]
        chosen.append(left[max(range(len(left)), key=apart.__getitem__)])
    return [0, *sorted(chosen[1:], key=lambda row: float(pool.energies[row]))]


def _difference(fields_of: FieldsOf, found: Fit, first: int, second: int) -> float:
    """Mean difference of two hypotheses' fields near the first one's surface, in the box."""
    one, other = found[torch.tensor([first])], found[torch.tensor([second])]
    generator = torch.Generator().manual_seed(2)
    points = torch.rand(1, 8192, 3, generator=generator) - 0.5
    size = float(one.poses.log_scales.exp())
    box = size * points + one.poses.centres
    with torch.no_grad():
        mine = fields_of(one.codes)(one.poses.to_unit(box))[0]
        others = fields_of(other.codes)(other.poses.to_unit(box))[0]
    near = mine.abs() < 0.03
    gap = (mine.clamp(-0.05, 0.05) - others.clamp(-0.05, 0.05)).abs()
    return float(gap[near].mean()) if near.any() else 0.0
