"""The command `evaluate-completion`: how well partial shapes are completed, beside baselines."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import torch
from tqdm import tqdm

from ..errors import EmptySurfaceError, InputError
from ..frames import Placement, UprightPose, unit_cube_of
from ..geometry.surface_samples import sample_surface
from ..latent.posed import Observed
from ..meshes import TriangleMesh
from ..models.card import model_path
from ..models.checkpoint import read_model_file
from ..operations.engine import Engine
from ..train.assets import Asset, load_asset
from ..train.cutting import Cut, PartialMesh
from .baselines import deepsdf_procedure, mirror_and_poisson, retrieve
from .completion import CompletionRow, Condition, Method, completion_table, score_case
from .contact_sheet import BACK, FRONT, clay_tile, contact_sheet
from .subjects import CompletionLike, ShapeEngine, assets_of_card

OBSERVED_POINTS = 8192
"""Drawn from a partial mesh for the baselines, as many as ours draws."""

METHODS = ("exact", "fused", "none", "retrieval", "mean shape", "deepsdf", "mirror+poisson")
"""Ours by what it keeps, and the baselines."""


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "evaluate-completion", help="score completions of cut test shapes, beside baselines"
    )
    add = parser.add_argument
    add("assets", type=Path, help="folder with one sub-folder per category")
    add("--model", default="starter", help="a name in the zoo or a model file")
    add("--shapes", type=int, default=1, help="test shapes per category and condition")
    add("--cut", nargs="+", choices=get_args(Cut), default=get_args(Cut), help="how they are cut")
    add("--share", nargs="+", type=float, default=[0.25, 0.5, 0.75], help="of the area removed")
    add("--noise", nargs="+", type=float, default=[0.0, 0.005, 0.01], help="of the longest side")
    add("--method", nargs="+", choices=METHODS, default=METHODS, help="ours and the baselines")
    add("--resolution", type=int, default=128, help="lattice samples per axis")
    add("--points", type=int, default=100_000, help="on each surface")
    add("--sheet", type=Path, help="also draw input, first method's result and truth as PNG")
    add("--seed", type=int, default=0, help="draws shapes, cuts, noise, poses and points")
    add("--json", action="store_true", help="print one JSON object per row as it is done")
    parser.set_defaults(run=run_evaluate_completion)


def run_evaluate_completion(options: argparse.Namespace) -> None:
    """Complete, score, and print the tables.

    Raises:
        InputError: An asset of the model's card is missing, or a number is out of range.
    """
    for name in ("share", "noise"):
        if bad := [value for value in getattr(options, name) if not 0 <= value < 1]:
            raise InputError(f"--{name} must lie in [0, 1); found {bad[0]:g}; 0.5 is a good start")
    engine = Engine(options.model)
    card = read_model_file(model_path(options.model)).card
    train, test = assets_of_card(card, options.assets)
    conditions = [
        Condition(cut, share, noise)
        for cut, share, noise in product(options.cut, options.share, options.noise)
    ]
    cases = [
        (asset, condition)
        for number, condition in enumerate(conditions)
        for asset in _chosen(test, options.shapes, options.seed + number)
    ]
    rows: list[CompletionRow] = []
    for asset, condition in tqdm(cases, disable=not sys.stderr.isatty()):
        methods = _methods(engine, train, options)
        done = score_case(asset, condition, methods, options.points, options.seed)
        rows += done
        if options.json:
            for row in done:
                sys.stdout.write(json.dumps(_described(row)) + "\n")
                sys.stdout.flush()
    if options.sheet:
        _draw_sheet(rows, options.sheet)
    if not options.json:
        sys.stdout.write(completion_table(rows))


def _chosen(test: list[Asset], count: int, seed: int) -> list[Asset]:
    """`count` shapes of every category, other ones for another seed."""
    chosen = []
    for category in sorted({asset.category for asset in test}):
        own = [asset for asset in test if asset.category == category]
        order = np.random.default_rng([seed, len(chosen)]).permutation(len(own))
        chosen += [own[index] for index in order[:count]]
    return chosen


def _methods(
    engine: ShapeEngine, train: list[Asset], options: argparse.Namespace
) -> dict[str, Method]:
    """The methods asked for, by name, for one case."""
    case = _Case(engine, train, options.resolution, options.seed)
    known: dict[str, Method] = {
        "exact": partial(case.ours, "exact"),
        "fused": partial(case.ours, "fused"),
        "none": partial(case.ours, "none"),
        "retrieval": case.retrieval,
        "mean shape": case.mean_shape,
        "deepsdf": case.deepsdf,
        "mirror+poisson": case.mirror_and_poisson,
    }
    return {name: known[name] for name in options.method}


class _Case:
    """The methods on one partial shape; DeepSDF and the mean shape take the pose of ours.

    Args:
        engine: With the model.
        train: Its training shapes, in the order of its codes.
        resolution: Lattice samples per axis.
        seed: Draws points.
    """

    def __init__(self, engine: ShapeEngine, train: list[Asset], resolution: int, seed: int) -> None:
        self.engine, self.train, self.resolution = engine, train, resolution
        self._random = np.random.default_rng(seed)
        self._generator = torch.Generator().manual_seed(seed)
        self._found: CompletionLike | None = None

    def ours(self, keep: str, case: PartialMesh) -> TriangleMesh:
        """What the artist gets."""
        # what was cut off along closed parts leaves nothing open
        answer = self.engine.complete(case.mesh, keep=keep, resolution=self.resolution, anyway=True)
        if not answer.is_unchanged:
            self._found = answer
        return answer.hypotheses[0].mesh

    def retrieval(self, case: PartialMesh) -> TriangleMesh:
        """The training shape that fits best, where it fits best."""
        parts, box = self.engine.parts, unit_cube_of(case.mesh.vertices.astype(np.float64))
        observed = self._observed(case.mesh, box)
        found = retrieve(parts.fields_of, parts.encode, observed, parts.known, self._generator)
        mesh = load_asset(self.train[found.number])
        return _placed(mesh, found.pose.upright(0).after(box))

    def mean_shape(self, case: PartialMesh) -> TriangleMesh:
        """The mean code of the category that ours finds, at the pose of ours."""
        pose, category = self._pose_of_ours(case)
        code = self.engine.parts.known.means[self.engine.categories.index(category)]
        return _placed(self.engine.decode(code.numpy(), resolution=self.resolution), pose)

    def deepsdf(self, case: PartialMesh) -> TriangleMesh:
        """The published procedure, at the pose of ours."""
        pose, _ = self._pose_of_ours(case)
        parts, unit = self.engine.parts, Placement(1.0, (0.0, 0.0, 0.0))
        seen = TriangleMesh.from_arrays(
            pose.from_scene(case.mesh.vertices.astype(np.float64)), case.mesh.faces
        )
        code = deepsdf_procedure(
            parts.fields_of, self._observed(seen, unit), parts.decoder.code_scale, self._generator
        )
        return _placed(self.engine.decode(code.numpy(), resolution=self.resolution), pose)

    def mirror_and_poisson(self, case: PartialMesh) -> TriangleMesh:
        """What can be done by hand, with the true plane of symmetry."""
        return _placed(mirror_and_poisson(case.mesh, case.pose, self._random), case.pose)

    def _pose_of_ours(self, case: PartialMesh) -> tuple[UprightPose, str]:
        if self._found is None:
            self.ours("none", case)
        if self._found is None:
            raise EmptySurfaceError("nothing was found to start the baselines from; skip it")
        return self._found.hypotheses[0].pose, self._found.category

    def _observed(self, mesh: TriangleMesh, box: Placement) -> Observed:
        drawn = sample_surface(mesh, OBSERVED_POINTS, self._random)
        points = box.from_scene(drawn.points.astype(np.float64))
        return Observed(
            torch.from_numpy(points).float(),
            torch.from_numpy(drawn.normals),
            torch.zeros(len(points), dtype=torch.long),
            torch.full((len(points),), torch.inf),
            torch.zeros(0, 3),
        )


def _placed(mesh: TriangleMesh, pose: UprightPose) -> TriangleMesh:
    return TriangleMesh.from_arrays(pose.to_scene(mesh.vertices), mesh.faces)


def _described(row: CompletionRow) -> dict[str, object]:
    scores = {name: round(value, 6) for name, value in asdict(row.scores).items()}
    return {"asset": row.asset.key, **asdict(row.condition), "method": row.method, **scores}


def _draw_sheet(rows: Sequence[CompletionRow], path: Path) -> None:
    """Input, the first method's result and the truth, each from two sides."""
    from PIL import Image

    lines = []
    for row in rows:
        if row.method != rows[0].method:
            continue
        given = TriangleMesh.from_arrays(
            row.partial.pose.from_scene(row.partial.mesh.vertices.astype(np.float64)),
            row.partial.mesh.faces,
        )
        count = len(given.faces)
        is_kept = row.method == "exact" and np.array_equal(row.mesh.faces[:count], given.faces)
        marked = np.arange(len(row.mesh.faces)) >= count if is_kept else None
        whole = row.partial.whole
        shown = ((given, None), (row.mesh, marked), (whole, None))
        lines.append(
            [clay_tile(mesh, side, marked=mark) for mesh, mark in shown for side in (FRONT, BACK)]
        )
    Image.fromarray(contact_sheet(lines, columns=2)).save(path)
