"""The worker as a person would use it by hand, with an engine that needs no torch."""

import logging
import os
import threading
import time
import typing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from core.errors import Cancelled, InputError
from core.files.arrays import read_arrays, write_arrays
from core.meshes import ExactVertices, TriangleMesh
from core.operations.results import Result
from core.worker import protocol, server

TETRAHEDRON = TriangleMesh(
    np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32),
    np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32),
)


RESULT = Result(
    mesh=TETRAHEDRON,
    normals=TETRAHEDRON.vertices,
    code=np.array([0.5, -1.0], np.float32),
    first_guess=None,
    category="chair",
    confidence=0.75,
    seconds={"field": 0.5},
    warnings=("one face too many",),
    notes=("a border was left out",),
)


@dataclass
class FakeCompleted:
    mesh: TriangleMesh
    code: tuple[float, ...] = (0.25,)
    observed_vertices: int = 4
    observed_faces: int = 4
    confidence: np.ndarray = field(default_factory=lambda: np.ones(4, np.float32))
    is_observed: np.ndarray = field(default_factory=lambda: np.ones(4, bool))
    is_closed: bool = True
    widest_gap_m: float = 0.0
    warnings: tuple[str, ...] = ()
    exact: ExactVertices | None = None


@dataclass
class FakeCompletion:
    hypotheses: tuple[FakeCompleted, ...]
    category: str = "chair"
    confidence: float = 0.5
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    is_unchanged: bool = False


class FakeEngine:
    """Does what the first picture's name says."""

    def __init__(self, device: str = "cpu") -> None:
        self.device, self.points_per_batch = device, 1 << 16

    def cut_out(self, picture, correction):
        raise MemoryError

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
            return RESULT
        if word == "endless":
            while not cancelled():
                time.sleep(0.001)
            raise Cancelled("stopped")
        for each in range(1000):
            progress("field", each / 1000)
        progress("surface", 1.0)
        return RESULT

    def complete(self, observed, *, keep, progress, cancelled, **options):
        if keep == "none":
            raise InputError("the mesh has no faces; give one that has")
        while keep == "fused" and not cancelled():
            time.sleep(0.001)
        progress("fit", 0.5)
        return FakeCompletion((FakeCompleted(observed),))


