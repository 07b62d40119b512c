"""Blender's side of the queue: added to, watched by a timer, shown, inserted as undo steps.

With a window a timer moves the queue on and inserts what it gives; without one, or called from
a script, `run_to_end` does the same for one job before it returns.

What is captured of the scene when the artist asks is all that a job knows of it. Whatever happens
to the scene meanwhile, a finished result goes to the scene that it was asked for or, where that
is not open any more, waits in the list until the artist inserts it elsewhere.
"""

import atexit
import logging
import shutil
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import bpy

from ...core.errors import Cancelled, IsoformError, WorkerError
from ...core.worker.supervision import Supervisor
from .. import properties
from ..runtime import places, preferences
from ..scene import object_out
from ..words import said
from .job import UNDER_WAY, Job, Placed
from .queue import Queue
from .rows import Rows, status_of

logger = logging.getLogger(__name__)

TICK_S = 0.1
"""Between two looks at the worker while a job is under way; a death is noticed within this."""

IDLE_TICK_S = 1.0
"""Between two looks at a worker that has nothing to do. Without one the timer ends."""

AT_ONCE_S = 0.01
"""Between a result that is placed, or a job that has ended, and the next look."""

COULD_NOT_PLACE = "The result could not be placed; see the console. Insert Here tries again"

tick_costs_s: deque[float] = deque(maxlen=512)
"""What the last looks at a running job cost the main thread, newest last; placing not counted."""


class Order(Protocol):
    """What the artist asks for."""

    def job(self, context: bpy.types.Context, folder: Path, device: str) -> Job:
        """The job, whose input is then in `folder`.

        Raises:
            InputError: Something of the input cannot be used.
        """


def _find_python() -> Path:
    return places.worker_python(preferences.choices(bpy.context)[0])


supervisor: Supervisor[Job] = Supervisor(_find_python, places.new_worker_folder)
"""The one of this Blender."""

queue = Queue(supervisor, places.new_worker_folder)
"""The one of this Blender."""

_rows = Rows()

lost: list[str] = []
"""Names of jobs that ended with another version of the add-on, which was replaced while they were
under way; until the next job is added."""


def add(context: bpy.types.Context, order: Order, *, first: bool = False) -> Job:
    """Captures what the order needs, and has it wait its turn.

    Args:
        context: Where the result will belong.
        order: What the artist asks for.
        first: Whether it comes before the others that wait.

    Raises:
        InputError: The input cannot be used.
        WorkerError: There is no room for the job's files.
    """
    device = preferences.choices(context)[1]
    folder = queue.new_folder()
    job = None
    try:
        job = order.job(context, folder, device)
        queue.add(job, first=first)
        lost.clear()
    finally:
        if job is None:
            shutil.rmtree(folder, ignore_errors=True)
    return job


def follow() -> None:
    """Has the first job begin now, and a timer see to it and to those that follow."""
    queue.advance()
    show()
    if bpy.app.timers.is_registered(_tick):  # it may be asleep
        bpy.app.timers.unregister(_tick)
    bpy.app.timers.register(_tick, first_interval=TICK_S, persistent=True)


def run_to_end(job: Job, tell: Callable[[float], None]) -> Placed:
    """Waits for a job, inserts its result and takes it off the list.

    Args:
        job: That was added.
        tell: Told the stage's fraction, a few times a second.

    Raises:
        IsoformError: The job failed, with its sentence.
    """
    try:
        while job.state in ("waiting", "running"):
            queue.advance()
            tell(job.progress.fraction if job.progress else 0.0)
            time.sleep(TICK_S / 10)
        if (failure := job.failure) is not None:
            raise WorkerError(failure.sentence, remedy=failure.remedy)
        if job.state == "cancelled":
            raise Cancelled(said("the job was cancelled; nothing was changed"))
        return queue.place(job)
    finally:
        if job.state == "running":  # interrupted from the keyboard
            supervisor.stop()
        if job in queue.jobs:
            queue.remove(job)
        show()


def place_here(job: Job) -> Placed:
    """Inserts a result that was kept into the open scene.

    Raises:
        IsoformError: It cannot be inserted; it is still kept.
    """
    placed = queue.place(job, here=True)
    show()
    return placed


