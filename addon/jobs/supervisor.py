"""One job on its way through the worker: started, watched, ended. Knows no bpy.

Whoever owns a `Supervisor` calls `advance` a few times a second while a job runs. Each call
is short; waiting is the caller's affair. Only monotonic clocks are asked: the one on the wall
may be set back.
"""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from ...core.errors import SMALLER_RESOLUTION, USE_CPU, WorkerError
from ...core.worker import protocol
from ...core.worker.protocol import (
    Cancel,
    Event,
    Failed,
    Loaded,
    Ping,
    Ready,
    StageProgress,
    Stopped,
    Unload,
)
from ..runtime.link import WorkerLink
from .job import Job

TERMINATE_AFTER_S = 1.2
"""A worker that has not honoured a cancel by then is terminated."""

KILL_AFTER_S = 1.5
"""One that has not even ended by then is killed, so that 2 s after the click it is over."""

PING_EVERY_S = 5.0
"""The worker answers even while it computes."""

HUNG_AFTER_S = 60.0
"""A worker that answers nothing for so long is given up; importing torch from a slow disk may take
half of it. It is counted from the first unanswered question, not from the last answer: Blender
itself may have been busy and asked nothing."""

HUNG_AFTER_LOOKS = 20
"""So often must an answer have been missed as well: some clocks go on while the machine sleeps."""

DEATHS = 2
"""Of workers by one job, after which it is not tried again by itself."""


class Supervisor:
    """Keeps one worker for one job after another, and ends it when it must.

    Args:
        find_python: Gives the interpreter; may raise a `WorkerError`.
        new_folder: Makes a new folder for a worker's files; may raise a `WorkerError`.
    """

    def __init__(self, find_python: Callable[[], Path], new_folder: Callable[[], Path]) -> None:
        self.job: Job | None = None
        self._find_python, self._new_folder = find_python, new_folder
        self._link: WorkerLink | None = None
        self._versions: dict[str, str] = {}
        self._device = ""
        self._asked_s: float | None = None
        self._looks = 0
        self._spoke_s = 0.0

    @property
    def has_worker(self) -> bool:
        """Whether a process is there, even if it is about to end."""
        return self._link is not None

    def is_free(self) -> bool:
        """Whether a job can be started now: none runs, and no killed worker is still there."""
        if self.job is not None:
            return False
        if self._link is not None and self._link.is_gone:
            self._let_go()
        return self._link is None or self._link.is_alive

    def start(self, job: Job) -> None:
        """Sends the job's request to the worker, and starts one where there is none.

        Raises:
            WorkerError: There is no interpreter, it cannot be started, or a folder cannot be made.
        """
        python = self._find_python()
        if self._link is not None and self._link.python != python:
            self._let_go()
        if self._link is None:
            folder = self._new_folder()
            try:
                self._link = WorkerLink(python, folder)
            except WorkerError:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            self._versions, self._device = {}, ""
        now = time.monotonic()
        job.begin(now)
        self.job = job
        self._asked_s, self._spoke_s = None, now
        self._link.send(job.request)

    def cancel(self) -> None:
        """Asks the worker to stop the job; `advance` sees to it that it does."""
        if self.job is not None and self.job.cancelled_s is None:
            self.job.cancelled_s = time.monotonic()
            self._link.send(Cancel(self.job.request.job))

    def unload(self) -> None:
        """Gives memory back: all of it where no job runs, else the model's once it is through."""
        if self.job is None:
            self.stop()
        else:
            self._link.send(Unload())

    def advance(self) -> None:
        """Hears what the worker says and sees how it is; takes well under 1 ms."""
        job = self.job
        if job is None or job.outcome is not None:
            return
        was_alive = self._link.is_alive  # asked before the last events are read, to lose none
        try:
            for event in self._link.events():
                self._hear(event)
            if job.outcome is None and was_alive:
                self._watch()
        except WorkerError as error:
            self._link.kill()  # what it says cannot be trusted any more
            self._lose(error)
        if job.outcome is None and not was_alive and self._link.is_drained:
            self._lose(self._link.end_error())
        if job.outcome is not None:
            self._note(job)

    def release(self) -> None:
        """Forgets the job, which has ended; the worker stays for the next."""
        self.job = None

    def stop(self) -> None:
        """Ends the worker, and with it any job; the next job starts a new one."""
        self.job = None
        if self._link is not None:
            self._let_go()

    def _let_go(self) -> None:
        """Ends the process where it still runs, and removes its files."""
        self._link.stop()
        shutil.rmtree(self._link.folder, ignore_errors=True)
        self._link = None

    def _hear(self, event: Event) -> None:
        job = self.job
        self._asked_s, self._spoke_s = None, time.monotonic()
        if isinstance(event, Ready):
            self._versions = event.versions
        elif isinstance(event, Loaded):
            self._device = event.device
        elif isinstance(event, Failed) and event.job == "":
            job.outcome = event
        elif isinstance(event, StageProgress) and event.job == job.request.job:
            job.progress = event
            job.stage_starts.setdefault(event.stage, self._spoke_s)
        elif isinstance(event, protocol.Result | Failed | Stopped) and event.job == job.request.job:
            is_late = isinstance(event, protocol.Result) and job.cancelled_s is not None
            job.outcome = Stopped(job.request.job) if is_late else event

    def _watch(self) -> None:
        """Asks a silent worker for a sign of life, and ends one that does not do as it is told.

        Raises:
            WorkerError: It has not answered for too long.
        """
        job, now = self.job, time.monotonic()
        if job.cancelled_s is not None:
            if now - job.cancelled_s > KILL_AFTER_S:
                self._link.kill()
            elif now - job.cancelled_s > TERMINATE_AFTER_S:
                self._link.terminate()
        if self._asked_s is None and now - self._spoke_s > PING_EVERY_S:
            self._asked_s, self._looks = now, 0
            self._link.send(Ping())
        self._looks += 1
        is_silent = self._asked_s is not None and now - self._asked_s > HUNG_AFTER_S
        if is_silent and self._looks > HUNG_AFTER_LOOKS:
            job.deaths = DEATHS  # once more would take as long
            raise WorkerError(
                f"the worker has not answered for {HUNG_AFTER_S:.0f} s and was ended; "
                "start the job again, and lower the resolution if that does not help"
            )

    def _lose(self, error: WorkerError) -> None:
        """The worker is gone: the job ends, unless the same may go well with another worker."""
        job = self.job
        if job.cancelled_s is not None:
            job.outcome = Stopped(job.request.job)
            return
        sentence, remedy = str(error), error.remedy
        if not self._link.ended_itself and job.deaths < DEATHS:
            job.deaths += 1
            if job.deaths < DEATHS:
                job.state, self.job = "waiting", None
                return
            on_cpu = (self._device or job.request.device).startswith("cpu")
            remedy = SMALLER_RESOLUTION if on_cpu else USE_CPU
            what = "lower the resolution" if on_cpu else "use the CPU"
            sentence = f"{sentence.removesuffix('; start the job again')}, twice; {what}"
        job.log_tail = self._link.log_tail()
        job.outcome = Failed(job.request.job, sentence, job.log_tail, remedy)

    def _note(self, job: Job) -> None:
        """What a report of the job tells of its worker."""
        job.ended_s = time.monotonic()
        job.device, job.versions = self._device or job.request.device, self._versions
        if isinstance(job.outcome, Failed):
            job.log_tail = job.log_tail or self._link.log_tail()
