"""What the worker's process is made of, and its death with its starter."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.worker.process import versions

ROOT = Path(__file__).parents[3]


def test_versions_are_those_of_python_the_system_and_loaded_libraries():
    found = versions()
    assert found["Python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["numpy"] == np.__version__
    assert found["system"]


def test_a_library_that_is_not_loaded_is_not_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert "torch" not in versions()


STARTER = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
child.stdout.readline()  # it is tied to this process now
print(child.pid, flush=True)
sys.stdin.read()
"""
CHILD = """
import time
from core.worker.process import end_with_starter
end_with_starter()
print("tied", flush=True)
while True:
    sum(range(10**7))  # too busy to hear anything
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone kills a process with its starter")
def test_a_process_that_is_tied_dies_with_its_starter_however_busy_it_is():
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, CHILD],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    pid = int(starter.stdout.readline())
    assert is_running(pid)
    starter.kill()
    starter.communicate()
    end = time.monotonic() + 10
    while is_running(pid):
        assert time.monotonic() < end
        time.sleep(0.02)
