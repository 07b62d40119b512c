"""The worker as a process of its own: how it starts, refuses to start, and ends."""

import io
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.errors import WorkerError
from core.worker import protocol, server

REQUEST = protocol.Reconstruct(
    job="1",
    folder="/nowhere",
    pictures=("a.png",),
    category="auto",
    resolution=64,
    target_faces=None,
    seed=0,
    size_m=1.0,
    model="starter",
    device="cpu",
)


def test_an_interpreter_without_the_engine_says_what_to_choose(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "core.operations.engine", None)
    with (
        server.Worker(tmp_path) as served,
        pytest.raises(WorkerError, match="choose one that has torch in the preferences"),
    ):
        served.serve(io.BytesIO(), leave=lambda: None)


SLEEPER = """
import sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from core.worker import server

class Sleeper:
    device, points_per_batch = "cpu", 1

    def complete(self, observed, **options): ...

    def cut_out(self, picture, correction): ...

    def reconstruct(self, pictures, **options):
        options["progress"]("asleep", 0.0)
        time.sleep(60)

server.import_engine = lambda: lambda model, device: Sleeper()
server.Worker.__init__.__defaults__ = (server.import_engine,)
raise SystemExit(server.main([{folder!r}]))
"""


def start_sleeper(folder):
    root = str(Path(server.__file__).parents[2])
    script = SLEEPER.format(root=root, folder=str(folder))
    return subprocess.Popen([sys.executable, "-I", "-c", script], stdin=subprocess.PIPE)


def wait_for(folder, word, limit_s=20.0):
    events = folder / protocol.EVENTS_NAME
    end = time.monotonic() + limit_s
    while not (events.exists() and word in events.read_text()):
        assert time.monotonic() < end, f"no {word} after {limit_s} s"
        time.sleep(0.01)


def test_the_end_of_stdin_ends_a_busy_process_at_once(tmp_path):
    process = start_sleeper(tmp_path)
    process.stdin.write(protocol.to_line(REQUEST))
    process.stdin.flush()
    wait_for(tmp_path, "asleep")
    process.stdin.close()
    assert process.wait(timeout=2) == 0


def test_the_script_says_how_to_call_it(tmp_path):
    script = [sys.executable, "-I", server.__file__]
    for arguments in ([], [str(tmp_path / "missing")]):
        done = subprocess.run(script + arguments, capture_output=True, text=True, timeout=30)
        assert done.returncode == 2
        assert "usage: server.py FOLDER" in done.stderr


def test_a_python_that_cannot_run_it_is_said_in_the_last_line():
    run = f"runpy.run_path({server.__file__!r}, {{}}, '__main__')"
    finder = "(lambda find: lambda name: None if name == 'scipy' else find(name))"
    tricks = {
        "NumPy": "sys.modules['numpy'] = None",
        "SciPy": f"import importlib.util as u; u.find_spec = {finder}(u.find_spec)",
        "Python 3.11": "sys.version_info = (3, 9)",
    }
    for lack, trick in tricks.items():
        command = [sys.executable, "-I", "-c", f"import runpy, sys; {trick}; {run}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        assert done.returncode == 2
        assert f"cannot run Isoform (it lacks {lack}); choose one" in done.stderr.splitlines()[-1]


def test_an_engine_that_cannot_be_imported_is_said_in_the_last_line(tmp_path, monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "core.operations.engine", None)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    monkeypatch.setattr(server.os, "_exit", lambda status: None)
    assert server.main([str(tmp_path)]) == 2
    assert "choose one that has torch" in capfd.readouterr().err.splitlines()[-1]
