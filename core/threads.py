"""How threads that compute together wait for each other: awake for a moment, then asleep.

Torch's threads wait at the end of every parallel region, and one that waits awake spins for as
long as its library likes: 300,000 turns in GNU's OpenMP, 5 ms to 10 ms; 200 ms in Intel's and
LLVM's. Beside another busy process it then keeps the processor from the very thread that it waits
for. Threads that sleep at once lose time as well where nothing else runs, since waking them takes
longer than most pauses between two regions.

The libraries read these settings once, as torch loads them: the package makes them when it is
imported, which has to come first. They are the process's; what a user has set is left alone.
"""

import logging
import os
import sys
from collections.abc import MutableMapping

logger = logging.getLogger(__name__)

USERS_CHOICE = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
"""By any of these a user says how threads of OpenMP are to wait; the others are left alone then."""

SHORT_WAIT = {"GOMP_SPINCOUNT": "5000", "KMP_BLOCKTIME": "1"}
"""Turns of GNU's library (torch for Linux); milliseconds of Intel's and LLVM's (Windows, macOS).

A turn takes 16 ns (measured, Xeon of 2023) to 35 ns (the pause instruction of Intel's desktops):
0.1 ms to 0.2 ms in all, which is longer than Python's way from one operation of torch to the next,
and a small part of the 3 ms for which Linux lets one of several busy processes run. Beside a dozen
busy processes on two cores a reconstruction takes 9.6 s of processor time with the library's own
count, 2.2 s with 10,000, 1.9 s with 2,000 and 1.7 s to 2.0 s with none; a completion 31 s, 3.9 s,
2.6 s and 2.3 s (measured). Intel's library takes whole milliseconds.
"""

BLAS_TIMEOUT = "OPENBLAS_THREAD_TIMEOUT"
"""After 2 to the power of so many cycles the idle threads of NumPy's and SciPy's OpenBLAS sleep."""

SHORT_BLAS_TIMEOUT = "20"
"""A quarter to half a millisecond; OpenBLAS's own 26 (its Makefile.rule) is 17 ms to 32 ms."""


def wait_shortly(settings: MutableMapping[str, str] | None = None) -> None:
    """Have threads that wait do so awake for a moment only, unless the user has said how.

    Args:
        settings: Environment to change; the process's own when not given.
    """
    if settings is None:
        settings = os.environ
        if "torch" in sys.modules and not any(name in settings for name in USERS_CHOICE):
            logger.info(
                "torch was imported before Isoform: beside other busy processes its threads may "
                "wait for each other very long; import core first, or set OMP_WAIT_POLICY=PASSIVE"
            )
    if not any(name in settings for name in USERS_CHOICE):
        settings.update(SHORT_WAIT)
    settings.setdefault(BLAS_TIMEOUT, SHORT_BLAS_TIMEOUT)
