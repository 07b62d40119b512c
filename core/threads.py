"""How threads that compute together wait for each other: awake while alone, asleep beside others.

Torch's threads wait at the end of every parallel region, and one that waits awake spins for as
long as its library likes: 300,000 turns in GNU's OpenMP, 5 ms to 10 ms; 200 ms in Intel's and
LLVM's. Beside another busy process it then keeps the processor from the very thread that it waits
for: a completion takes 3.5 times as long on two cores. Threads that sleep at once lose a third
where nothing else runs, since waking them takes longer than most pauses between two regions. No
length in between serves both: with 5,000 turns it is a fifth alone, and twice as long beside.

So threads of GNU's library (torch for Linux) wait as it likes until the system takes processors
away from them, and sleep until it no longer does; see `watch`. Intel's and LLVM's (Windows, macOS)
are told a short time, which they read once, so the package has to be imported before torch. Both
begin with that import and are the process's; what a user has set is left alone.
"""

import ctypes
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import MutableMapping
from pathlib import Path

logger = logging.getLogger(__name__)

USERS_CHOICE = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
"""By any of these a user says how threads of OpenMP are to wait; the others are left alone then."""

SHORT_WAIT = {"KMP_BLOCKTIME": "1"}
"""Milliseconds of Intel's and LLVM's; no fractions."""

BLAS_TIMEOUT = "OPENBLAS_THREAD_TIMEOUT"
"""After 2 to the power of so many cycles the idle threads of NumPy's and SciPy's OpenBLAS sleep."""

SHORT_BLAS_TIMEOUT = "20"
"""A quarter to half a millisecond; OpenBLAS's own 26 (its Makefile.rule) is 17 ms to 32 ms."""

WATCH_S = 0.1
"""Between two looks at how often the system took a processor away from this process."""

LOOKS_AWAKE, BUSY_AWAKE = 3, 130.0
"""Looks, and the involuntary switches in a second that they find in the mean where others want the
processors and threads wait awake: on two cores 136 to 250 beside one busy process, of 50 alone
with bursts in single looks (measured in completions and trainings)."""

CALM_LOOKS, BUSY_ASLEEP = 10, 500.0
"""Looks in a row without so many before threads wait awake again: beside one busy process those
that sleep are interrupted 1,000 to 5,000 times in a second, alone 20 times. Some work has one
thread, which nobody disturbs even on a busy machine: one look tells nothing."""


def wait_shortly(settings: MutableMapping[str, str] | None = None) -> None:
    """Have libraries that read it once let their threads wait awake for a moment only.

    Args:
        settings: Environment to change; the process's own when not given.
    """
    if settings is None:
        settings = os.environ
        if sys.platform != "linux" and "torch" in sys.modules and not _has_chosen(settings):
            logger.info(
                "torch was imported before Isoform: beside other busy processes its threads may "
                "wait for each other very long; import core first, or set OMP_WAIT_POLICY=PASSIVE"
            )
    if not _has_chosen(settings):
        settings.update(SHORT_WAIT)
    settings.setdefault(BLAS_TIMEOUT, SHORT_BLAS_TIMEOUT)


def watch() -> None:
    """Have torch's threads sleep when they wait while other processes want the processors.

    From now on and for as long as the process lives, by a thread that looks at the process's
    count of involuntary switches ten times a second. Does nothing where the user has said how
    threads are to wait, where torch's OpenMP is not GNU's, and when called again.
    """
    global _watcher
    with _starting:
        if _watcher is None and sys.platform == "linux" and not _has_chosen(os.environ):
            _watcher = threading.Thread(target=_keep_watch, name="watch", daemon=True)
            _watcher.start()


_watcher: threading.Thread | None = None
_starting = threading.Lock()


class Contention:
    """Whether others want the processors, told by how often they are taken from this process."""

    def __init__(self) -> None:
        self.is_there = False
        self._looks: deque[float] = deque(maxlen=LOOKS_AWAKE)
        self._calm = 0

    def seen(self, switches_per_s: float) -> bool:
        """Whether there is contention, after a look that found so many involuntary switches."""
        self._looks.append(switches_per_s)
        if self.is_there:
            self._calm = 0 if switches_per_s > BUSY_ASLEEP else self._calm + 1
            self.is_there = self._calm < CALM_LOOKS
        elif sum(self._looks) > LOOKS_AWAKE * BUSY_AWAKE:
            self.is_there, self._calm = True, 0
        return self.is_there


class Crowd:
    """More threads of GNU's OpenMP than there are processors, all asleep.

    While there are, its other threads wait for 100 turns before they sleep, instead of 300,000
    (libgomp, `gomp_throttled_spin_count_var`). Nothing else makes it change while it runs.
    """

    def __init__(self) -> None:
        self._leave = threading.Event()
        self._holder: threading.Thread | None = None

    def gather(self) -> None:
        """Make the threads, unless they are there, or GNU's OpenMP is not."""
        library = None if self._holder is not None else _gnu_openmp()
        if library is None:
            return
        gathered, self._leave = threading.Event(), threading.Event()
        arguments = (library, gathered, self._leave)
        self._holder = threading.Thread(target=_hold, args=arguments, name="crowd", daemon=True)
        self._holder.start()
        gathered.wait()

    def disperse(self) -> None:
        """End the threads, if they are there."""
        if self._holder is not None:
            self._leave.set()
            self._holder.join()
            self._holder = None


def _hold(library: ctypes.CDLL, gathered: threading.Event, leave: threading.Event) -> None:
    """One empty parallel region makes a team, which lives as long as the thread that asked."""
    nothing = ctypes.cast(library.omp_get_num_threads, ctypes.c_void_p)
    count = (os.cpu_count() or 1) + 1
    library.GOMP_parallel(nothing, None, ctypes.c_uint(count), ctypes.c_uint(0))
    gathered.set()
    leave.wait()


def _keep_watch() -> None:
    crowd, contention, before = Crowd(), Contention(), _involuntary_switches()
    pause = threading.Event()
    while not pause.wait(WATCH_S):
        now = _involuntary_switches()
        if contention.seen((now - before) / WATCH_S):
            crowd.gather()
        else:
            crowd.disperse()
        before = now


def _involuntary_switches() -> int:
    import resource  # of POSIX alone

    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def _has_chosen(settings: MutableMapping[str, str]) -> bool:
    """Whether a user has; what a process tells those that it starts is no user's word."""
    return any(name in settings and settings[name] != SHORT_WAIT.get(name) for name in USERS_CHOICE)


def _gnu_openmp() -> ctypes.CDLL | None:
    """The library in this process whose threads torch uses, where that is GNU's."""
    mapped = (line.split() for line in Path("/proc/self/maps").read_text().splitlines())
    paths = {Path(words[5]) for words in mapped if len(words) == 6}
    found = sorted(
        (path for path in paths if path.name.startswith("libgomp")),
        key=lambda path: ("torch" not in path.parts, path),
    )
    return ctypes.CDLL(str(found[0])) if found else None
