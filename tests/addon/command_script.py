"""Run by test_real_commands in a Blender with the extension installed: chooses the engine's Python.

Words that follow are a command of `blender --command isoform`, for Blenders that are modules.
"""

import os
import sys
from importlib import import_module

import bpy

NAME = "bl_ext.user_default.isoform"

python, *words = sys.argv[sys.argv.index("--") + 1 :]
bpy.ops.preferences.addon_enable(module=NAME)
bpy.context.preferences.addons[NAME].preferences.python_path = python
bpy.ops.wm.save_userpref()
status = import_module(f"{NAME}.addon.command_line.commands").run(words) if words else 0
sys.stdout.flush()
os._exit(status)  # Blender 4.2 as a module crashes later, as it ends
