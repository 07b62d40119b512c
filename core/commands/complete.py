"""The command `complete`: a partial mesh or point cloud to whole shapes, as mesh files."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..frames import gltf_from_scene
from ..mesh_files import check_mesh_path, write_mesh
from ..meshes import PointCloud, TriangleMesh
from .watching import progress_bar

if TYPE_CHECKING:
    from ..pipeline import Completed, Completion


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `complete` to the command line."""
    parser = commands.add_parser(
        "complete",
        help="make the whole shape of a partial mesh",
        description="Make the whole shape that a broken, half-modelled or scanned mesh belongs to, "
        "in its own place and scale.",
        epilog="+Z is taken as up (in .glb: +Y, as glTF asks). .glb and .ply files get two values "
        "per vertex: observed (1 given, 0 invented) and confidence, in [0, 1].",
    )
    add = parser.add_argument
    add(
        "partials",
        nargs="+",
        type=Path,
        metavar="PARTIAL",
        help=".glb .obj .ply .stl: parts of one shape in one frame; a .ply may hold points alone",
    )
    add("--output", required=True, type=Path, metavar="FILE", help=".glb, .obj, .ply or .stl")
    add("--model", default="starter", help="a shipped model or a .safetensors file (%(default)s)")
    add("--category", default="auto", help="what the object is, such as chair (%(default)s)")
    add(
        "--pose",
        default="auto",
        choices=("auto", "upright", "canonical"),
        help="auto: turned about the vertical anyhow; upright: its front faces -Y; canonical: it "
        "lies in the unit cube already (%(default)s)",
    )
    add(
        "--keep",
        default="auto",
        choices=("auto", "exact", "fused", "none"),
        help="exact: every given vertex and triangle stays, the rest is joined to them; fused: one "
        "closed surface through what was given; none: the fitted shape alone; auto: exact for "
        "meshes, fused for points (%(default)s)",
    )
    add("--hypotheses", type=int, default=1, metavar="N", help="distinct completions, best first")
    add(
        "--empty",
        default="none",
        choices=("none", "visible"),
        help="visible: it was scanned from one side, and in front of it is nothing (%(default)s)",
    )
    add(
        "--noise",
        default="auto",
        metavar="auto|LENGTH",
        help="how far points are off (%(default)s)",
    )
    add("--resolution", type=int, default=128, metavar="N", help="samples per axis (%(default)s)")
    add("--device", default="auto", help="auto, cpu, cuda, mps or xpu (%(default)s)")
    add("--seed", type=int, default=0, metavar="N", help="draws points and starts (%(default)s)")
    add("--json", action="store_true", help="print one JSON object instead of a sentence")
    parser.set_defaults(run=complete)


def complete(options: argparse.Namespace) -> None:
    """Partial meshes to mesh files, and what came out on stdout.

    Raises:
        InputError: An option or an input cannot be used, or the output cannot be written.
    """
    check_mesh_path(options.output)
    noise = _noise(options.noise)
    from ..pipeline import Engine, read_partial

    partial = _joined([read_partial(path) for path in options.partials])
    engine = Engine(options.model, options.device)
    with progress_bar() as progress:
        found = engine.complete(
            partial,
            category=options.category,
            pose=options.pose,
            keep=options.keep,
            hypotheses=options.hypotheses,
            empty=options.empty,
            noise=noise,
            resolution=options.resolution,
            seed=options.seed,
            progress=progress,
        )
    start = time.perf_counter()
    written = [
        _write(_numbered(options.output, number), each)
        for number, each in enumerate(found.hypotheses)
    ]
    for warning in found.warnings:
        sys.stderr.write(f"isoform: {warning}\n")
    seconds = found.seconds | {"writing": time.perf_counter() - start}
    _report(options, found, written, seconds, engine.device.type)


def _noise(text: str) -> float | None:
    if text == "auto":
        return None
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"--noise must be 'auto' or a length; found '{text}'") from error


def _joined(partials: list[TriangleMesh | PointCloud]) -> TriangleMesh | PointCloud:
    """Several meshes, or several clouds, as one."""
    if len(partials) == 1:
        return partials[0]
    meshes = [each for each in partials if isinstance(each, TriangleMesh)]
    clouds = [each for each in partials if isinstance(each, PointCloud)]
    if meshes and clouds:
        raise InputError(
            f"{len(meshes)} of the files hold meshes and {len(clouds)} points alone; "
            "give either meshes or points"
        )
    if clouds:
        return PointCloud(
            np.concatenate([each.points for each in clouds]),
            np.concatenate([each.normals for each in clouds]),
        )
    starts = np.cumsum([0, *(len(each.vertices) for each in meshes)])
    return TriangleMesh(
        np.concatenate([each.vertices for each in meshes]),
        np.concatenate(
            [each.faces + int(start) for each, start in zip(meshes, starts, strict=False)]
        ),
    )


def _numbered(path: Path, number: int) -> Path:
    """`shape.glb` for the best, then `shape.2.glb` and so on."""
    return path if number == 0 else path.with_name(f"{path.stem}.{number + 1}{path.suffix}")


def _write(path: Path, completed: "Completed") -> Path:
    mesh, normals = completed.mesh, completed.normals
    if path.suffix.lower() == ".glb":
        mesh = TriangleMesh(gltf_from_scene(mesh.vertices), mesh.faces)
        normals = gltf_from_scene(normals)
    values = {
        "observed": completed.is_observed.astype(np.float32),
        "confidence": completed.confidence,
    }
    write_mesh(path, mesh, normals, values)
    return path


def _report(
    options: argparse.Namespace,
    found: "Completion",
    written: list[Path],
    seconds: dict[str, float],
    device: str,
) -> None:
    if options.json:
        report = {
            "model": options.model,
            "device": device,
            "category": found.category,
            "confidence": round(found.confidence, 4),
            "unchanged": found.is_unchanged,
            "seed": options.seed,
            "resolution": options.resolution,
            "seconds": {stage: round(value, 4) for stage, value in seconds.items()},
            "warnings": list(found.warnings),
            "hypotheses": [
                _described(path, each) for path, each in zip(written, found.hypotheses, strict=True)
            ],
        }
        sys.stdout.write(json.dumps(report) + "\n")
        return
    for path, each in zip(written, found.hypotheses, strict=True):
        sys.stdout.write(
            f"{path}: {found.category}, {len(each.mesh.faces):,} triangles, "
            f"{'closed' if each.is_closed else 'not closed'}, {each.invented_share:.0%} invented, "
            f"confidence {found.confidence:.0%}, {sum(seconds.values()):.2f} s\n"
        )


def _described(path: Path, completed: "Completed") -> dict[str, object]:
    return {
        "output": str(path),
        "vertices": len(completed.mesh.vertices),
        "faces": len(completed.mesh.faces),
        "observed_vertices": completed.observed_vertices,
        "observed_faces": completed.observed_faces,
        "closed": completed.is_closed,
        "widest_gap": completed.widest_gap_m,
        "invented_share": round(completed.invented_share, 4),
        "heading_degrees": round(float(np.degrees(completed.pose.heading_rad)), 2),
        "scale": completed.pose.scale,
        "centre": list(completed.pose.offset),
        "bounding_box": completed.mesh.bounds.tolist(),
        "code": completed.code.tolist(),
    }
