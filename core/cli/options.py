"""The command line's options, defined once: `python -m core` and `blender --command isoform`.

Standard library alone, because Blender parses them too; `in_blender` adds what needs a scene.
Exit status: 0 done; 1 a batch is done, but some of its inputs failed; 2 with one sentence on
stderr for everything that a user can put right; 130 when stopped with Ctrl-C.
"""

import argparse
import io
import math
import sys
from pathlib import Path
from typing import NoReturn

from ..errors import InputError
from ..files.picture_formats import FORMAT_NAMES
from ..worker.protocol import Complete, Reconstruct

DONE, PARTLY, FAILED, STOPPED = 0, 1, 2, 130
"""Exit statuses."""

MOST_WORKERS = 64

FORMATS = ("glb", "obj", "ply", "stl")
"""Suffixes of the mesh files that are written."""

Commands = argparse._SubParsersAction
"""What `ArgumentParser.add_subparsers` gives."""


def escape_unprintable() -> None:
    """Has stdout and stderr write what their encoding lacks as an escape (`\\u6905`).

    A path may hold any character, and an encoding need not: that of a file on Windows, into which
    the answer is redirected, has 256 of them.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class Parser(argparse.ArgumentParser):
    """An argument parser that complains in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(FAILED, f"isoform: {message}; see '{self.prog} --help'\n")


def commands_of(parser: Parser) -> Commands:
    """Where the parser's commands are added."""
    return parser.add_subparsers(required=True, metavar="COMMAND", title="commands", dest="command")


def add_reconstruct(commands: Commands, in_blender: bool = False) -> argparse.ArgumentParser:
    """Add `reconstruct` to the command line."""
    parser = commands.add_parser(
        "reconstruct",
        help="make a mesh from pictures of one object",
        description="Make one closed mesh from one or several pictures of one object.",
        epilog="Transparent pictures are used as they are cut out; in others, the object must "
        "stand out from a plain background.",
    )
    add = parser.add_argument
    add("pictures", nargs="+", metavar="PICTURE", help=f"files of any of {FORMAT_NAMES}")
    _add_output(parser, in_blender)
    _add_engine(parser)
    add(
        "--frame",
        choices=("scene", "unit"),
        default="scene",
        help="scene: stands on the floor at the origin, in metres, Z up (.glb: Y up, as glTF "
        "asks); unit: the unit cube, Z up, unchanged in every format (%(default)s)",
    )
    _add_reconstruction(parser)
    add("--seed", type=int, default=0, metavar="N", help="0: the likeliest shape; others vary it")
    add("--json", action="store_true", help="print one JSON object instead of a sentence")
    return parser


def add_complete(commands: Commands, in_blender: bool = False) -> argparse.ArgumentParser:
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
        nargs="*" if in_blender else "+",
        type=Path,
        metavar="PARTIAL",
        help=".glb .gltf .obj .ply .stl: parts of one shape in one frame; may hold points alone",
    )
    if in_blender:
        add("--object", metavar="NAME", help="an object of --blend, instead of PARTIAL files")
        add("--blend", type=Path, metavar="FILE", help="the .blend file that --object is in")
    _add_output(parser, in_blender)
    _add_engine(parser)
    _add_completion(parser)
    add("--seed", type=int, default=0, metavar="N", help="draws the hypotheses after the first")
    add("--json", action="store_true", help="print one JSON object instead of a sentence")
    return parser


