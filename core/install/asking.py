"""Asks a Python by running `probe` in it, and turns its answer into a `Runtime` or a sentence."""

import json
import re
import sys
from pathlib import Path

from ..errors import InstallError
from .machine import BACKENDS, DEVICES, interpreter_of
from .messages import Runtime
from .programs import Programs

SCRIPT = Path(__file__).parent / "probe.py"

LIMIT_S = 240.0
"""The first import of torch from a slow disk may take minutes."""

LOWEST_PYTHON = (3, 11)

PROJECTS = {
    "PIL": "pillow",
    "igl": "libigl",
    "skimage": "scikit-image",
    "fast_simplification": "fast-simplification",
}
"""What pip calls the modules that are called otherwise in Python."""


def interpreter(chosen: Path) -> Path:
    """The interpreter that the user means, who may have chosen the environment's folder.

    Raises:
        InstallError: It is no file, or nothing that can be a Python.
    """
    python = interpreter_of(chosen) if chosen.is_dir() else chosen
    if not python.is_file():
        raise InstallError(f"there is no Python at {chosen}; choose the file of the interpreter")
    if not re.match(r"(python|pypy)", python.name, re.IGNORECASE):
        raise InstallError(
            f"{python} is not called python; choose the file of the interpreter, such as "
            f"{'python.exe' if sys.platform == 'win32' else 'bin/python'} of an environment"
        )
    return python


def ask(python: Path, programs: Programs, disk_bytes: int | None = None) -> Runtime:
    """What the Python can do.

    Args:
        python: The interpreter's file.
        programs: Runs it.
        disk_bytes: Taken by the runtime, to be told with the rest.

    Raises:
        InstallError: It cannot be started, is too old, or lacks something that the engine needs.
        Cancelled: The user asked to stop.
    """
    status, printed = programs.run([python, "-I", SCRIPT], limit_s=LIMIT_S)
    try:
        answer = json.loads([line for line in printed.splitlines() if line[:1] == "{"][-1])
        version, missing = answer["version"], answer["missing"]
        numbers = tuple(int(each) for each in version.split(".")[:2])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        last = printed.strip().splitlines()[-1:] or [f"exit status {status}"]
        raise InstallError(
            f"{python} does not answer as a Python does ({last[0][:120]}); choose another"
        ) from error
    if numbers < LOWEST_PYTHON:
        raise InstallError(
            f"{python} is Python {version} and the engine needs 3.11 or newer; choose another"
        )
    if missing:
        names = " ".join(sorted(PROJECTS.get(name, name) for name in missing))
        why = next(iter(missing.values()))
        raise InstallError(
            f"{python} lacks {names} ({why[:160]}); install that with its pip, or choose another"
        )
    return Runtime(
        python=str(python),
        version=version,
        torch=answer["torch"],
        devices=tuple(answer["devices"]),
        device_name=answer["device_name"],
        memory_bytes=answer["memory_bytes"],
        disk_bytes=disk_bytes,
    )


def refuse_without_device(runtime: Runtime, backend: str) -> None:
    """Refuses a runtime that does not compute on what it was made for.

    Raises:
        InstallError: torch does not find the backend's device.
    """
    if DEVICES[backend] not in runtime.devices:
        raise InstallError(
            f"torch {runtime.torch} was installed and finds no device for {BACKENDS[backend]} here "
            f"(only {', '.join(runtime.devices)}); update the graphics driver, give another wheel "
            "index, or choose the backend CPU"
        )
