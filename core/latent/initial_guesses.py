"""Initial guesses: codes and poses from which the search sets out.

The encoder's own code and the training codes most like it, at every likely yaw.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..tensors import Codes
from .fitting import Fit
from .latent_prior import LatentPrior
from .pose import LEAST_SHARE, Encoder, FirstGuesses, first_guesses
from .posed import Observed, PosePrior

UNLIKELY = 3.0
"""Training codes of categories that are e^3 times less likely than the first are no starts."""


@dataclass(frozen=True)
class GuessesConfig:
    """How many starts there are."""

    yaws: int | None = 6
    """How many yaws are followed; None where the shape is known to face -Y."""

    least_share: float = LEAST_SHARE
    """A yaw less likely than this share of the likeliest is not followed."""

    move_pose: bool = True
    """Whether the pose is to be found; if not, the box is the unit cube."""

    neighbours: int = 4
    """Training codes of the likeliest category that join the encoder's code as starts, per
    yaw; of each other likely one half as many do. The codes most like the encoder's may all
    be of one category, and were it the wrong one, no pose would mend that."""

    filling: int = 2
    """Of those of the likeliest category, how many also start as if the observation filled the
    whole shape's box; of each other one half as many."""


@dataclass(frozen=True, eq=False)
class Starts:
    """Where the search begins."""

    codes: Codes
    numbers: Int[Tensor, " b"]
    """Of the training shapes whose codes they are; -1 for the encoder's own."""

    poses: PosePrior
    categories: Int[Tensor, " b"]
    costs: Float[Tensor, " b"]
    """Added to energies: what the encoder has against category and yaw."""

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


def initial_guesses_of(
    encode: Encoder,
    observed: Observed,
    known: LatentPrior,
    allowed: Bool[Tensor, " k"],
    config: GuessesConfig,
    *,
    generator: torch.Generator,
) -> Starts:
    """The encoder's code and training codes like it, at every likely yaw.

    Args:
        encode: The point encoder.
        observed: In its box.
        known: What the model knows.
        allowed: (k,) bool; which categories may be followed.
        config: How many starts.
        generator: Draws the points that are shown, on the CPU.
    """
    guesses = first_guesses(
        encode, observed, generator, yaws=config.yaws, least_share=config.least_share
    )
    log_prob = guesses.category_log_prob.logsumexp(dim=0)
    log_prob = torch.where(allowed, log_prob, -torch.inf).log_softmax(dim=0)
    numbers, fills = _numbers_of(guesses, known, log_prob, config)
    count, columns = numbers.shape
    rows = torch.arange(count).repeat_interleave(columns)
    numbers = numbers.flatten()
    is_own = numbers < 0
    codes = torch.where(is_own[:, None], guesses.codes[rows], known.codes[numbers.clamp(min=0)])
    own = log_prob.argmax()
    categories = torch.where(is_own, own, known.categories[numbers.clamp(min=0)])
    poses = guesses.poses[rows] if config.move_pose else PosePrior.box(len(rows))
    if config.move_pose:
        # what lacks little, or lacks inner parts, fills the box of the whole shape
        again = torch.nonzero(fills.repeat(count))[:, 0]
        filling = PosePrior.filling(guesses.poses.starts.yaws_rad[rows[again]])
        codes, numbers = torch.cat([codes, codes[again]]), torch.cat([numbers, numbers[again]])
        categories = torch.cat([categories, categories[again]])
        rows, poses = torch.cat([rows, rows[again]]), PosePrior.joined(poses, filling)
    costs = -log_prob[categories] - guesses.log_prob[rows]
    return Starts(codes, numbers, poses, categories, costs)


def _numbers_of(
    guesses: FirstGuesses, known: LatentPrior, log_prob: Float[Tensor, " k"], config: GuessesConfig
) -> tuple[Int[Tensor, "h c"], Bool[Tensor, " c"]]:
    """(h, c) numbers of the starts at every yaw, -1 for the encoder's code; (c,) which fill.

    Of a category with fewer training codes than asked for there are fewer.
    """
    own = torch.full((len(guesses.codes), 1), -1)
    columns, fills = [own], [torch.tensor([False])]
    likely = log_prob > log_prob.max() - UNLIKELY
    for rank, category in enumerate(log_prob.argsort(descending=True)[: int(likely.sum())]):
        share = 2 if rank else 1
        nearest = guesses.neighbours(
            known.codes, known.categories == category, config.neighbours // share
        )
        columns.append(nearest)
        fills.append(torch.arange(nearest.shape[1]) < config.filling // share)
    return torch.cat(columns, dim=1), torch.cat(fills)
