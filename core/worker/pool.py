"""A worker process as the command line drives it: one job at a time, its end seen by looking.

A worker computes with all cores, however many workers there are: its sums, and so the bytes that
it writes, depend on the number of its threads. On two cores that costs nothing that stands out of
the noise: two workers with two threads each took 13.9 and 10.6 s for twelve pictures and 22.4 and
28.8 s for four completions, with one thread each 7.2 and 12.4 s, and 29.1 and 28.1 s.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ..errors import WorkerError
from .protocol import (
    CANNOT_RUN,
    EVENTS_NAME,
    LOG_NAME,
    Completed,
    Failed,
    Finished,
    Job,
    Result,
    Stopped,
    event_from_line,
    to_line,
)

SCRIPT = Path(__file__).with_name("server.py")

STOP_WAIT_S = 1.0
"""A worker whose stdin was closed ends at once; after this it is killed."""


class WorkerLane:
    """One worker after another: a process that dies fails its job, and the next job has a new one.

    Args:
        folder: Existing folder of its own.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._job: Job | None = None
        self._count = 0
        self._heard = 0
        """Bytes of the events that were read."""

    def start(self, request: Callable[[Path], Job]) -> None:
        """Starts a job, and a process where none is alive.

        Args:
            request: Makes the job, whose files are then in the folder given.

        Raises:
            InputError: The request cannot be made.
            WorkerError: No worker can be started, or the job's folder not be made.
        """
        if self._process is None or self._process.poll() is not None:
            self._launch()
        self._count += 1
        folder = self._folder / str(self._count)
        try:
            folder.mkdir()
        except OSError as error:
            raise WorkerError(
                f"the folder {folder} cannot be made ({error.strerror}); free some disk space"
            ) from error
        self._job = request(folder)
        try:
            self._process.stdin.write(to_line(self._job))
        except OSError:
            self._process.poll()  # dead: `outcome` will tell

    def outcome(self) -> Result | Failed | Stopped | None:
        """How the job ended; None while it runs.

        Raises:
            WorkerError: This Python cannot run a worker at all, or an event cannot be read.
        """
        status = self._process.poll()  # asked before the last events are read, to lose none
        with (self._folder / EVENTS_NAME).open("rb") as events:
            events.seek(self._heard)
            lines = events.read().splitlines(keepends=True)
        for line in lines:
            if not line.endswith(b"\n"):
                break
            self._heard += len(line)
            event = event_from_line(line)
            if isinstance(event, Finished | Completed | Failed | Stopped):
                return event
        if status is None:
            return None
        tail = (self._folder / LOG_NAME).read_text(errors="replace").splitlines()[-1:]
        if status == CANNOT_RUN and tail:
            raise WorkerError(tail[0])
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        sentence = f"the worker process ended unexpectedly ({how}); try a lower resolution"
        return Failed(self._job.job, sentence, "\n".join(tail), "")

    def clear(self) -> None:
        """Throws the ended job's files away."""
        if self._job is not None:
            shutil.rmtree(self._job.folder, ignore_errors=True)
        self._job = None

    def stop(self) -> None:
        """Ends the process, and with it any job; returns once it is gone."""
        if self._process is None:
            return
        try:
            self._process.stdin.close()
            self._process.wait(STOP_WAIT_S)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._process = None
        self.clear()

    def _launch(self) -> None:
        self.stop()
        self._heard = 0
        (self._folder / EVENTS_NAME).write_bytes(b"")
        with (self._folder / LOG_NAME).open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(SCRIPT), str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                bufsize=0,
            )
