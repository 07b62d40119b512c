"""The command `reconstruct`: pictures of one object to a mesh file."""

import argparse
import json
import math
import sys
import time
from typing import TYPE_CHECKING

from .. import options
from ..errors import InputError
from ..frames import standing_at
from ..mesh_files import check_mesh_path, write_mesh
from ..meshes import TriangleMesh
from ..scene_files import write_scene_mesh
from .watching import progress_bar

if TYPE_CHECKING:
    from ..pipeline import Result


def add_parser(commands: options.Commands) -> None:
    """Add `reconstruct` to the command line."""
    options.add_reconstruct(commands).set_defaults(run=reconstruct)


def reconstruct(given: argparse.Namespace) -> None:
    """Pictures to a mesh file, and what came out on stdout.

    Raises:
        InputError: An option or a picture cannot be used, or the output cannot be written.
    """
    check_mesh_path(given.output)
    if given.size is not None and given.frame == "unit":
        raise InputError(
            f"--size {given.size:g} has no meaning in the unit cube; leave it out, "
            "or choose --frame scene"
        )
    if given.size is not None and not 0 < given.size < math.inf:
        raise InputError(f"--size must be a positive number of metres; found {given.size:g}")
    from ..pipeline import Engine

    engine = Engine(given.model, given.device)
    with progress_bar() as progress:
        result = engine.reconstruct(
            given.pictures,
            category=given.category,
            resolution=given.resolution,
            target_faces=given.faces,
            seed=given.seed,
            progress=progress,
        )
    start = time.perf_counter()
    mesh = result.mesh
    if given.frame == "scene":
        placement = standing_at((0.0, 0.0, 0.0), mesh.bounds, given.size or 1.0)
        mesh = TriangleMesh(placement.to_scene(mesh.vertices), mesh.faces)
        mesh = write_scene_mesh(given.output, mesh, result.normals)
    else:
        write_mesh(given.output, mesh, result.normals)
    seconds = result.seconds | {"writing": time.perf_counter() - start}
    for warning in (*result.warnings, *result.notes):
        sys.stderr.write(f"isoform: {warning}\n")
    _report(given, result, mesh, seconds, engine.device.type)


def _report(
    given: argparse.Namespace,
    result: "Result",
    written: TriangleMesh,
    seconds: dict[str, float],
    device: str,
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
        "model": given.model,
        "device": device,
        "category": result.category,
        "confidence": round(result.confidence, 4),
        "seed": given.seed,
        "resolution": given.resolution,
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
