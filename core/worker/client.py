"""The worker's process as its starter sees it: started, spoken to, listened to, ended.

Requests go down its stdin, events are tailed from a file, everything it prints goes to a
log. Nothing here blocks, starts a thread or knows bpy: the one client of the panel, of
`blender --command` and of the command line.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import ANOTHER_PYTHON, FREE_DISK, WorkerError, remedy_of
from ..files.json_lines import Message, line_of
from .protocol import CANNOT_RUN, CANNOT_WRITE, EVENTS_NAME, LOG_NAME, event_from_line

SCRIPT = Path(__file__).with_name("server.py")

ISOLATED = ("-I",)
"""Options of an interpreter that somebody chose: it is to hear of nobody's `PYTHONPATH`."""

AS_THIS_ONE = ("-P",)
"""Options of the interpreter that runs already: it finds its libraries as it has found them."""

LOG_TAIL_LINES = 20
"""Of a dead worker's log, shown to the user: enough for a traceback's end."""

LOG_TAIL_BYTES = 1 << 13

BYTES_PER_LOOK = 1 << 14
EVENTS_PER_LOOK = 16
"""Both bound one look at the events, so that a tick stays under 1 ms; what is left waits."""

LONGEST_LINE_BYTES = 1 << 22
"""No event is half as long; what is longer is garbage."""

STOP_WAIT_S = 1.0
"""A worker whose stdin was closed ends at once; after this it is killed."""


class WorkerClient:
    """One worker process, from its start to its end.

    Args:
        python: The interpreter that runs it.
        folder: Existing folder for its events and its log.
        script: What it runs.
        read: Reads a line of its events.
        options: Of the interpreter.

    Raises:
        WorkerError: The interpreter cannot be started, or the folder cannot be written.
    """

    def __init__(
        self,
        python: Path,
        folder: Path,
        script: Path = SCRIPT,
        read: Callable[[bytes], Any] = event_from_line,
        options: Sequence[str] = ISOLATED,
    ) -> None:
        self.python, self.folder, self._read = python, folder, read
        self._unread = b""
        self._is_killed = False
        self._is_drained = True
        self._log, self._events = _new_files(folder)
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW
        try:
            self._process = subprocess.Popen(
                [str(python), *options, str(script), str(folder)],
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
                "choose another in the preferences",
                remedy=ANOTHER_PYTHON,
            ) from error

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs, and was not killed a moment ago."""
        return self._process.poll() is None and not self._is_killed

    @property
    def is_gone(self) -> bool:
        """Whether the operating system has taken everything back."""
        return self._process.poll() is not None

    @property
    def is_drained(self) -> bool:
        """Whether the last look at the events has found no more of them."""
        return self._is_drained

    @property
    def ended_itself(self) -> bool:
        """Whether the process ended as the worker's code ends it, with something to say."""
        return self._process.poll() in (CANNOT_RUN, CANNOT_WRITE) and not self._is_killed

    def send(self, request: Message) -> None:
        """Writes one request; a dead worker does not read it, which `is_alive` will tell."""
        try:
            self._process.stdin.write(line_of(request))
        except (OSError, ValueError):  # a closed pipe, closed from our side too
            self._process.poll()

    def events(self) -> list[Any]:
        """What the worker has said since the last look, or the first part of it.

        Raises:
            WorkerError: A line is no event, or the file has lost what was in it.
        """
        read = b"" if b"\n" in self._unread else self._events.read(BYTES_PER_LOOK)
        if not read and os.fstat(self._events.fileno()).st_size < self._events.tell():
            raise WorkerError(
                f"the file {self.folder / EVENTS_NAME} was cut off while the worker wrote it; "
                "start the job again"
            )
        self._unread += read
        *lines, rest = self._unread.split(b"\n", EVENTS_PER_LOOK)
        if len(rest) > LONGEST_LINE_BYTES:
            raise WorkerError(
                f"the worker says something of more than {LONGEST_LINE_BYTES} bytes "
                f"({rest[:40]!r}); start the job again"
            )
        self._is_drained = not lines and not read
        self._unread = rest
        return [self._read(line) for line in lines]

    def log_tail(self) -> str:
        """The last lines of what the worker printed; empty where that is lost."""
        try:
            with (self.folder / LOG_NAME).open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
                text = log.read().decode(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-LOG_TAIL_LINES:])

    def end_error(self) -> WorkerError:
        """How the process ended, for the user."""
        status = self._process.poll()
        if status == CANNOT_RUN and (tail := self.log_tail()):
            return WorkerError(tail.splitlines()[-1], remedy=ANOTHER_PYTHON)
        if status == CANNOT_WRITE:
            return WorkerError(
                f"the worker cannot write in {self.folder}; free some disk space, or choose "
                "another temporary folder in the preferences",
                remedy=FREE_DISK,
            )
        how = f"signal {-status}" if status is not None and status < 0 else f"exit status {status}"
        return WorkerError(f"the worker process ended unexpectedly ({how})")

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


def _new_files(folder: Path) -> tuple[BinaryIO, BinaryIO]:
    """The log and the events, open.

    Raises:
        WorkerError: One of them cannot be made.
    """
    try:
        log = (folder / LOG_NAME).open("ab")
        try:
            return log, (folder / EVENTS_NAME).open("w+b", buffering=0)
        except OSError:
            log.close()
            raise
    except OSError as error:
        raise WorkerError(
            f"the folder {folder} cannot be written ({error.strerror}); free some disk space, or "
            "choose another temporary folder in the preferences",
            remedy=remedy_of(error),
        ) from error
