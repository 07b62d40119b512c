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

from . import properties, translations
from .batch import timer
from .command_line import commands
from .jobs import scheduler
from .operators import batch, install, pictures, results, shapes
from .operators import cut_out as cut_out_operators
from .operators import jobs as job_operators
from .operators import models as model_operators
from .panels import batch as panel_batch
from .panels import cut_out as panel_cut_out
from .panels import help, main, menus, result
from .panels import jobs as panel_jobs
from .runtime import installation, models, preferences
from .scene import cut_out

PARTS = (
    *(translations, preferences, models, properties),
    *(
        shapes,
        job_operators,
        pictures,
        model_operators,
        cut_out_operators,
        results,
        help,
    ),
    *(installation, install),
    *(main, panel_cut_out, result, panel_jobs, panel_batch, menus, cut_out, scheduler),
    *(batch, timer, commands),
)


def register() -> None:
    """Called by Blender when the extension is enabled."""
    for part in PARTS:
        part.register()


def unregister() -> None:
    """Called by Blender when the extension is disabled, and before it quits."""
    for part in reversed(PARTS):
        part.unregister()
