"""The search: from an observation to the codes and poses that explain it best.

    encoder -> likely yaws -> for each, its code and training codes like it
            -> poses of all previewed -> the better ones' poses fitted
            -> the best few fitted whole -> the best fitted on

Every step keeps fewer hypotheses, one of every likely category among them until the last, and
spends more on each. What is surprising even so is searched for once more from more yaws, and
once more from more codes, each for longer: one observation in eighteen takes three to five times
the time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from ..tensors import FieldsOf
from .fitting import Fit, FitConfig, fit
from .hypotheses import SAME_HEADING_RAD, distinct_hypotheses, other_heading, turn_between
from .initial_guesses import GuessesConfig, Starts
from .latent_prior import LatentPrior
from .posed import Observed
from .posterior import Posterior, posterior_of


@dataclass(frozen=True)
class SearchConfig:
    """How many hypotheses are followed, and how far."""

    starts: GuessesConfig = field(default_factory=GuessesConfig)
    """Where it begins."""

    preview: FitConfig = field(
        default_factory=lambda: FitConfig(steps=8, points=128, scored=384, pose_rate=0.025)
    )
    """Poses alone, of all starts."""

    followed: int = 8
    """Starts whose poses are fitted on."""

    coarse: FitConfig = field(
        default_factory=lambda: FitConfig(steps=10, points=256, scored=768, pose_rate=0.015)
    )
    """Poses alone, of these."""

    survivors: int = 3
    """Starts that are fitted whole."""

    middle: FitConfig = field(
        default_factory=lambda: FitConfig(steps=10, points=384, early=0.5, rate=0.14)
    )
    """Code and pose, of the survivors."""

    final: FitConfig = field(
        default_factory=lambda: FitConfig(
            steps=36, points=768, early=0.5, rate=0.12, evidence=200.0, kernel=0.5
        )
    )
    """Code and pose, of the best. Only here is the observation believed as much, and the code held
    to examples: what a shape misses by that is not fitted yet says less, and codes must move."""

    finalists: int = 3
    """Survivors that are fitted on where several hypotheses are wanted; else only the best is."""

    hypotheses: int = 1
    """Distinct explanations that are wanted."""

    surprising: float = 85.0
    """Surprise of the best from which the search is done once more, wider. Of 318 test shapes cut
    in half 25 had more; eleven of those found another explanation, 20 to 100 less surprising.
    Of 81 with noise eight had more; they came to be 1 to 12 less surprising."""

    astonishing: float = 95.0
    """Surprise from which it is done a third time, deeper. Eight of the 318 had more even then."""

    def wider(self) -> "SearchConfig":
        """The same from more yaws, and for longer; twice the time."""
        yaws = self.starts.yaws and 10  # where it is known it stays the only one
        starts = replace(self.starts, yaws=yaws, least_share=0.0, neighbours=8)
        return self._longer(starts)

    def deeper(self) -> "SearchConfig":
        """The same from more training codes, and for longer; twice the time."""
        yaws = self.starts.yaws and 3
        return self._longer(replace(self.starts, yaws=yaws, neighbours=20))

    def _longer(self, starts: GuessesConfig) -> "SearchConfig":
        return replace(
            self,
            starts=starts,
            followed=24,
            survivors=6,
            middle=replace(self.middle, steps=16),
            final=replace(self.final, steps=64),
        )


@dataclass(frozen=True, eq=False)
class Searched:
    """The explanations that were found, best first."""

    fit: Fit
    categories: Int[Tensor, " b"]
    """Number of each hypothesis' category."""

    posterior: Posterior
    """Around the best."""

    other_heading_rad: float | None
    """A yaw that explains the observation nearly as well with another shape; None if none."""


