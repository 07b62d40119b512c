"""Run by test_real_blenders in a Blender without a window, where the zip was installed before.

    headless_script.py PICTURE PYTHON OUT.json

Enables the extension, reconstructs the picture, completes a half of the result, disables the
extension again, and tells what it found at each step.
"""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import facts
import inventory

PACKAGE = "bl_ext.user_default.isoform"


def main(picture, python, out):
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    told = {"version": bpy.app.version_string, "before": inventory.inventory(PACKAGE)}
    bpy.ops.preferences.addon_enable(module=PACKAGE)
    bpy.context.preferences.addons[PACKAGE].preferences.python_path = python
    told["enabled"] = inventory.inventory(PACKAGE)
    told["said"] = [str(bpy.ops.isoform.reconstruct(filepath=picture, size_m=2.0))]
    result = bpy.context.active_object
    told["reconstructed"] = facts.of(result)
    part = facts.cut_in_half(result)
    told["part"] = facts.of(part)
    told["said"].append(str(bpy.ops.isoform.complete(resolution=64)))
    told["completed"] = facts.of(bpy.context.active_object)
    told["original is hidden"] = part.hide_get()
    told["torch in Blender"] = "torch" in sys.modules
    facts.remove_everything()
    bpy.ops.preferences.addon_disable(module=PACKAGE)
    told["disabled"] = inventory.inventory(PACKAGE)
    bpy.ops.preferences.addon_enable(module=PACKAGE)
    told["enabled again"] = inventory.inventory(PACKAGE)
    bpy.ops.preferences.addon_disable(module=PACKAGE)
    told["disabled again"] = inventory.inventory(PACKAGE)
    Path(out).write_text(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[sys.argv.index("--") + 1 :])
    if not bpy.app.binary_path:  # the module of 4.2.0 now and then crashes while Python shuts down
        sys.stdout.flush()
        os._exit(0)
