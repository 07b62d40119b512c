"""The worker's process seen from Blender: started, spoken to, listened to, ended.

Requests go down its stdin, events are tailed from a file, everything it prints goes to a
log. Nothing here blocks, starts a thread or knows bpy.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from ..core.errors import WorkerError
from ..core.messages import EVENTS_NAME, LOG_NAME, Event, Request, event_from_line, to_line

SCRIPT = Path(__file__).parents[1] / "core" / "worker.py"

LOG_TAIL_LINES = 20
"""Of a dead worker's log, shown to the user: enough for a traceback's end."""

CANNOT_RUN = 2
"""The exit status of a worker whose last printed line says what this Python lacks."""

BYTES_PER_READ = 1 << 16
"""Bounds one look at the events, so that a tick stays under 1 ms."""

STOP_WAIT_S = 1.0
"""A worker whose stdin was closed ends at once; after this it is killed."""


class WorkerLink:
    """One worker process, from its start to its end.

    Args:
        python: The interpreter that runs it.
        folder: Existing folder for its events and its log.

    Raises:
        WorkerError: The interpreter cannot be started.
    """

    def __init__(self, python: Path, folder: Path) -> None:
        self._python, self._folder = python, folder
        self._unread = b""
        self._is_killed = False
        self._log = (folder / LOG_NAME).open("ab")
        self._events = (folder / EVENTS_NAME).open("w+b", buffering=0)
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW
        try:
            self._process = subprocess.Popen(
                [str(python), "-I", str(SCRIPT), str(folder)],
                stdin=subprocess.PIPE,
                stdout=self._log,
                stderr=self._log,
                bufsize=0,
                shell=False,
                creationflags=flags,
            )
        except OSError as error:
            self._log.close()
            self._events.close()
            raise WorkerError(
                f"the Python {python} cannot be started ({error.strerror}); "
                "choose another in the preferences"
            ) from error

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs, and was not killed a moment ago."""
        return self._process.poll() is None and not self._is_killed

    def send(self, request: Request) -> None:
        """Writes one request; a dead worker does not read it, which `is_alive` will tell."""
        try:
            self._process.stdin.write(to_line(request))
        except OSError:
            self._process.poll()

    def events(self) -> Iterator[Event]:
        """What the worker has said since the last look.

        Raises:
            WorkerError: A line is no event.
        """
        self._unread += self._events.read(BYTES_PER_READ)
        while b"\n" in self._unread:
            line, self._unread = self._unread.split(b"\n", 1)
            yield event_from_line(line)

    def log_tail(self) -> str:
        """The last lines of what the worker printed."""
        text = (self._folder / LOG_NAME).read_bytes().decode(errors="replace")
        return "\n".join(text.splitlines()[-LOG_TAIL_LINES:])

    def end_sentence(self) -> str:
        """How the process ended, for the user."""
        status = self._process.poll()
        if status == CANNOT_RUN and (tail := self.log_tail()):
            return tail.splitlines()[-1]
        how = f"signal {-status}" if status is not None and status < 0 else f"exit status {status}"
        return (
            f"the worker process ended unexpectedly ({how}); start the job again, "
            "and lower the resolution if that does not help"
        )

    def terminate(self) -> None:
        """Asks the operating system to end the process."""
        self._process.terminate()

    def kill(self) -> None:
        """Ends the process, whatever it is doing; it may take a moment to be gone."""
        self._is_killed = True
        self._process.kill()

    def stop(self) -> None:
        """Ends the process and closes its files; returns once it is gone."""
        try:
            self._process.stdin.close()
            self._process.wait(STOP_WAIT_S)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._log.close()
        self._events.close()
