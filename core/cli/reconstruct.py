"""The command `reconstruct`: pictures of one object to a mesh file, or of several to several."""

import argparse
import json
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import InputError
from ..files.meshes import check_mesh_path, write_mesh
from ..meshes import TriangleMesh
from ..operations.settings import ReconstructSettings
from ..operations.settings.setting import values_of
from ..worker.protocol import Reconstruct
from . import options
from .batch import batch_of
from .setting_options import settings_given
from .watching import progress_bar

if TYPE_CHECKING:
    from ..operations.results import Result


def add_parser(commands: options.Commands) -> None:
    """Add `reconstruct` to the command line."""
    options.add_reconstruct(commands).set_defaults(run=reconstruct)


def reconstruct(given: argparse.Namespace) -> int:
    """Pictures to a mesh file, or each to one of its own; says what came out; the exit status.

    Raises:
        InputError: An option or a picture cannot be used, or the output cannot be written.
        WorkerError: No worker for several objects can be started.
    """
    options.check_several(given)
    if given.each and given.frame == "unit":
        raise InputError(
            "--frame unit is for one object, and --each was given; leave one of them out"
        )
    if given.each:
        return batch_of(given.pictures, Reconstruct, given)
    check_mesh_path(given.output)
    if given.size_m is not None and given.frame == "unit":
        raise InputError(
            f"--size {given.size_m:g} has no meaning in the unit cube; leave it out, "
            "or choose --frame scene"
        )
    settings = settings_given(ReconstructSettings, given)
    from ..operations.engine import Engine

    engine = Engine(settings.model, settings.device)
    with progress_bar() as progress:
        result = engine.reconstruct(
            given.pictures, **values_of(settings, "work"), progress=progress
        )
    start = time.perf_counter()
    if given.frame == "scene":
        mesh = result.save(given.output, size_m=settings.size_m)
    else:
        mesh = result.mesh
        write_mesh(given.output, mesh, result.normals)
    seconds = result.seconds | {"writing": time.perf_counter() - start}
    for warning in (*result.warnings, *result.notes):
        sys.stderr.write(f"isoform: {warning}\n")
    used = replace(settings, device=engine.device.type)
    _report(given, used, result, mesh, seconds)
    return options.DONE


def _report(
    given: argparse.Namespace,
    settings: ReconstructSettings,
    result: "Result",
    written: TriangleMesh,
    seconds: dict[str, float],
) -> None:
    closed = result.mesh.is_closed
    if not given.json:
        sys.stdout.write(
            f"{given.output}: {result.category}, {len(written.vertices):,} vertices, "
            f"{len(written.faces):,} triangles, {'closed' if closed else 'not closed'}, "
            f"confidence {result.confidence:.0%}, {sum(seconds.values()):.2f} s "
            f"({', '.join(f'{stage} {value:.2f}' for stage, value in seconds.items())})\n"
        )
        return
    report = {
        "output": str(given.output),
        "frame": given.frame,
        "model": settings.model,
        "device": settings.device,
        "category": result.category,
        "confidence": round(result.confidence, 4),
        "seed": settings.seed,
        "resolution": settings.resolution,
        "seconds": {stage: round(value, 4) for stage, value in seconds.items()},
        "vertices": len(written.vertices),
        "faces": len(written.faces),
        "closed": closed,
        "bounding_box": written.bounds.tolist(),
        "code": None if result.code is None else result.code.tolist(),
        "warnings": list(result.warnings),
        "notes": list(result.notes),
    }
    sys.stdout.write(json.dumps(report) + "\n")
