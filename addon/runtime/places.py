"""Where things are: the worker's Python and model, folders to write in, the extension's version."""

import functools
import os
import sys
import tempfile
import tomllib
from pathlib import Path

import bpy

from ... import __package__ as base_package
from ...core.errors import ANOTHER_PYTHON, INSTALL_RUNTIME, InstallError, WorkerError, remedy_of
from ...core.install import runtimes
from ...core.install.machine import interpreter_of

MODEL = "starter"
"""The model that ships with the extension."""

PYTHON_VARIABLE = "ISOFORM_PYTHON"
"""Of the environment: names the worker's Python before anything else does."""

ROOT = Path(__file__).parents[2]
"""The extension's folder, or the staged one."""


def worker_python(chosen: str) -> Path:
    """The interpreter for the worker, which may be any Python >= 3.11 that has torch.

    In this order: what the environment variable ISOFORM_PYTHON names, for farms, where nobody opens
    preferences; `chosen`; the runtime that was installed in the extension's user folder; the
    `.venv` of the checkout that this file (or what it links to) lies in; and where Blender itself
    is a module in an ordinary Python, that Python.

    Args:
        chosen: The preference; empty when none was made.

    Raises:
        WorkerError: The chosen file is missing, what was installed is not whole any more, or there
            is none at all.
    """
    if named := os.environ.get(PYTHON_VARIABLE):
        if not Path(named).is_file():
            raise WorkerError(
                f"the Python that {PYTHON_VARIABLE} names is not a file ({named}); name another"
            )
        return Path(named)
    if chosen:
        path = Path(bpy.path.abspath(chosen))
        if not path.is_file():
            raise WorkerError(
                f"the Python chosen in the preferences is not a file ({path}); choose another",
                remedy=ANOTHER_PYTHON,
            )
        return path
    installed = runtimes_folder()
    try:
        if installed is not None and (python := runtimes.working_python(installed)) is not None:
            return python
    except InstallError as error:
        raise WorkerError(str(error), remedy=error.remedy) from error
    for root in (ROOT.resolve(), Path(__file__).resolve().parents[2]):
        python = interpreter_of(root / ".venv")
        if python.is_file():
            return python
    if not bpy.app.binary_path and sys.executable:
        return Path(sys.executable)
    raise WorkerError(
        "the engine is not installed yet; press Install in Edit > Preferences > Add-ons > Isoform",
        remedy=INSTALL_RUNTIME,
    )


def runtimes_folder() -> Path | None:
    """Where the engine's runtimes are installed; None where the add-on is no extension."""
    own = user_folder()
    return None if own is None else own / "rt"


def user_folder() -> Path | None:
    """The one folder that an extension may write in and that survives its upgrade.

    None where the add-on does not run as an extension (a script, a test, a checkout).
    """
    try:
        return Path(bpy.utils.extension_path_user(base_package))
    except ValueError:
        return None


def new_worker_folder() -> Path:
    """A new folder for one worker's files, in Blender's temporary folder, which goes with it.

    Raises:
        WorkerError: It cannot be made.
    """
    try:
        # systems clean up what lies there for days, even while Blender runs
        Path(bpy.app.tempdir).mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="isoform_", dir=bpy.app.tempdir))
    except OSError as error:
        raise WorkerError(
            f"the temporary folder {bpy.app.tempdir} cannot be written ({error.strerror}); "
            "choose another in Edit > Preferences > File Paths",
            remedy=remedy_of(error),
        ) from error


@functools.cache
def version() -> str:
    """The extension's version, from its manifest."""
    return tomllib.loads((ROOT / "blender_manifest.toml").read_text())["version"]
