"""The Blender add-on: panel and operators here, all computing in the worker's own process.

    operators -> scene: picture_in, mesh_in, snapshot -> jobs: scheduler ~> queue
    queue ~> core.worker: supervision ~> client ~~ server
    client ~> supervision ~> queue ~> scheduler -> scene: mesh_out, hypotheses, object_out
    operators -> batch: timer -> run -> core.batch ~> core.worker: pool ~> supervision ~> client
    command_line -> the same, or core/__main__.py for what needs no scene
    operators -> runtime: installation ~> client ~~ core/install/installer.py

Parts register in the listed order and unregister in reverse. bpy is used on the main thread
only; of `core` the ground floor alone is imported. What `development` holds is not shipped.
"""

from . import properties, translations
from .batch import timer as batch_timer
from .command_line import commands
from .jobs import scheduler
from .operators import batch as batch_operators
from .operators import cut_out as cut_out_operators
from .operators import install as install_operators
from .operators import jobs as job_operators
from .operators import models as model_operators
from .operators import pictures as picture_operators
from .operators import results as result_operators
from .operators import shapes
from .panels import batch as panel_batch
from .panels import cut_out as panel_cut_out
from .panels import help, main, menus, preferences
from .panels import jobs as panel_jobs
from .panels import result as panel_result
from .runtime import installation, models
from .scene import cut_out

PARTS = (
    *(translations, preferences, models, properties),
    *(
        shapes,
        job_operators,
        picture_operators,
        model_operators,
        cut_out_operators,
        result_operators,
        help,
    ),
    *(installation, install_operators),
    *(main, panel_cut_out, panel_result, panel_jobs, panel_batch, menus, cut_out, scheduler),
    *(batch_operators, batch_timer, commands),
)


def register() -> None:
    """Called by Blender when the extension is enabled."""
    for part in PARTS:
        part.register()


def unregister() -> None:
    """Called by Blender when the extension is disabled, and before it quits."""
    for part in reversed(PARTS):
        part.unregister()
