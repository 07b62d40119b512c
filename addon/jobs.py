"""Blender's side of a job: started, shown in the panel, inserted as one undo step.

With a window a timer advances the job and inserts its result; without one, or called from
a script, `run_to_end` does the same before it returns.
"""

import atexit
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

import bpy

from ..core.errors import Cancelled, IsoformError, WorkerError
from ..core.messages import Failed, Result, Stopped
from . import preferences, properties, runtime
from .supervisor import Job, Placed, Supervisor

TICK_S = 0.1
"""Between two looks at the worker; a death is noticed within this."""

WAITING_TICK_S = 0.5
"""Between two looks at the mode, while a result waits for Object Mode."""

supervisor = Supervisor()
"""The one of this Blender."""


class Order(Protocol):
    """What the artist asks for."""

    def job(self, context: bpy.types.Context, folder: Path, device: str) -> Job:
        """The job, whose input is then in `folder`.

        Raises:
            InputError: Something of the input cannot be used.
        """


def start(context: bpy.types.Context, order: Order) -> None:
    """Starts a job, and a worker where none is alive.

    Raises:
        InputError: The input cannot be used.
        WorkerError: No worker can be started.
    """
    python, device = preferences.choices(context)
    folder = supervisor.new_job_folder(
        lambda: runtime.worker_python(python), runtime.new_worker_folder
    )
    try:
        supervisor.start(order.job(context, folder, device))
    finally:
        if supervisor.job is None:
            shutil.rmtree(folder, ignore_errors=True)


def run_to_end(tell: Callable[[float], None]) -> Placed:
    """Waits for the job that was started and inserts its result.

    Args:
        tell: Told the stage's fraction, a few times a second.

    Raises:
        IsoformError: The job failed, with its sentence.
    """
    job = supervisor.job
    try:
        while job.outcome is None:
            time.sleep(TICK_S / 10)
            supervisor.advance()
            tell(job.progress.fraction if job.progress else 0.0)
        if isinstance(job.outcome, Failed):
            raise WorkerError(job.outcome.sentence)
        if isinstance(job.outcome, Stopped):
            raise Cancelled("the job was cancelled; nothing was changed")
        return job.place(job.outcome)
    finally:
        if job.outcome is None:  # interrupted from the keyboard
            supervisor.stop()
        supervisor.finish()


def follow() -> None:
    """Has a timer advance the job that was started, and insert its result."""
    properties.run_of(bpy.context.window_manager).kind = supervisor.job.request.kind
    _show("Starting the engine")
    bpy.app.timers.register(_tick, first_interval=TICK_S, persistent=True)


def cancel() -> None:
    """Stops the job that a timer follows."""
    supervisor.cancel()
    _show("Cancelling")


def _tick() -> float | None:
    """The timer: one look at the job; None, which ends the timer, once there is none."""
    job = supervisor.job
    if job is None:
        return None
    is_over = True
    try:
        if job.outcome is None:
            supervisor.advance()
        if job.outcome is None:
            is_over = False
            _show_progress(job)
            return TICK_S
        if _has_result(job) and _is_user_busy():
            is_over = False
            _show("Finished; placed as soon as you are back in Object Mode")
            return WAITING_TICK_S
        _conclude(job)
        return None
    except IsoformError as error:
        _show_end(str(error), is_error=True)
        return None
    finally:
        if is_over:
            supervisor.finish()


def _conclude(job: Job) -> None:
    if isinstance(job.outcome, Failed):
        _show_end(job.outcome.sentence, job.outcome.hint, is_error=True)
    elif _has_result(job):
        # said first: an error nobody foresaw ends up in Blender's console, not in a dead panel
        _show_end("The result could not be placed; see the console", is_error=True)
        placed = job.place(cast(Result, job.outcome))
        if placed.name:
            _push_undo(f"{job.request.kind.capitalize()} {placed.name}")
        _show_end(placed.summary, "\n".join(placed.warnings))
    else:
        _show_end("Cancelled")


def _has_result(job: Job) -> bool:
    """Whether the job ended well and the user still wants what it gave."""
    return isinstance(job.outcome, Result) and job.cancelled_s is None


def _is_user_busy() -> bool:
    """Whether an undo step now would fall into the middle of something."""
    windows = bpy.context.window_manager.windows
    modal = (each.bl_idname for window in windows for each in window.modal_operators)
    return bpy.context.mode != "OBJECT" or any(
        name.startswith(("TRANSFORM_OT_", "VIEW3D_OT_select")) for name in modal
    )


def _push_undo(message: str) -> None:
    """One undo step; a timer has no window of its own to do it in."""
    window = bpy.context.window or bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen):
        bpy.ops.ed.undo_push(message=message)


def _show_progress(job: Job) -> None:
    if job.cancelled_s is not None or job.progress is None:
        return
    progress = job.progress
    remaining = "" if progress.eta_s is None else f", {progress.eta_s:.0f} s left"
    _show(f"{progress.stage.capitalize()}{remaining}", progress.fraction)


def _show(status: str, fraction: float = 0.0) -> None:
    run = properties.run_of(bpy.context.window_manager)
    if (run.is_running, run.status, run.fraction) == (True, status, fraction):
        return
    run.is_running, run.is_error, run.hint = True, False, ""
    run.status, run.fraction = status, fraction
    _redraw()


def _show_end(status: str, hint: str = "", is_error: bool = False) -> None:
    run = properties.run_of(bpy.context.window_manager)
    run.is_running, run.is_error = False, is_error
    run.status, run.hint, run.fraction = status[:1].upper() + status[1:], hint, 0.0
    _redraw()


def _redraw() -> None:
    """The sidebars only: the viewports themselves may take long to draw."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()


@bpy.app.handlers.persistent
def _before_load(_path: object) -> None:
    """Another file replaces the scene that the result was for."""
    if supervisor.job is not None:
        supervisor.stop()


@bpy.app.handlers.persistent
def _after_load(_path: object) -> None:
    """The file may have been saved while a job ran."""
    _show_end("")


def register() -> None:
    """Adds what ends a job when another file is loaded, and the worker when Blender quits."""
    bpy.app.handlers.load_pre.append(_before_load)
    bpy.app.handlers.load_post.append(_after_load)
    atexit.register(supervisor.stop)


def unregister() -> None:
    """Ends the worker and leaves nothing behind."""
    atexit.unregister(supervisor.stop)
    bpy.app.handlers.load_post.remove(_after_load)
    bpy.app.handlers.load_pre.remove(_before_load)
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    supervisor.stop()
