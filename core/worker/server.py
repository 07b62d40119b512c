"""The worker process: requests in on stdin, events out in a file.

    python -I .../core/worker/server.py FOLDER

Requests are lines of `protocol.Request` on stdin; a thread reads them, so that a `Cancel` or
a `Ping` is heard during a job. Events are appended to `FOLDER/events.jsonl`, one flushed line
each. Stdout and stderr carry no messages; whoever starts the process sends them to a log.
The exit status is 2 when this Python cannot run it; the log's last line then says why. It is 3
when an event cannot be written: on a full disk nothing else can be said.
The end of stdin ends the process at once, whatever it is doing: it never outlives its starter.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

if __name__ == "__main__":
    # Any Python may have been chosen by the user; nothing newer than 3.8 is used until here.
    is_old = sys.version_info < (3, 11)
    libraries = (("numpy", "NumPy"), ("scipy", "SciPy"))  # what the imports below need
    missing = [name for module, name in libraries if find_spec(module) is None]
    lacks = "Python 3.11" if is_old else " and ".join(missing)
    if lacks:
        sys.stderr.write(
            f"the Python {sys.executable} cannot run Isoform (it lacks {lacks}); choose one that "
            "has torch in the preferences\n"
        )
        raise SystemExit(2)
    # `python -I` leaves the script's folder off the path. Only this process, which is never
    # Blender's, adds the package's parent, so that the relative imports below work (PEP 366).
    sys.path.insert(0, str(Path(__file__).absolute().parents[2]))
    __package__ = "core.worker"
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import faulthandler
import logging
import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

from ..errors import (
    ANOTHER_PYTHON,
    SMALLER_RESOLUTION,
    Cancelled,
    IsoformError,
    WorkerError,
    remedy_of,
)
from ..install.runtimes import hold
from ..memory import MemoryFallback, give_back, lacks_memory
from ..operations.settings.common import ShapeSettings
from .engines import EngineLike
from .jobs import ThrottledProgress, run
from .process import end_with_starter, versions
from .protocol import (
    CANNOT_RUN,
    CANNOT_WRITE,
    EVENTS_NAME,
    LOG_NAME,
    Cancel,
    Event,
    Failed,
    Heartbeat,
    Job,
    Loaded,
    Ping,
    Quit,
    Ready,
    Result,
    Stopped,
    Unload,
    request_from_line,
    to_line,
)

logger = logging.getLogger(__name__)

IDLE_UNLOAD_S = 600.0
"""An idle worker gives the model's memory back after this time."""

EngineFactory = Callable[[str, str], EngineLike]
"""Makes the engine of a model and a device."""


def import_engine() -> EngineFactory:
    """`operations.engine.Engine`, imported now: seconds, because of torch.

    Raises:
        WorkerError: This Python lacks a library that the engine needs.
    """
    try:
        from ..operations.engine import Engine
    except ImportError as error:
        raise WorkerError(
            f"the Python {sys.executable} cannot run Isoform ({error}); choose one that has torch "
            "in the preferences",
            remedy=ANOTHER_PYTHON,
        ) from error
    return lambda model, device: Engine(model=model, device=device)


