"""The command `evaluate-confidence`: whether a reconstruction knows how good it is.

Pictures of any shapes, of kinds that the model knows and of others, are reconstructed. Each
result is judged by its F-score against the truth at the best yaw; a confidence of c is
right where a share c of the results is good, and a warning where the result is not.
"""

import argparse
import json
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from tqdm import tqdm

from ..errors import InputError, IsoformError
from ..geometry.components import parts_of
from ..geometry.surface_samples import sample_surface
from ..meshes import TriangleMesh
from ..metrics.chamfer import NearestPoints, f_score, nearest_points
from ..metrics.reliability import reliability_curve, reliability_table
from ..models.card import model_path
from ..models.checkpoint import read_model_file
from ..operations.engine import Engine
from ..tensors import Picture
from ..train.assets import Asset, list_assets, load_asset, load_renders
from ..train.rendering import cast_views, shade_views
from .contact_sheet import contact_sheet, result_tiles
from .evaluating import Reconstruction, truth_of

GOOD = 0.5
"""F-score at 2 % from which a result is good. Of a hundred results, real and procedural, this says
the same as somebody's eye of 82; of 0.4 and of 0.6 it is 78 and 74."""

YAWS = 36
"""Yaws at which a result is compared with the truth; the front of many shapes is nowhere."""

SOUGHT_POINTS, SCORED_POINTS = 2000, 20_000
"""On each surface, while the yaw is sought and for the score."""

DRAWN_PX = 256
"""Side of the pictures that are drawn of shapes without renders."""


RowT = TypeVar("RowT")
"""A shape, judged."""


@runtime_checkable
class JudgedLike(Protocol):
    """What a reliability curve is made of."""

    @property
    def confidence(self) -> float:
        """Probability, in [0, 1], that the result gave itself of being good."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that the artist would have read; each kind is counted."""
        ...

    @property
    def is_good(self) -> bool:
        """Whether the truth, which the model never saw, says that an artist would keep it."""
        ...


@dataclass(frozen=True, eq=False)
class Judged:
    """One picture of one shape, reconstructed and judged."""

    asset: Asset
    picture: Picture
    found_category: str
    """Empty where the picture was refused."""

    confidence: float
    warnings: tuple[str, ...]
    f_score: float
    """At the best yaw; 0 where the picture was refused."""

    made: TriangleMesh | None
    truth: TriangleMesh

    @property
    def is_good(self) -> bool:
        """Whether an artist would keep it."""
        return self.f_score >= GOOD


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "evaluate-confidence",
        help="compare the confidence of reconstructions with how good they are",
        description="Reconstruct pictures of shapes that the model was not trained on, of kinds "
        "that it knows and of others, and print how often results of each confidence are good.",
    )
    add_assets(parser)
    add = parser.add_argument
    add("--sheet", type=Path, help="also draw picture, result and truth as PNG, the surest first")
    add("--seed", type=int, default=0, help="draws shapes, views and points")
    add("--json", action="store_true", help="print one JSON object per picture as it is done")
    parser.set_defaults(run=run_evaluate_confidence)


def run_evaluate_confidence(options: argparse.Namespace) -> None:
    """Reconstruct, judge, and print the curve and how often good and other results are warned of.

    Raises:
        InputError: A folder has no assets that were asked for and the model was not trained on.
    """
    assets = unseen_assets(options)
    engine = Engine(options.model)

    def reconstruct(picture: Picture) -> Reconstruction:
        return engine.reconstruct([picture], resolution=options.resolution)

    judging = judged(reconstruct, assets, options.seed)
    rows = told_while_judged(judging, len(assets), _described if options.json else None)
    if not options.json:
        sys.stdout.write(confidence_text(rows))
    if options.sheet:
        _draw_sheet(rows, options.sheet)


