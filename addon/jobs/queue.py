"""The jobs of this Blender in their order: added, moved on, cancelled, tried again. Knows no bpy.

One runs at a time; those behind it hold what they need in folders of their own. Whoever owns
the queue calls `advance` a few times a second and places what is ready.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

from ...core.errors import WorkerError
from ...core.worker import protocol
from ...core.worker.protocol import Failed, Stopped
from ...core.worker.supervision import Supervisor
from ...core.worker.task import State
from .job import Job, Placed
from .timing_history import TimingHistory

ENDED_SHOWN = 20
"""Jobs that are done, and jobs that failed, stay in the list until there are so many newer ones."""


class Queue:
    """Jobs in their order, and what became of the last ones.

    Args:
        supervisor: Runs one at a time.
        new_folder: Makes a new folder for a job's files; may raise a `WorkerError`.
    """

    def __init__(self, supervisor: Supervisor[Job], new_folder: Callable[[], Path]) -> None:
        self.supervisor = supervisor
        self.new_folder = new_folder
        self.jobs: list[Job] = []
        self.changes = 0
        """Grows whenever what a list of the jobs shows has changed, but for the progress."""

        self._count = 0
        self._history = TimingHistory()

    @property
    def running(self) -> Job | None:
        """The job that the worker is at."""
        return self.supervisor.task

    @property
    def is_active(self) -> bool:
        """Whether a job is under way."""
        return any(job.is_under_way for job in self.jobs)

    def of(self, *states: str) -> list[Job]:
        """The jobs in one of these states, first to come first."""
        return [job for job in self.jobs if job.state in states]

    def find(self, number: int) -> Job | None:
        """The job of that number; None where it has been removed."""
        return next((job for job in self.jobs if job.number == number), None)

    def add(self, job: Job, *, first: bool = False) -> None:
        """Puts the job behind those that wait, or before them where it comes `first`."""
        self._count += 1
        job.number = self._count
        places = [index for index, each in enumerate(self.jobs) if each.state == "waiting"]
        self.jobs.insert(places[0] if first and places else len(self.jobs), job)
        self._prune()
        self.changes += 1

    def advance(self) -> None:
        """One look: at the job that runs, or else at what comes next.

        Never both: to start a process takes longer than a look at a running one may.
        """
        if (running := self.running) is not None:
            self.supervisor.advance()
            if running.state == "waiting":
                self.changes += 1  # its worker died; the next one gets it
            elif running.outcome is not None:
                self.supervisor.release()
                self._end(running, running.outcome)
        elif self.supervisor.is_free() and (waiting := self.of("waiting")):
            self._start(waiting[0])

    def place(self, job: Job, *, here: bool = False) -> Placed:
        """Inserts what the job gave, and forgets its files.

        Raises:
            SceneGoneError: The scene is not open any more; the result is kept.
            IsoformError: The result cannot be inserted.
        """
        result = cast(protocol.Result, job.outcome)
        job.placed = job.place(job.request, result, here=here)
        job.state = "done"
        self._drop_files(job)
        self._prune()
        self.changes += 1
        return job.placed

    def keep(self, job: Job) -> None:
        """Leaves the result where it is, for a scene that the artist chooses."""
        job.state = "kept"
        self.changes += 1

    def fail(self, job: Job, sentence: str, hint: str = "", remedy: str = "") -> None:
        """Ends a job, for a reason that the worker does not know of."""
        self._end(job, Failed(job.request.job, sentence, hint, remedy))

    def cancel(self, job: Job) -> None:
        """Stops the job: at once where it waits, within 2 s where it runs."""
        if job is self.running:
            self.supervisor.cancel()
            self.changes += 1
        elif job.is_under_way:
            self._end(job, Stopped(job.request.job))

    def retry(self, job: Job, request: protocol.Job | None = None) -> None:
        """Has a failed or cancelled job wait again, at the end.

        Args:
            job: That has failed or was cancelled.
            request: What is asked instead.
        """
        self._count += 1
        # a worker that has heard of a cancel would take a job of the same name for that one
        name = f"{job.number}-{self._count}"
        job.request = replace(request or job.request, job=name)
        job.state, job.deaths, job.outcome, job.progress = "waiting", 0, None, None
        self.jobs.remove(job)
        self.jobs.append(job)
        self.changes += 1

    def move(self, job: Job, step: int) -> None:
        """Moves a waiting job by `step` places among those that wait; earlier where negative."""
        waiting = self.of("waiting")
        place = min(max(waiting.index(job) + step, 0), len(waiting) - 1)
        other = self.jobs.index(waiting[place])
        self.jobs.remove(job)
        self.jobs.insert(other, job)
        self.changes += 1

    def remove(self, job: Job) -> None:
        """Forgets a job that has ended, and its files."""
        self.jobs.remove(job)
        self._drop_files(job)
        self.changes += 1

    def interrupt(self) -> None:
        """Ends the worker; what was under way may be tried again."""
        self.supervisor.stop()
        for job in self.of("running", "waiting"):
            self._end(job, Stopped(job.request.job))

    def clear(self) -> None:
        """Ends the worker and forgets all jobs, and their files."""
        self.supervisor.stop()
        for job in list(self.jobs):
            self.remove(job)

    def _start(self, job: Job) -> None:
        kind, resolution = job.request.kind, job.resolution
        job.expected_s = self._history.expected_s(kind, resolution or 1)
        try:
            self.supervisor.start(job)
        except WorkerError as error:
            self.fail(job, str(error), remedy=error.remedy)
        self.changes += 1

    def _end(self, job: Job, outcome: protocol.Result | Failed | Stopped) -> None:
        job.outcome, job.ended_s, job.cancelled_s = outcome, time.monotonic(), None
        state: State = "ready"
        if isinstance(outcome, Failed | Stopped):
            state = "failed" if isinstance(outcome, Failed) else "cancelled"
        else:
            self._history.learn(job.request.kind, job.resolution or 1, outcome.seconds)
        job.state = state
        self._prune()
        self.changes += 1

    def _prune(self) -> None:
        """Drops the oldest of those that need nothing any more."""
        ended = self.of("done"), self.of("failed", "cancelled")
        for jobs in ended:
            for job in [each for each in jobs if each.is_listed][:-ENDED_SHOWN]:
                self.remove(job)
        unlisted = [job for jobs in ended for job in jobs if not job.is_listed]
        for job in sorted(unlisted, key=lambda each: each.ended_s)[:-1]:
            self.remove(job)

    def _drop_files(self, job: Job) -> None:
        shutil.rmtree(job.folder, ignore_errors=True)
