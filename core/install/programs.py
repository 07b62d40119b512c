"""Programs that the installer runs: logged, watched, and ended with all their children."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import Cancelled, InstallError

LOOK_EVERY_S = 0.1
"""Between two looks at a program, and at whether the user wants to stop."""


class Programs:
    """Runs one program after another.

    Args:
        is_cancelled: Asked a few times a second.
    """

    def __init__(self, is_cancelled: Callable[[], bool]) -> None:
        self._is_cancelled = is_cancelled
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self.log: Path | None = None
        """Where what the programs print is kept; None: nowhere."""
        self.held: int | None = None
        """A file descriptor that programs inherit, and so keep a lock until they end."""

    def run(
        self,
        command: list[str | Path],
        *,
        settings: Mapping[str, str] | None = None,
        watch: Callable[[], None] = lambda: None,
        limit_s: float | None = None,
    ) -> tuple[int, str]:
        """The exit status, and what was printed.

        Args:
            command: Program and arguments.
            settings: Environment variables; None: this process's own.
            watch: Called a few times a second; may raise to end the program.
            limit_s: After this time the program is ended.

        Raises:
            Cancelled: The user asked to stop.
            InstallError: The program cannot be started, or took too long.
        """
        words = [str(word) for word in command]
        with tempfile.TemporaryFile() as printed:
            self._start(words, printed.fileno(), settings)
            try:
                self._wait(words, watch, limit_s)
            finally:
                self.end()
                printed.seek(0)
                text = printed.read().decode(errors="replace")
                self._keep(words, text)
        return self._process.returncode, text

    def end(self) -> None:
        """Ends the running program, if there is one, with all that it has started."""
        with self._lock:
            process = self._process
            if process is None or process.poll() is not None:
                return
            if sys.platform == "win32":
                words = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
                subprocess.run(words, capture_output=True)
            else:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self, words: list[str], out: int, settings: Mapping[str, str] | None) -> None:
        options: dict[str, object] = {}
        if sys.platform == "win32":
            options["creationflags"] = subprocess.CREATE_NO_WINDOW
        else:
            options |= {"start_new_session": True}
            options |= {"pass_fds": () if self.held is None else (self.held,)}
        with self._lock:
            try:
                self._process = subprocess.Popen(
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env=settings,
                    **options,
                )
            except OSError as error:
                raise InstallError(
                    f"{words[0]} cannot be started ({error.strerror}); choose another Python"
                ) from error

    def _wait(self, words: list[str], watch: Callable[[], None], limit_s: float | None) -> None:
        waited_s = 0.0
        while True:
            try:
                self._process.wait(LOOK_EVERY_S)
                return
            except subprocess.TimeoutExpired:
                waited_s += LOOK_EVERY_S
            if self._is_cancelled():
                raise Cancelled("stopped as asked; nothing was changed")
            if limit_s is not None and waited_s > limit_s:
                raise InstallError(
                    f"{words[0]} has not answered for {limit_s:.0f} s and was ended; "
                    "choose another Python"
                )
            watch()

    def _keep(self, words: list[str], text: str) -> None:
        if self.log is not None:
            with contextlib.suppress(OSError), self.log.open("a", encoding="utf-8") as file:
                command = re.sub(r"//[^/@ ]+@", "//***@", " ".join(words))  # a password
                file.write(f"$ {command}\n{text}\n")
