"""How threads wait: as is best alone or beside others, unless the user has said otherwise."""

import itertools
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import threads
from core.threads import (
    BLAS_TIMEOUT,
    BUSY_ASLEEP,
    BUSY_AWAKE,
    CALM_LOOKS,
    LOOKS_AWAKE,
    SHORT_BLAS_TIMEOUT,
    SHORT_WAIT,
    USERS_CHOICE,
    Contention,
    Crowd,
    wait_shortly,
)

ROOT = Path(__file__).parents[2]
STARTS = {
    "package": ["-c", "import core.devices"],
    "command line": ["-m", "core", "models"],
    "training": ["-m", "core", "train", "--help"],
    "tests": ["-c", "import runpy; runpy.run_path('tests/conftest.py'); import torch"],
    "benchmark": ["tests/bench/run.py", "--help"],
}
"""Arguments of a Python that ends by itself once it has loaded torch."""


def untold(**more: str) -> dict[str, str]:
    """This process' environment where nobody has said how threads wait, and more."""
    left = {*USERS_CHOICE, BLAS_TIMEOUT}
    return {name: value for name, value in os.environ.items() if name not in left} | more


def told_by_openmp(arguments: list[str], settings: dict[str, str]) -> dict[str, str]:
    """What torch's OpenMP says about its settings, by their names, as it is loaded."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**settings, "OMP_DISPLAY_ENV": "VERBOSE"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    pairs = [line.partition("=") for line in done.stderr.splitlines()]
    return {name.split()[-1]: value.strip().strip("'") for name, _, value in pairs if name.split()}


@pytest.mark.parametrize("start", STARTS)
def test_torch_hears_it_in_every_way_of_starting(start: str) -> None:
    heard = told_by_openmp(STARTS[start], untold())
    known = SHORT_WAIT.keys() & heard.keys()
    if not known:
        pytest.skip("torch's threads are not of an OpenMP that tells its settings")
    for name in known:
        assert heard[name].removesuffix("ms") == SHORT_WAIT[name]


def test_what_the_user_says_is_heard_instead() -> None:
    heard = told_by_openmp(STARTS["package"], untold(OMP_WAIT_POLICY="PASSIVE"))
    if "GOMP_SPINCOUNT" not in heard:
        pytest.skip("torch's threads are not of GNU's OpenMP")
    assert heard["GOMP_SPINCOUNT"] == "0"


def test_a_process_that_says_nothing_is_told_to_wait_briefly() -> None:
    settings = {"PATH": "/bin"}
    wait_shortly(settings)
    assert settings == {"PATH": "/bin", BLAS_TIMEOUT: SHORT_BLAS_TIMEOUT, **SHORT_WAIT}


@pytest.mark.parametrize("name", USERS_CHOICE)
def test_one_word_of_the_user_stands_against_all_of_ours(name: str) -> None:
    settings = {name: "7", BLAS_TIMEOUT: "9"}
    wait_shortly(settings)
    assert settings == {name: "7", BLAS_TIMEOUT: "9"}


def test_contention_begins_with_the_mean_of_some_looks_not_with_one_burst() -> None:
    contention = Contention()
    assert not any(contention.seen(look) for look in [50.0, 2 * BUSY_AWAKE, 50.0, 50.0])
    looks = [BUSY_AWAKE + 1] * LOOKS_AWAKE
    assert [contention.seen(look) for look in looks] == [False] * (LOOKS_AWAKE - 1) + [True]


@settings(deadline=None)
@given(st.lists(st.sampled_from([0.0, BUSY_ASLEEP, BUSY_ASLEEP + 1]), max_size=40))
def test_contention_stays_until_so_many_looks_in_a_row_were_calm(looks: list[float]) -> None:
    contention = Contention()
    contention.is_there = True
    ends = (
        number
        for number in range(CALM_LOOKS, len(looks) + 1)
        if max(looks[number - CALM_LOOKS : number]) <= BUSY_ASLEEP
    )
    first_end = next(ends, None)
    stayed = [contention.seen(look) for look in looks[:first_end]]
    assert stayed == [True] * (len(stayed) - 1) + ([first_end is None] if stayed else [])


def test_a_crowd_are_more_threads_than_processors_until_it_disperses() -> None:
    if threads._gnu_openmp() is None:
        pytest.skip("torch's threads are not of GNU's OpenMP")
    crowd, before = Crowd(), threads_of_system()
    for _ in range(2):  # of which the second changes nothing
        crowd.gather()
        assert threads_of_system() - before == os.cpu_count() + 1
    for _ in range(2):
        crowd.disperse()
        assert seen_soon(lambda: threads_of_system() == before)


def test_without_gnus_openmp_no_crowd_gathers(monkeypatch) -> None:
    monkeypatch.setattr(threads, "_gnu_openmp", lambda: None)
    crowd, before = Crowd(), threading.active_count()
    crowd.gather()
    assert threading.active_count() == before
    crowd.disperse()


@pytest.mark.skipif(sys.platform != "linux", reason="the list of a process's libraries is Linux's")
def test_of_several_gnu_openmps_torchs_own_is_meant() -> None:
    own = list((Path(torch.__file__).parent / "lib").glob("libgomp*"))
    if not own:
        pytest.skip("torch brings no GNU's OpenMP")
    assert Path(threads._gnu_openmp()._name) in [path.resolve() for path in own]


@pytest.mark.skipif(sys.platform != "linux", reason="GNU's OpenMP is torch's on Linux alone")
def test_the_watch_gathers_a_crowd_while_processors_are_taken_away(monkeypatch) -> None:
    gathered, bursts = [], itertools.count(step=1000)
    is_busy = threading.Event()
    is_busy.set()
    monkeypatch.setattr(threads, "WATCH_S", 0.002)
    monkeypatch.setattr(
        threads, "_involuntary_switches", lambda: next(bursts) if is_busy.is_set() else 0
    )
    monkeypatch.setattr(Crowd, "gather", lambda crowd: gathered.append(True))
    monkeypatch.setattr(Crowd, "disperse", lambda crowd: gathered.append(False))
    threading.Thread(target=threads._keep_watch, daemon=True).start()
    assert seen_soon(lambda: gathered[-1:] == [True])
    is_busy.clear()
    assert seen_soon(lambda: gathered[-1:] == [False])


@pytest.mark.parametrize(
    ("settings", "watchers"),
    [({}, 1 if sys.platform == "linux" else 0), ({"OMP_WAIT_POLICY": "PASSIVE"}, 0)],
)
def test_the_import_has_one_thread_keep_watch_unless_the_user_has_chosen(
    settings, watchers
) -> None:
    words = "import threading, core; core.watch(); "  # which the import has called already
    words += "print(sum(each.name == 'watch' for each in threading.enumerate()))"
    done = subprocess.run(
        [sys.executable, "-c", words],
        cwd=ROOT,
        env=untold(**settings),
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == str(watchers), done.stderr


def threads_of_system() -> int:
    """Threads of this process, those of its libraries as well."""
    return len(os.listdir("/proc/self/task"))


def seen_soon(is_so: Callable[[], bool]) -> bool:
    """Whether it comes true within a time that only a fault can take."""
    until = time.monotonic() + 30
    while not is_so() and time.monotonic() < until:
        time.sleep(0.001)
    return is_so()


def test_that_torch_came_first_is_said(monkeypatch, caplog) -> None:
    for name in USERS_CHOICE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(BLAS_TIMEOUT, "9")
    monkeypatch.setitem(sys.modules, "torch", object())
    monkeypatch.setattr(sys, "platform", "win32")
    with caplog.at_level(logging.INFO, logger="core.threads"):
        wait_shortly()
    assert "import core first, or set OMP_WAIT_POLICY=PASSIVE" in caplog.text
    for name in SHORT_WAIT:  # programs that are started from here hear it
        assert os.environ[name] == SHORT_WAIT[name]
        monkeypatch.delenv(name)


def test_inside_blender_nothing_is_set() -> None:
    words = "import os, sys; sys.modules['bpy'] = sys; import core.errors; "
    words += (
        "import threading; print('KMP_BLOCKTIME' in os.environ or threading.active_count() > 1)"
    )
    done = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, env=untold(), capture_output=True, text=True
    )
    assert done.stdout.strip() == "False", done.stderr
