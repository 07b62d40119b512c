"""Memory that is short: recognised in all its guises, saved step by step, given back.

    all at once -> half the batch -> a quarter -> the CPU -> a sentence that offers less detail

Nothing of this imports torch; where it has been imported its caches are emptied as well.
"""

import ctypes
import gc
import sys
from dataclasses import dataclass

HALVINGS = 2
"""Of the batch on a device: what a quarter does not fit, an eighth seldom does."""

LACKS = ("not enough memory", "can't allocate memory", "out of memory", "alloc_failed")
"""Parts of the texts that torch and its libraries lack memory with."""

CPU = "cpu"

_MOST_MAPPED, _TRIM_ABOVE = -4, -1
"""Numbers of glibc's M_MMAP_MAX and M_TRIM_THRESHOLD; see mallopt(3)."""


@dataclass(frozen=True)
class MemoryFallback:
    """How a job is computed: as asked, or so that it takes less memory. The result is the same."""

    device: str
    halvings: int = 0

    def next(self, computed_on: str, *, is_loaded: bool) -> "MemoryFallback | None":
        """What takes less still; None where nothing is left but to ask for less.

        Args:
            computed_on: The device in truth, where `device` left the choice.
            is_loaded: Whether the model itself had room there.
        """
        if is_loaded and self.halvings < HALVINGS:
            return MemoryFallback(self.device, self.halvings + 1)
        return None if computed_on.startswith(CPU) else MemoryFallback(CPU)

    def warning(self, first: str) -> str:
        """What was done, for the user.

        Args:
            first: The device of the first attempt.
        """
        if first.startswith(CPU):
            return "there was little free memory; the work was done in smaller batches"
        if self.device == CPU:
            return "the graphics card had too little free memory; the CPU did the work instead"
        return "the graphics card had little free memory; the work was done in smaller batches"


def lacks_memory(error: BaseException) -> bool:
    """Whether that is what the error says: Python's own, torch's, or an allocator's text."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(each in text for each in LACKS)


def keep_freed() -> None:
    """Lets this process keep what it frees, to be used again; on Linux, and no longer undone.

    glibc asks the system for every large array anew and gets it page by page, emptied. A training
    whose every step makes and frees the same large arrays spends up to half of its time on that.
    """
    if sys.platform == "linux":
        option = getattr(ctypes.CDLL(None), "mallopt", None)
        if option is not None:  # musl has none
            option(_MOST_MAPPED, 0)
            option(_TRIM_ABOVE, 2**31 - 1)


def give_back() -> None:
    """Returns what is not used any more to the operating system and to the graphics driver."""
    gc.collect()
    torch = sys.modules.get("torch")
    for name in ("cuda", "xpu", "mps"):
        device = getattr(torch, name, None)
        if device is not None and device.is_available():
            device.empty_cache()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:  # musl has none, and keeps little
            trim(0)