class Worker:
    """Serves requests one after another, with one model in memory.

    Args:
        folder: Existing folder of the events.
        import_engine: Called once, before `Ready`; gives the maker of engines.
    """

    def __init__(
        self, folder: Path, import_engine: Callable[[], EngineFactory] = import_engine
    ) -> None:
        self._events = (folder / EVENTS_NAME).open("ab")
        self._events_lock = threading.Lock()
        self._import_engine = import_engine
        self._log = folder / LOG_NAME
        self._waiting: queue.SimpleQueue[Job | Unload | Quit] = queue.SimpleQueue()
        self._cancelled: set[str] = set()
        self._engine: EngineLike | None = None
        self._engine_key: tuple[str, str] | None = None
        self._full_batch = 0

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *exception: object) -> None:
        self._events.close()

    def serve(self, requests: Iterable[bytes], leave: Callable[[], None]) -> None:
        """Answers `requests` until `Quit` or their end.

        Args:
            requests: Lines of requests.
            leave: Called from the reading thread at the end; ends the process during a job.

        Raises:
            WorkerError: The engine cannot be imported.
        """
        threading.Thread(target=self._read, args=(requests, leave), daemon=True).start()
        make_engine = self._import_engine()
        self._emit(Ready(versions()))
        while True:
            try:
                request = self._waiting.get(timeout=IDLE_UNLOAD_S)
            except queue.Empty:
                request = Unload()
            if isinstance(request, Quit):
                return
            if isinstance(request, Unload):
                self._unload()
            else:
                self._emit(self._outcome(request, make_engine))

    def _read(self, requests: Iterable[bytes], leave: Callable[[], None]) -> None:
        for line in requests:
            try:
                request = request_from_line(line)
            except WorkerError as error:
                self._emit(Failed(job="", sentence=str(error), hint="", remedy=error.remedy))
                continue
            if isinstance(request, Quit):
                break
            if isinstance(request, Cancel):
                self._cancelled.add(request.job)
            elif isinstance(request, Ping):
                self._emit(Heartbeat())
            else:
                self._waiting.put(request)
        self._waiting.put(Quit())
        leave()

    def _outcome(self, request: Job, make_engine: EngineFactory) -> Event:
        """Runs the job; whatever happens becomes the one event that ends it."""
        try:
            return self._result(request, make_engine)
        except Cancelled:
            return Stopped(request.job)
        except IsoformError as error:
            return Failed(request.job, str(error), "", error.remedy)
        except OSError as error:
            sentence = f"a file of the job cannot be written ({error}); free some disk space"
            return Failed(request.job, sentence, "", remedy_of(error))
        except Exception as error:
            if lacks_memory(error):
                return Failed(request.job, _lack_of_memory(request), "", SMALLER_RESOLUTION)
            logger.exception("job %s failed", request.job)
            sentence = (
                f"the engine failed unexpectedly ({type(error).__name__}: {error}); "
                "try another input or resolution, and report it if it happens again"
            )
            return Failed(request.job, sentence, f"the log is {self._log}", "")

    def _result(self, request: Job, make_engine: EngineFactory) -> Result:
        """The job's result, computed ever more frugally for as long as memory is short.

        Raises:
            IsoformError: The engine or a file of the job refused.
            MemoryError: Nothing that takes less memory is left.
            RuntimeError: As before, in torch's words; or another fault of the engine.
        """
        fallback, first = MemoryFallback(request.device), ""
        while True:
            try:
                result = self._attempt(request, fallback, make_engine)
                said = (fallback.warning(first),) if first else ()
                return replace(result, notes=(*result.notes, *said))
            except (IsoformError, MemoryError, RuntimeError) as error:
                is_loaded = self._engine is not None
                device = str(self._engine.device) if is_loaded else fallback.device
                less = fallback.next(device, is_loaded=is_loaded)
                if less is None or not lacks_memory(error):
                    raise
                logger.warning("too little memory on %s: %s", device, error)
                fallback, first = less, first or device
            give_back()  # only here the failed attempt's arrays are let go

    def _attempt(
        self, request: Job, fallback: MemoryFallback, make_engine: EngineFactory
    ) -> Result:
        progress = ThrottledProgress(request.job, self._emit)
        engine = self._engine_for(request, fallback.device, make_engine, progress)
        engine.points_per_batch = max(self._full_batch >> fallback.halvings, 1)
        return run(request, engine, progress, lambda: request.job in self._cancelled)

    def _engine_for(
        self, job: Job, device: str, make_engine: EngineFactory, progress: ThrottledProgress
    ) -> EngineLike:
        """The engine of the job's model on that device, which stays loaded for the next job."""
        key = (job.model, device)
        if self._engine is None or self._engine_key != key:
            progress("model", 0.0)
            self._unload()  # never two models in memory
            self._engine, self._engine_key = make_engine(*key), key
            self._full_batch = self._engine.points_per_batch
            self._emit(Loaded(job.job, str(self._engine.device)))
        return self._engine

    def _unload(self) -> None:
        if self._engine is not None:
            self._engine, self._engine_key = None, None
            give_back()

    def _emit(self, event: Event) -> None:
        """Appends an event; a process that can say nothing more ends here."""
        with self._events_lock:
            try:
                self._events.write(to_line(event))
                self._events.flush()
            except OSError:
                logger.exception("an event cannot be written")
                os._exit(CANNOT_WRITE)


def _lack_of_memory(job: Job) -> str:
    if isinstance(job, ShapeSettings):
        return f"there is not enough memory at resolution {job.resolution}; lower it"
    return "there is not enough memory for the picture; close other programs or scale it down"


def main(arguments: list[str]) -> int:
    """Runs a worker on this process's stdin; the exit status."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        logger.error("usage: server.py FOLDER (an existing folder for the events)")
        return 2
    try:
        # os._exit: a job in the middle of a long computation must not delay the end
        with Worker(Path(arguments[0])) as worker:
            worker.serve(sys.stdin.buffer, leave=lambda: os._exit(0))
    except WorkerError as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_RUN
    return 0


if __name__ == "__main__":
    faulthandler.enable()
    end_with_starter()
    hold(Path(sys.prefix))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    raise SystemExit(main(sys.argv[1:]))
