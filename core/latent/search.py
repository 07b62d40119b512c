"""The search: from an observation to the codes and poses that explain it best.

    encoder -> likely headings -> for each, its code and training codes like it
            -> poses of all glanced at -> the better ones' poses fitted
            -> the best few fitted whole -> the best fitted on

Every step keeps fewer hypotheses and spends more on each.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional

from ..tensors import Codes
from .fitting import Fit, FitConfig, fit
from .hypotheses import SAME_HEADING_RAD, distinct_hypotheses, other_heading, turn_between
from .known import Known
from .pose import Encoder, first_guesses
from .posed import FieldsOf, Observed, PosePrior
from .posterior import Posterior, posterior_of

UNLIKELY = 4.0
"""Training codes of categories that are e^4 times less likely than the first are no starts."""


@dataclass(frozen=True)
class SearchConfig:
    """How many hypotheses are followed, and how far."""

    headings: int | None = 6
    """How many headings are followed; None where the shape is known to face -Y."""

    move_pose: bool = True
    """Whether the pose is to be found; if not, the box is the unit cube."""

    neighbours: int = 4
    """Training codes that join the encoder's code as starts, per heading."""

    filling: int = 2
    """Of those, how many also start as if the observation filled the whole shape's box."""

    glance: FitConfig = field(
        default_factory=lambda: FitConfig(steps=8, points=128, scored=384, pose_rate=0.025)
    )
    """Poses alone, of all starts."""

    followed: int = 8
    """Starts whose poses are fitted on."""

    coarse: FitConfig = field(
        default_factory=lambda: FitConfig(steps=14, points=256, scored=768, pose_rate=0.012)
    )
    """Poses alone, of these."""

    survivors: int = 3
    """Starts that are fitted whole."""

    middle: FitConfig = field(default_factory=lambda: FitConfig(steps=12, points=384, rate=0.1))
    """Code and pose, of the survivors."""

    final: FitConfig = field(
        default_factory=lambda: FitConfig(steps=40, points=768, evidence=200.0, kernel=0.5)
    )
    """Code and pose, of the best. Only here is the observation believed as much, and the code held
    to examples: what a shape misses by that is not fitted yet says less, and codes must move."""

    hypotheses: int = 1
    """Distinct explanations that are wanted."""


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


@dataclass(frozen=True, eq=False)
class Searched:
    """The explanations that were found, best first."""

    fit: Fit
    categories: Int[Tensor, " b"]
    """Number of each hypothesis' category."""

    posterior: Posterior
    """Around the best."""

    other_heading_rad: float | None
    """A heading that explains the observation nearly as well with another shape; None if none."""


def search(
    fields_of: FieldsOf,
    observed: Observed,
    starts: Starts,
    known: Known,
    config: SearchConfig,
    generator: torch.Generator,
    tell: Callable[[float], None],
) -> Searched:
    """The codes and poses that explain an observation best.

    Args:
        fields_of: The decoder.
        observed: In its box.
        starts: From `starts_of`.
        known: What the model knows.
        config: How far to search.
        generator: Draws points and hypotheses, on the CPU.
        tell: Told the fraction that is done; may raise to stop.

    Raises:
        InputError: Fewer than 16 points were observed.
    """

    def follow(
        starts: Starts, how: FitConfig, done: tuple[float, float], *, move_code: bool = True
    ) -> tuple[Starts, Fit]:
        """The starts, fitted and sorted by energy."""
        found = fit(
            fields_of,
            observed,
            starts.codes,
            starts.poses,
            known.prior(starts.categories),
            how,
            generator,
            move_code=move_code,
            move_pose=config.move_pose,
            tell=lambda share: tell(done[0] + (done[1] - done[0]) * share),
        )
        order = (found.energies + starts.costs).argsort()
        return starts.at(found)[order], found[order]

    observed = replace(observed, weights=balanced_weights(observed.normals))
    starts, found = follow(starts, config.glance, (0.0, 0.15), move_code=False)
    rows = _spread(found, config.followed)
    starts, found = follow(starts[rows], config.coarse, (0.15, 0.35), move_code=False)
    observed = turned_by_field(fields_of, observed, found[:1])
    rows = _spread(found, config.survivors)
    starts, found = follow(starts[rows], config.middle, (0.35, 0.55))
    other = other_heading(fields_of, found)
    if config.hypotheses == 1:
        starts = starts[:1]
    starts, found = follow(starts, config.final, (0.55, 0.9))
    posterior = posterior_of(
        fields_of,
        observed,
        found.codes[0],
        found.poses[:1],
        known.prior(starts.categories[:1]),
        config.final,
    )
    tell(0.95)
    categories = starts.categories
    if config.hypotheses > 1:
        found, categories = distinct_hypotheses(
            fields_of,
            observed,
            found,
            categories,
            posterior,
            known,
            config.middle,
            config.final,
            config.hypotheses,
            generator,
        )
    tell(1.0)
    return Searched(found, categories, posterior, other)


