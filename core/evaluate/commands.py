"""The command `evaluate`: how well a model reconstructs the shapes of its test split."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..errors import InputError
from ..models.card import model_path
from ..models.checkpoint import read_model_file, write_scores
from ..operations.engine import Engine
from ..train.assets import Asset, load_renders
from .contact_sheet import contact_sheet, result_tiles
from .evaluating import Evaluation, Row, table, table_text
from .subjects import assets_of_card


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add the command to the command line."""
    evaluate = commands.add_parser("evaluate", help="score a model on its test split")
    evaluate.add_argument("assets", type=Path, help="folder with one sub-folder per category")
    evaluate.add_argument("--model", default="starter", help="a name in the zoo or a model file")
    evaluate.add_argument("--resolution", type=int, default=128, help="lattice samples per axis")
    evaluate.add_argument("--views", type=int, default=1, help="pictures per shape, each scored")
    evaluate.add_argument("--limit", type=int, help="score only this many random test shapes")
    evaluate.add_argument("--points", type=int, default=100_000, help="on each surface")
    evaluate.add_argument("--sheet", type=Path, help="also draw picture, result and truth as PNG")
    evaluate.add_argument("--seed", type=int, default=0, help="draws views and points")
    evaluate.add_argument("--json", action="store_true", help="print one JSON object")
    evaluate.add_argument(
        "--save-scores", action="store_true", help="write the means into the model's card"
    )
    evaluate.set_defaults(run=run_evaluate)


def run_evaluate(options: argparse.Namespace) -> None:
    """Score a model, print the table, and draw the sheet."""
    engine = Engine(options.model)
    path = model_path(options.model)
    stored = read_model_file(path)
    train, test = assets_of_card(stored.card, options.assets)
    if options.limit is not None:
        order = np.random.default_rng(options.seed).permutation(len(test))[: options.limit]
        test = [test[index] for index in np.sort(order)]
    evaluation = Evaluation(
        train,
        stored.tensors["codes"].numpy(),
        lambda picture: engine.reconstruct([picture], resolution=options.resolution),
        lambda category: engine.decode(
            stored.card.statistics[category].mean.numpy(), resolution=options.resolution
        ),
        _render_of,
        points=options.points,
        seed=options.seed,
    )
    rows = list(
        tqdm(
            evaluation.rows(test, options.views),
            total=len(test) * options.views,
            disable=not sys.stderr.isatty(),
        )
    )
    means = table(rows)
    numbers = {m: {c: asdict(s) for c, s in by.items()} for m, by in means.items()}
    found = float(np.mean([row.found_category == row.asset.category for row in rows]))
    if options.sheet:
        _draw_sheet(rows, options.sheet)
    if options.save_scores:
        _save_scores(path, numbers, found, options)
    if options.json:
        sys.stdout.write(json.dumps({"scores": numbers, "category_accuracy": found}) + "\n")
    else:
        sys.stdout.write(table_text(means) + f"category found: {found:.1%} of {len(rows)}\n")


def _render_of(asset: Asset, view: int) -> np.ndarray:
    renders = load_renders(asset)
    if renders is None:
        raise InputError(
            f"{asset.key} brings no renders to reconstruct from; put them beside the mesh"
        )
    return renders[view % len(renders)].astype(np.float32) / 255


def _save_scores(path: Path, numbers: dict, found: float, options: argparse.Namespace) -> None:
    scores = {
        "protocol": "one picture, test split, canonical frame, no alignment; F-score at 2 %, "
        f"{options.points} points each way, failures count, resolution {options.resolution}",
        "category_accuracy": round(found, 4),
    } | {
        method: {c: {k: round(v, 4) for k, v in s.items()} for c, s in by.items()}
        for method, by in numbers.items()
    }
    write_scores(path, scores)


def _draw_sheet(rows: list[Row], path: Path) -> None:
    from PIL import Image

    lines = [result_tiles(row.picture, row.meshes["picture"], row.meshes["truth"]) for row in rows]
    Image.fromarray(contact_sheet(lines, columns=3)).save(path)
