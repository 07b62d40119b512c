"""The command `complete`: a partial mesh or point cloud to whole shapes, as mesh files."""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..files.meshes import check_mesh_path
from ..files.scene import numbered
from ..operations.settings import COMPLETE, CompleteSettings
from ..operations.settings.setting import values_of
from ..worker.protocol import Complete
from . import options
from .batch import batch_of
from .setting_options import settings_given
from .watching import progress_bar

if TYPE_CHECKING:
    from ..operations.completed import Completed
    from ..operations.completing import Completion


def add_parser(commands: options.Commands) -> None:
    """Add `complete` to the command line."""
    options.add_operation(commands, COMPLETE).set_defaults(run=complete)


def complete(given: argparse.Namespace) -> int:
    """Parts of one shape, or of a shape each, to mesh files; says what came out; the exit status.

    Raises:
        InputError: An option or an input cannot be used, or the output cannot be written.
        WorkerError: No worker for several shapes can be started.
    """
    options.check_several(given)
    if given.each:
        return batch_of(given.partials, Complete, given)
    settings = settings_given(CompleteSettings, given)
    # the longest of the names, too: those of further shapes have numbers
    for number in (0, settings.hypotheses - 1):
        check_mesh_path(numbered(given.output, number))
    from ..inputs.given import joined, read_partial
    from ..operations.engine import Engine

    partial = joined([read_partial(path) for path in given.partials])
    engine = Engine(settings.model, settings.device)
    with progress_bar() as progress:
        found = engine.complete(partial, **values_of(settings, "work"), progress=progress)
    start = time.perf_counter()
    written, lost = found.save(given.output)
    warnings = (*found.warnings, *lost)
    for warning in warnings:
        sys.stderr.write(f"isoform: {warning}\n")
    for path, each in list(zip(written, found.hypotheses, strict=True))[1:]:
        for warning in each.warnings:
            sys.stderr.write(f"isoform: {path}: {warning}\n")
    seconds = found.seconds | {"writing": time.perf_counter() - start}
    used = replace(settings, device=engine.device.type)
    _report(used, replace(found, warnings=warnings), written, seconds, is_json=given.json)
    return options.DONE


def _report(
    settings: CompleteSettings,
    found: "Completion",
    written: tuple[Path, ...],
    seconds: dict[str, float],
    *,
    is_json: bool,
) -> None:
    if is_json:
        report = {
            "model": settings.model,
            "device": settings.device,
            "category": found.category,
            "confidence": round(found.confidence, 4),
            "unchanged": found.is_unchanged,
            "seed": settings.seed,
            "resolution": settings.resolution,
            "seconds": {stage: round(value, 4) for stage, value in seconds.items()},
            "warnings": list(found.warnings),
            "hypotheses": [
                _described(path, each) for path, each in zip(written, found.hypotheses, strict=True)
            ],
        }
        sys.stdout.write(json.dumps(report) + "\n")
        return
    category = found.category or "unchanged"  # the model did not look at a whole mesh
    for path, each in zip(written, found.hypotheses, strict=True):
        sys.stdout.write(
            f"{path}: {category}, {len(each.mesh.faces):,} triangles, "
            f"{'closed' if each.is_closed else 'not closed'}, {each.invented_share:.0%} invented, "
            f"confidence {found.confidence:.0%}, {sum(seconds.values()):.2f} s\n"
        )


def _described(path: Path, completed: "Completed") -> dict[str, object]:
    low, high = completed.vertices.min(axis=0), completed.vertices.max(axis=0)
    return {
        "output": str(path),
        "vertices": len(completed.mesh.vertices),
        "faces": len(completed.mesh.faces),
        "observed_vertices": completed.observed_vertices,
        "observed_faces": completed.observed_faces,
        "closed": completed.is_closed,
        "widest_gap": completed.widest_gap_m,
        "invented_share": round(completed.invented_share, 4),
        "heading_degrees": round(float(np.degrees(completed.pose.yaw_rad)), 2),
        "scale": completed.pose.scale,
        "centre": list(completed.pose.offset),
        "bounding_box": [low.tolist(), high.tolist()],
        "code": completed.code.tolist(),
        "warnings": list(completed.warnings),
    }
