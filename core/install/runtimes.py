"""Where the runtimes lie, which one is current, and what of them is rubbish.

    <user folder>/rt/installing        locked by the one process that changes anything here
    <user folder>/rt/install.log       of the last installation
    <user folder>/rt/<number>-<key>/   one runtime: a virtual environment
    <user folder>/rt/<number>-<key>/complete.json   written last: what this runtime can do

The current runtime is the complete one with the highest number; a clock is never asked. Names are
short because of Windows. Locks are the operating system's own, and go with their process: that of
`installing`, and one on `complete.json` which every worker shares that runs from there.
"""

import contextlib
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ..errors import InstallError, WorkerError
from ..files.json_lines import line_of
from .machine import interpreter_of
from .messages import Runtime, runtime_from_line

COMPLETE = "complete.json"

LOG = "install.log"

LOCK = "installing"

PATIENCE_S = 0.5
"""Another Blender that only asks holds the lock for a moment."""


def current(folder: Path) -> tuple[Path, Runtime] | None:
    """The newest complete runtime and what it can do; None where there is none.

    A runtime whose `complete.json` cannot be read is not complete.

    Args:
        folder: Of all runtimes; may be missing.
    """
    for environment in sorted(_environments(folder), key=_number, reverse=True):
        with contextlib.suppress(OSError, WorkerError):
            return environment, runtime_from_line((environment / COMPLETE).read_bytes())
    return None


def working_python(folder: Path) -> Path | None:
    """The interpreter of the current runtime; None where nothing was ever installed.

    Args:
        folder: Of all runtimes; may be missing.

    Raises:
        InstallError: Something was installed, and is not whole any more.
    """
    found = current(folder)
    if found is None:
        halves = list(_environments(folder))
        if halves and not is_locked(folder):
            raise InstallError(
                f"the engine in {halves[0]} is incomplete; press Install in "
                "Edit > Preferences > Add-ons > Isoform"
            )
        return None
    environment, _runtime = found
    python = interpreter_of(environment)
    places = ("lib/python*/site-packages", "Lib/site-packages")
    has_torch = any(any(environment.glob(f"{each}/torch/__init__.py")) for each in places)
    if not python.is_file() or not has_torch:
        lacks = "its Python" if not python.is_file() else "torch"
        raise InstallError(
            f"the engine in {environment} is damaged (it lacks {lacks}); press Install in "
            "Edit > Preferences > Add-ons > Isoform"
        )
    return python


def new_environment(folder: Path, key: str) -> Path:
    """Where the next runtime goes; the folder does not exist yet.

    Args:
        folder: Of all runtimes.
        key: What it is made of, in a few letters.
    """
    number = max(map(_number, _environments(folder)), default=0) + 1
    return folder / f"{number}-{key}"


def complete(environment: Path, runtime: Runtime) -> None:
    """Makes the runtime the current one; it is either whole or not there at all.

    Raises:
        OSError: The file cannot be written.
    """
    draft = environment / f"{COMPLETE}.part"
    with draft.open("wb") as file:
        file.write(line_of(runtime))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(environment / COMPLETE)


def rubbish(folder: Path) -> list[Path]:
    """Runtimes that are unfinished, or older than the current one; those half removed first.

    Args:
        folder: Of all runtimes; may be missing.
    """
    newest = current(folder)
    kept = None if newest is None else newest[0]
    found = [each for each in _environments(folder, dying=True) if each != kept]
    return sorted(found, key=lambda each: each.suffix, reverse=True)


def remove(environments: list[Path]) -> int:
    """Removes folders of runtimes; how many are still in use.

    Nothing is touched of a folder that a worker runs from: it holds a lock, and Windows does not
    let the folder be renamed, which comes first.
    """
    remaining = 0
    for environment in environments:
        if _is_held(environment):
            remaining += 1
            continue
        dying = environment.with_name(f"{environment.name.removesuffix('.old')}.old")
        try:
            environment.rename(dying)
        except OSError:
            remaining += environment.exists()
            continue
        shutil.rmtree(long_path(dying), ignore_errors=True)
    return remaining


def hold(environment: Path) -> int | None:
    """Keeps the runtime that this process runs from, until the process ends.

    Args:
        environment: Of the running Python; may be no runtime of ours.

    Returns:
        The file descriptor that holds the lock; None where there is nothing to lock.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        descriptor = os.open(environment / COMPLETE, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return None
    return descriptor


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Holds the lock of all runtimes; gives its file descriptor, for children to hold it too.

    Args:
        folder: Of all runtimes; made when missing.

    Raises:
        InstallError: The folder cannot be written, or another process holds the lock.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise InstallError(
            f"the folder {folder} cannot be written ({error.strerror}); set BLENDER_USER_RESOURCES "
            "to one that can, or use an existing Python"
        ) from error
    try:
        end_s = time.monotonic() + PATIENCE_S
        while not (is_taken := _take(descriptor)) and time.monotonic() < end_s:
            time.sleep(PATIENCE_S / 10)
        if not is_taken:
            raise InstallError(
                f"another Blender is installing the engine in {folder} right now; "
                "wait until it is done"
            )
        yield descriptor
    finally:
        os.close(descriptor)


def is_locked(folder: Path) -> bool:
    """Whether some process changes the runtimes now."""
    return _is_taken(folder / LOCK)


def long_path(path: Path) -> str:
    """The path in the form that Windows takes whatever its length."""
    if sys.platform == "win32":
        return f"\\\\?\\{path.absolute()}"
    return str(path)


def bytes_under(folder: Path) -> int:
    """Size of all files in the folder, links not followed; 0 where it is missing."""
    total = 0
    for place, _folders, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def _environments(folder: Path, *, dying: bool = False) -> Iterator[Path]:
    pattern = r"\d+-\w+(\.old)?" if dying else r"\d+-\w+"
    with contextlib.suppress(OSError):
        for each in folder.iterdir():
            if re.fullmatch(pattern, each.name):
                yield each


def _is_held(environment: Path) -> bool:
    """Whether a worker runs from there."""
    return sys.platform != "win32" and _is_taken(environment / COMPLETE)


def _is_taken(file: Path) -> bool:
    try:
        descriptor = os.open(file, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _take(descriptor)
    finally:
        os.close(descriptor)


def _number(environment: Path) -> int:
    return int(environment.name.split("-")[0])


def _take(descriptor: int) -> bool:
    """Locks the open file for this process and its children; False where another has it.

    A network home may know no locks. Two installations at once then only do the work twice:
    each has a folder of its own.
    """
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import errno
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
    return True
