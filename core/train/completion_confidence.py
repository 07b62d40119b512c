"""The command `evaluate-completion-confidence`: whether a completion knows how good it is.

Shapes are cut, moved anywhere and completed. Each completion is judged by its F-score in the
missing region alone; a confidence of c is right where a share c of the completions is good.
"""

import argparse
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import get_args

import numpy as np

from ..errors import InputError, IsoformError
from ..meshes import TriangleMesh
from .assets import Asset
from .completion_evaluation import Condition, in_unit_cube, partial_of, score_regions
from .confidence_evaluation import (
    add_assets,
    reliability_text,
    told_while_judged,
    unseen_assets,
)
from .cutting import Cut
from .neighbours import CompletionLike, Neighbours

GOOD = 0.6
"""F-score at 2 % in the missing region from which a completion is good: most of what was invented
is where it belongs, and most of what was missing is there."""


@dataclass(frozen=True)
class JudgedCompletion:
    """One partial shape, completed and judged."""

    asset: Asset
    condition: Condition
    found_category: str
    """Empty where the shape was refused with an error."""

    confidence: float
    warnings: tuple[str, ...]
    is_unchanged: bool
    """Whether it came back as it was: nothing was invented, so nothing was found."""

    f_score: float
    """In the missing region, in [0, 1]."""

    @property
    def is_good(self) -> bool:
        """Whether it is rather kept than thrown away."""
        return self.f_score >= GOOD


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", neighbours: Neighbours
) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "evaluate-completion-confidence",
        help="compare the confidence of completions with their worth",
        description="Cut shapes that the model was not trained on, complete them, and print how "
        "often completions of each confidence are good.",
    )
    add_assets(parser)
    add = parser.add_argument
    add("--cut", nargs="+", choices=get_args(Cut), default=get_args(Cut), help="how they are cut")
    add("--share", nargs="+", type=float, default=[0.35, 0.5, 0.65], help="of the area removed")
    add("--points", type=int, default=20_000, help="on each surface, for the score")
    add("--seed", type=int, default=0, help="draws shapes, cuts, poses and points")
    add("--json", action="store_true", help="print one JSON object per shape as it is done")
    parser.set_defaults(run=partial(run_evaluate_completion_confidence, neighbours))


def run_evaluate_completion_confidence(neighbours: Neighbours, options: argparse.Namespace) -> None:
    """Complete, judge, and print the curve and how often good and other results are warned of.

    Raises:
        InputError: A share is out of its range, or a folder has no assets that were asked for and
            the model was not trained on.
    """
    if bad := [share for share in options.share if not 0 < share < 1]:
        raise InputError(f"--share must lie between 0 and 1; found {bad[0]:g}; 0.5 is a good start")
    assets = unseen_assets(neighbours, options)
    engine = neighbours.engine_of(options.model)

    def complete(mesh: TriangleMesh) -> CompletionLike:
        # what was cut off along closed parts leaves nothing open
        return engine.complete(mesh, keep="exact", resolution=options.resolution, anyway=True)

    conditions = [Condition(cut, share, 0.0) for cut in options.cut for share in options.share]
    judging = judged_completions(complete, assets, conditions, options.points, options.seed)
    rows = told_while_judged(judging, len(assets), _described if options.json else None)
    if not options.json:
        sys.stdout.write(completion_confidence_text(rows))


def judged_completions(
    complete: Callable[[TriangleMesh], CompletionLike],
    assets: Sequence[Asset],
    conditions: Sequence[Condition],
    points: int,
    seed: int,
) -> Iterator[JudgedCompletion]:
    """One completion of every asset, cut under one of the conditions that is drawn for it."""
    for asset in assets:
        generator = np.random.default_rng([seed, zlib.crc32(asset.key.encode())])
        condition = conditions[int(generator.integers(len(conditions)))]
        cut = partial_of(asset, condition, seed)
        try:
            found = complete(cut.mesh)
        except IsoformError:
            yield JudgedCompletion(asset, condition, "", 0.0, (), True, 0.0)
            continue
        score = 0.0
        if not found.is_unchanged:
            mesh = in_unit_cube(found.hypotheses[0].mesh, cut.pose)
            score = score_regions(mesh, cut, points, 0.0, generator).missing_f_score
        yield JudgedCompletion(
            asset,
            condition,
            found.category,
            found.confidence,
            found.warnings,
            found.is_unchanged,
            score,
        )


def completion_confidence_text(rows: Sequence[JudgedCompletion]) -> str:
    """The reliability curve, then the share of good and of other results that carry a warning."""
    count = sum(row.is_unchanged for row in rows)
    unchanged = f"unchanged or refused: {count} of {len(rows)} shapes\n"
    return reliability_text(rows, "completions") + unchanged


def _described(row: JudgedCompletion) -> dict[str, object]:
    return {
        "asset": row.asset.key,
        "cut": row.condition.cut,
        "share": row.condition.share,
        "category": row.found_category,
        "confidence": round(row.confidence, 4),
        "f_score": round(row.f_score, 4),
        "good": row.is_good,
        "unchanged": row.is_unchanged,
        "warnings": list(row.warnings),
    }
