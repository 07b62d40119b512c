"""The installer's process: one request in on stdin, events out in a file.

    python -I .../core/install/installer.py FOLDER

Run by Blender's own Python. The request is the first line of stdin; a `Cancel` may follow. Events
are appended to `FOLDER/events.jsonl`. The end of stdin ends the process and every program that it
runs, at once; what was half made is then removed by the next installer.
"""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    # `python -I` leaves the script's folder off the path. Only this process, which is never
    # Blender's, adds the package's parent, so that the relative imports below work (PEP 366).
    sys.path.insert(0, str(Path(__file__).absolute().parents[2]))
    __package__ = "core.install"

import logging
import threading
from collections.abc import Callable, Iterable

from ..errors import Cancelled, IsoformError
from ..files import json_lines
from ..worker.protocol import EVENTS_NAME
from . import asking, making, runtimes
from .messages import (
    Abandoned,
    Cancel,
    Event,
    Install,
    InstallBundle,
    Probe,
    Refused,
    Request,
    Tidied,
    Tidy,
    request_from_line,
)
from .programs import Programs

logger = logging.getLogger(__name__)


def answer(
    request: Request, tell: Callable[[Event], None], programs: Programs, stop: threading.Event
) -> Event:
    """Does what is asked; whatever happens becomes the one event that ends it.

    Args:
        request: What is asked.
        tell: Called with progress.
        programs: Runs what must be run.
        stop: Set when the user wants no more of it.
    """
    meter = making.Meter(tell, stop.is_set)
    try:
        if isinstance(request, Install):
            return making.install(request, programs, meter)
        if isinstance(request, InstallBundle):
            return making.install_bundle(request, programs, meter)
        if isinstance(request, Probe):
            return asking.ask(asking.interpreter(Path(request.python)), programs)
        return tidy(request)
    except Cancelled:
        return Abandoned()
    except IsoformError as error:
        return Refused(str(error))
    except OSError as error:
        sentence = f"a file of the engine cannot be written ({error}); free some disk space"
        return Refused(sentence)
    except Exception as error:
        logger.exception("%s failed", request.kind)
        sentence = (
            f"the installer failed unexpectedly ({type(error).__name__}: {error}); use an existing "
            "Python, and report it"
        )
        return Refused(sentence)


def tidy(request: Tidy) -> Tidied:
    """Removes runtimes that are not in use.

    Raises:
        InstallError: Another process is busy with them.
    """
    folder = Path(request.folder)
    with runtimes.locked(folder):
        found = runtimes.rubbish(folder)
        if request.everything and (current := runtimes.current(folder)) is not None:
            found.append(current[0])
        return Tidied(runtimes.remove(found))


def listen(requests: Iterable[bytes], stop: threading.Event, leave: Callable[[], None]) -> None:
    """Reads what comes after the request, until the end.

    Args:
        requests: Lines; what is no `Cancel` is not for here.
        stop: Set by a `Cancel`.
        leave: Called at the end.
    """
    for line in requests:
        if isinstance(request_from_line(line), Cancel):
            stop.set()
    leave()


def main(arguments: list[str]) -> int:
    """Serves the one request on this process's stdin; the exit status."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        logger.error("usage: installer.py FOLDER (an existing folder for the events)")
        return 2
    stop = threading.Event()
    programs = Programs(stop.is_set)

    def leave() -> None:
        programs.end()
        os._exit(1)

    with (
        (Path(arguments[0]) / EVENTS_NAME).open("ab", buffering=0) as events,
        # unbuffered: Python aborts at its end when a thread waits in sys.stdin
        open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as requests,
    ):
        request = request_from_line(requests.readline())
        waiting = (requests, stop, leave)
        threading.Thread(target=listen, args=waiting, daemon=True).start()

        def tell(event: Event) -> None:
            events.write(json_lines.line_of(event))

        tell(answer(request, tell, programs, stop))
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    raise SystemExit(main(sys.argv[1:]))