def search(
    fields_of: FieldsOf,
    observed: Observed,
    starts: Starts,
    known: LatentPrior,
    config: SearchConfig,
    *,
    generator: torch.Generator,
    tell: Callable[[float], None],
    begin_again: Callable[[GuessesConfig], Starts] | None = None,
    draws: torch.Generator | None = None,
) -> Searched:
    """The codes and poses that explain an observation best.

    Args:
        fields_of: The decoder.
        observed: In its box.
        starts: From `initial_guesses_of`.
        known: What the model knows.
        config: How far to search.
        generator: Draws the points that are asked, on the CPU.
        tell: Told the fraction that is done; may raise to stop.
        begin_again: Gives other starts where what was found is surprising; without it that stays.
        draws: Draws the hypotheses after the first, on the CPU; `generator` where there is none.

    Raises:
        InputError: Fewer than 16 points were observed.
    """
    observed = replace(observed, weights=balanced_weights(observed.normals))
    descent = _Descent(fields_of, known, generator, tell)
    found = descent.explained(observed, starts, config, (0.0, 0.6))
    for limit, how, span in (
        (config.surprising, config.wider(), (0.6, 0.75)),
        (config.astonishing, config.deeper(), (0.75, 0.9)),
    ):
        if begin_again is not None and found.negative_log_posterior > limit:
            again = descent.explained(observed, begin_again(how.starts), how, span)
            found = min(found, again, key=lambda each: each.energy)
    fit, categories = found.fit, found.starts.categories
    posterior = posterior_of(
        fields_of,
        found.observed,
        fit.codes[0],
        fit.poses[:1],
        known.prior(categories[:1]),
        config=config.final,
    )
    tell(0.95)
    if config.hypotheses > 1:
        fit, categories = distinct_hypotheses(
            fields_of,
            found.observed,
            fit,
            categories=categories,
            posterior=posterior,
            known=known,
            middle=config.middle,
            final=config.final,
            count=config.hypotheses,
            generator=draws or generator,
        )
    tell(1.0)
    return Searched(fit, categories, posterior, found.other_heading_rad)


@dataclass(frozen=True, eq=False)
class _Explained:
    """Where one descent has come to, best first."""

    fit: Fit
    starts: Starts
    observed: Observed
    """Its normals turned as the best of them says."""

    other_heading_rad: float | None

    @property
    def energy(self) -> float:
        """Energy of the best hypothesis; comparable for one observation only."""
        return float(self.fit.energies[0])

    @property
    def negative_log_posterior(self) -> float:
        """The best hypothesis's; comparable between observations."""
        return float(self.fit.negative_log_posteriors[0])


@dataclass(frozen=True, eq=False)
class _Descent:
    """What every step from many starts to few needs."""

    fields_of: FieldsOf
    known: LatentPrior
    generator: torch.Generator
    tell: Callable[[float], None]

    def explained(
        self, observed: Observed, starts: Starts, config: SearchConfig, span: tuple[float, float]
    ) -> _Explained:
        """The starts that explain the observation best; tells the fractions of `span`."""
        low, length = span[0], span[1] - span[0]

        def follow(
            starts: Starts, how: FitConfig, done: tuple[float, float], *, move_code: bool = True
        ) -> tuple[Starts, Fit]:
            """The starts, fitted and sorted by energy."""
            found = fit(
                self.fields_of,
                observed,
                starts.codes,
                starts.poses,
                self.known.prior(starts.categories),
                config=how,
                generator=self.generator,
                move_code=move_code,
                move_pose=config.starts.move_pose,
                tell=lambda share: self.tell(
                    low + length * (done[0] + (done[1] - done[0]) * share)
                ),
            )
            order = (found.energies + starts.costs).argsort()
            return starts.at(found)[order], found[order]

        starts, found = follow(starts, config.preview, (0.0, 0.15), move_code=False)
        rows = _spread(found, starts.categories, config.followed)
        starts, found = follow(starts[rows], config.coarse, (0.15, 0.35), move_code=False)
        observed = turned_by_field(self.fields_of, observed, found[:1])
        rows = _spread(found, starts.categories, config.survivors)
        starts, found = follow(starts[rows], config.middle, (0.35, 0.6))
        other = other_heading(self.fields_of, found)
        finalists = 1 if config.hypotheses == 1 else config.finalists
        starts, found = follow(starts[:finalists], config.final, (0.6, 1.0))
        return _Explained(found, starts, observed, other)


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


def _spread(found: Fit, categories: Int[Tensor, " b"], count: int) -> Int[Tensor, " c"]:
    """`count` of the first rows, with at most half of them of one yaw while there are others.

    Where nothing else is left, as when the yaw is known, the first ones fill up the rest.
    The first row of every category that has none among them joins.
    """
    chosen: list[int] = []
    for row in range(len(found.energies)):
        near = [r for r in chosen if turn_between(found, row, r) < SAME_HEADING_RAD]
        if len(near) < (count + 1) // 2 and len(chosen) < count:
            chosen.append(row)
    rest = [row for row in range(len(found.energies)) if row not in chosen]
    chosen += rest[: count - len(chosen)]
    for category in categories.unique():
        if not (categories[chosen] == category).any():
            chosen.append(int(torch.nonzero(categories == category)[0, 0]))
    return torch.tensor(sorted(chosen))
