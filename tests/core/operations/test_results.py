"""What a script does with results: saves them, hands them to trimesh, asks where a picture was."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.errors import InputError
from core.operations.engine import Engine
from core.operations.results import Result


@pytest.fixture(scope="module")
def result(tiny_model: Path, chair_file: Path) -> Result:
    return Engine(tiny_model, "cpu").reconstruct(chair_file, resolution=32)


def test_one_picture_needs_no_list(result: Result, tiny_model: Path, chair_file: Path) -> None:
    listed = Engine(tiny_model, "cpu").reconstruct([chair_file], resolution=32)
    assert (listed.mesh.vertices == result.mesh.vertices).all()


@pytest.mark.parametrize("suffix", [".glb", ".obj", ".ply", ".stl"])
def test_a_saved_result_stands_on_the_floor_with_its_longest_side(
    result: Result, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"chair{suffix}"
    written = result.save(path, size_m=0.9)
    low, high = trimesh.load_mesh(path).bounds
    up = 1 if suffix == ".glb" else 2
    assert low[up] == pytest.approx(0, abs=1e-6)
    assert (high - low).max() == pytest.approx(0.9, abs=1e-6)
    assert np.allclose(written.bounds, [low, high], atol=1e-6)


def test_another_suffix_is_refused(result: Result, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.fbx"):
        result.save(tmp_path / "chair.fbx")


def test_trimesh_gets_every_vertex_with_its_normal(result: Result) -> None:
    mesh = result.to_trimesh()
    assert (mesh.vertices.astype(np.float32) == result.mesh.vertices).all()
    assert (mesh.faces == result.mesh.faces).all()
    assert np.allclose(mesh.vertex_normals, result.normals, atol=1e-6)
    assert mesh.is_watertight == result.mesh.is_closed


def test_a_completion_is_saved_with_all_its_shapes(tiny_model: Path, tmp_path: Path) -> None:
    sphere = trimesh.creation.icosphere(2, 0.4)
    sphere.update_faces(sphere.triangles_center[:, 0] < 0.1)
    sphere.export(tmp_path / "half.ply")
    engine = Engine(tiny_model, "cpu")
    found = engine.complete(tmp_path / "half.ply", hypotheses=2, resolution=24)
    paths, lacks = found.save(tmp_path / "whole.ply")
    assert lacks == ()
    names = ("whole.ply", "whole.2.ply")
    assert [path.name for path in paths] == list(names[: len(found.hypotheses)])
    for path, each in zip(paths, found.hypotheses, strict=True):
        mesh = trimesh.load_mesh(path, process=False)
        assert len(mesh.faces) == len(each.mesh.faces) == len(each.to_trimesh().faces)