def add_assets(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which shapes are judged; `unseen_assets` reads them."""
    add = parser.add_argument
    add("assets", nargs="+", type=Path, help="folders with one sub-folder per category")
    add("--model", default="starter", help="a name in the zoo or a model file")
    add("--category", nargs="+", help="sub-folders to take, all where not given")
    add("--per-category", type=int, default=10, help="shapes of each, of every folder")
    add("--resolution", type=int, default=96, help="lattice samples per axis (%(default)s)")


def unseen_assets(options: argparse.Namespace) -> list[Asset]:
    """The shapes that are asked for, of those that the model was not trained on.

    Raises:
        InputError: A folder has none.
    """
    learned = set(read_model_file(model_path(options.model)).card.trained_on["train"])
    assets: list[Asset] = []
    for folder in options.assets:
        asked = [a for a in list_assets(folder) if a.category in (options.category or [a.category])]
        unseen = [asset for asset in asked if asset.key not in learned]
        if not unseen:
            raise InputError(
                f"{folder} has {len(asked)} assets of the categories asked for, and the model was "
                "trained on all of these; name other categories, or a folder with other shapes"
            )
        assets += drawn_by_category(unseen, options.per_category, options.seed)
    return assets


def told_while_judged(
    judging: Iterator[RowT], count: int, described: Callable[[RowT], dict[str, object]] | None
) -> list[RowT]:
    """All rows; each is printed as a JSON object as soon as it is there, where it is described."""
    rows = []
    for row in tqdm(judging, total=count, disable=not sys.stderr.isatty()):
        rows.append(row)
        if described is not None:
            sys.stdout.write(json.dumps(described(row)) + "\n")
            sys.stdout.flush()
    return rows


def drawn_by_category(assets: Sequence[Asset], count: int, seed: int) -> list[Asset]:
    """At most `count` assets of every category, drawn by the seed, sorted."""
    drawn: list[Asset] = []
    for number, category in enumerate(sorted({asset.category for asset in assets})):
        members = [asset for asset in assets if asset.category == category]
        order = np.random.default_rng([seed, number]).permutation(len(members))
        drawn += [members[index] for index in order[:count]]
    return sorted(drawn)


def judged(
    reconstruct: Callable[[Picture], Reconstruction], assets: Sequence[Asset], seed: int
) -> Iterator[Judged]:
    """One picture of every asset: a render of its own, or one that is drawn."""
    for asset in assets:
        generator = np.random.default_rng([seed, zlib.crc32(asset.key.encode())])
        mesh = load_asset(asset)
        picture = picture_of(asset, mesh, generator)
        truth = truth_of(mesh, SCORED_POINTS, generator)
        try:
            result = reconstruct(picture)
        except IsoformError:
            yield Judged(asset, picture, "", 0.0, (), 0.0, None, truth.visible)
            continue
        score = f_score_at_best_heading(result.mesh, truth.surface.points, generator)
        yield Judged(
            asset,
            picture,
            result.category,
            result.confidence,
            result.warnings,
            score,
            result.mesh,
            truth.visible,
        )


def picture_of(asset: Asset, mesh: TriangleMesh, generator: np.random.Generator) -> Picture:
    """One of the asset's renders; a ray-cast view under random light where there are none."""
    renders = load_renders(asset)
    if renders is not None:
        return renders[generator.integers(len(renders))].astype(np.float32) / 255
    views = cast_views(mesh, parts_of(mesh), 1, generator, DRAWN_PX)
    lit = shade_views(
        torch.from_numpy(views.buffers),
        functional.normalize(torch.from_numpy(views.cameras), dim=1),
        torch.from_numpy(views.suns),
        torch.Generator().manual_seed(int(generator.integers(2**62))),
    )
    picture = lit[0].permute(1, 2, 0).numpy()  # alpha is 0 or 1: premultiplied is straight
    return np.ascontiguousarray(picture, np.float32)


def f_score_at_best_heading(
    mesh: TriangleMesh, truth: NDArray[np.float32], generator: np.random.Generator
) -> float:
    """The F-score at 2 % as `nearest_at_best_heading` aligns them."""
    return f_score(nearest_at_best_heading(mesh, truth, generator))


def nearest_at_best_heading(
    mesh: TriangleMesh, truth: NDArray[np.float32], generator: np.random.Generator
) -> NearestPoints:
    """Nearest points at the yaw of the greatest F-score; both surfaces lie in the unit cube.

    Args:
        mesh: A result. Turned, its bounding box is put back into the unit cube.
        truth: (N, 3) points of the true surface.
        generator: Draws the points of the result.
    """
    points = sample_surface(mesh, len(truth), generator).points
    some = points[:: max(1, len(points) // SOUGHT_POINTS)]
    target = truth[:: max(1, len(truth) // SOUGHT_POINTS)]
    # fewer points lie farther apart: half as close again finds the same yaw
    tried = [
        f_score(nearest_points(turned_in_cube(some, yaw), target), 0.03) for yaw in range(YAWS)
    ]
    return nearest_points(turned_in_cube(points, int(np.argmax(tried))), truth)


def turned_in_cube(points: NDArray[np.float32], yaw: int) -> NDArray[np.float32]:
    """Points turned about +Z by one of the `YAWS`, their box put into the unit cube."""
    angle = 2 * np.pi * yaw / YAWS
    sine, cosine = np.sin(angle), np.cos(angle)
    turn = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
    turned = points.astype(np.float64) @ turn
    low, high = turned.min(axis=0), turned.max(axis=0)
    return ((turned - (low + high) / 2) / (high - low).max()).astype(np.float32)


def confidence_text(rows: Sequence[Judged]) -> str:
    """The reliability curve, then the share of good and of other results that carry a warning."""
    made = [row for row in rows if row.made is not None]
    refused = f"refused: {len(rows) - len(made)} of {len(rows)} pictures\n"
    return reliability_text(made, "results") + refused


def reliability_text(rows: Sequence[JudgedLike], what: str) -> str:
    """The reliability curve of results, and how often good and other ones carry a warning."""
    curve = reliability_curve([row.confidence for row in rows], [row.is_good for row in rows])
    lines = [reliability_table(curve)]
    for name, wanted in (("good", True), ("not good", False)):
        of_these = [bool(row.warnings) for row in rows if row.is_good == wanted]
        if of_these:
            share = np.mean(of_these)
            lines.append(f"{name}: {len(of_these)} {what}, {share:.0%} of them with a warning\n")
    return "".join(lines)


def _described(row: Judged) -> dict[str, object]:
    return {
        "asset": row.asset.key,
        "category": row.found_category,
        "confidence": round(row.confidence, 4),
        "f_score": round(row.f_score, 4),
        "good": row.is_good,
        "warnings": list(row.warnings),
    }


def _draw_sheet(rows: Sequence[Judged], path: Path) -> None:
    from PIL import Image

    order = sorted(rows, key=lambda row: -row.confidence)
    lines = [result_tiles(row.picture, row.made, row.truth) for row in order]
    Image.fromarray(contact_sheet(lines, columns=3)).save(path)
