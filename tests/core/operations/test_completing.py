"""From a partial mesh to whole shapes, on a tiny model whose every code is an octahedron."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from scipy.spatial import cKDTree

from core.errors import Cancelled, EmptySurfaceError, InputError, ModelFileError, UnknownShapeError
from core.frames import UprightPose
from core.meshes import PointCloud, TriangleMesh
from core.models.checkpoint import read_model_file, write_model_file
from core.operations import completing
from core.operations.completing import Completion
from core.operations.engine import Engine
from core.operations.settings import CompleteSettings

RESOLUTION = 32
CELL = 1.1 / (RESOLUTION - 1)
QUICK = {"resolution": RESOLUTION, "pose": "canonical"}


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> Engine:
    return Engine(tiny_model, "cpu")


@pytest.fixture(scope="module")
def whole(engine: Engine) -> TriangleMesh:
    """The mesh of the first category's mean."""
    return engine.decode(engine.card.statistics["chair"].mean.numpy(), resolution=48)


@pytest.fixture(scope="module")
def part(whole: TriangleMesh) -> TriangleMesh:
    """Its left half and a little more."""
    left = whole.corners.mean(axis=1)[:, 0] < 0.02
    used, faces = np.unique(whole.faces[left], return_inverse=True)
    return TriangleMesh.from_arrays(whole.vertices[used], faces.reshape(-1, 3))


@pytest.fixture(scope="module")
def exact(engine: Engine, part: TriangleMesh) -> Completion:
    return engine.complete(part, **QUICK)


def moved(mesh: TriangleMesh, pose: UprightPose) -> TriangleMesh:
    return TriangleMesh.from_arrays(pose.to_scene(mesh.vertices), mesh.faces)


def sampled(mesh: TriangleMesh, count: int = 20_000) -> np.ndarray:
    surface = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    return np.asarray(trimesh.sample.sample_surface(surface, count, seed=0)[0])


def apart(one: TriangleMesh, other: TriangleMesh) -> float:
    """The larger of both mean distances, up to the sampling."""
    first, second = sampled(one), sampled(other)
    return max(cKDTree(first).query(second)[0].mean(), cKDTree(second).query(first)[0].mean())


def keeps_bits(completion: Completion, given: TriangleMesh) -> None:
    for kept in completion.hypotheses:
        assert kept.observed_vertices == len(given.vertices)
        assert kept.observed_faces == len(given.faces)
        assert np.array_equal(kept.mesh.vertices[: len(given.vertices)], given.vertices)
        assert np.array_equal(kept.mesh.faces[: len(given.faces)], given.faces)


def test_what_was_given_stays_to_the_bit(exact: Completion, part: TriangleMesh) -> None:
    keeps_bits(exact, part)
    (kept,) = exact.hypotheses
    assert kept.is_observed[: len(part.vertices)].all()
    assert not kept.is_observed[len(part.vertices) :].any()
    assert (kept.confidence[kept.is_observed] == 1).all()
    assert (kept.confidence >= 0).all()
    assert (kept.confidence < 1)[~kept.is_observed].all()


def test_the_rest_is_the_shape_that_the_model_knows(exact: Completion, whole: TriangleMesh) -> None:
    (kept,) = exact.hypotheses
    assert apart(kept.mesh, whole) < CELL
    # a plane at x = 0.02 leaves a little less than half of an octahedron of 0.35
    assert kept.invented_share == pytest.approx(0.5, abs=0.1)
    assert exact.confidence > 0.8
    assert not exact.is_unchanged
    assert kept.code.shape == (8,)


