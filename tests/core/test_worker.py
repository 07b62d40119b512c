"""The worker as a person would use it by hand, with an engine that needs no torch."""

import io
import logging
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from core import messages, worker
from core.array_files import read_arrays
from core.errors import Cancelled, InputError, WorkerError
from core.meshes import TriangleMesh

TETRAHEDRON = TriangleMesh(
    np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32),
    np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32),
)


@dataclass
class FakeResult:
    mesh: TriangleMesh = TETRAHEDRON
    code: np.ndarray = field(default_factory=lambda: np.array([0.5, -1.0], np.float32))
    category: str = "chair"
    seconds: dict[str, float] = field(default_factory=lambda: {"field": 0.5})
    warnings: tuple[str, ...] = ("one face too many",)


class FakeEngine:
    """Does what the first picture's name says."""

    made: list[tuple[str, str]]

    def reconstruct(
        self, pictures, *, category, resolution, target_faces, seed, progress, cancelled
    ):
        word = Path(pictures[0]).stem
        progress("inputs", 0.0)
        if word == "bad":
            raise InputError("the picture bad.png is empty; choose another")
        if word == "surprise":
            raise KeyError("surprise")
        if word == "huge":
            raise MemoryError
        if word == "full":
            raise OSError(28, "No space left on device")
        if word == "deaf":
            while not cancelled():
                time.sleep(0.001)
            return FakeResult()
        if word == "endless":
            while not cancelled():
                time.sleep(0.001)
            raise Cancelled("stopped")
        for each in range(1000):
            progress("field", each / 1000)
        progress("surface", 1.0)
        return FakeResult()


def request_for(folder, picture, job="1", model="starter", resolution=64):
    return messages.Reconstruct(
        job=job,
        folder=str(folder),
        pictures=(picture,),
        category="auto",
        resolution=resolution,
        target_faces=None,
        seed=0,
        size_m=3.0,
        model=model,
        device="cpu",
    )


class Served:
    """A worker in this process that has answered everything."""

    def __init__(self, folder, *requests):
        self.engines_made = []

        def import_engine():
            def make_engine(model, device):
                self.engines_made.append((model, device))
                return FakeEngine()

            return make_engine

        reader, writer = os.pipe()
        with os.fdopen(writer, "wb") as stdin, os.fdopen(reader, "rb") as stdout:
            for request in requests:
                stdin.write(request if isinstance(request, bytes) else messages.to_line(request))
            stdin.close()
            with worker.Worker(folder, import_engine) as served:
                served.serve(stdout, leave=lambda: None)
        lines = (folder / messages.EVENTS_NAME).read_bytes().splitlines()
        self.events = [messages.event_from_line(line) for line in lines]

    def ends(self):
        kinds = (messages.Finished, messages.Failed, messages.Stopped)
        return [event for event in self.events if isinstance(event, kinds)]


def test_a_job_ends_in_a_result_whose_mesh_file_is_there(tmp_path):
    served = Served(tmp_path, request_for(tmp_path, "chair.png"))
    assert [each.kind for each in served.events if each.kind != "progress"] == ["ready", "result"]
    finished = served.events[-1]
    vertices, faces = read_arrays(Path(finished.mesh), ("vertices", "faces"))
    np.testing.assert_array_equal(faces, TETRAHEDRON.faces)
    # sides of 1 m become 3 m, centred above the origin, on the floor
    expected = 3 * TETRAHEDRON.vertices - np.array([1.5, 1.5, 0], np.float32)
    np.testing.assert_allclose(vertices, expected, atol=1e-6)
    assert finished.code == (0.5, -1.0)
    assert finished.category == "chair"
    assert finished.warnings == ("one face too many",)
    assert (finished.vertices, finished.faces, finished.closed) == (4, 4, True)


def test_every_stage_is_told_but_not_every_step(tmp_path):
    served = Served(tmp_path, request_for(tmp_path, "chair.png"))
    stages = [each.stage for each in served.events if each.kind == "progress"]
    assert list(dict.fromkeys(stages)) == ["model", "inputs", "field", "surface"]
    assert len(stages) < 100


def test_an_eta_is_guessed_from_the_elapsed_time(monkeypatch):
    told = []
    now = iter([10.0, 10.01, 12.0])
    monkeypatch.setattr(worker.time, "monotonic", lambda: next(now))
    progress = worker._ThrottledProgress("1", told.append)
    for fraction in (0.0, 0.1, 0.25):
        progress("field", fraction)
    assert [each.fraction for each in told] == [0.0, 0.25]
    assert told[0].eta_s is None
    assert told[1].eta_s == pytest.approx(6.0)


def test_one_model_stays_loaded_until_another_or_none_is_asked_for(tmp_path):
    jobs = [request_for(tmp_path, "a.png", job="1"), request_for(tmp_path, "a.png", job="2")]
    other = request_for(tmp_path, "a.png", job="3", model="other")
    served = Served(tmp_path, *jobs, other, messages.Unload(), other)
    assert served.engines_made == [("starter", "cpu"), ("other", "cpu"), ("other", "cpu")]