def balanced_weights(normals: Float[Tensor, "n 3"]) -> Float[Tensor, " n"]:
    """(n,) how often each point is to be asked, so that narrow rims are not lost beside flats.

    What faces one of 26 directions counts by the square root of its area: the edge of a table
    top says where the table ends, however thin it is.
    """
    steps = torch.tensor([-1.0, 0.0, 1.0])
    directions = functional.normalize(torch.cartesian_prod(steps, steps, steps), dim=1)
    bucket = (normals @ directions.T).argmax(dim=1)
    sizes = torch.bincount(bucket, minlength=len(directions)).float()
    return sizes[bucket].rsqrt()


def turned_by_field(fields_of: FieldsOf, observed: Observed, best: Fit) -> Observed:
    """The observation with the normals of those parts turned that point into the fitted shape.

    Artists' parts face any way; a normal tells nothing until it is known which side is out.
    """
    with torch.no_grad():
        fields = fields_of(best.codes[:1])
        at = best.poses.to_unit(observed.points[None])
        off = 0.01 * best.poses.turn_back(observed.normals[None])
        slope = (fields(at + off) - fields(at - off))[0]
    count = int(observed.parts.max()) + 1
    votes = torch.zeros(count).index_add_(0, observed.parts, slope.clamp(-0.02, 0.02))
    sizes = torch.zeros(count).index_add_(0, observed.parts, torch.ones_like(slope))
    inward = votes < -0.002 * sizes
    sign = torch.where(inward[observed.parts], -1.0, 1.0)
    return replace(observed, normals=observed.normals * sign[:, None])


def starts_of(
    encode: Encoder,
    observed: Observed,
    known: Known,
    allowed: Bool[Tensor, " k"],
    config: SearchConfig,
    generator: torch.Generator,
) -> Starts:
    """The encoder's code and training codes like it, at every likely heading; see `search`."""
    guesses = first_guesses(encode, observed, generator, headings=config.headings)
    log_prob = guesses.category_log_prob.logsumexp(dim=0)
    log_prob = torch.where(allowed, log_prob, -torch.inf).log_softmax(dim=0)
    likely = log_prob > log_prob.max() - UNLIKELY
    codes, numbers = guesses.with_neighbours(
        known.codes, likely[known.categories], config.neighbours
    )
    rows = torch.arange(len(guesses.codes)).repeat_interleave(numbers.shape[1])
    numbers = numbers.flatten()
    own = log_prob.argmax().expand(len(numbers))
    categories = torch.where(numbers < 0, own, known.categories[numbers.clamp(min=0)])
    poses = guesses.poses[rows] if config.move_pose else PosePrior.box(len(rows))
    if config.move_pose:
        # what lacks little, or lacks inner parts, fills the box of the whole shape
        column = torch.arange(len(numbers)) % (1 + config.neighbours)
        again = torch.nonzero((column >= 1) & (column <= config.filling))[:, 0]
        filling = PosePrior.filling(guesses.poses.starts.headings_rad[rows[again]])
        codes, numbers = torch.cat([codes, codes[again]]), torch.cat([numbers, numbers[again]])
        categories = torch.cat([categories, categories[again]])
        rows, poses = torch.cat([rows, rows[again]]), PosePrior.joined(poses, filling)
    costs = -log_prob[categories] - guesses.log_prob[rows]
    return Starts(codes, numbers, poses, categories, costs)


def _spread(found: Fit, count: int) -> Int[Tensor, " c"]:
    """`count` of the first rows, with at most half of them of one heading while there are others.

    Where nothing else is left, as when the heading is known, the first ones fill up the rest.
    """
    chosen: list[int] = []
    for row in range(len(found.energies)):
        near = [r for r in chosen if turn_between(found, row, r) < SAME_HEADING_RAD]
        if len(near) < (count + 1) // 2 and len(chosen) < count:
            chosen.append(row)
    rest = [row for row in range(len(found.energies)) if row not in chosen]
    return torch.tensor(sorted(chosen + rest[: count - len(chosen)]))
