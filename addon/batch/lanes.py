"""A supervised worker as a lane of a batch: several of them work at once. Knows no bpy."""

import shutil
from collections.abc import Callable
from pathlib import Path

from ...core.worker import protocol
from ...core.worker.protocol import Failed, Stopped
from ..jobs.job import Job, Placed
from ..jobs.supervisor import Supervisor


def place_nothing(request: protocol.Job, result: protocol.Result, *, here: bool = False) -> Placed:
    """Nothing: a batch's results go where its store puts them."""
    return Placed("", "", ())


class SupervisorLane:
    """One worker, which does one job at a time.

    Args:
        supervisor: Of its own.
        new_folder: Makes a new folder for a job's files; may raise a `WorkerError`.
    """

    def __init__(self, supervisor: Supervisor, new_folder: Callable[[], Path]) -> None:
        self._supervisor, self._new_folder = supervisor, new_folder
        self._job: Job | None = None

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
            self._job = Job(request(folder), place_nothing)
        finally:
            if self._job is None:
                shutil.rmtree(folder, ignore_errors=True)
        self._go_on()

    def outcome(self) -> protocol.Result | Failed | Stopped | None:
        """How the job ended; None while it runs.

        Raises:
            WorkerError: No worker can be started in the place of one that has died.
        """
        self._supervisor.advance()
        if self._job.outcome is None:
            self._go_on()
        return self._job.outcome

    def clear(self) -> None:
        """Throws the ended job's files away."""
        self._supervisor.release()
        if self._job is not None:
            shutil.rmtree(self._job.folder, ignore_errors=True)
        self._job = None

    def stop(self) -> None:
        """Ends the worker, and with it any job."""
        self._supervisor.stop()
        self.clear()

    def _go_on(self) -> None:
        """Sends a job that waits to a worker: a new one, or one that has lost its worker."""
        if self._job.state == "waiting" and self._supervisor.is_free():
            self._supervisor.start(self._job)