def request_for(folder, picture, job="1", model="starter", resolution=64):
    return protocol.Reconstruct(
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


def completion_of(folder, keep="exact", job="1"):
    path = folder / "observed.npz"
    write_arrays(path, {"vertices": TETRAHEDRON.vertices.data, "faces": TETRAHEDRON.faces.data})
    return protocol.Complete(
        job=job,
        folder=str(folder),
        mesh=str(path),
        keep=keep,
        **{"category": "auto", "pose": "auto", "hypotheses": 1, "empty": "none", "noise": None},
        **{"resolution": 64, "seed": 0, "model": "starter", "device": "cpu"},
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
                stdin.write(request if isinstance(request, bytes) else protocol.to_line(request))
            stdin.close()
            with server.Worker(folder, import_engine) as served:
                served.serve(stdout, leave=lambda: None)
        lines = (folder / protocol.EVENTS_NAME).read_bytes().splitlines()
        self.events = [protocol.event_from_line(line) for line in lines]

    def ends(self):
        kinds = (*typing.get_args(protocol.Result), protocol.Failed, protocol.Stopped)
        return [event for event in self.events if isinstance(event, kinds)]


def test_a_job_ends_in_a_result_whose_mesh_file_is_there(tmp_path):
    served = Served(tmp_path, request_for(tmp_path, "chair.png"))
    assert [each.kind for each in served.events if each.kind != "progress"] == [
        *("ready", "loaded", "result")
    ]
    finished = served.events[-1]
    vertices, faces = read_arrays(Path(finished.mesh), ("vertices", "faces"))
    np.testing.assert_array_equal(faces, TETRAHEDRON.faces)
    # sides of 1 m become 3 m, centred above the origin, on the floor
    expected = 3 * TETRAHEDRON.vertices - np.array([1.5, 1.5, 0], np.float32)
    np.testing.assert_allclose(vertices, expected, atol=1e-6)
    assert finished.code == (0.5, -1.0)
    assert (finished.category, finished.confidence) == ("chair", 0.75)
    assert (finished.warnings, finished.notes) == (
        ("one face too many",),
        ("a border was left out",),
    )
    assert (finished.vertices, finished.faces, finished.closed) == (4, 4, True)


def test_every_stage_is_told_but_not_every_step(tmp_path):
    served = Served(tmp_path, request_for(tmp_path, "chair.png"))
    stages = [each.stage for each in served.events if each.kind == "progress"]
    assert list(dict.fromkeys(stages)) == ["model", "inputs", "field", "surface"]
    assert len(stages) < 100


def test_one_model_stays_loaded_until_another_or_none_is_asked_for(tmp_path):
    jobs = [request_for(tmp_path, "a.png", job="1"), request_for(tmp_path, "a.png", job="2")]
    other = request_for(tmp_path, "a.png", job="3", model="other")
    served = Served(tmp_path, *jobs, other, protocol.Unload(), other)
    assert served.engines_made == [("starter", "cpu"), ("other", "cpu"), ("other", "cpu")]


def test_an_idle_worker_unloads_the_model(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "IDLE_UNLOAD_S", 0.01)
    made = []

    def make_engine(model, device):
        made.append(model)
        return FakeEngine()

    reader, writer = os.pipe()
    stdin = os.fdopen(writer, "wb", buffering=0)

    def speak():
        stdin.write(protocol.to_line(request_for(tmp_path, "a.png", job="1")))
        events, end = tmp_path / protocol.EVENTS_NAME, time.monotonic() + 20
        while time.monotonic() < end and not (
            b'"result"' in events.read_bytes() and served._engine is None
        ):
            time.sleep(0.01)
        stdin.write(protocol.to_line(request_for(tmp_path, "a.png", job="2")))
        stdin.close()

    speaker = threading.Thread(target=speak)
    with (
        os.fdopen(reader, "rb") as lines,
        server.Worker(tmp_path, lambda: make_engine) as served,
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
    assert protocol.LOG_NAME in served.ends()[0].hint


@pytest.mark.parametrize("picture", ["endless.png", "deaf.png"])
def test_a_cancel_reaches_a_running_job_and_leaves_no_mesh(tmp_path, picture):
    served = Served(tmp_path, request_for(tmp_path, picture), protocol.Cancel("1"))
    assert served.ends() == [protocol.Stopped("1")]
    assert not (tmp_path / "mesh.npz").exists()


def test_a_mesh_is_completed_with_the_engine_of_the_pictures(tmp_path):
    requests = (request_for(tmp_path, "chair.png"), completion_of(tmp_path, job="2"))
    served = Served(tmp_path, *requests)
    assert [(each.kind, each.job) for each in served.ends()] == [
        ("result", "1"),
        ("completed", "2"),
    ]
    assert served.engines_made == [("starter", "cpu")]
    stages = [each.stage for each in served.events if each.kind == "progress" and each.job == "2"]
    assert stages == ["fit"]
    assert Path(served.ends()[1].hypotheses[0].mesh).is_file()


def test_a_completion_is_refused_in_one_sentence_and_cancelled_like_any_job(tmp_path):
    requests = (completion_of(tmp_path, "none"), completion_of(tmp_path, "fused", "2"))
    served = Served(tmp_path, *requests, protocol.Cancel("2"))
    sentence = "the mesh has no faces; give one that has"
    assert served.ends() == [protocol.Failed("1", sentence, "", ""), protocol.Stopped("2")]


def test_a_cancel_for_another_job_is_ignored(tmp_path):
    served = Served(tmp_path, protocol.Cancel("0"), request_for(tmp_path, "a.png"))
    assert [each.kind for each in served.ends()] == ["result"]


def test_garbage_is_answered_and_the_next_request_works(tmp_path):
    served = Served(tmp_path, b"no message\n", protocol.Ping(), request_for(tmp_path, "a.png"))
    assert "cannot be read" in served.ends()[0].sentence
    assert protocol.Heartbeat() in served.events
    assert served.ends()[-1].kind == "result"