def test_an_idle_worker_unloads_the_model(tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "IDLE_UNLOAD_S", 0.01)
    made = []

    def make_engine(model, device):
        made.append(model)
        return FakeEngine()

    reader, writer = os.pipe()
    stdin = os.fdopen(writer, "wb", buffering=0)

    def speak():
        stdin.write(messages.to_line(request_for(tmp_path, "a.png", job="1")))
        time.sleep(0.3)
        stdin.write(messages.to_line(request_for(tmp_path, "a.png", job="2")))
        stdin.close()

    speaker = threading.Thread(target=speak)
    with (
        os.fdopen(reader, "rb") as lines,
        worker.Worker(tmp_path, lambda: make_engine) as served,
    ):
        speaker.start()
        served.serve(lines, leave=lambda: None)
    speaker.join()
    assert made == ["starter", "starter"]


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        ("bad.png", "the picture bad.png is empty; choose another"),
        ("surprise.png", "failed unexpectedly (KeyError: 'surprise')"),
        ("huge.png", "not enough memory at resolution 64"),
        ("full.png", "No space left on device"),
    ],
)
def test_a_failed_job_is_one_sentence_and_the_next_job_works(tmp_path, caplog, picture, sentence):
    caplog.set_level(logging.CRITICAL)
    served = Served(tmp_path, request_for(tmp_path, picture), request_for(tmp_path, "a.png", "2"))
    failed, finished = served.ends()
    assert failed.kind == "error"
    assert sentence in failed.sentence
    assert "\n" not in failed.sentence
    assert (finished.kind, finished.job) == ("result", "2")


def test_an_unexpected_failure_is_logged_with_its_traceback(tmp_path, caplog):
    served = Served(tmp_path, request_for(tmp_path, "surprise.png"))
    assert "Traceback" in caplog.text
    assert messages.LOG_NAME in served.ends()[0].hint


@pytest.mark.parametrize("picture", ["endless.png", "deaf.png"])
def test_a_cancel_reaches_a_running_job_and_leaves_no_mesh(tmp_path, picture):
    served = Served(tmp_path, request_for(tmp_path, picture), messages.Cancel("1"))
    assert served.ends() == [messages.Stopped("1")]
    assert not (tmp_path / "mesh.npz").exists()


def test_a_cancel_for_another_job_is_ignored(tmp_path):
    served = Served(tmp_path, messages.Cancel("0"), request_for(tmp_path, "a.png"))
    assert [each.kind for each in served.ends()] == ["result"]


def test_garbage_is_answered_and_the_next_request_works(tmp_path):
    served = Served(tmp_path, b"no message\n", messages.Ping(), request_for(tmp_path, "a.png"))
    assert "cannot be read" in served.ends()[0].sentence
    assert messages.Heartbeat() in served.events
    assert served.ends()[-1].kind == "result"


def test_an_interpreter_without_the_engine_says_what_to_choose(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "core.pipeline", None)
    with (
        worker.Worker(tmp_path) as served,
        pytest.raises(WorkerError, match="choose one that has torch in the preferences"),
    ):
        served.serve(io.BytesIO(), leave=lambda: None)


SLEEPER = """
import sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from core import worker

class Sleeper:
    def reconstruct(self, pictures, **options):
        options["progress"]("asleep", 0.0)
        time.sleep(60)

worker.import_engine = lambda: lambda model, device: Sleeper()
worker.Worker.__init__.__defaults__ = (worker.import_engine,)
raise SystemExit(worker.main([{folder!r}]))
"""


def start_sleeper(folder):
    root = str(Path(worker.__file__).parents[1])
    script = SLEEPER.format(root=root, folder=str(folder))
    return subprocess.Popen([sys.executable, "-I", "-c", script], stdin=subprocess.PIPE)


def wait_for(folder, word, limit_s=20.0):
    events = folder / messages.EVENTS_NAME
    end = time.monotonic() + limit_s
    while not (events.exists() and word in events.read_text()):
        assert time.monotonic() < end, f"no {word} after {limit_s} s"
        time.sleep(0.01)


def test_the_end_of_stdin_ends_a_busy_process_at_once(tmp_path):
    process = start_sleeper(tmp_path)
    process.stdin.write(messages.to_line(request_for(tmp_path, "a.png")))
    process.stdin.flush()
    wait_for(tmp_path, "asleep")
    process.stdin.close()
    assert process.wait(timeout=2) == 0


def test_the_script_says_how_to_call_it(tmp_path):
    script = [sys.executable, "-I", worker.__file__]
    for arguments in ([], [str(tmp_path / "missing")]):
        done = subprocess.run(script + arguments, capture_output=True, text=True, timeout=30)
        assert done.returncode == 2
        assert "usage: worker.py FOLDER" in done.stderr


def test_a_python_that_cannot_run_it_is_said_in_the_last_line():
    run = f"runpy.run_path({worker.__file__!r}, {{}}, '__main__')"
    tricks = {"NumPy": "sys.modules['numpy'] = None", "Python 3.11": "sys.version_info = (3, 9)"}
    for lack, trick in tricks.items():
        command = [sys.executable, "-I", "-c", f"import runpy, sys; {trick}; {run}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        assert done.returncode == 2
        assert f"cannot run Isoform (it lacks {lack}); choose one" in done.stderr.splitlines()[-1]


def test_an_engine_that_cannot_be_imported_is_said_in_the_last_line(tmp_path, monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "core.pipeline", None)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    monkeypatch.setattr(worker.os, "_exit", lambda status: None)
    assert worker.main([str(tmp_path)]) == 2
    assert "choose one that has torch" in capfd.readouterr().err.splitlines()[-1]
