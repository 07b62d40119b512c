"""A batch over a folder: which files are its inputs, and what their results are called."""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

from ..errors import FREE_DISK, InputError
from ..files.names import OutputNames
from ..worker.job_messages import OfPictures
from ..worker.protocol import Complete, Job, Matted, Result
from .log import BatchLog
from .running import Item, Stored

logger = logging.getLogger(__name__)

MESHES = (".glb", ".gltf", ".obj", ".ply", ".stl")

LEAST_FREE_BYTES = 32 << 20
"""With less a batch does not go on: a mesh of a million triangles may not fit."""

PIECE_BYTES = 1 << 18
"""Read and hashed at once: a third of a millisecond."""


def check_output_folder(output: Path) -> None:
    """Makes the output folder and finds out whether it can be written to.

    Raises:
        InputError: It cannot be.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output):
            pass
    except OSError as error:
        raise InputError(
            f"the output folder '{output}' cannot be written to ({error.strerror}); choose another"
        ) from error


def inputs_of(folder: Path, suffixes: tuple[str, ...], output: Path) -> list[Path]:
    """The files of those suffixes in `folder` and below, in an order that is always the same.

    Hidden files and folders are left out, and the output folder where it lies inside.

    Raises:
        InputError: There is no such folder, it holds none, or results would become inputs.
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder '{folder}'; choose another")
    own = output.resolve()
    if suffixes == MESHES and own == folder.resolve():
        raise InputError(
            f"the results would lie among the inputs in '{folder}', and be completed again; "
            "choose another output folder"
        )
    found = []
    for place, folders, names in os.walk(folder, onerror=_report):
        here = Path(place)
        folders[:] = [each for each in folders if each[0] != "." and (here / each).resolve() != own]
        found += [
            here / each
            for each in names
            if each[0] != "." and PurePath(each).suffix.lower() in suffixes
        ]
    if not found:
        raise InputError(
            f"there is no input in '{folder}' (looked for {', '.join(suffixes)}); choose another"
        )
    return sorted(found, key=lambda each: (str(each).casefold(), str(each)))


def common_folder(files: Sequence[Path]) -> Path:
    """The innermost folder that all files are in.

    Args:
        files: Absolute, without `..`; at least one.

    Raises:
        InputError: They lie on different drives.
    """
    try:
        return Path(os.path.commonpath([each.parent for each in files]))
    except ValueError as error:
        raise InputError(
            f"the files lie on different drives, {files[0]} on one and others elsewhere; "
            "give those of one drive at a time"
        ) from error


class FileStore:
    """Results as files of the output folder, written there by the workers.

    Args:
        folder: The output folder, which can be written to.
        suffix: Of the results, with its dot.
    """

    def __init__(self, folder: Path, suffix: str) -> None:
        self._folder, self._suffix = folder, suffix

    def items(
        self, folder: Path, files: Sequence[Path], template: Job, log: BatchLog
    ) -> list[Item]:
        """The inputs of a batch over files.

        Args:
            folder: That all `files` are in.
            files: Pictures or meshes.
            template: Asks for all results.
            log: Tells which name an input's result has already.
        """
        paths = {path.relative_to(folder).as_posix(): path for path in files}
        stems = {name: "_".join(PurePath(name).with_suffix("").parts) for name in paths}
        return [
            Item(
                name, output, partial(pieces_of, paths[name]), partial(_request, paths[name], asked)
            )
            for name, output in self.outputs(stems, template, log).items()
            for asked in [replace(template, output=str(self._folder / output))]
        ]

    def outputs(self, wanted: Mapping[str, str], template: Job, log: BatchLog) -> dict[str, str]:
        """The name of every input's result: the one that it has in the log, or a new one.

        Args:
            wanted: By input, what its result should be called, without suffix; any text.
            template: Asks for all results.
            log: Tells the names that were given before.
        """
        count = template.hypotheses if isinstance(template, Complete) else 1
        endings = [self._suffix, *(f".{number}{self._suffix}" for number in range(2, count + 1))]
        given = OutputNames(lambda name: os.path.lexists(self._folder / name))
        stems = {}
        for name in wanted:
            before = log.outputs.get(name, "")
            stem = before.removesuffix(self._suffix)
            if stem != before and given.keep(stem, endings):
                stems[name] = stem
        for name, stem in wanted.items():
            if name not in stems:
                stems[name] = given.claim(stem, endings)
        return {name: stems[name] + self._suffix for name in wanted}

    def check(self) -> None:
        """Finds out whether there is room for another result.

        Raises:
            InputError: There is none.
        """
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError as error:
            raise InputError(
                f"the output folder '{self._folder}' is gone ({error.strerror}); "
                "bring it back, and resume"
            ) from error
        if free < LEAST_FREE_BYTES:
            raise InputError(
                f"the disk of '{self._folder}' is full ({free / 1e6:.0f} MB are left); "
                "free some space, and resume",
                remedy=FREE_DISK,
            )

    def has(self, names: Sequence[str]) -> bool:
        """Whether these files are all there."""
        return all((self._folder / PurePath(each).name).is_file() for each in names)

    def take(self, _item: Item, result: Result) -> Stored:
        """The names of the files that the worker has written."""
        written = () if isinstance(result, Matted) else result.written
        return Stored(tuple(Path(each).name for each in written))


def pieces_of(path: Path) -> Iterator[bytes]:
    """The file's content, piece by piece.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _request(path: Path, asked: Job, folder: Path) -> Job:
    """The job of one file."""
    asked = replace(asked, job=folder.name, folder=str(folder))
    file = str(path.absolute())
    is_picture = isinstance(asked, OfPictures)
    return replace(asked, pictures=(file,)) if is_picture else replace(asked, mesh=file)


def _report(error: OSError) -> None:
    logger.warning("the folder %s is left out: %s", error.filename, error.strerror)
