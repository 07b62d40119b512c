"""Supervised workers that work at once: each does one job of a batch at a time.

A worker computes with all cores, however many workers there are: its sums, and so the bytes that
it writes, depend on the number of its threads. On two cores that costs nothing that stands out of
the noise: two workers with two threads each took 13.9 and 10.6 s for twelve pictures and 22.4 and
28.8 s for four completions, with one thread each 7.2 and 12.4 s, and 29.1 and 28.1 s.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from ..errors import ANOTHER_PYTHON, WorkerError
from . import protocol
from .protocol import Failed, Stopped
from .supervision import Supervisor
from .task import Task


class PoolWorker:
    """One worker after another: a job that loses its worker is tried once more with a new one.

    Args:
        supervisor: Of its own.
        new_folder: Makes a new folder for a job's files; may raise a `WorkerError`.
    """

    def __init__(self, supervisor: Supervisor[Task], new_folder: Callable[[], Path]) -> None:
        self._supervisor, self._new_folder = supervisor, new_folder
        self._task: Task | None = None

    def start(self, request: Callable[[Path], protocol.Job]) -> None:
        """Starts a job, and a worker where none is alive.

        Args:
            request: Makes the job, whose files are then in the folder given.

        Raises:
            InputError: The request cannot be made.
            WorkerError: No worker can be started, or the job's folder not be made.
        """
        folder = self._new_folder()
        try:
            self._task = Task(request(folder))
        finally:
            if self._task is None:
                shutil.rmtree(folder, ignore_errors=True)
        self._go_on()

    def outcome(self) -> protocol.Result | Failed | Stopped | None:
        """How the job ended; None while it runs.

        Raises:
            WorkerError: No worker can be started in the place of one that has died, or this
                Python cannot run one at all: no other job would fare better.
        """
        self._supervisor.advance()
        outcome = self._task.outcome
        if outcome is None:
            self._go_on()
        elif isinstance(outcome, Failed) and outcome.remedy == ANOTHER_PYTHON:
            raise WorkerError(outcome.sentence, remedy=ANOTHER_PYTHON)
        return outcome

    def clear(self) -> None:
        """Throws the ended job's files away."""
        self._supervisor.release()
        if self._task is not None:
            shutil.rmtree(self._task.folder, ignore_errors=True)
        self._task = None

    def stop(self) -> None:
        """Ends the worker, and with it any job; returns once it is gone."""
        self._supervisor.stop()
        self.clear()

    def _go_on(self) -> None:
        """Sends a job that waits to a worker: a new one, or one that has lost its worker."""
        if self._task.state == "waiting" and self._supervisor.is_free():
            self._supervisor.start(self._task)