def _tick() -> float | None:
    """The timer: one result placed, or one look at the worker; None where neither is needed."""
    ready = queue.of("ready")
    if ready and is_user_busy():
        ready = [job for job in ready if not job.is_listed]  # helpers leave the scene alone
    if ready:
        _place(ready[0])
        show()
        return AT_ONCE_S
    start, was_running = time.perf_counter(), queue.running is not None
    queue.advance()
    show()
    if was_running:
        tick_costs_s.append(time.perf_counter() - start)
    if queue.is_active:
        return AT_ONCE_S if queue.running is None and queue.of("waiting") else TICK_S
    return IDLE_TICK_S if supervisor.has_worker else None


def _place(job: Job) -> None:
    """Inserts the result as one undo step, or keeps it; whatever happens, the timer goes on."""
    try:
        placed = queue.place(job)
        if placed.name:
            push_undo(f"{job.request.kind.capitalize()} {placed.name}")
    except object_out.SceneGoneError:
        queue.keep(job)
    except IsoformError as error:
        queue.fail(job, str(error), remedy=error.remedy)
    except Exception:
        logger.exception("job %d could not be placed", job.number)
        job.note = COULD_NOT_PLACE
        queue.keep(job)


def is_user_busy() -> bool:
    """Whether an undo step now would fall into the middle of something."""
    windows = bpy.context.window_manager.windows
    modal = (each.bl_idname for window in windows for each in window.modal_operators)
    return bpy.context.mode != "OBJECT" or any(
        name.startswith(("TRANSFORM_OT_", "VIEW3D_OT_select")) for name in modal
    )


def push_undo(message: str) -> None:
    """One undo step; a timer has no window of its own to do it in."""
    window = bpy.context.window or bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen):
        bpy.ops.ed.undo_push(message=message)


def show() -> None:
    """Tells the panels what has changed."""
    run = properties.run_of(bpy.context.window_manager)
    if not _rows.write(run, queue):
        return
    job = job_to_show()
    run.is_running = queue.is_active
    run.kind = "" if job is None else job.request.kind
    run.status = "" if job is None else status_of(job)
    run.is_error = job is not None and job.state == "failed"
    run.hint = "" if job is None else hint_of(job)
    run.fraction = 0.0 if job is None else job.fraction
    redraw()


def hint_of(job: Job) -> str:
    """More about a job that has ended: warnings, or the end of a log."""
    if job.state == "done":
        return "\n".join(job.placed.remarks)
    return job.failure.hint if job.failure else ""


def job_to_show(kind: str = "") -> Job | None:
    """The one that runs; or that waits to be placed; or else the one that ended last.

    Args:
        kind: Of the request; any where empty.
    """
    found = [job for job in queue.jobs if kind in ("", job.request.kind)]
    for state in ("running", "ready", "waiting"):
        if under_way := [job for job in found if job.state == state]:
            return under_way[0]
    return max(found, key=lambda job: job.ended_s, default=None)


def redraw() -> None:
    """The sidebars only: the viewports themselves may take long to draw."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()


@bpy.app.handlers.persistent
def _after_load(_path: object) -> None:
    """The file may have been saved while a job ran; the jobs of this Blender go on."""
    lost.clear()
    _rows.forget()
    show()


def register() -> None:
    """Adds what shows the jobs when another file is loaded, and ends the worker when Blender quits.

    Jobs that were interrupted when the add-on was disabled are in the list again. Where Blender has
    replaced it by another version, this is another queue, and rows alone are left of the old one.
    """
    bpy.app.handlers.load_post.append(_after_load)
    atexit.register(queue.clear)
    rows = properties.run_of(bpy.context.window_manager).jobs
    numbers = [job.number for job in queue.jobs]
    lost[:] = [
        row.name for row in rows if row.look in (*UNDER_WAY, "kept") and row.number not in numbers
    ]
    _rows.forget()
    show()
    if queue.is_active:
        bpy.app.timers.register(_tick, first_interval=TICK_S, persistent=True)


def unregister() -> None:
    """Ends the worker and leaves nothing behind but the inputs of the jobs that it interrupts.

    Those lie in Blender's temporary folder, and go with it.
    """
    atexit.unregister(queue.clear)
    bpy.app.handlers.load_post.remove(_after_load)
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    queue.interrupt()
