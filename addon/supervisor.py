"""One job at a time on its way through the worker: started, watched, ended. Knows no bpy.

Whoever owns a `Supervisor` calls `advance` a few times a second while a job runs. Each call
is short; waiting is the caller's affair.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..core import messages
from ..core.errors import WorkerError
from ..core.messages import (
    Cancel,
    Event,
    Failed,
    Ping,
    StageProgress,
    Stopped,
    Unload,
)
from .link import WorkerLink

TERMINATE_AFTER_S = 2.0
"""A worker that has not honoured a cancel by then is terminated."""

KILL_AFTER_S = 2.5
"""One that has not even ended by then is killed."""

PING_EVERY_S = 5.0
"""The worker answers even while it computes."""

HUNG_AFTER_S = 60.0
"""A worker silent for so long is given up; importing torch from a slow disk may take half of it."""


@dataclass(frozen=True)
class Placed:
    """What has become of a result in the scene."""

    name: str
    """Of the new object; empty where nothing had to be inserted."""

    summary: str
    """One sentence for the panel."""

    warnings: tuple[str, ...]
    """One sentence for everything that came out worse than asked."""


@dataclass
class Job:
    """Something that the worker does: asked, on its way, ended."""

    request: messages.Job

    place: Callable[[messages.Result], Placed]
    """Inserts the result as one change of the scene."""

    progress: StageProgress | None = None
    """The last heard of."""

    outcome: messages.Result | Failed | Stopped | None = None
    """None while the job runs."""

    cancelled_s: float | None = None
    """When the user asked to stop, on the monotonic clock."""

    heard_s: float = field(default_factory=time.monotonic)
    pinged_s: float = field(default_factory=time.monotonic)


class Supervisor:
    """Keeps one worker for one job after another, and ends it when it must."""

    def __init__(self) -> None:
        self.job: Job | None = None
        self._link: WorkerLink | None = None
        self._folder: Path | None = None
        self._count = 0

    def new_job_folder(
        self, find_python: Callable[[], Path], new_folder: Callable[[], Path]
    ) -> Path:
        """An empty folder for the next job; starts a worker where none is alive.

        Args:
            find_python: Gives the interpreter; asked only when a worker must be started.
            new_folder: Makes a new folder for a worker's files.

        Raises:
            WorkerError: There is no interpreter, it cannot be started, or a folder cannot be made.
        """
        if self._link is None or not self._link.is_alive:
            self.stop()
            python = find_python()
            self._folder = new_folder()
            self._link = WorkerLink(python, self._folder)
        self._count += 1
        folder = self._folder / str(self._count)
        try:
            folder.mkdir()
        except OSError as error:
            raise WorkerError(
                f"the folder {folder} cannot be made ({error.strerror}); free some disk space"
            ) from error
        return folder

    def start(self, job: Job) -> None:
        """Sends the job's request to the worker that `new_job_folder` has made ready."""
        self._link.send(job.request)
        self.job = job

    def cancel(self) -> None:
        """Asks the worker to stop the job; `advance` sees to it that it does."""
        if self.job is not None and self.job.cancelled_s is None:
            self.job.cancelled_s = time.monotonic()
            self._link.send(Cancel(self.job.request.job))

    def unload(self) -> None:
        """Asks the worker to give the model's memory back."""
        if self._link is not None:
            self._link.send(Unload())

    def advance(self) -> None:
        """Hears what the worker says and sees how it is; takes well under 1 ms."""
        job = self.job
        was_alive = self._link.is_alive  # asked before the last events are read, to lose none
        try:
            for event in self._link.events():
                self._hear(event)
            if job.outcome is None and was_alive:
                self._watch()
        except WorkerError as error:
            self._link.kill()  # what it says cannot be trusted any more
            self._fail(str(error), self._link.log_tail())
        if job.outcome is None and not was_alive:
            self._fail(self._link.end_sentence(), self._link.log_tail())

    def finish(self) -> None:
        """Forgets the job and throws its folder away; the worker stays for the next."""
        if self.job is not None:
            shutil.rmtree(self.job.request.folder, ignore_errors=True)
        self.job = None

    def stop(self) -> None:
        """Ends the worker, and with it any job; the next job starts a new one."""
        self.finish()
        if self._link is not None:
            self._link.stop()
            self._link = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _hear(self, event: Event) -> None:
        job = self.job
        job.heard_s = time.monotonic()
        if isinstance(event, Failed) and event.job == "":
            job.outcome = event
        elif isinstance(event, StageProgress) and event.job == job.request.job:
            job.progress = event
        elif isinstance(event, messages.Result | Failed | Stopped) and event.job == job.request.job:
            is_late = isinstance(event, messages.Result) and job.cancelled_s is not None
            job.outcome = Stopped(job.request.job) if is_late else event

    def _watch(self) -> None:
        job, now = self.job, time.monotonic()
        if job.cancelled_s is not None:
            if now - job.cancelled_s > KILL_AFTER_S:
                self._link.kill()
            elif now - job.cancelled_s > TERMINATE_AFTER_S:
                self._link.terminate()
        if now - job.heard_s > HUNG_AFTER_S:
            raise WorkerError(
                f"the worker has not answered for {HUNG_AFTER_S:.0f} s and was ended; "
                "start the job again, and lower the resolution if that does not help"
            )
        if now - job.pinged_s > PING_EVERY_S:
            job.pinged_s = now
            self._link.send(Ping())

    def _fail(self, sentence: str, hint: str) -> None:
        job = self.job
        was_cancelled = job.cancelled_s is not None
        job.outcome = (
            Stopped(job.request.job)
            if was_cancelled
            else Failed(job.request.job, sentence, hint, "")
        )
