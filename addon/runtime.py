"""Where things are: the worker's Python and model, folders to write in, the extension's version."""

import functools
import sys
import tempfile
import tomllib
from pathlib import Path

import bpy

from .. import __package__ as base_package
from ..core.errors import WorkerError

MODEL = "starter"
"""The model that ships with the extension."""

ROOT = Path(__file__).parents[1]
"""The extension's folder, or the staged one."""


def worker_python(chosen: str) -> Path:
    """The interpreter for the worker, which may be any Python >= 3.11 that has torch.

    In this order: `chosen`; the private runtime in the extension's user folder; the `.venv`
    of the checkout that this file (or what it links to) lies in; and where Blender itself is
    a module in an ordinary Python, that Python.

    Args:
        chosen: The preference; empty when none was made.

    Raises:
        WorkerError: The chosen file is missing, or there is none at all.
    """
    if chosen:
        path = Path(bpy.path.abspath(chosen))
        if not path.is_file():
            raise WorkerError(
                f"the Python chosen in the preferences is not a file ({path}); choose another"
            )
        return path
    environments = [ROOT.resolve() / ".venv", Path(__file__).resolve().parents[1] / ".venv"]
    if (own := user_folder()) is not None:
        environments.insert(0, own / "runtime")
    for environment in environments:
        python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        if python.is_file():
            return python
    if not bpy.app.binary_path and sys.executable:
        return Path(sys.executable)
    raise WorkerError(
        "no Python with torch was found; choose one in Edit > Preferences > Add-ons > Isoform"
    )


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
        return Path(tempfile.mkdtemp(prefix="isoform_", dir=bpy.app.tempdir))
    except OSError as error:
        raise WorkerError(
            f"the temporary folder {bpy.app.tempdir} cannot be written ({error.strerror}); "
            "choose another in Edit > Preferences > File Paths"
        ) from error


@functools.cache
def version() -> str:
    """The extension's version, from its manifest."""
    return tomllib.loads((ROOT / "blender_manifest.toml").read_text())["version"]
