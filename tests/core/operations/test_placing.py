"""Far from the origin: completed there as here, what was given in double to the bit."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.errors import InputError
from core.files.scene import write_completed_mesh
from core.inputs.given import Partial, read_partial
from core.meshes import TriangleMesh
from core.operations.completing import Completion
from core.operations.engine import Engine
from core.operations.merging import Completed, unchanged
from core.operations.placing import placed

RESOLUTION = 32
CELL = 1.1 / (RESOLUTION - 1)
PLACE = np.array([1e7 + 0.1, -1e7 / 3, 1.3])
UTM = np.array([500_000.123, 5_600_000.456, 0.0])
QUICK = {"resolution": RESOLUTION, "pose": "upright"}


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> Engine:
    return Engine(tiny_model, "cpu")


@pytest.fixture(scope="module")
def half(engine: Engine) -> tuple[np.ndarray, np.ndarray]:
    """Vertices in double and faces of the left half of the model's mean shape."""
    whole = engine.decode(engine.card.statistics["chair"].mean.numpy(), resolution=48)
    left = whole.corners.mean(axis=1)[:, 0] < 0.02
    used, faces = np.unique(whole.faces[left], return_inverse=True)
    return whole.vertices[used].astype(float) * (1 + 1e-10), faces.reshape(-1, 3).astype(np.int32)


@pytest.fixture(scope="module")
def here(engine: Engine, half: tuple[np.ndarray, np.ndarray]) -> Completion:
    return engine.complete(Partial.from_arrays(*half), **QUICK)


@pytest.fixture(scope="module")
def far(engine: Engine, half: tuple[np.ndarray, np.ndarray]) -> Completed:
    found = engine.complete(Partial.from_arrays(half[0] + PLACE, half[1]), **QUICK)
    assert not found.is_unchanged
    (kept,) = found.hypotheses
    return kept


def test_a_mesh_far_away_is_completed_there_and_stays_to_the_bit(
    far: Completed, half: tuple[np.ndarray, np.ndarray], here: Completion
) -> None:
    near, away = here.hypotheses[0], far.vertices - PLACE
    np.testing.assert_allclose(far.pose.offset - PLACE, near.pose.offset, atol=0.01)
    np.testing.assert_allclose(away.min(axis=0), near.vertices.min(axis=0), atol=CELL)
    np.testing.assert_allclose(away.max(axis=0), near.vertices.max(axis=0), atol=CELL)
    assert far.observed_vertices == len(half[0])
    assert np.array_equal(far.vertices[: len(half[0])], half[0] + PLACE)


def test_doubles_near_the_origin_come_back_as_well(
    half: tuple[np.ndarray, np.ndarray], here: Completion
) -> None:
    (kept,) = here.hypotheses
    assert not np.array_equal(half[0], half[0].astype(np.float32))
    assert np.array_equal(kept.vertices[: len(half[0])], half[0])
    assert not kept.exact.origin.any()


def test_float32_has_no_doubles_and_where_it_is_coarse_that_is_said(
    half: tuple[np.ndarray, np.ndarray], here: Completion
) -> None:
    mesh = TriangleMesh.from_arrays(half[0] + [3000.0, 0, 0], half[1])
    found = replace(here, hypotheses=(unchanged(mesh),), warnings=("it is whole already",))
    told = placed(found, Partial.of(mesh))
    (kept,) = told.hypotheses
    assert kept.exact is None
    assert np.array_equal(kept.vertices, mesh.vertices)
    assert "single-precision numbers of up to 3,000" in told.warnings[0]
    assert told.warnings[1:] == ("it is whole already",)


def test_what_is_far_away_lies_in_no_unit_cube(
    engine: Engine, half: tuple[np.ndarray, np.ndarray]
) -> None:
    far = Partial.from_arrays(half[0] + PLACE, half[1])
    with pytest.raises(InputError, match=r"for meshes in the unit cube; this one is at \(1e\+07"):
        engine.complete(far, pose="canonical", resolution=RESOLUTION)


def test_points_far_away_have_their_place_as_well(half: tuple[np.ndarray, np.ndarray]) -> None:
    partial = Partial.from_arrays(half[0] + UTM)
    mesh = TriangleMesh(partial.shape.points[:3], np.array([[0, 1, 2]], np.int32))
    assert np.array_equal(partial.exact_of(mesh, 3).absolute, half[0][:3] + UTM)


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".glb"])
def test_a_file_of_what_was_completed_far_away_is_read_to_the_bit(
    far: Completed, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"whole{suffix}"
    kinds = (far.is_observed, far.confidence)
    assert write_completed_mesh(path, far.mesh, far.normals, *kinds, exact=far.exact) == ()
    read = read_partial(path)
    assert read.warnings == ()
    if suffix == ".glb":  # float32 about a node that stands there
        assert np.array_equal(read.exact.origin, far.exact.origin)
        assert np.array_equal(read.shape.vertices, far.mesh.vertices)
    else:
        assert np.array_equal(read.exact.absolute, far.vertices)


def test_the_command_completes_a_file_far_away(
    tiny_model: Path,
    half: tuple[np.ndarray, np.ndarray],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = ["v {!r} {!r} {!r}".format(*each) for each in (half[0] + UTM).tolist()]
    lines += ["f {} {} {}".format(*each) for each in (half[1] + 1).tolist()] + ["f 1 2"]
    (tmp_path / "half.obj").write_text("\n".join(lines))
    arguments = ["complete", str(tmp_path / "half.obj"), "--output", str(tmp_path / "whole.stl")]
    arguments += ["--model", str(tiny_model), "--resolution", "32", "--pose", "upright"]
    assert main([*arguments, "--device", "cpu", "--json"]) == 0
    told = capsys.readouterr()
    report = json.loads(told.out)
    assert report["warnings"][0] == "1 faces with fewer than three corners were left out"
    assert "they are 0.5 apart" in report["warnings"][-1]
    for warning in report["warnings"]:
        assert f"isoform: {warning}\n" in told.err
    assert abs(np.array(report["hypotheses"][0]["bounding_box"]) - UTM).max() < 1
    assert "coarse" in read_partial(tmp_path / "whole.stl").warnings[0]
