"""Bundles: a folder of wheels and models from which a runtime is made without a network.

    bundle.json     for which platform, backend and Python; name, size and SHA-256 of every file
    wheels/*.whl    everything that the lock files name
    models/*        the models' weights

A bundle may lie on a shared drive or a stick. Its files are copied first and hashed on the way,
and what is installed are the copies, so that nobody can change them in between.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ..errors import InstallError, WorkerError
from ..files import json_lines
from . import machine

NAME = "bundle.json"

FORMAT = 1

BLOCK_BYTES = 1 << 20

PLACES = ("wheels", "models")
"""Folders of a bundle; there are no deeper ones."""


@dataclass(frozen=True)
class Entry:
    """One file of a bundle."""

    sha256: str

    bytes: int


@dataclass(frozen=True)
class Bundle:
    """What `bundle.json` says."""

    kind: ClassVar[str] = "bundle"

    format: int

    platform: str
    """As of `machine.platform_name`."""

    backend: str

    python: str
    """As of `machine.python_tag`."""

    files: dict[str, Entry]
    """By path in the bundle, with forward slashes."""

    def named(self, place: str) -> list[str]:
        """Paths of the files in one of `PLACES`."""
        return sorted(name for name in self.files if name.startswith(f"{place}/"))


def read(folder: Path) -> Bundle:
    """The bundle in `folder`, fit for this machine and the Python that runs this.

    Raises:
        InstallError: There is none, it is for another platform or Python, or it names files
            outside of it.
    """
    try:
        text = (folder / NAME).read_bytes()
        bundle = json_lines.message_of(text, (Bundle,))
    except OSError as error:
        raise InstallError(
            f"{folder} is no bundle ({NAME}: {error.strerror}); choose the folder that "
            "'python build.py bundle' has made"
        ) from error
    except WorkerError as error:
        raise InstallError(f"{folder / NAME} cannot be read; copy the bundle again") from error
    if bundle.format != FORMAT:
        raise InstallError(
            f"the bundle in {folder} has format {bundle.format} and this Isoform reads {FORMAT}; "
            "make it with the same version of Isoform"
        )
    here = (machine.platform_name(), machine.python_tag())
    if here != (bundle.platform, bundle.python):
        raise InstallError(
            f"the bundle is for {bundle.platform} and Python {_dotted(bundle.python)}, and this "
            f"Blender has {here[0] or 'another platform'} and Python {_dotted(here[1])}; "
            f"make one with: python build.py bundle --python {_dotted(here[1])}"
        )
    for name in bundle.files:
        if not re.fullmatch(rf"({'|'.join(PLACES)})/[\w.+-]+", name) or "/." in name:
            raise InstallError(
                f"the bundle names a file outside of its folders ({name!r}); "
                "do not use it, and get it again from where you trust it"
            )
    return bundle


def copy_verified(
    folder: Path, bundle: Bundle, target: Path, told: Callable[[int], None]
) -> list[Path]:
    """Copies all files of the bundle, hashed on the way; the copies' paths.

    Args:
        folder: The bundle's.
        bundle: What it should hold.
        target: Folder for the copies; made when missing.
        told: Called with the bytes copied since; may raise `Cancelled`.

    Raises:
        InstallError: A file is missing, a link, changed, or not listed.
        Cancelled: `told` said so.
        OSError: A copy cannot be written.
    """
    for place in (folder / each for each in PLACES):
        if place.is_symlink():
            raise InstallError(_linked(place))
        unlisted = {f"{place.name}/{each.name}" for each in place.glob("*")} - bundle.files.keys()
        if unlisted:
            raise InstallError(
                f"the bundle holds a file that {NAME} does not list ({min(unlisted)}); "
                "copy the bundle again"
            )
    copies = []
    for name, entry in bundle.files.items():
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        _copy(folder / name, copy, entry, told)
        copies.append(copy)
    return copies


def describe(folder: Path, backend: str, platform: str, python: str) -> None:
    """Writes `bundle.json` for the files that lie in `folder`.

    Args:
        folder: With the folders of `PLACES`.
        backend: One of `machine.BACKENDS`.
        platform: As of `machine.platform_name`.
        python: As of `machine.python_tag`.
    """
    files = {}
    for path in sorted(each for place in PLACES for each in (folder / place).glob("*")):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        files[path.relative_to(folder).as_posix()] = Entry(digest, path.stat().st_size)
    bundle = Bundle(FORMAT, platform, backend, python, files)
    text = json.dumps(json.loads(json_lines.line_of(bundle)), indent=1)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def _copy(source: Path, copy: Path, entry: Entry, told: Callable[[int], None]) -> None:
    if source.is_symlink():
        raise InstallError(_linked(source))
    digest = hashlib.sha256()
    try:
        opened = source.open("rb")
    except OSError as error:
        raise InstallError(
            f"{source} of the bundle cannot be read ({error.strerror}); copy the bundle again"
        ) from error
    with opened as file, copy.open("wb") as written:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            written.write(block)
            told(len(block))
    if digest.hexdigest() != entry.sha256:
        raise InstallError(
            f"{source} was changed or damaged since the bundle was made (SHA-256 "
            f"{digest.hexdigest()[:12]}... and not {entry.sha256[:12]}...); copy the bundle again"
        )


def _linked(path: Path) -> str:
    return f"{path} is a link, and a bundle holds files alone; copy the bundle again"


def _dotted(tag: str) -> str:
    """The Python's version from its tag: "py311" becomes "3.11"."""
    return f"{tag[2:3]}.{tag[3:]}"