def test_whether_it_is_closed_is_said(exact: Completion) -> None:
    (kept,) = exact.hypotheses
    assert kept.is_closed == (not any("not closed" in warning for warning in exact.warnings))
    assert kept.widest_gap_m < 3 * CELL
    np.testing.assert_allclose(np.linalg.norm(kept.normals, axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_wherever_it_stands_and_however_large_it_is_it_is_completed_there(
    engine: Engine, part: TriangleMesh, whole: TriangleMesh, scale: float
) -> None:
    pose = UprightPose(0.0, scale, (3 * scale, -2 * scale, 0.5 * scale))
    given = moved(part, pose)
    found = engine.complete(given, resolution=RESOLUTION, pose="upright")
    keeps_bits(found, given)
    assert apart(found.hypotheses[0].mesh, moved(whole, pose)) < CELL * scale


def test_a_heading_that_nobody_knows_is_found(
    engine: Engine, part: TriangleMesh, whole: TriangleMesh
) -> None:
    pose = UprightPose(0.3, 2.0, (5.0, 1.0, -1.0))
    found = engine.complete(moved(part, pose), resolution=RESOLUTION)
    keeps_bits(found, moved(part, pose))
    # a quarter turn of an octahedron is the same again
    assert apart(found.hypotheses[0].mesh, moved(whole, pose)) < 1.5 * CELL * pose.scale


def test_fused_is_one_closed_surface_through_what_was_given(
    engine: Engine, part: TriangleMesh, whole: TriangleMesh
) -> None:
    found = engine.complete(part, keep="fused", **QUICK)
    (kept,) = found.hypotheses
    assert kept.is_closed
    assert kept.mesh.is_closed
    assert (kept.observed_vertices, kept.observed_faces) == (0, 0)
    away = cKDTree(sampled(kept.mesh, 100_000)).query(sampled(part, 2000))[0]
    assert np.quantile(away, 0.95) < 0.5 * CELL
    assert apart(kept.mesh, whole) < CELL
    left = kept.mesh.vertices[:, 0] < -CELL
    assert kept.is_observed[left].all()
    assert not kept.is_observed[kept.mesh.vertices[:, 0] > 0.02 + 2 * CELL].any()


def test_nothing_is_kept_of_none(engine: Engine, part: TriangleMesh, whole: TriangleMesh) -> None:
    (kept,) = engine.complete(part, keep="none", **QUICK).hypotheses
    assert kept.is_closed
    assert apart(kept.mesh, whole) < CELL
    alone = engine.decode(kept.code, resolution=RESOLUTION)
    np.testing.assert_allclose(kept.mesh.bounds, alone.bounds, atol=1e-3)


@pytest.mark.parametrize("with_normals", [False, True])
def test_points_are_completed_to_a_closed_surface(
    engine: Engine, part: TriangleMesh, whole: TriangleMesh, with_normals: bool
) -> None:
    surface = trimesh.Trimesh(part.vertices, part.faces, process=False)
    points, face = trimesh.sample.sample_surface(surface, 4000, seed=1)
    normals = surface.face_normals[face] if with_normals else np.zeros_like(points)
    cloud = PointCloud(np.float32(points), np.float32(normals))
    (kept,) = engine.complete(cloud, **QUICK).hypotheses
    assert kept.is_closed
    assert kept.observed_faces == 0
    assert apart(kept.mesh, whole) < CELL


def test_points_cannot_be_kept_exactly(engine: Engine) -> None:
    cloud = PointCloud(np.float32(np.eye(3)), np.zeros((3, 3), np.float32))
    with pytest.raises(InputError, match="points have no faces that could be kept exactly"):
        engine.complete(cloud, keep="exact")


def test_a_whole_mesh_comes_back_as_it_was(engine: Engine, whole: TriangleMesh) -> None:
    found = engine.complete(whole, **QUICK)
    assert found.is_unchanged
    (kept,) = found.hypotheses
    assert np.array_equal(kept.mesh.vertices, whole.vertices)
    assert np.array_equal(kept.mesh.faces, whole.faces)
    assert kept.is_closed
    assert (kept.confidence == 1).all()
    assert (found.category, found.confidence, list(found.seconds)) == ("", 1.0, ["inputs"])
    (warning,) = found.warnings
    assert "is whole: nothing of its surface is missing" in warning
    assert "choose Complete Anyway (--anyway)" in warning
    assert engine.complete(whole, category="lamp", keep="fused", **QUICK).category == "lamp"


def test_a_whole_mesh_to_which_nothing_is_added_anyway_is_as_it_was_too(
    engine: Engine, whole: TriangleMesh
) -> None:
    found = engine.complete(whole, anyway=True, **QUICK)
    assert found.is_unchanged
    assert np.array_equal(found.hypotheses[0].mesh.vertices, whole.vertices)
    assert any("is whole already; nothing was added" in warning for warning in found.warnings)


@pytest.mark.parametrize("options", [{"keep": "none"}, {"keep": "fused", "anyway": True}])
def test_of_a_whole_mesh_another_is_made_where_that_is_asked_for(
    engine: Engine, whole: TriangleMesh, options: dict[str, object]
) -> None:
    found = engine.complete(whole, **options, **QUICK)
    assert not found.is_unchanged
    assert found.category == "chair"
    assert apart(found.hypotheses[0].mesh, whole) < CELL


def ring() -> TriangleMesh:
    mesh = trimesh.creation.torus(0.4, 0.05)
    return TriangleMesh.from_arrays(mesh.vertices, mesh.faces)


@pytest.mark.parametrize("pose", ["auto", "canonical"])
def test_what_the_model_does_not_know_is_left_alone(engine: Engine, pose: str) -> None:
    found = engine.complete(ring(), resolution=RESOLUTION, pose=pose, anyway=True)
    assert found.is_unchanged
    assert found.confidence < completing.FOREIGN
    assert np.array_equal(found.hypotheses[0].mesh.vertices, ring().vertices)
    assert any("nothing that the model knows" in warning for warning in found.warnings)


def test_of_points_that_the_model_does_not_know_nothing_is_made(engine: Engine) -> None:
    points = np.float32(sampled(ring(), 1000))
    with pytest.raises(
        UnknownShapeError, match=r"points look like nothing .* it knows chair, lamp"
    ):
        engine.complete(PointCloud(points, np.zeros_like(points)), **QUICK)


def test_strays_and_a_floor_are_left_out_with_a_word(engine: Engine, whole: TriangleMesh) -> None:
    points, generator = sampled(whole, 4000), np.random.default_rng(0)
    strays = generator.uniform(-0.6, 0.6, (40, 3))
    low = whole.bounds[0, 2]
    floor = np.column_stack([generator.uniform(-1, 1, (3000, 2)), np.full(3000, low - 0.01)])
    every = np.float32(np.concatenate([points, strays, floor]))
    found = engine.complete(PointCloud(every, np.zeros_like(every)), **QUICK)
    assert apart(found.hypotheses[0].mesh, whole) < CELL
    assert any("of 7040 points lie far from all others" in each for each in found.warnings)
    assert any("of 7040 points were left out as the floor" in each for each in found.warnings)


def test_several_hypotheses_all_keep_what_was_given(engine: Engine, part: TriangleMesh) -> None:
    found = engine.complete(part, hypotheses=2, **QUICK)
    assert 1 <= len(found.hypotheses) <= 2
    keeps_bits(found, part)


def test_the_same_seed_gives_the_same_bytes(
    engine: Engine, part: TriangleMesh, exact: Completion
) -> None:
    (one,), (other,) = exact.hypotheses, engine.complete(part, **QUICK).hypotheses
    assert np.array_equal(one.mesh.vertices, other.mesh.vertices)
    assert np.array_equal(one.mesh.faces, other.mesh.faces)
    assert np.array_equal(one.code, other.code)
    assert np.array_equal(one.confidence, other.confidence)


def listed_otherwise(mesh: TriangleMesh) -> TriangleMesh:
    """The same triangles in another order over vertices in another order."""
    drawn = np.random.default_rng(0)
    number = drawn.permutation(len(mesh.vertices))
    vertices = np.zeros_like(mesh.vertices)
    vertices[number] = mesh.vertices
    return TriangleMesh.from_arrays(
        vertices, number[mesh.faces[drawn.permutation(len(mesh.faces))]]
    )


@pytest.mark.parametrize("keep", ["exact", "none"])
def test_neither_order_nor_seed_changes_what_is_found(
    engine: Engine, part: TriangleMesh, keep: str
) -> None:
    one = engine.complete(part, keep=keep, **QUICK)
    other = engine.complete(listed_otherwise(part), keep=keep, seed=5, **QUICK)
    assert other.hypotheses[0].code.tobytes() == one.hypotheses[0].code.tobytes()
    # how the given faces are joined may hang on their order, by a triangle here or there
    assert other.confidence == pytest.approx(one.confidence, abs=0.01)


def test_points_without_a_surface_are_nothing_that_is_known(engine: Engine) -> None:
    points = np.random.default_rng(0).random((3000, 3), np.float32)
    cloud = PointCloud(points, np.zeros_like(points))
    with pytest.raises(UnknownShapeError, match=r"\(confidence \d+%") as refused:
        engine.complete(cloud, resolution=RESOLUTION)
    percents = re.search(r"confidence (\d+)%", str(refused.value))
    assert percents is not None
    assert int(percents[1]) / 100 < completing.FOREIGN


def test_invented_vertices_are_no_surer_than_the_whole(exact: Completion) -> None:
    (kept,) = exact.hypotheses
    assert (kept.confidence[~kept.is_observed] <= np.float32(exact.confidence)).all()


def test_a_category_that_was_named_is_the_category(
    engine: Engine, part: TriangleMesh, exact: Completion
) -> None:
    other = next(name for name in engine.categories if name != exact.category)
    assert engine.complete(part, category=other, keep="none", **QUICK).category == other


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("pose", "sideways", "pose 'sideways' is unknown; choose one of auto, upright, canonical"),
        ("keep", "all", "keep 'all' is unknown; choose one of auto, exact, fused, none"),
        ("empty", "full", "empty 'full' is unknown; choose one of none, visible"),
        ("hypotheses", 0, "hypotheses must be 1 to 8; found 0"),
        ("hypotheses", 9, "hypotheses must be 1 to 8; found 9"),
        ("noise", -0.1, r"the noise must be a length of 0 or more; found -0\.1"),
        ("noise", float("nan"), "the noise must be a length of 0 or more; found nan"),
        ("noise", float("inf"), "the noise must be a length of 0 or more; found inf"),
        ("seed", -1, "the seed must not be negative; found -1"),
    ],
)
def test_unusable_choices_are_refused(name: str, value: object, sentence: str) -> None:
    config = CompleteSettings()
    object.__setattr__(config, name, value)  # past the type check of the tests
    with pytest.raises(InputError, match=sentence):
        config.__post_init__()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"category": "spaceship"}, r"'spaceship' is unknown .* choose one of auto, chair, lamp"),
        ({"resolution": 0}, "resolution must lie between 8 and 1024; found 0"),
        ({"hypotheses": 9}, "hypotheses must be 1 to 8; found 9"),
    ],
)
def test_the_engine_passes_refusals_on(
    engine: Engine, part: TriangleMesh, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        engine.complete(part, **options)


def test_a_mesh_that_shows_nothing_is_refused(engine: Engine, part: TriangleMesh) -> None:
    with pytest.raises(InputError, match="only loose vertices"):
        engine.complete(TriangleMesh(part.vertices, part.faces[:0]))


def test_empty_space_that_no_scan_saw_is_said(engine: Engine, whole: TriangleMesh) -> None:
    found = engine.complete(whole, empty="visible", anyway=True, **QUICK)
    assert any("no scan from one side" in warning for warning in found.warnings)


def test_progress_runs_through_the_stages(engine: Engine, part: TriangleMesh) -> None:
    told: list[tuple[str, float]] = []
    found = engine.complete(part, progress=lambda *each: told.append(each), **QUICK)
    stages = ["inputs", "prior", "latent", "surface", "finish"]
    assert list(dict.fromkeys(stage for stage, _ in told)) == stages
    assert all(0 <= fraction <= 1 for _, fraction in told)
    for stage in stages[:3]:
        fractions = [fraction for name, fraction in told if name == stage]
        assert fractions == sorted(fractions)
        assert fractions[-1] == 1.0
    assert list(found.seconds) == stages


@pytest.mark.parametrize("asked_before", [0, 3, 30])
def test_cancelling_ends_the_work(engine: Engine, part: TriangleMesh, asked_before: int) -> None:
    asked = iter(range(10_000))
    with pytest.raises(Cancelled, match="nothing was changed"):
        engine.complete(part, cancelled=lambda: next(asked) >= asked_before, **QUICK)


def test_a_field_without_surface_is_said(
    tiny_model: Path, part: TriangleMesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completing, "FOREIGN", 0.0)  # no point of the part is explained
    engine = Engine(tiny_model, "cpu")
    with torch.no_grad():
        engine.decoder.head[4].bias.fill_(5.0)
    with pytest.raises(EmptySurfaceError, match="never crosses"):
        engine.complete(part, noise=10.0, keep="none", **QUICK)


def test_a_model_without_a_point_encoder_cannot_complete(
    tiny_model: Path, part: TriangleMesh, tmp_path: Path
) -> None:
    stored = read_model_file(tiny_model)
    older = tmp_path / "older.safetensors"
    write_model_file(older, replace(stored.card, point_encoder={}), stored.tensors)
    with pytest.raises(ModelFileError, match=r"no point encoder .* cannot complete"):
        Engine(older, "cpu").complete(part)
