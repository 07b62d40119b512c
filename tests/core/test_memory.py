"""A worker that is short of memory: what counts as that, what is tried, what is said at the end."""

import logging
import mmap
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from core import memory
from core.devices import memory_errors
from core.errors import SMALLER_RESOLUTION, InputError, OutOfMemoryError
from core.files.arrays import write_arrays
from core.meshes import TriangleMesh
from core.operations.engine import Engine
from core.operations.results import Result
from core.worker import protocol, server

TETRAHEDRON = TriangleMesh(
    np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32),
    np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32),
)

GUISES = (
    MemoryError(),
    OutOfMemoryError("cuda has too little free memory for resolution 64; choose a lower one"),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: not enough memory: "
                 "you tried to allocate 9 bytes."),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"),
)  # fmt: skip


RESULT = Result(
    mesh=TETRAHEDRON,
    normals=TETRAHEDRON.vertices,
    code=np.array([0.5], np.float32),
    first_guess=None,
    category="chair",
    confidence=0.75,
    seconds={"field": 0.5},
    warnings=("one face too many",),
)


class ShortEngine:
    """Computes where `fits` says so, and is otherwise short of memory as `error` says it."""

    def __init__(self, device, fits, error, tried):
        self.device, self.points_per_batch = device, 1 << 16
        self._fits, self._error, self._tried = fits, error, tried

    def reconstruct(self, pictures, **options):
        self._tried.append((self.device, self.points_per_batch))
        if not self._fits(self.device, self.points_per_batch):
            raise self._error
        return RESULT

    def complete(self, observed, **options):
        raise NotImplementedError

    def cut_out(self, picture, correction):
        raise NotImplementedError


def request(folder, device="auto", job="1"):
    options = {"category": "auto", "resolution": 64, "target_faces": None, "seed": 0}
    options |= {"size_m": 1.0, "model": "starter", "device": device}
    return protocol.Reconstruct(job=job, folder=str(folder), pictures=("a.png",), **options)


@pytest.fixture
def outcome(tmp_path):
    """What becomes of a job, and the devices and batches that were tried."""

    def run(fits, *, error=GUISES[0], device="auto", loads=lambda device: True, best="cuda:0"):
        tried = []

        def make(_model, name):
            found = best if name == "auto" else name
            if not loads(found):
                tried.append((found, "load"))
                raise OutOfMemoryError("too little memory for the model; close other programs")
            return ShortEngine(found, fits, error, tried)

        lines = iter([protocol.to_line(request(tmp_path, device))])
        with server.Worker(tmp_path, lambda: make) as served:
            served.serve(lines, leave=lambda: None)
        events = (tmp_path / protocol.EVENTS_NAME).read_bytes().splitlines()
        return protocol.event_from_line(events[-1]), tried

    return run


@pytest.mark.parametrize("error", GUISES, ids=lambda each: str(each)[:30] or "MemoryError")
def test_lack_of_memory_is_recognised_and_a_smaller_batch_helps(outcome, error):
    event, tried = outcome(lambda device, batch: batch <= 1 << 15, error=error)
    assert tried == [("cuda:0", 1 << 16), ("cuda:0", 1 << 15)]
    said = "the graphics card had little free memory; the work was done in smaller batches"
    assert (event.warnings, event.notes) == (("one face too many",), (said,))


def test_the_cpu_helps_where_a_quarter_of_the_batch_does_not(outcome):
    event, tried = outcome(lambda device, batch: device == "cpu")
    halves = [("cuda:0", 1 << 16), ("cuda:0", 1 << 15), ("cuda:0", 1 << 14)]
    assert tried == [*halves, ("cpu", 1 << 16)]
    assert event.notes[-1].endswith("too little free memory; the CPU did the work instead")


def test_the_cpu_helps_at_once_where_the_model_has_no_room(outcome):
    event, tried = outcome(lambda *_: True, device="cuda", loads=lambda device: device == "cpu")
    assert tried == [("cuda", "load"), ("cpu", 1 << 16)]
    assert event.notes[-1].endswith("the CPU did the work instead")


def test_less_detail_is_offered_and_never_taken_where_nothing_helps(outcome):
    event, tried = outcome(lambda *_: False)
    assert [device for device, _ in tried] == ["cuda:0"] * 3 + ["cpu"] * 3
    assert event == protocol.Failed(
        "1", "there is not enough memory at resolution 64; lower it", "", SMALLER_RESOLUTION
    )


def test_the_engines_own_sentence_is_kept(outcome):
    event, _ = outcome(lambda *_: False, error=GUISES[1], best="cpu")
    assert (event.sentence, event.remedy) == (str(GUISES[1]), SMALLER_RESOLUTION)


def test_other_faults_are_not_tried_again(outcome, caplog):
    caplog.set_level(logging.CRITICAL)
    event, tried = outcome(lambda *_: False, error=RuntimeError("shapes do not match"))
    assert (len(tried), event.remedy) == (1, "")
    event, tried = outcome(lambda *_: False, error=InputError("the picture is empty; no"))
    assert (len(tried), event.sentence) == (1, "the picture is empty; no")


def test_a_job_begins_with_the_whole_batch_again(tmp_path):
    tried = []
    full = ShortEngine("cpu", lambda _, batch: len(tried) > 1, MemoryError(), tried)
    lines = [protocol.to_line(request(tmp_path, job=name)) for name in "12"]
    with server.Worker(tmp_path, lambda: lambda model, device: full) as served:
        served.serve(lines, leave=lambda: None)
    assert [batch for _, batch in tried] == [1 << 16, 1 << 15, 1 << 16]


