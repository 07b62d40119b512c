"""The batch of this Blender, begun from the panel: advanced by a timer, shown, stopped.

Its workers are its own: the panel's jobs go on beside it.
"""

import atexit
import logging

import bpy

from ...core.batch.log import FAILED, Entry
from ...core.batch.running import Batch
from ...core.errors import IsoformError
from .. import properties
from ..jobs import scheduler
from ..scene import doubts
from ..words import said, sentence, shown
from .run import Order, Run
from .scene import AssetStore

logger = logging.getLogger(__name__)

TICK_S = 0.1
"""Between two looks at the workers."""

BUDGET_S = 0.0005
"""For reading ahead in one tick: half of what a tick may take."""

_current: Run | None = None
_failures: list[str] = []
_doubts: list[str] = []

DOUBTS_SHOWN = 6
"""Doubtful results that the panel names; all are in the log."""


def say(entry: Entry) -> None:
    """Logs what a script or a console should hear of."""
    for each in (entry.error,) if entry.status == FAILED else (*entry.warnings, *entry.notes):
        logger.warning("%s: %s", entry.input, each)


def is_running() -> bool:
    """Whether a batch is under way."""
    return _current is not None


def follow(order: Order) -> None:
    """Begins a batch, and has a timer advance it.

    Raises:
        InputError: There is no input, or the output folder cannot be used.
    """
    global _current
    _failures.clear()
    _doubts.clear()
    _current = Run(order, _note)
    _show(shown("Starting the workers"))
    bpy.app.timers.register(_tick, first_interval=TICK_S, persistent=True)


def stop(said_of_it: str = "") -> None:
    """Ends the batch that a timer follows; it can be resumed."""
    global _current
    if _current is None:
        return
    _current.batch.stop()
    _current = None
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    _show_end(said_of_it)


def _tick() -> float | None:
    """The timer: one look at all workers; None, which ends the timer, once all is over."""
    global _current
    run = _current
    if run is None:
        return None
    if run.needs_scene and scheduler.is_user_busy():
        return TICK_S
    placed = len(run.store.placed) if isinstance(run.store, AssetStore) else 0
    status, is_error = "", True
    try:
        if run.batch.advance(BUDGET_S):
            _show_progress(run.batch)
            status = None
            return TICK_S
        status, is_error = run.summary(), run.batch.failed > 0
        return None
    except IsoformError as error:
        status = str(error)
        return None
    except Exception:
        logger.exception("the batch failed")
        status = said("The batch failed unexpectedly; see the console")
        return None
    finally:
        if isinstance(run.store, AssetStore):
            for name in run.store.placed[placed:]:
                scheduler.push_undo(f"Batch {name}")
        if status is not None:
            run.batch.stop()
            _current = None
            _show_end(status, "\n".join(_failures), _doubts_shown(), is_error)


def _note(entry: Entry) -> None:
    if entry.status == FAILED:
        _failures.append(f"{entry.input}: {entry.error}")
        del _failures[:-3]
    elif entry.is_doubtful:
        # what is wrong; what to do about it is in the log, and at the object
        wrong = (each.split(";")[0] for each in entry.warnings)
        reasons = (doubts.sure(entry.confidence or 0.0), *wrong)
        _doubts.append(f"{entry.input}: {'; '.join(reasons)}")


def _doubts_shown() -> str:
    """The first doubtful results, one a line, and how many there are beside them."""
    more = len(_doubts) - DOUBTS_SHOWN
    rest = [shown("{count} more are in the log", count=more)] if more > 0 else []
    return "\n".join([*_doubts[:DOUBTS_SHOWN], *rest])


def _show_progress(batch: Batch) -> None:
    _show(
        shown(
            "{ended} of {total}, {failed} failed",
            ended=batch.ended,
            total=batch.total,
            failed=batch.failed,
        ),
        batch.ended / max(batch.total, 1),
    )


def _show(status: str, fraction: float = 0.0) -> None:
    run = properties.run_of(bpy.context.window_manager).batch
    if (run.is_running, run.status) == (True, status):
        return
    run.is_running, run.is_error, run.hint, run.doubts = True, False, "", ""
    run.status, run.fraction = status, fraction
    scheduler.redraw()


def _show_end(status: str, hint: str = "", doubtful: str = "", is_error: bool = False) -> None:
    run = properties.run_of(bpy.context.window_manager).batch
    run.is_running, run.is_error, run.fraction = False, is_error, 0.0
    run.status, run.hint, run.doubts = sentence(status), hint, doubtful
    scheduler.redraw()


@bpy.app.handlers.persistent
def _before_load(_path: object) -> None:
    """Another file replaces the scene that the batch is about."""
    if _current is not None and _current.needs_scene:
        stop()


@bpy.app.handlers.persistent
def _after_load(_path: object) -> None:
    """The file may have been saved while a batch ran."""
    if _current is None:
        _show_end("")


def register() -> None:
    """Adds what ends a batch when another file is loaded, and its workers when Blender quits."""
    bpy.app.handlers.load_pre.append(_before_load)
    bpy.app.handlers.load_post.append(_after_load)
    atexit.register(_stop_workers)


def unregister() -> None:
    """Ends the batch and leaves nothing behind."""
    stop()
    atexit.unregister(_stop_workers)
    bpy.app.handlers.load_post.remove(_after_load)
    bpy.app.handlers.load_pre.remove(_before_load)


def _stop_workers() -> None:
    if _current is not None:
        _current.batch.stop()
