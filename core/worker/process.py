"""What the worker's process is made of, and how it is tied to the life of its starter."""

import ctypes
import platform
import signal
import sys

PR_SET_PDEATHSIG = 1
"""Of Linux' `prctl`: the signal that the kernel sends when the starter is gone."""

LIBRARIES = ("torch", "numpy")


def versions() -> dict[str, str]:
    """Of Python, of the operating system, and of the libraries that compute."""
    found = {"Python": sys.version.split()[0], "system": platform.platform(terse=True)}
    for name in LIBRARIES:
        if name in sys.modules:
            found[name] = str(sys.modules[name].__version__)
    return found


def end_with_starter() -> None:
    """Has Linux kill this process when its starter dies, however busy both are.

    The end of stdin says the same everywhere, but is only heard between two steps of Python:
    a library that computes for seconds without a pause would outlive Blender for so long.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
