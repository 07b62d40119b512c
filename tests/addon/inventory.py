"""What an extension may leave behind in Blender, listed; for scripts that run inside one.

Import it before the extension is enabled: what Blender cannot list afterwards (timers,
commands, processes) is watched from here on.
"""

import atexit
import gc
import os
import subprocess
import sys
import threading
import time

import bpy
import bpy.utils.previews

PROCESSES = []
TIMERS = {}
"""What stands in for each function that was registered, by the function."""

TICKS = []
"""What each call of a watched timer took: owner, seconds of the thread, and whether it placed.

Python collects garbage when it likes, of all add-ons; that is not counted.
"""

COLLECTED_S = [0.0, 0.0]
"""What collecting garbage has taken, and when the last collection began; of the thread."""

COMMANDS = []
AT_EXIT = []


class _WatchedPopen(subprocess.Popen):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        PROCESSES.append(self)


def _time_collection(phase, _found):
    if phase == "start":
        COLLECTED_S[1] = time.thread_time()
    else:
        COLLECTED_S[0] += time.thread_time() - COLLECTED_S[1]


def _watch_timers():
    timers = bpy.app.timers
    register, unregister = timers.register, timers.unregister
    is_registered = timers.is_registered

    def watched(function):
        def timer():
            before, collected_s = len(bpy.data.objects), COLLECTED_S[0]
            start = time.thread_time()
            try:
                return function()
            finally:
                took_s = time.thread_time() - start - (COLLECTED_S[0] - collected_s)
                TICKS.append((function.__module__, took_s, len(bpy.data.objects) != before))

        return TIMERS.setdefault(function, timer)

    timers.register = lambda function, **options: register(watched(function), **options)
    timers.unregister = lambda function: unregister(TIMERS.get(function, function))
    timers.is_registered = lambda function: is_registered(TIMERS.get(function, function))


def _watch_exit():
    register, unregister = atexit.register, atexit.unregister

    def register_watched(function, *arguments, **options):
        AT_EXIT.append(function)
        return register(function, *arguments, **options)

    def unregister_watched(function):
        AT_EXIT[:] = [each for each in AT_EXIT if each != function]
        unregister(function)

    atexit.register, atexit.unregister = register_watched, unregister_watched


def _watch_commands():
    register, unregister = bpy.utils.register_cli_command, bpy.utils.unregister_cli_command

    def register_watched(name, function):
        handle = register(name, function)
        COMMANDS.append((name, handle))
        return handle

    def unregister_watched(handle):
        unregister(handle)
        COMMANDS[:] = [each for each in COMMANDS if each[1] is not handle]

    bpy.utils.register_cli_command = register_watched
    bpy.utils.unregister_cli_command = unregister_watched


def inventory(package):
    """Everything that is there, by kind, as JSON could hold it.

    Args:
        package: The extension's, under which it registers translations.
    """
    kinds = {name: getattr(bpy.types, name) for name in dir(bpy.types)}
    lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    preferences = bpy.context.preferences
    return {
        "classes": sorted(kinds),
        "properties": sorted(
            f"{name}.{key}"
            for name, kind in kinds.items()
            if hasattr(kind, "bl_rna")
            for key in kind.bl_rna.properties.keys()  # noqa: SIM118 - no mapping of Python's
        ),
        "handlers": {name: len(each) for name, each in lists.items() if isinstance(each, list)},
        "menus": {name: draws for name, kind in kinds.items() if (draws := _drawn_in(kind))},
        "keymaps": _keymaps(),
        "timers": sum(bpy.app.timers.is_registered(each) for each in TIMERS),
        "commands": sorted(name for name, _handle in COMMANDS),
        "translations": _has_translations(package),
        "previews": sum(
            isinstance(each, bpy.utils.previews.ImagePreviewCollection) for each in gc.get_objects()
        ),
        "processes": [each.pid for each in PROCESSES if each.poll() is None],
        "threads": threading.active_count(),
        "at exit": [each.__qualname__ for each in AT_EXIT if package in each.__module__],
        "paths": [*sys.path, *map(str, sys.meta_path)],
        "temporary files": sorted(os.listdir(bpy.app.tempdir)),
        "datablocks": {
            each.identifier: len(getattr(bpy.data, each.identifier))
            for each in bpy.data.bl_rna.properties
            if each.type == "COLLECTION"
        },
        "repositories": [each.module for each in preferences.extensions.repos],
        "asset libraries": [each.name for each in preferences.filepaths.asset_libraries],
    }


def _drawn_in(kind):
    """How many functions draw into it beside its own, which is listed once any other was."""
    functions = getattr(getattr(kind, "draw", None), "_draw_funcs", ())
    return max(len(functions) - 1, 0)


def _keymaps():
    configurations = bpy.context.window_manager.keyconfigs
    return {
        f"{configuration.name}, {keymap.name}": len(keymap.keymap_items)
        for configuration in (configurations.addon, configurations.default)
        if configuration is not None
        for keymap in configuration.keymaps
        if len(keymap.keymap_items) > 0
    }


def _has_translations(package):
    try:
        bpy.app.translations.register(package, {})
    except ValueError:  # how Blender says that there are some
        return True
    bpy.app.translations.unregister(package)
    return False


subprocess.Popen = _WatchedPopen
gc.callbacks.append(_time_collection)
_watch_timers()
_watch_exit()
_watch_commands()
