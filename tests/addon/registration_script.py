"""Run by test_registration in a fresh Blender: what is registered at each step, as JSON."""

import json
import subprocess
import sys
import threading

import bpy

# isort: split
import addon_utils  # found once bpy is imported

STAGED, PICTURE, PYTHON = sys.argv[1:]
PROCESSES = []


class CountedPopen(subprocess.Popen):
    """Remembers every process, to ask whether it still runs."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        PROCESSES.append(self)


def snapshot():
    owners = (bpy.types.Scene, bpy.types.WindowManager, bpy.types.Object, bpy.types.Image)
    lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    handlers = {name: len(each) for name, each in lists.items() if isinstance(each, list)}
    menus = [name for name in dir(bpy.types) if "_MT_" in name or "_HT_" in name]
    draws = {name: draw_functions(name) for name in menus}
    scheduler = sys.modules.get("isoform.addon.jobs.scheduler")
    return {
        "classes": registered_classes(),
        "properties": sorted(key for each in owners for key, _ in each.bl_rna.properties.items()),
        "handlers": handlers,
        "menus": draws,
        "processes": [each.pid for each in PROCESSES if each.poll() is None],
        "threads": threading.active_count(),
        "timer": bool(scheduler and bpy.app.timers.is_registered(scheduler._tick)),
    }


def registered_classes():
    kinds = (
        "AddonPreferences",
        "PropertyGroup",
        "Operator",
        "Panel",
        "Menu",
        "UIList",
        "FileHandler",
    )
    classes = [each for kind in kinds for each in subclasses(getattr(bpy.types, kind))]
    return sorted(
        each.__name__
        for each in classes
        if each.__module__.startswith("isoform") and each.is_registered
    )


def subclasses(kind):
    direct = kind.__subclasses__()
    return [*direct, *(each for own in direct for each in subclasses(own))]


def draw_functions(name):
    draw = getattr(getattr(bpy.types, name), "draw", None)
    return len(getattr(draw, "_draw_funcs", (draw,)))


def enable():
    addon_utils.enable("isoform", default_set=True)
    bpy.context.preferences.addons["isoform"].preferences.python_path = PYTHON


subprocess.Popen = CountedPopen
sys.path.insert(0, STAGED)
told = {"before": snapshot()}
enable()
told["enabled"] = snapshot()
addon_utils.disable("isoform", default_set=True)
told["disabled"] = snapshot()
enable()
from isoform.addon.jobs import scheduler  # noqa: E402 - there only now
from isoform.addon.scene import reconstruction  # noqa: E402 - there only now
from isoform.core.operations.settings import ReconstructSettings  # noqa: E402

bpy.context.scene.isoform.picture = bpy.data.images.load(PICTURE)
asked = ReconstructSettings(resolution=64)
order = reconstruction.Order(asked, bpy.context.scene.isoform.picture)
scheduler.add(bpy.context, order)
scheduler.follow()
told["running"] = snapshot()
addon_utils.disable("isoform", default_set=True)
told["disabled again"] = snapshot()
sys.stdout.write(json.dumps(told) + "\n")