def add_batch(commands: Commands, in_blender: bool = False) -> argparse.ArgumentParser:
    """Add `batch` to the command line."""
    parser = commands.add_parser(
        "batch",
        allow_abbrev=False,
        help="reconstruct or complete everything in a folder",
        description="Reconstruct every picture, or complete every mesh, of a folder and its "
        "sub-folders. Results are named after their inputs; isoform_log.jsonl beside them says "
        "what became of each. A bad input never stops the others.",
        epilog="Exit status: 0 all done, 1 some inputs failed (the log says which), 2 the batch "
        "could not go on, 130 stopped with Ctrl-C. With --resume the same command goes on.",
    )
    add = parser.add_argument
    add(
        "folder",
        nargs="?" if in_blender else None,
        type=Path,
        metavar="FOLDER",
        help="pictures, each of one object, or meshes",
    )
    if in_blender:
        add("--collection", metavar="NAME", help="complete the meshes of this collection instead")
        add("--blend", type=Path, metavar="FILE", help="the .blend file that --collection is in")
    add("--output", required=True, type=Path, metavar="FOLDER", help="made when missing")
    add(
        "--inputs",
        choices=("pictures", "meshes"),
        default="pictures",
        help="which files of FOLDER: pictures are reconstructed, meshes completed (%(default)s)",
    )
    if in_blender:
        add(
            "--as",
            dest="results",
            choices=("files", "assets"),
            default="files",
            help="files: one per result; assets: objects marked as assets in one .blend file in "
            "the output folder (%(default)s)",
        )
    add("--format", choices=FORMATS, default="glb", help="of the files (%(default)s)")
    add("--workers", type=int, default=1, metavar="N", help="processes at once (%(default)s)")
    add("--resume", action="store_true", help="leave out what the log says is done already")
    _add_engine(parser)
    _add_reconstruction(parser.add_argument_group("for pictures"))
    _add_completion(parser.add_argument_group("for meshes"))
    add("--seed", type=int, default=0, metavar="N", help="of every result (%(default)s)")
    add("--json", action="store_true", help="print one JSON object at the end, no sentences")
    return parser


def add_models(commands: Commands) -> argparse.ArgumentParser:
    """Add `models` to the command line."""
    parser = commands.add_parser("models", help="list the shipped models and their scores")
    parser.add_argument("--json", action="store_true", help="print one JSON list instead")
    return parser


def check_workers(count: int) -> None:
    """Holds the number of workers to one that a machine can have.

    Raises:
        InputError: It is not.
    """
    if not 1 <= count <= MOST_WORKERS:
        raise InputError(
            f"--workers must be 1 to {MOST_WORKERS}; found {count}; "
            "as many as the memory holds models is plenty"
        )


def pictures_asked(given: argparse.Namespace) -> Reconstruct:
    """The request that the options make, but for its pictures.

    Raises:
        InputError: The size is no length.
    """
    if given.size is not None and not 0 < given.size < math.inf:
        raise InputError(f"--size must be a positive number of metres; found {given.size:g}")
    return Reconstruct(
        job="",
        folder="",
        pictures=(),
        category=given.category,
        resolution=given.resolution,
        target_faces=given.faces,
        seed=given.seed,
        size_m=given.size or 1.0,
        model=given.model,
        device=given.device,
    )


def meshes_asked(given: argparse.Namespace) -> Complete:
    """The request that the options make, but for its mesh.

    Raises:
        InputError: The noise is no length.
    """
    return Complete(
        job="",
        folder="",
        mesh="",
        category=given.category,
        pose=given.pose,
        keep=given.keep,
        hypotheses=given.hypotheses,
        empty=given.empty,
        noise=noise_of(given.noise),
        resolution=given.resolution,
        seed=given.seed,
        model=given.model,
        device=given.device,
        anyway=given.anyway,
    )


def noise_of(text: str) -> float | None:
    """The noise's length, or None where it is to be estimated.

    Raises:
        InputError: The text is neither "auto" nor a number.
    """
    if text == "auto":
        return None
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"--noise must be 'auto' or a length; found '{text}'") from error


def _add_output(parser: argparse.ArgumentParser, in_blender: bool) -> None:
    text = ".glb, .obj, .ply, .stl or .blend" if in_blender else ".glb, .obj, .ply or .stl"
    parser.add_argument("--output", required=True, type=Path, metavar="FILE", help=text)


def _add_engine(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--model", default="starter", help="a shipped model or a .safetensors file (%(default)s)")
    add("--category", default="auto", help="what the object is, such as chair (%(default)s)")
    add("--resolution", type=int, default=128, metavar="N", help="samples per axis (%(default)s)")
    add("--device", default="auto", help="auto, cpu, cuda, mps or xpu (%(default)s)")


def _add_reconstruction(parser: argparse._ActionsContainer) -> None:
    add = parser.add_argument
    add("--size", type=float, metavar="METRES", help="longest side in the scene frame (1)")
    add("--faces", type=int, metavar="N", help="reduce the mesh to at most N triangles")


def _add_completion(parser: argparse._ActionsContainer) -> None:
    add = parser.add_argument
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
    add(
        "--anyway",
        action="store_true",
        help="complete even a mesh of which nothing is missing; it stays as it is otherwise",
    )
