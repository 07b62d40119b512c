"""Run by test_offline_install in a fresh Blender: what an artist does, call by call, as JSON."""

import json
import shutil
import sys
import time
import venv
from pathlib import Path

import bpy

ARCHIVE, BUNDLE, PICTURE, PYTHON, WATCHER = sys.argv[sys.argv.index("--") + 1 :]
NAME = "bl_ext.user_default.isoform"
CLICKS = []


def click(operator, **options):
    """One thing that an artist presses, drops or chooses, and the seconds that it took."""
    began = time.monotonic()
    outcome = operator(**options)
    assert outcome == {"FINISHED"}, outcome
    CLICKS.append((operator.idname_py(), round(time.monotonic() - began, 1)))


def watch(python):
    """Has every process of that Python write down what it does with sockets, from its start."""
    place = next(Path(python).parents[1].glob("lib/python*/site-packages"))
    shutil.copy(WATCHER, place / "watcher.pth")


def reconstruct():
    """Opens the picture and presses the button; what came out."""
    click(
        bpy.ops.isoform.open_pictures,
        directory=str(Path(PICTURE).parent),
        files=[{"name": Path(PICTURE).name}],
    )
    click(bpy.ops.isoform.reconstruct)
    mesh = bpy.context.active_object.data
    return {"faces": len(mesh.polygons), "clicks": list(CLICKS)}


exec(Path(WATCHER).read_text())  # Blender itself
bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
click(
    bpy.ops.extensions.package_install_files,
    filepath=ARCHIVE,
    repo="user_default",
    enable_on_install=True,
)
from bl_ext.user_default.isoform.addon.jobs import scheduler  # noqa: E402
from bl_ext.user_default.isoform.addon.panels import preferences as preferences_page  # noqa: E402
from bl_ext.user_default.isoform.addon.runtime import places  # noqa: E402

preferences = bpy.context.preferences.addons[NAME].preferences
told = {"online": bpy.app.online_access, "install": bpy.ops.isoform.install.poll()}
if PYTHON:
    preferences.python_path = PYTHON
    CLICKS.clear()
else:
    venv.create(Path(WATCHER).with_name("blenders python"))
    sys.executable = str(Path(WATCHER).with_name("blenders python") / "bin" / "python")
    watch(sys.executable)  # with it Blender starts the installer
    click(bpy.ops.isoform.install_from_folder, directory=BUNDLE)
    found, _ = preferences_page.state(preferences)
    told["state"] = preferences_page.described(found)
    watch(found.python)  # with it Blender starts the worker
    told["installers"] = Path(WATCHER).with_name("sockets.txt").read_text().count("watching") - 1
told |= reconstruct()
told["python"] = str(scheduler.supervisor._client.python)
told["user"] = str(places.user_folder())
bpy.ops.preferences.addon_disable(module=NAME)
sys.stdout.write(json.dumps(told) + "\n")
