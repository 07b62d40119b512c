"""How threads wait: briefly, unless the user has said otherwise, and in every way of starting."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.threads import BLAS_TIMEOUT, SHORT_BLAS_TIMEOUT, SHORT_WAIT, USERS_CHOICE, wait_shortly

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


def test_that_torch_came_first_is_said(monkeypatch, caplog) -> None:
    for name in USERS_CHOICE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(BLAS_TIMEOUT, "9")
    monkeypatch.setitem(sys.modules, "torch", object())
    with caplog.at_level(logging.INFO, logger="core.threads"):
        wait_shortly()
    assert "import core first, or set OMP_WAIT_POLICY=PASSIVE" in caplog.text
    for name in SHORT_WAIT:  # programs that are started from here hear it
        assert os.environ[name] == SHORT_WAIT[name]
        monkeypatch.delenv(name)


def test_inside_blender_nothing_is_set() -> None:
    words = "import os, sys; sys.modules['bpy'] = sys; import core.errors; "
    words += "print('GOMP_SPINCOUNT' in os.environ)"
    done = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, env=untold(), capture_output=True, text=True
    )
    assert done.stdout.strip() == "False", done.stderr
