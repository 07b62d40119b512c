"""What Blender does about the engine's runtime: has the installer work, and shows how far it is.

One installer at a time. With a window a timer follows it; without one, `run_to_end` waits. What
came of it is kept for the preferences' page until the next one starts.
"""

import atexit
import contextlib
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bpy

from ...core.errors import Cancelled, InstallError, IsoformError
from ...core.install import runtimes
from ...core.install.messages import (
    Abandoned,
    Cancel,
    Event,
    Progress,
    Refused,
    Request,
    Tidy,
    event_from_line,
)
from ...core.worker.client import WorkerClient
from .. import properties
from . import places

SCRIPT = Path(__file__).parents[2] / "core" / "install" / "installer.py"

TICK_S = 0.2
"""Between two looks at the installer."""

TIDY_AFTER_S = 5.0
"""After Blender's start; by then it has drawn its windows."""

KILL_AFTER_S = 20.0
"""An installer that has not honoured a cancel by then is killed; it may be removing gigabytes."""


@dataclass
class Run:
    """One installer, on its way or ended."""

    request: Request

    take: Callable[[Event], str]
    """Puts a good answer to use, and says so in a sentence."""

    progress: Progress | None = None

    sentence: str = ""
    """What came of it; empty while it is on its way."""

    is_error: bool = False

    cancelled_s: float | None = None
    """When the user asked to stop, on the monotonic clock."""

    @property
    def is_plain(self) -> bool:
        """Whether the page shows what came of it anyway: an engine that is ready."""
        return not (self.is_error or self.cancelled_s or isinstance(self.request, Tidy))


_client: WorkerClient | None = None
_folder: Path | None = None
_run: Run | None = None
shown: Run | None = None
"""The last one that the artist has asked for."""


def is_running() -> bool:
    """Whether an installer is at work."""
    return _client is not None


def start(request: Request, take: Callable[[Event], str], *, is_shown: bool = True) -> None:
    """Starts the installer with Blender's own Python.

    Args:
        request: What it is asked.
        take: Puts a good answer to use, and says so in a sentence.
        is_shown: Whether the artist has asked for it.

    Raises:
        InstallError: There is one at work already.
        WorkerError: It cannot be started.
    """
    global _client, _folder, _run, shown
    if is_running():
        raise InstallError("an installation is on its way; wait for it or cancel it")
    _folder = places.new_worker_folder()
    try:
        _client = WorkerClient(Path(sys.executable), _folder, SCRIPT, event_from_line)
    except IsoformError:
        shutil.rmtree(_folder, ignore_errors=True)
        raise
    _run = Run(request, take)
    shown = _run if is_shown else shown
    _client.send(request)


def follow() -> None:
    """Has a timer follow the installer that was started."""
    if not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=TICK_S, persistent=True)


def run_to_end(tell: Callable[[float], None]) -> str:
    """Waits for the installer that was started; the sentence that says what came of it.

    Args:
        tell: Told the done part, a few times a second.

    Raises:
        InstallError: It failed, with its sentence.
        Cancelled: It was cancelled.
    """
    asked = _run
    try:
        while is_running():
            time.sleep(TICK_S / 4)
            advance()
            tell(asked.progress.fraction if asked.progress else 0.0)
            if not is_running() and asked is _run and not isinstance(asked.request, Tidy):
                tidy()
    finally:
        stop()  # where it was interrupted from the keyboard
    if asked.is_error:
        raise InstallError(asked.sentence)
    if asked.cancelled_s is not None:
        raise Cancelled(asked.sentence)
    return asked.sentence


def cancel() -> None:
    """Asks the installer to stop; what was there before stays."""
    if _client is not None and _run.cancelled_s is None:
        _run.cancelled_s = time.monotonic()
        _client.send(Cancel())


def advance() -> None:
    """Hears what the installer says; takes well under 1 ms until its answer comes."""
    was_alive = _client.is_alive  # asked before the last events are read, to lose none
    answer: Event | None = None
    try:
        for event in _client.events():
            if isinstance(event, Progress):
                _run.progress = event
            else:
                answer = event
    except IsoformError as error:
        answer = Refused(str(error))
    if answer is None and not was_alive and _client.is_drained:
        tail = _client.log_tail().splitlines()
        last = f": {tail[-1][:160]}" if tail else ""
        answer = Refused(f"the installer ended unexpectedly{last}; start it again")
    if _run.cancelled_s is not None and time.monotonic() - _run.cancelled_s > KILL_AFTER_S:
        answer = Abandoned()
    if answer is not None:
        _conclude(answer)


def stop() -> None:
    """Ends the installer, if there is one; the next one removes what it has left."""
    global _client, _folder
    if _client is not None:
        _client.stop()
        _client = None
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)
        _folder = None


def log_path() -> Path | None:
    """The log of the last installation; None where there was none."""
    folder = places.runtimes_folder()
    path = None if folder is None else folder / runtimes.LOG
    return path if path is not None and path.is_file() else None


def _conclude(answer: Event) -> None:
    stop()
    if isinstance(answer, Refused):
        _run.sentence, _run.is_error = answer.sentence, True
    elif isinstance(answer, Abandoned):
        _run.sentence = "the installation was cancelled; nothing was changed"
    else:
        _run.sentence = _run.take(answer)


def _tick() -> float | None:
    """The timer: one look at the installer; None, which ends the timer, once it has ended."""
    if not is_running():
        return None
    advance()
    redraw()
    if not is_running() and not isinstance(_run.request, Tidy):
        tidy()
    return TICK_S if is_running() else None


def tidy() -> None:
    """Has old and unfinished runtimes removed, unless a job may be running from one of them."""
    folder = places.runtimes_folder()
    is_busy = properties.run_of(bpy.context.window_manager).is_running or is_running()
    if folder is None or is_busy or runtimes.is_locked(folder):
        return
    if runtimes.rubbish(folder):
        with contextlib.suppress(IsoformError):
            start(Tidy(str(folder), everything=False), lambda _answer: "", is_shown=False)


def redraw() -> None:
    """The preferences, wherever they are open."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()


def _tidy_once() -> None:
    """The timer after Blender's start."""
    tidy()
    if is_running():
        follow()


def register() -> None:
    """Removes what an interrupted installation has left, a while after Blender's start."""
    atexit.register(stop)
    if not bpy.app.background:
        bpy.app.timers.register(_tidy_once, first_interval=TIDY_AFTER_S)


def unregister() -> None:
    """Ends the installer and leaves nothing behind."""
    global _run, shown
    atexit.unregister(stop)
    for each in (_tick, _tidy_once):
        if bpy.app.timers.is_registered(each):
            bpy.app.timers.unregister(each)
    stop()
    _run = shown = None
