"""The command `evaluate-pictures`: what models make of one picture each of real things.

Human-made assets of any kind, coloured where they are, are drawn once each from a camera that
nobody tells, cut out. Results are compared with the truth at the best yaw, since the front of many
things is nowhere. Beside the models stands what the true crossings of the picture's own rays give,
`true crossings`: more than that no picture shows.
"""

import argparse
import json
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from ..errors import InputError, IsoformError
from ..field.layered import LayeredField, RayCrossings
from ..meshes import TriangleMesh
from ..metrics.chamfer import chamfer_l1, f_score
from ..operations.engine import Engine
from ..operations.extracting import surface_of
from ..tensors import Picture
from ..train.assets import Asset, list_assets, load_asset, split_families
from ..train.layered_dataset import LayersConfig, layers_of
from ..train.photographs import cut_out_picture, true_crossings
from .confidence import SCORED_POINTS, drawn_by_category, nearest_at_best_heading
from .contact_sheet import contact_sheet, result_tiles
from .evaluating import truth_of

BOUND = "true crossings"
"""Name of the method that is told what the rays cross."""

SHOWN = LayersConfig(
    views=1,
    picture_px=384,
    layers_px=192,
    elevations_deg=(0.0, 45.0),
    fields_of_view_deg=(20.0, 50.0),
    fills=(0.6, 0.9),
)
"""How things are pictured: as people do, larger than the models see it."""

WORST_CHAMFER = 0.5
"""Chamfer-L1 of a picture that was refused: half the longest side."""

Shape = Callable[["Shown"], TriangleMesh]
"""Makes the shape that a picture shows, in the unit cube."""


@dataclass(frozen=True, eq=False)
class Shown:
    """One picture, and what its rays cross in truth."""

    picture: Picture
    crossings: RayCrossings


@dataclass(frozen=True, eq=False)
class Scored:
    """What one method made of one picture."""

    mesh: TriangleMesh | None
    """None where the picture was refused."""
    f_score: float
    chamfer: float


@dataclass(frozen=True, eq=False)
class Compared:
    """One asset's picture, and what all methods made of it."""

    asset: Asset
    picture: Picture
    truth: TriangleMesh
    by_method: dict[str, Scored]


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "evaluate-pictures",
        help="score what models make of one picture each of real things",
        description="Draw human-made assets of families that are kept out of training once each, "
        "reconstruct the pictures, and print F-score at 2 % and Chamfer-L1, kind by kind.",
    )
    add = parser.add_argument
    add("assets", nargs="+", type=Path, help="folders with one sub-folder per kind")
    add("--model", nargs="+", default=["starter"], help="names in the zoo or model files")
    add("--test-share", type=float, default=0.1, help="of the families of names, as in training")
    add("--category", nargs="+", help="sub-folders to take, all where not given")
    add("--per-category", type=int, default=10, help="most things of each, of every folder")
    add("--resolution", type=int, default=128, help="lattice samples per axis (%(default)s)")
    add("--sheet", type=Path, help="also draw picture, last model's result and truth as PNG")
    add("--seed", type=int, default=0, help="draws things, cameras, lights and points")
    add("--json", action="store_true", help="print one JSON object per picture as it is done")
    parser.set_defaults(run=run_evaluate_pictures)


def run_evaluate_pictures(options: argparse.Namespace) -> None:
    """Draw, reconstruct, compare, and print the table.

    Raises:
        InputError: No asset is kept out of training.
    """
    assets = _asked(options)
    methods = {BOUND: lambda shown: _bounded(shown, options.resolution)}
    for model in options.model:
        methods[model] = _by_model(Engine(model), options.resolution)
    rows = []
    comparing = compared(methods, assets, options.seed)
    for row in tqdm(comparing, total=len(assets), disable=not sys.stderr.isatty()):
        rows.append(row)
        if options.json:
            sys.stdout.write(json.dumps(_described(row)) + "\n")
            sys.stdout.flush()
    if not options.json:
        sys.stdout.write(table_text(rows))
    if options.sheet:
        _draw_sheet(rows, options.model[-1], options.sheet)


def compared(
    methods: Mapping[str, Shape], assets: Sequence[Asset], seed: int
) -> Iterator[Compared]:
    """What the methods make of one picture of every asset."""
    for asset in assets:
        generator = np.random.default_rng([seed, zlib.crc32(asset.key.encode())])
        layers = layers_of(asset, SHOWN, seed)
        lights = torch.Generator().manual_seed(int(generator.integers(2**62)))
        shown = Shown(cut_out_picture(layers, 0, lights), true_crossings(layers, 0))
        truth = truth_of(load_asset(asset), SCORED_POINTS, generator)
        scored = {}
        for name, make in methods.items():
            try:
                mesh = make(shown)
            except IsoformError:
                scored[name] = Scored(None, 0.0, WORST_CHAMFER)
                continue
            nearest = nearest_at_best_heading(mesh, truth.surface.points, generator)
            scored[name] = Scored(mesh, f_score(nearest), chamfer_l1(nearest))
        yield Compared(asset, shown.picture, truth.visible, scored)


def table_text(rows: Sequence[Compared]) -> str:
    """Means by kind, and over the kinds: F-score, Chamfer-L1 in thousandths, share refused."""
    kinds = sorted({row.asset.category for row in rows})
    methods = list(rows[0].by_method)
    lines = ["kind          n   " + "   ".join(f"{name[-24:]:>24}" for name in methods) + "\n"]
    means = []
    for kind in kinds:
        own = [row for row in rows if row.asset.category == kind]
        found = np.array([[_numbers(row.by_method[name]) for name in methods] for row in own])
        means.append(found.mean(axis=0))
        lines.append(f"{kind:<12}{len(own):>3}   {_cells(means[-1])}\n")
    lines.append(f"{'macro mean':<12}{len(rows):>3}   {_cells(np.mean(means, axis=0))}\n")
    return "".join(lines)


def _numbers(scored: Scored) -> tuple[float, float, float]:
    return scored.f_score, 1000 * scored.chamfer, float(scored.mesh is None)


def _cells(means: np.ndarray) -> str:
    return "   ".join(f"{f:>8.3f} {chamfer:>7.1f} {refused:>7.0%}" for f, chamfer, refused in means)


def _asked(options: argparse.Namespace) -> list[Asset]:
    assets: list[Asset] = []
    for folder in options.assets:
        _, test = split_families(list_assets(folder), options.test_share)
        asked = [a for a in test if a.category in (options.category or [a.category])]
        assets += drawn_by_category(asked, options.per_category, options.seed)
    if not assets:
        raise InputError(
            "no asset of the kinds asked for is kept out of training; raise --test-share, or name "
            "other kinds"
        )
    return assets


def _by_model(engine: Engine, resolution: int) -> Shape:
    return lambda shown: engine.reconstruct([shown.picture], resolution=resolution).mesh


def _bounded(shown: Shown, resolution: int) -> TriangleMesh:
    return surface_of(LayeredField(shown.crossings), resolution)


def _described(row: Compared) -> dict[str, object]:
    return {"asset": row.asset.key} | {
        name: {"f_score": round(each.f_score, 4), "chamfer_l1": round(each.chamfer, 4)}
        for name, each in row.by_method.items()
    }


def _draw_sheet(rows: Sequence[Compared], method: str, path: Path) -> None:
    from PIL import Image

    lines = [result_tiles(row.picture, row.by_method[method].mesh, row.truth) for row in rows]
    Image.fromarray(contact_sheet(lines, columns=3)).save(path)
