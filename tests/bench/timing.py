"""Timing and tables for the benchmark: peers take turns, the best round counts."""

import gc
import os
import resource
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path

MIB = 1 << 20


def best_seconds(rounds: int, **contestants: Callable[[], object]) -> dict[str, float]:
    """Least wall-clock seconds of each contestant, who take turns after one round to warm up.

    The least, because whatever else the machine does only ever adds to it.
    """
    least = dict.fromkeys(contestants, float("inf"))
    for number in range(rounds + 1):
        for name, run in contestants.items():
            gc.collect()
            started = time.perf_counter()
            run()
            taken = time.perf_counter() - started
            if number > 0 or rounds == 0:
                least[name] = min(least[name], taken)
    return least


def peak_bytes() -> int:
    """The most memory that this process has had resident so far."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux's getrusage would count the parent's peak too
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def forced_switches() -> int:
    """How often this process was taken from a processor that it still wanted."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def environment_without(names: Collection[str]) -> dict[str, str]:
    """This process' environment, for a child, without some variables."""
    return {name: value for name, value in os.environ.items() if name not in names}


def heading(title: str) -> None:
    print(f"\n{title}")


def row(what: str, seconds: float, beside: str = "") -> None:
    print(f"  {what:<54} {seconds:9.3f} s   {beside}", flush=True)


def note(words: str) -> None:
    print(f"  {words}", flush=True)


def load_average() -> float:
    """Processes that wanted the processor during the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
