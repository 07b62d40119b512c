"""`blender --command isoform ...`: what is asked, and whether it needs a scene. Knows no bpy.

What needs none (pictures or mesh files in, mesh files out) is passed on to the engine's own command
line in the worker's Python, word by word: the same options, the same bytes, the same exit status.
"""

import argparse
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ...core.cli.options import (
    STOPPED,
    Parser,
    add_batch,
    add_models,
    add_operation,
    add_reconstruct,
    check_several,
    commands_of,
)
from ...core.errors import InputError
from ...core.operations.settings import COMPLETE

NAME = "isoform"
"""Of the command."""

SCRIPT = Path(__file__).parents[2] / "core" / "__main__.py"

BLEND = ".blend"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """What is asked.

    Args:
        arguments: All words behind the command's name.

    Raises:
        SystemExit: Help was asked for and given, or an option was refused in one sentence.
        InputError: Two options do not go together.
    """
    parser = Parser(
        prog=f"blender --command {NAME}",
        description="Whole 3D shapes from pictures and partial meshes, offline.",
    )
    commands = commands_of(parser)
    add_reconstruct(commands, in_blender=True)
    add_operation(commands, COMPLETE, in_blender=True)
    add_batch(commands, in_blender=True)
    add_models(commands)
    given = parser.parse_args(arguments)
    if given.command in ("reconstruct", "complete"):
        check_several(given)
    if given.command == "complete":
        _check_complete(given)
    if given.command == "batch":
        _check_batch(given)
    return given


def needs_scene(given: argparse.Namespace) -> bool:
    """Whether Blender itself must do a part of it."""
    if given.command == "reconstruct":
        return not given.each and given.output.suffix.lower() == BLEND
    if given.command == "complete":
        is_blend = given.output.suffix.lower() == BLEND
        return not given.each and (given.object is not None or is_blend)
    if given.command == "batch":
        return given.collection is not None or given.results == "assets"
    return False


def passed_on(given: argparse.Namespace, arguments: Sequence[str]) -> list[str]:
    """The words for the engine's own command line, which does not know `--as files`."""
    words = list(arguments)
    if given.command == "batch" and "--as" in words:
        place = words.index("--as")
        del words[place : place + 2]
    return [each for each in words if each != "--as=files"]


def run_engine(python: Path, words: Sequence[str]) -> int:
    """Runs the engine's own command line to its end; its exit status.

    What it says goes where this process's own words go. It ends with this process, even where
    that is killed: its stdin is then at its end.

    Args:
        python: The interpreter.
        words: Its arguments.

    Raises:
        InputError: The interpreter cannot be started.
    """
    command = [str(python), "-I", str(SCRIPT), *words]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, shell=False)
    except OSError as error:
        raise InputError(
            f"the Python {python} cannot be started ({error.strerror}); choose another"
        ) from error
    with process:
        try:
            return process.wait()
        except KeyboardInterrupt:  # it has heard of it, too
            process.wait()
            return STOPPED


def _check_complete(given: argparse.Namespace) -> None:
    if given.object is not None and given.partials:
        raise InputError(
            f"both --object '{given.object}' and the file '{given.partials[0]}' are given; "
            "give one of them"
        )
    if given.object is not None and given.each:
        raise InputError(
            f"--each is for files, and the object '{given.object}' is given; leave one of them "
            "out, or complete the objects of a collection with batch"
        )
    if given.object is None and not given.partials:
        raise InputError("nothing to complete is given; name mesh files, or --object and --blend")
    if given.object is None and given.blend is not None:
        raise InputError(f"no object of '{given.blend}' is named; name it with --object")


def _check_batch(given: argparse.Namespace) -> None:
    if (given.folder is None) == (given.collection is None):
        found = "neither is" if given.folder is None else "both are"
        raise InputError(f"give a FOLDER or a --collection; {found} given")
    if given.collection is None and given.blend is not None:
        raise InputError(f"no collection of '{given.blend}' is named; name it with --collection")
    if given.results == "assets" and given.folder is not None and given.inputs == "meshes":
        raise InputError(
            "mesh files of a folder become files; to have assets, import them into a .blend file "
            "and name their --collection"
        )
