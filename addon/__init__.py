"""The Blender add-on: panel and operators here, all computing in the worker's own process.

    operators -> reconstruction: scene_in         -> jobs ~> job_queue ~> supervisor ~> link
                 completion: mesh_in, keepsake
    link ~~ core/worker.py
    link ~> supervisor ~> job_queue ~> jobs -> reconstruction: scene_out
                                      completion: mesh_out, hypotheses, scene_out
    batch_operators -> batch_runs -> batch_run -> core.batch ~> batch_lanes ~> supervisor ~> link
    commands -> the same, or core/__main__.py for what needs no scene
    install_operators -> installation ~> link ~~ core/install/installer.py

Parts register in the listed order and unregister in reverse. bpy is used on the main thread
only; of `core` the ground floor alone is imported.
"""

from . import (
    batch_operators,
    batch_runs,
    commands,
    cut_out,
    cut_out_operators,
    help,
    install_operators,
    installation,
    job_operators,
    jobs,
    menus,
    model_operators,
    models,
    operators,
    panel,
    panel_batch,
    panel_cut_out,
    panel_jobs,
    panel_result,
    picture_operators,
    preferences,
    properties,
    result_operators,
    translations,
)

PARTS = (
    *(translations, preferences, models, properties),
    *(
        operators,
        job_operators,
        picture_operators,
        model_operators,
        cut_out_operators,
        result_operators,
        help,
    ),
    *(installation, install_operators),
    *(panel, panel_cut_out, panel_result, panel_jobs, panel_batch, menus, cut_out, jobs),
    *(batch_operators, batch_runs, commands),
)


def register() -> None:
    """Called by Blender when the extension is enabled."""
    for part in PARTS:
        part.register()


def unregister() -> None:
    """Called by Blender when the extension is disabled, and before it quits."""
    for part in reversed(PARTS):
        part.unregister()
