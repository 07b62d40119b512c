"""Wheels unpacked into a runtime, by the rules of the wheel format and with progress.

Why not by pip: on Windows pip cannot write the licence texts of torch, whose paths are longer than
Windows takes by default, where a runtime lies in Blender's own user folder; Blenders of Linux
packages carry no pip; and here a cancel is honoured between two files.

No wheel writes outside of its runtime: a name that leads elsewhere is refused with the wheel.
"""

import re
import sysconfig
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from ..errors import InstallError
from .runtimes import long_path

Told = Callable[[int], None]
"""Called with the number of bytes that were written since; may raise `Cancelled`."""

BLOCK_BYTES = 1 << 20


def unpacked_bytes(wheels: list[Path]) -> int:
    """Size of all files in the wheels.

    Raises:
        InstallError: One of them is no wheel.
    """
    total = 0
    for wheel in wheels:
        with _opened(wheel) as archive:
            total += sum(entry.file_size for entry in archive.infolist())
    return total


def unpack(wheels: list[Path], environment: Path, told: Told) -> None:
    """Writes the files of the wheels to where Python looks for them.

    Args:
        wheels: For this platform and the environment's Python.
        environment: A virtual environment made by the Python that runs this.
        told: Called after every block.

    Raises:
        InstallError: A file is no wheel, or a wheel would write outside of the environment.
        Cancelled: `told` said so.
        OSError: A file cannot be written.
    """
    places = sysconfig.get_paths("venv", {"base": str(environment), "platbase": str(environment)})
    for wheel in wheels:
        with _opened(wheel) as archive:
            for entry in archive.infolist():
                parts = target_of(entry.filename, wheel.name)
                key = "platlib"
                if parts[0].endswith(".data") and len(parts) > 2:
                    key, parts = parts[1], parts[2:]
                if not entry.is_dir():
                    place = places.get("include" if key == "headers" else key)
                    if place is None:
                        raise InstallError(_strange(wheel.name, entry.filename))
                    _write(archive, entry, Path(place, *parts), told)


def target_of(name: str, wheel: str) -> tuple[str, ...]:
    """The parts of the relative path that a name in an archive stands for.

    Args:
        name: As the archive has it.
        wheel: Name of the archive, for the sentence.

    Raises:
        InstallError: The name is absolute, climbs out of its folder, or means something else
            on another system.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or re.search(r"[\\:\0]", name):
        raise InstallError(_strange(wheel, name))
    return parts


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, told: Told) -> None:
    """Writes one file anew; a link that lies in its place is not followed."""
    place = Path(long_path(target))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    with _member(archive, entry) as packed, place.open("xb") as file:
        while block := _read(packed, archive):
            file.write(block)
            told(len(block))
    if entry.external_attr >> 16 & 0o111:
        place.chmod(0o755)


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> zipfile.ZipExtFile:
    try:
        return archive.open(entry)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise _broken(Path(archive.filename), error) from error


def _read(packed: zipfile.ZipExtFile, archive: zipfile.ZipFile) -> bytes:
    try:
        return packed.read(BLOCK_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise _broken(Path(archive.filename), error) from error


def _opened(wheel: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(wheel)
    except (OSError, zipfile.BadZipFile) as error:
        raise _broken(wheel, error) from error


def _broken(wheel: Path, error: Exception) -> InstallError:
    return InstallError(f"{wheel.name} is no whole wheel ({error}); fetch or copy it again")


def _strange(wheel: str, name: str) -> str:
    return (
        f"{wheel} would write outside of its folder ({name!r}); it was not installed: fetch the "
        "bundle or the wheel again from where you trust it"
    )
