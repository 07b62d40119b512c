"""What the worker does for a job: the engine is asked as the artist asked, the files are whole."""

from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.errors import Cancelled, InputError, WorkerError
from core.files.arrays import read_arrays, write_arrays
from core.frames import UprightPose
from core.meshes import ExactVertices, TriangleMesh
from core.operations.completed import Completed
from core.operations.completing import Completion
from core.operations.results import Result
from core.operations.settings import CompleteSettings, Correction
from core.worker import jobs, protocol
from core.worker.job_messages import MeshCheck

OPEN = TriangleMesh(
    np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32),
    np.array([[0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32),
)
"""A tetrahedron without its floor."""

CLOSED = TriangleMesh(OPEN.vertices, np.array([*OPEN.faces, [0, 2, 1]], np.int32))


def completed(**changes):
    """One shape, whose floor was invented."""
    shape = Completed(
        mesh=CLOSED,
        code=np.array([0.5, -1.0], np.float32),
        pose=UprightPose(0.0, 1.0, (0.0, 0.0, 0.0)),
        observed_vertices=4,
        observed_faces=3,
        is_observed=np.array([True, False, True, True]),
        confidence=np.linspace(0, 1, 4, dtype=np.float32),
        is_closed=True,
        widest_gap_m=0.25,
        invented_share=0.25,
        warnings=("the floor is a guess",),
    )
    return replace(shape, **changes)


def completion(*shapes, is_unchanged=False):
    return Completion(
        hypotheses=shapes or (completed(), completed(widest_gap_m=np.inf)),
        category="chair",
        confidence=0.5,
        seconds={"fit": 1.5},
        warnings=("the heading is ambiguous",),
        is_unchanged=is_unchanged,
    )


RESULT = Result(
    mesh=OPEN,
    normals=OPEN.vertices,
    code=np.array([0.5], np.float32),
    first_guess=None,
    category="chair",
    confidence=0.75,
    seconds={"field": 1.5},
    notes=("a border was left out",),
)


@dataclass
class FakeCutOut:
    picture: np.ndarray = field(default_factory=lambda: np.zeros((4, 4, 4), np.float32))
    share: float = 0.25
    touches_border: bool = True
    pieces: int = 2
    warnings: tuple[str, ...] = ("it touches the edge",)
    notes: tuple[str, ...] = ("a border was left out",)

    def save(self, path):
        path.write_bytes(b"PNG")


class FakeEngine:
    """Remembers what it was asked; gives `completion`."""

    device, points_per_batch = "cpu", 1 << 16

    def __init__(self, given=None):
        self.completion = given or completion()
        self.observed, self.options = None, {}
        self.corrections = []

    def cut_out(self, picture, correction):
        self.corrections.append((picture, correction))
        return FakeCutOut()

    def reconstruct(self, pictures, **options):
        self.observed, self.options = pictures, options
        return RESULT

    def complete(self, observed, **options):
        self.observed, self.options = observed, options
        options["progress"]("fit", 0.5)
        return self.completion


@pytest.fixture
def job(tmp_path):
    """A request whose mesh file is there."""
    path = tmp_path / "mesh.npz"
    write_arrays(path, {"vertices": OPEN.vertices.data, "faces": OPEN.faces.data})
    return protocol.Complete(
        job="1",
        folder=str(tmp_path),
        mesh=str(path),
        category="sofa",
        pose="upright",
        keep="fused",
        hypotheses=2,
        empty="visible",
        noise=0.01,
        resolution=64,
        seed=3,
        model="starter",
        device="cpu",
        anyway=True,
    )


def run(job, engine, told=None, cancelled=False):
    told = [] if told is None else told
    return jobs.run(job, engine, lambda *each: told.append(each), lambda: cancelled)


def test_the_engine_is_asked_as_the_artist_asked(job):
    engine, told = FakeEngine(), []
    run(job, engine, told)
    np.testing.assert_array_equal(engine.observed.vertices, OPEN.vertices)
    np.testing.assert_array_equal(engine.observed.faces, OPEN.faces)
    declared = {field.name for field in fields(CompleteSettings)} - {"model", "device"}
    asked = {name: each for name, each in engine.options.items() if not callable(each)}
    assert asked == {name: getattr(job, name) for name in declared}
    assert told == [("fit", 0.5)]


def test_every_hypothesis_has_its_whole_file(job):
    answer = run(job, FakeEngine())
    assert (answer.category, answer.confidence) == ("chair", 0.5)
    assert (answer.seconds, answer.unchanged) == ({"fit": 1.5}, False)
    assert answer.warnings == ("the heading is ambiguous",)
    first, second = answer.hypotheses
    assert (first.vertices, first.faces, first.closed) == (4, 4, True)
    assert (first.observed_vertices, first.observed_faces) == (4, 3)
    assert (first.code, first.warnings) == ((0.5, -1.0), ("the floor is a guess",))
    assert (first.widest_gap_m, second.widest_gap_m) == (0.25, None)
    assert first.mesh != second.mesh
    names = ("vertices", "faces", "observed", "confidence")
    vertices, faces, observed, confidence = read_arrays(Path(first.mesh), names)
    np.testing.assert_array_equal(vertices, CLOSED.vertices)
    np.testing.assert_array_equal(faces, CLOSED.faces)
    assert (observed.format, observed.tolist()) == ("B", [1, 0, 1, 1])
    np.testing.assert_array_equal(confidence, np.linspace(0, 1, 4, dtype=np.float32))
    assert protocol.event_from_line(protocol.to_line(answer)) == answer


def test_what_lies_far_away_is_written_there_in_double(job, tmp_path):
    place = np.array([5e5, 5.6e6, 0.25])
    shape = completed(exact=ExactVertices(place, CLOSED.vertices.astype(float) / 3))

    engine = FakeEngine(completion(shape))
    path = tmp_path / "far.ply"
    answer = run(replace(job, output=str(path)), engine)
    read = trimesh.load(path, process=False)
    np.testing.assert_array_equal(read.vertices, shape.exact.absolute)
    (vertices,) = read_arrays(Path(answer.hypotheses[0].mesh), ("vertices",))
    np.testing.assert_array_equal(
        vertices, (CLOSED.vertices.astype(float) / 3 + place).astype(np.float32)
    )
    assert answer.warnings == ("the heading is ambiguous",)
    told = run(replace(job, output=str(tmp_path / "far.stl")), engine).warnings
    assert told[0] == "the heading is ambiguous"
    assert "'far.stl' holds single-precision numbers" in told[1]


MATTE = protocol.Matte(
    job="1",
    folder="",
    picture="a.png",
    correction=Correction(grow_px=3),
    model="starter",
    device="cpu",
)


def test_a_cut_out_is_a_whole_file_in_the_job_s_folder(tmp_path):
    engine, told = FakeEngine(), []
    matted = run(replace(MATTE, folder=str(tmp_path)), engine, told)
    assert engine.corrections == [("a.png", Correction(grow_px=3))]
    assert Path(matted.picture).read_bytes() == b"PNG"
    assert Path(matted.picture).parent == tmp_path
    assert (matted.share, matted.touches_border, matted.pieces) == (0.25, True, 2)
    assert matted.warnings == ("it touches the edge",)
    assert matted.notes == ("a border was left out",)
    assert told == [("inputs", 0.0)]


def test_a_cancelled_cut_out_leaves_no_file(tmp_path):
    with pytest.raises(Cancelled, match="stopped as asked"):
        run(replace(MATTE, folder=str(tmp_path)), FakeEngine(), cancelled=True)
    assert list(tmp_path.iterdir()) == []


RECONSTRUCT = protocol.Reconstruct(
    job="1",
    folder="",
    pictures=("a.png", "b.png"),
    category="auto",
    resolution=64,
    target_faces=None,
    seed=0,
    size_m=1.0,
    model="starter",
    device="cpu",
)


def test_a_reconstruction_is_written_as_it_stands_in_the_scene(tmp_path):
    path = tmp_path / "chair.ply"
    asked = replace(RECONSTRUCT, folder=str(tmp_path), size_m=3.0, output=str(path))
    finished = run(asked, FakeEngine())
    (vertices,) = read_arrays(Path(finished.mesh), ("vertices",))
    # sides of 1 m become 3 m, centred above the origin, on the floor
    np.testing.assert_allclose(vertices, 3 * OPEN.vertices - np.float32([1.5, 1.5, 0]), atol=1e-6)
    assert finished.written == (str(path),)
    np.testing.assert_array_equal(trimesh.load(path, process=False).vertices, vertices)


def test_pictures_with_a_correction_are_cut_out_before_the_engine_sees_them(tmp_path):
    corrections = (Correction(), Correction(largest_only=True))
    asked = replace(RECONSTRUCT, folder=str(tmp_path), corrections=corrections)
    engine = FakeEngine()
    finished = run(asked, engine)
    assert engine.corrections == [("b.png", Correction(largest_only=True))]
    assert engine.observed[0] == "a.png"
    assert engine.observed[1].shape == (4, 4, 4)
    assert (finished.closed, finished.check) == (False, MeshCheck(1, 3, 0, 0))
    assert finished.notes == ("a border was left out",)
    run(replace(asked, corrections=()), engine)
    assert engine.observed == ["a.png", "b.png"]


def test_of_a_mesh_that_is_complete_already_nothing_is_written(job, tmp_path):
    answer = run(job, FakeEngine(completion(is_unchanged=True)))
    assert (answer.unchanged, answer.hypotheses) == (True, ())
    assert [each.name for each in tmp_path.iterdir()] == ["mesh.npz"]


def test_a_cancel_that_the_engine_did_not_hear_holds_the_result_back(job, tmp_path):
    with pytest.raises(Cancelled, match="stopped as asked"):
        run(job, FakeEngine(), cancelled=True)
    assert [each.name for each in tmp_path.iterdir()] == ["mesh.npz"]


def test_an_empty_mesh_reaches_the_engine(job):
    arrays = {"vertices": OPEN.vertices[:0].data, "faces": OPEN.faces[:0].data}
    write_arrays(Path(job.mesh), arrays)
    engine = FakeEngine()
    run(job, engine)
    assert (engine.observed.vertices.shape, engine.observed.faces.shape) == ((0, 3), (0, 3))


def test_a_mesh_that_cannot_be_used_is_said(job):
    broken = replace(job, mesh=job.mesh.replace("mesh.npz", "missing.npz"))
    with pytest.raises(WorkerError, match="of the job cannot be read"):
        run(broken, FakeEngine())
    vertices = OPEN.vertices.copy()
    vertices[1] = np.nan
    write_arrays(Path(job.mesh), {"vertices": vertices.data, "faces": OPEN.faces.data})
    with pytest.raises(InputError, match="1 of 4 mesh vertices are NaN"):
        run(job, FakeEngine())


def test_an_eta_is_guessed_from_the_elapsed_time(monkeypatch):
    told = []
    now = iter([10.0, 10.01, 12.0])
    monkeypatch.setattr(jobs.time, "monotonic", lambda: next(now))
    progress = jobs.ThrottledProgress("1", told.append)
    for fraction in (0.0, 0.1, 0.25):
        progress("field", fraction)
    assert [each.fraction for each in told] == [0.0, 0.25]
    assert told[0].eta_s is None
    assert told[1].eta_s == pytest.approx(6.0)


def test_a_mesh_file_is_left_to_the_engine_to_read(job):
    engine = FakeEngine()
    run(replace(job, mesh="/scans/broken.ply", keep="auto"), engine)
    assert engine.observed == Path("/scans/broken.ply")
    assert engine.options["keep"] == "auto"


def test_all_shapes_are_written_for_other_programs_where_that_is_asked(job, tmp_path):
    answer = run(replace(job, output=str(tmp_path / "whole.ply")), FakeEngine())
    assert answer.written == (str(tmp_path / "whole.ply"), str(tmp_path / "whole.2.ply"))
    for each in answer.written:
        header = Path(each).read_bytes().split(b"end_header")[0]
        assert b"element vertex 4" in header
        assert b"property float observed" in header
    assert run(job, FakeEngine()).written == ()


def test_an_output_that_cannot_be_written_is_refused_before_the_work(job, tmp_path):
    engine = FakeEngine()
    with pytest.raises(InputError, match="has 304 bytes, and its file system takes at most 255"):
        run(replace(job, output=str(tmp_path / f"{'x' * 300}.ply")), engine)
    assert engine.observed is None


def test_a_mesh_that_was_whole_already_is_written_as_well(job, tmp_path):
    engine = FakeEngine(completion(completed(), is_unchanged=True))
    answer = run(replace(job, output=str(tmp_path / "whole.obj")), engine)
    assert answer.unchanged
    assert answer.hypotheses == ()
    assert [Path(each).name for each in answer.written] == ["whole.obj"]
