"""Run by test_scene_faults in a fresh Blender: says the worker's process and ends in some way."""

import os
import signal
import sys
import time

import bpy

# isort: split
import addon_utils  # found once bpy is imported

STAGED, PICTURE, PYTHON, WAY = sys.argv[1:]

sys.path.insert(0, STAGED)
addon_utils.enable("isoform", default_set=True)
bpy.context.preferences.addons["isoform"].preferences.python_path = PYTHON
from isoform.addon.jobs import scheduler  # noqa: E402 - there only now
from isoform.addon.scene import reconstruction  # noqa: E402 - there only now
from isoform.core.operations.settings import ReconstructSettings  # noqa: E402

asked = ReconstructSettings(resolution=64)
order = reconstruction.Order(asked, bpy.data.images.load(PICTURE))
running, waiting = (scheduler.add(bpy.context, order) for _ in range(2))
scheduler.follow()
while running.progress is None or running.progress.fraction < 0.5:
    scheduler._tick()
    time.sleep(0.02)
process = scheduler.supervisor._client._process
told = {"worker": process.pid, "temporary": bpy.app.tempdir, "folder": str(running.folder)}
if WAY == "disable":
    addon_utils.disable("isoform", default_set=True)
    told["ended"] = process.poll() is not None
    addon_utils.enable("isoform", default_set=True)
    bpy.context.preferences.addons["isoform"].preferences.python_path = PYTHON
    scheduler.show()
    rows = bpy.context.window_manager.isoform.jobs
    told["rows"] = [(row.name, row.look) for row in rows]
    bpy.ops.isoform.retry_job(number=waiting.number)
    while waiting.progress is None or waiting.progress.fraction < 0.5:
        scheduler._tick()
        time.sleep(0.02)
    told["worker"] = scheduler.supervisor._client._process.pid
sys.stdout.write(f"\n{told!r}\n")
sys.stdout.flush()
if WAY == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if WAY == "quit":
    bpy.ops.wm.quit_blender()