SMALL = """
import resource, sys
sys.path.insert(0, {root!r})
from core.worker import server
import core.operations.engine
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + {room}, used + {room}))
raise SystemExit(server.main([{folder!r}]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's here")
def test_a_process_with_too_little_memory_says_so_and_does_the_next_job(
    tmp_path, chair_file, tiny_model
):
    root = str(Path(server.__file__).parents[2])
    script = SMALL.format(root=root, folder=str(tmp_path), room=400 << 20)
    base = request(tmp_path, "cpu")
    options = {"pictures": (str(chair_file),), "model": str(tiny_model)}
    large, small = (
        protocol.Reconstruct(**(vars(base) | options | {"job": name, "resolution": resolution}))
        for name, resolution in (("1", 1024), ("2", 32))
    )
    lines = protocol.to_line(large) + protocol.to_line(small)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", script], stdin=subprocess.PIPE, stderr=log
        )
        process.stdin.write(lines)
        process.stdin.flush()
        ends = _wait_for_ends(tmp_path, process, 2)
        process.stdin.close()
        process.wait(5)
    assert (ends[0].kind, ends[0].remedy) == ("error", SMALLER_RESOLUTION)
    assert "memory" in ends[0].sentence
    assert (ends[1].kind, ends[1].job) == ("result", "2")


def _wait_for_ends(folder, process, count, limit_s=120.0):
    end = time.monotonic() + limit_s
    while True:
        assert time.monotonic() < end, (folder / "log").read_text()
        assert process.poll() is None, (folder / "log").read_text()
        path = folder / protocol.EVENTS_NAME
        lines = path.read_bytes().splitlines() if path.exists() else []
        events = [protocol.event_from_line(line) for line in lines]
        ends = [each for each in events if each.kind in ("result", "error")]
        if len(ends) == count:
            return ends
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="read from Linux' /proc")
def test_memory_goes_back_to_the_operating_system(chair_file):
    def resident():
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * mmap.PAGESIZE / (1 << 20)

    def job(resolution):
        Engine("starter", "cpu").reconstruct([str(chair_file)], resolution=resolution)

    job(64)  # what libraries take once and for all is taken
    memory.give_back()
    before = resident()
    engine = Engine("starter", "cpu")
    engine.reconstruct([str(chair_file)], resolution=256)
    loaded = resident()
    del engine
    memory.give_back()
    after = resident()
    figures = f"{before:.0f}, {loaded:.0f} with the model, {after:.0f} given back"
    sys.stdout.write(f"resident MiB: {figures}\n")
    assert loaded > before + 30, (before, loaded, after)
    assert after < before + 0.25 * (loaded - before) + 5, (before, loaded, after)


def test_the_sentence_of_a_device_keeps_its_remedy():
    with pytest.raises(OutOfMemoryError) as caught, memory_errors(torch.device("cpu"), "it"):
        raise MemoryError
    assert caught.value.remedy == SMALLER_RESOLUTION


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such limit")
def test_arrays_that_do_not_fit_the_disk_name_the_remedy(tmp_path):
    # the real write, against the real limit of the system, in a process of its own
    script = (
        "import resource, sys; sys.path.insert(0, sys.argv[1]);"
        "from pathlib import Path; from core.files.arrays import write_arrays;"
        "from core.errors import remedy_of;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
        "\ntry: write_arrays(Path(sys.argv[2]), {'a': memoryview(bytes(5000))})"
        "\nexcept OSError as error: print(remedy_of(error))"
    )
    root = str(Path(server.__file__).parents[2])
    command = [sys.executable, "-I", "-c", script, root, str(tmp_path / "a.npz")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.stdout.strip() == "free_disk", done.stderr
    assert list(tmp_path.iterdir()) == []
    write_arrays(tmp_path / "a.npz", {"a": memoryview(bytes(5000))})


@pytest.mark.parametrize("keep", ["", "none", "fused"])
def test_smaller_batches_change_nothing_of_the_result(chair_file, tiny_model, keep):
    engine = Engine(tiny_model, "cpu")
    whole = engine.decode(engine.card.statistics["chair"].mean.numpy(), resolution=32)
    left = whole.corners.mean(axis=1)[:, 0] < 0.02
    part = TriangleMesh(whole.vertices, whole.faces[left])
    meshes = []
    for engine.points_per_batch in (1 << 16, 1 << 9):
        if keep:
            completion = engine.complete(part, pose="canonical", keep=keep, resolution=32)
            meshes.append(completion.hypotheses[0].mesh)
        else:
            meshes.append(engine.reconstruct([str(chair_file)], resolution=32).mesh)
    np.testing.assert_array_equal(meshes[0].faces, meshes[1].faces)
    np.testing.assert_allclose(meshes[0].vertices, meshes[1].vertices, atol=1e-6)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is changed")
def test_a_process_that_keeps_what_it_frees_gets_a_large_array_without_new_pages():
    program = """
import resource, sys
import numpy as np
from core.memory import keep_freed
if sys.argv[1] == "keep":
    keep_freed()
for _ in range(3):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    array = np.ones(64 << 20, np.uint8)
    del array
    pages = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(pages)
"""
    kept, given = (
        int(subprocess.check_output([sys.executable, "-c", program, how], text=True))
        for how in ("keep", "give")
    )
    assert kept < 100
    assert given > 1000 or given > 10 * kept  # huge pages are fewer
