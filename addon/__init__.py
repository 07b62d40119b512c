"""The Blender add-on: panel and operators here, all computing in the worker's own process.

    scene_in -> jobs -> link ~~ core/worker.py ~~> link -> jobs -> scene_out

Parts register in the listed order and unregister in reverse. bpy is used on the main thread
only; of `core` the ground floor alone is imported.
"""

from . import jobs, operators, panel, preferences, properties

PARTS = (preferences, properties, operators, panel, jobs)


def register() -> None:
    """Called by Blender when the extension is enabled."""
    for part in PARTS:
        part.register()


def unregister() -> None:
    """Called by Blender when the extension is disabled, and before it quits."""
    for part in reversed(PARTS):
        part.unregister()
