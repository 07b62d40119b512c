"""Starts: codes and poses from which the search sets out.

The encoder's own code and the training codes most like it, at every likely heading.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..tensors import Codes
from .fitting import Fit
from .known import Known
from .pose import LEAST_SHARE, Encoder, first_guesses
from .posed import Observed, PosePrior

UNLIKELY = 4.0
"""Training codes of categories that are e^4 times less likely than the first are no starts."""


@dataclass(frozen=True)
class StartsConfig:
    """How many starts there are."""

    headings: int | None = 6
    """How many headings are followed; None where the shape is known to face -Y."""

    least_share: float = LEAST_SHARE
    """A heading less likely than this share of the likeliest is not followed."""

    move_pose: bool = True
    """Whether the pose is to be found; if not, the box is the unit cube."""

    neighbours: int = 4
    """Training codes that join the encoder's code as starts, per heading."""

    filling: int = 2
    """Of those, how many also start as if the observation filled the whole shape's box."""


@dataclass(frozen=True, eq=False)
class Starts:
    """Where the search begins."""

    codes: Codes
    numbers: Int[Tensor, " b"]
    """Of the training shapes whose codes they are; -1 for the encoder's own."""

    poses: PosePrior
    categories: Int[Tensor, " b"]
    costs: Float[Tensor, " b"]
    """Added to energies: what the encoder has against category and heading."""

    def __getitem__(self, rows: Tensor | slice) -> "Starts":
        return Starts(
            self.codes[rows],
            self.numbers[rows],
            self.poses[rows],
            self.categories[rows],
            self.costs[rows],
        )

    def at(self, found: Fit) -> "Starts":
        """The same, to start where a fit has come to."""
        poses = self.poses.at(found.poses)
        return replace(self, codes=found.codes, poses=poses)


def starts_of(
    encode: Encoder,
    observed: Observed,
    known: Known,
    allowed: Bool[Tensor, " k"],
    config: StartsConfig,
    generator: torch.Generator,
) -> Starts:
    """The encoder's code and training codes like it, at every likely heading.

    Args:
        encode: The point encoder.
        observed: In its box.
        known: What the model knows.
        allowed: (k,) bool; which categories may be followed.
        config: How many starts.
        generator: Draws the points that are shown, on the CPU.
    """
    guesses = first_guesses(
        encode, observed, generator, headings=config.headings, least_share=config.least_share
    )
    log_prob = guesses.category_log_prob.logsumexp(dim=0)
    log_prob = torch.where(allowed, log_prob, -torch.inf).log_softmax(dim=0)
    likely = log_prob > log_prob.max() - UNLIKELY
    codes, numbers = guesses.with_neighbours(
        known.codes, likely[known.categories], config.neighbours
    )
    count, columns = numbers.shape  # fewer columns where there are fewer training codes
    rows = torch.arange(count).repeat_interleave(columns)
    numbers = numbers.flatten()
    own = log_prob.argmax().expand(len(numbers))
    categories = torch.where(numbers < 0, own, known.categories[numbers.clamp(min=0)])
    poses = guesses.poses[rows] if config.move_pose else PosePrior.box(len(rows))
    if config.move_pose:
        # what lacks little, or lacks inner parts, fills the box of the whole shape
        column = torch.arange(columns).repeat(count)
        again = torch.nonzero((column >= 1) & (column <= config.filling))[:, 0]
        filling = PosePrior.filling(guesses.poses.starts.headings_rad[rows[again]])
        codes, numbers = torch.cat([codes, codes[again]]), torch.cat([numbers, numbers[again]])
        categories = torch.cat([categories, categories[again]])
        rows, poses = torch.cat([rows, rows[again]]), PosePrior.joined(poses, filling)
    costs = -log_prob[categories] - guesses.log_prob[rows]
    return Starts(codes, numbers, poses, categories, costs)
