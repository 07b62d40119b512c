"""The Blender add-on: panel and operators here, all computing in the worker's own process.

    operators -> reconstruction: scene_in         -> jobs ~> link ~~ core/worker.py
                 completion: mesh_in, keepsake
    core/worker.py ~~ link ~> jobs -> reconstruction: scene_out
                                      completion: mesh_out, hypotheses, scene_out

Parts register in the listed order and unregister in reverse. bpy is used on the main thread
only; of `core` the ground floor alone is imported.
"""

from . import (
    cut_out,
    cut_out_operators,
    help,
    jobs,
    menus,
    models,
    operators,
    panel,
    panel_cut_out,
    panel_result,
    picture_operators,
    preferences,
    properties,
    result_operators,
)

PARTS = (
    *(preferences, models, properties),
    *(operators, picture_operators, cut_out_operators, result_operators, help),
    *(panel, panel_cut_out, panel_result, menus, cut_out, jobs),
)


def register() -> None:
    """Called by Blender when the extension is enabled."""
    for part in PARTS:
        part.register()


def unregister() -> None:
    """Called by Blender when the extension is disabled, and before it quits."""
    for part in reversed(PARTS):
        part.unregister()
