"""The command line: `python -m core`, also installed as `isoform`.

Exit status: 0 done, 2 with one sentence on stderr for everything that a user can put
right, 130 when stopped with Ctrl-C. Stdout carries the answer, stderr everything else.
"""

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from .errors import InputError, IsoformError
from .frames import gltf_from_scene, standing_at
from .mesh_files import check_mesh_path, write_mesh
from .meshes import TriangleMesh

if TYPE_CHECKING:
    from .pipeline import Result

STOPPED = 130
"""Exit status after Ctrl-C, as shells have it."""

FAILED = 2
"""Exit status after an error that the user can put right."""

TRAINING = {
    "prepare": "turn a folder of assets into distance samples and pictures",
    "train": "train a model on prepared assets",
    "evaluate": "score a model on its test split",
}
"""Commands that `train.commands` brings, with their help; imported only when one is asked for."""


class _Parser(argparse.ArgumentParser):
    """An argument parser that complains in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(FAILED, f"isoform: {message}; see '{self.prog} --help'\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Args:
        arguments: Without the program's name; the process's own when not given.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    # as in the worker: on a busy machine threads that spin keep others from computing
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        options = _parser(arguments[0] if arguments else "").parse_args(arguments)
        options.run(options)
    except IsoformError as error:
        sys.stderr.write(f"isoform: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("isoform: stopped\n")
        return STOPPED
    except SystemExit as stop:  # argparse's way to end, after help or a complaint
        return int(stop.code or 0)
    return 0


def _parser(command: str) -> argparse.ArgumentParser:
    parser = _Parser(prog="isoform", description="Whole 3D shapes from a picture, offline.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")
    _add_reconstruct(commands)
    models = commands.add_parser("models", help="list the shipped models and their scores")
    models.add_argument("--json", action="store_true", help="print one JSON list instead")
    models.set_defaults(run=list_shipped)
    if command in TRAINING:
        from .pipeline import Engine, frame_object, model_path
        from .train import commands as training

        training.add_parsers(commands, training.Neighbours(frame_object, Engine, model_path))
    else:
        for name, summary in TRAINING.items():
            commands.add_parser(name, help=summary)
    return parser


def _add_reconstruct(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
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
    from .pipeline import Engine

    engine = Engine(options.model, options.device)
    with _progress_bar() as progress:
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


def list_shipped(options: argparse.Namespace) -> None:
    """The shipped models on stdout: categories, licence and measured scores."""
    from .pipeline import shipped_models

    cards = shipped_models()
    if options.json:
        kept = ("name", "categories", "trained_on", "licence", "scores")
        rows = [{key: getattr(card, key) for key in kept} for card in cards]
        sys.stdout.write(json.dumps(rows) + "\n")
        return
    for card in cards:
        sys.stdout.write(f"{card.name}: {', '.join(card.categories)}\n")
        sys.stdout.write(f"  licence: {card.licence}\n")
        for name, score in card.scores.items():
            mean = score.get("macro mean", score) if isinstance(score, dict) else score
            sys.stdout.write(f"  {name}: {json.dumps(mean)}\n")


@contextmanager
def _progress_bar() -> Iterator[Callable[[str, float], None] | None]:
    """A bar on stderr while a person is watching, nothing otherwise."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(total=1.0, leave=False, bar_format="{desc:<8} {percentage:3.0f}% |{bar}|") as bar:

        def show(stage: str, fraction: float) -> None:
            bar.set_description_str(stage, refresh=False)
            bar.update(fraction - bar.n)

        yield show


if __name__ == "__main__":
    raise SystemExit(main())
