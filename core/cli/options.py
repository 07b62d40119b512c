"""The command line's options, defined once: `python -m core` and `blender --command isoform`.

Standard library alone, because Blender parses them too; `in_blender` adds what needs a scene.
Exit status: 0 done; 1 a batch is done, but some of its inputs failed; 2 with one sentence on
stderr for everything that a user can put right; 130 when stopped with Ctrl-C.
"""

import argparse
import io
import sys
from pathlib import Path
from typing import NoReturn

from ..errors import InputError
from ..files.picture_formats import FORMAT_NAMES
from ..operations.settings import COMPLETE, RECONSTRUCT, Operation
from ..operations.settings.setting import declared_in
from ..worker.job_messages import Asked, template
from .setting_options import add_setting, add_settings, settings_given

DONE, PARTLY, FAILED, STOPPED = 0, 1, 2, 130
"""Exit statuses."""

MOST_WORKERS = 64

FORMATS = ("glb", "obj", "ply", "stl")
"""Suffixes of the mesh files that are written."""

SEVERAL = {"format": FORMATS[0], "workers": 1, "resume": False}
"""Defaults of the options that only several results have."""

EACH = {
    "pictures": "every PICTURE shows an object of its own, and --output is a folder for the "
    "results, as in a batch",
    "meshes": "every PARTIAL belongs to a shape of its own, and --output is a folder for the "
    "results, as in a batch",
}
"""Help of `--each`, by what an operation is given."""

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
        """Ends the program with exit code 2 and one sentence on stderr, without the usage."""
        self.exit(FAILED, f"isoform: {message}; see '{self.prog} --help'\n")


def commands_of(parser: Parser) -> Commands:
    """Where the parser's commands are added."""
    return parser.add_subparsers(required=True, metavar="COMMAND", title="commands", dest="command")


def add_operation(
    commands: Commands, operation: Operation, in_blender: bool = False
) -> argparse.ArgumentParser:
    """Add an operation's command to the command line.

    Args:
        commands: Takes it.
        operation: Has a place on the command line.
        in_blender: Whether it is Blender's command line.
    """
    words = operation.command
    parser = commands.add_parser(
        operation.name, help=words.help, description=words.description, epilog=words.epilog
    )
    (_add_pictures if operation.inputs == "pictures" else _add_meshes)(parser, in_blender)
    text = ".glb, .obj, .ply, .stl or .blend" if in_blender else ".glb, .obj, .ply or .stl"
    parser.add_argument("--output", required=True, type=Path, metavar="FILE", help=text)
    add_settings(parser, declared_in(operation.settings))
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object instead of a sentence"
    )
    several = parser.add_argument_group("several objects at once")
    several.add_argument("--each", action="store_true", help=EACH[operation.inputs])
    _add_for_several(several)
    return parser


def add_reconstruct(commands: Commands, in_blender: bool = False) -> argparse.ArgumentParser:
    """Add `reconstruct` to the command line."""
    parser = add_operation(commands, RECONSTRUCT, in_blender)
    parser.add_argument(
        "--frame",
        choices=("scene", "unit"),
        default="scene",
        help="scene: stands on the floor at the origin, in metres, Z up (.glb: Y up, as glTF "
        "asks); unit: the unit cube, Z up, unchanged in every format (%(default)s)",
    )
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
    _add_for_several(parser)
    _add_settings_of_both(parser)
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


def check_several(given: argparse.Namespace) -> None:
    """Holds the options that several objects share to a command that was given several.

    Args:
        given: What `argparse` gives for `reconstruct` or `complete`.

    Raises:
        InputError: One of them was given without `--each`.
    """
    for name, default in SEVERAL.items():
        if not given.each and getattr(given, name) != default:
            raise InputError(
                f"--{name} is for several objects at once, and --each was not given; "
                f"add --each, or leave --{name} out"
            )


def template_given(kind: type[Asked], given: argparse.Namespace) -> Asked:
    """The request that the options make, but for its input.

    Args:
        kind: Class of the request.
        given: What `argparse` gives.

    Raises:
        InputError: A value is not allowed.
    """
    return template(kind, settings_given(kind.operation.settings, given))


def _add_for_several(parser: argparse._ActionsContainer) -> None:
    """Adds what is the same for every command that makes several results."""
    add = parser.add_argument
    add("--format", choices=FORMATS, help="of the files (%(default)s)")
    add("--workers", type=int, metavar="N", help="processes at once (%(default)s)")
    add("--resume", action="store_true", help="leave out what the log says is done already")
    parser.set_defaults(**SEVERAL)


def _add_pictures(parser: argparse.ArgumentParser, _in_blender: bool) -> None:
    words = f"files of any of {FORMAT_NAMES}"
    parser.add_argument("pictures", nargs="+", metavar="PICTURE", help=words)


def _add_meshes(parser: argparse.ArgumentParser, in_blender: bool) -> None:
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


def _add_settings_of_both(parser: argparse.ArgumentParser) -> None:
    """A batch's settings: those that both operations have once, and each one's own in a group."""
    groups = {
        "for pictures": {each.name: each for each in declared_in(RECONSTRUCT.settings)},
        "for meshes": {each.name: each for each in declared_in(COMPLETE.settings)},
    }
    pictures, meshes = groups.values()
    common = pictures.keys() & meshes.keys()
    add_settings(parser, [each for name, each in pictures.items() if name in common - {"seed"}])
    for title, declared in groups.items():
        own = [each for name, each in declared.items() if name not in common]
        add_settings(parser.add_argument_group(title), own)
    add_setting(parser, pictures["seed"], "of every result ({default})")
