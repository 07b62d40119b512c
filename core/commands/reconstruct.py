"""The command `reconstruct`: pictures of one object to a mesh file."""

import argparse
import json
import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..frames import gltf_from_scene, standing_at
from ..mesh_files import check_mesh_path, write_mesh
from ..meshes import TriangleMesh
from .watching import progress_bar

if TYPE_CHECKING:
    from ..pipeline import Result


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `reconstruct` to the command line."""
    parser = commands.add_parser(
        "reconstruct",
        help="make a mesh from pictures of one object",
        description="Make one closed mesh from one or several pictures of one object.",
        epilog="Transparent pictures are used as they are cut out; in others, the object must "
        "stand out from a plain background.",
    )
    add = parser.add_argument
    add("pictures", nargs="+", metavar="PICTURE", help="PNG, JPEG, WebP, TIFF or BMP files")
    add("--output", required=True, type=Path, metavar="FILE", help=".glb, .obj, .ply or .stl")
    add("--model", default="starter", help="a shipped model or a .safetensors file (%(default)s)")
    add("--category", default="auto", help="what the object is, such as chair (%(default)s)")
    add("--resolution", type=int, default=128, metavar="N", help="samples per axis (%(default)s)")
    add(
        "--frame",
        choices=("scene", "unit"),
        default="scene",
        help="scene: stands on the floor at the origin, in metres, Z up (.glb: Y up, as glTF "
        "asks); unit: the unit cube, Z up, unchanged in every format (%(default)s)",
    )
    add("--size", type=float, metavar="METRES", help="longest side in the scene frame (1)")
    add("--faces", type=int, metavar="N", help="reduce the mesh to at most N triangles")
    add("--device", default="auto", help="auto, cpu, cuda, mps or xpu (%(default)s)")
    add("--seed", type=int, default=0, metavar="N", help="0: the likeliest shape; others vary it")
    add("--json", action="store_true", help="print one JSON object instead of a sentence")
    parser.set_defaults(run=reconstruct)


def reconstruct(options: argparse.Namespace) -> None:
    """Pictures to a mesh file, and what came out on stdout.

    Raises:
        InputError: An option or a picture cannot be used, or the output cannot be written.
    """
    check_mesh_path(options.output)
    if options.size is not None and options.frame == "unit":
        raise InputError(
            f"--size {options.size:g} has no meaning in the unit cube; leave it out, "
            "or choose --frame scene"
        )
    if options.size is not None and not 0 < options.size < math.inf:
        raise InputError(f"--size must be a positive number of metres; found {options.size:g}")
    from ..pipeline import Engine

    engine = Engine(options.model, options.device)
    with progress_bar() as progress:
        result = engine.reconstruct(
            options.pictures,
            category=options.category,
            resolution=options.resolution,
            target_faces=options.faces,
            seed=options.seed,
            progress=progress,
        )
    start = time.perf_counter()
    mesh, normals = result.mesh, result.normals
    if options.frame == "scene":
        placement = standing_at((0.0, 0.0, 0.0), mesh.bounds, options.size or 1.0)
        vertices = placement.to_scene(mesh.vertices)
        if options.output.suffix.lower() == ".glb":
            vertices, normals = gltf_from_scene(vertices), gltf_from_scene(normals)
        mesh = TriangleMesh(vertices, mesh.faces)
    write_mesh(options.output, mesh, normals)
    seconds = result.seconds | {"writing": time.perf_counter() - start}
    for warning in result.warnings:
        sys.stderr.write(f"isoform: {warning}\n")
    _report(options, result, mesh, seconds, engine.device.type)


def _report(
    options: argparse.Namespace,
    result: "Result",
    written: TriangleMesh,
    seconds: dict[str, float],
    device: str,
) -> None:
    closed = result.mesh.is_closed
    if not options.json:
        sys.stdout.write(
            f"{options.output}: {result.category}, {len(written.vertices):,} vertices, "
            f"{len(written.faces):,} triangles, {'closed' if closed else 'not closed'}, "
            f"{sum(seconds.values()):.2f} s "
            f"({', '.join(f'{stage} {value:.2f}' for stage, value in seconds.items())})\n"
        )
        return
    report = {
        "output": str(options.output),
        "frame": options.frame,
        "model": options.model,
        "device": device,
        "category": result.category,
        "seed": options.seed,
        "resolution": options.resolution,
        "seconds": {stage: round(value, 4) for stage, value in seconds.items()},
        "vertices": len(written.vertices),
        "faces": len(written.faces),
        "closed": closed,
        "bounding_box": written.bounds.tolist(),
        "code": result.code.tolist(),
        "warnings": list(result.warnings),
    }
    sys.stdout.write(json.dumps(report) + "\n")
