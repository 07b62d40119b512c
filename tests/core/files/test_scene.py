"""Meshes of the scene's frame as files: upright in every format, and shapes told apart."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.errors import FREE_DISK, InputError
from core.files.scene import numbered, write_completed_mesh, write_scene_mesh
from core.meshes import ExactVertices, TriangleMesh

TALL = TriangleMesh(
    np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 5]], np.float32),
    np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32),
)
"""1 m wide, 2 m deep, 5 m high."""

NORMALS = np.eye(3, dtype=np.float32)[[2, 0, 1, 2]]


@pytest.mark.parametrize(
    ("suffix", "size"),
    [(".glb", (1, 5, 2)), (".obj", (1, 2, 5)), (".ply", (1, 2, 5)), (".stl", (1, 2, 5))],
)
def test_what_is_up_is_up_in_every_format(
    tmp_path: Path, suffix: str, size: tuple[int, int, int]
) -> None:
    path = tmp_path / f"tall{suffix}"
    write_scene_mesh(path, TALL, NORMALS)
    low, high = trimesh.load(path, force="mesh", process=False).bounds
    np.testing.assert_allclose(high - low, size)


def test_a_completed_mesh_says_what_was_given(tmp_path: Path) -> None:
    is_observed, confidence = np.arange(4) < 2, np.linspace(0, 1, 4, dtype=np.float32)
    path = tmp_path / "whole.ply"
    write_completed_mesh(path, TALL, NORMALS, is_observed, confidence)
    values = trimesh.load(path, process=False).metadata["_ply_raw"]["vertex"]["data"]
    np.testing.assert_array_equal(values["observed"], [1, 1, 0, 0])
    np.testing.assert_array_equal(values["confidence"], confidence)


FAR = ExactVertices(np.array([5e5, 5.6e6, 100.0]), TALL.vertices.astype(float) / 3)


def test_what_stands_far_away_stands_there_in_every_format(tmp_path: Path) -> None:
    kinds = (np.ones(4, bool), np.ones(4, np.float32))
    mesh = TriangleMesh(FAR.vertices.astype(np.float32), TALL.faces)
    for suffix, step in ((".glb", 1e-6), (".obj", 0.0), (".ply", 0.0), (".stl", 0.25)):
        path = tmp_path / f"far{suffix}"
        warnings = write_completed_mesh(path, mesh, NORMALS, *kinds, exact=FAR)
        low, high = trimesh.load_scene(path, process=False).bounds
        if suffix == ".glb":
            low, high = np.sort([[each[0], -each[2], each[1]] for each in (low, high)], axis=0)
        found = FAR.absolute
        np.testing.assert_allclose([low, high], [found.min(axis=0), found.max(axis=0)], atol=step)
        if suffix == ".stl":
            (warning,) = warnings
            assert "at 5,600,001 they are 0.5 apart; write .glb, .obj or .ply" in warning
        else:
            assert warnings == ()


def test_an_stl_near_the_origin_is_not_worth_a_word(tmp_path: Path) -> None:
    exact = ExactVertices(np.zeros(3), TALL.vertices.astype(float) / 3)
    kinds = (np.ones(4, bool), np.ones(4, np.float32))
    assert write_completed_mesh(tmp_path / "a.stl", TALL, NORMALS, *kinds, exact=exact) == ()


def test_the_best_shape_has_the_name_itself_and_the_others_are_numbered() -> None:
    names = [numbered(Path("out/a.b.glb"), each).name for each in range(3)]
    assert names == ["a.b.glb", "a.b.2.glb", "a.b.3.glb"]


def test_a_full_disk_is_told_apart_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(InputError, match="No space left on device") as caught:
        write_scene_mesh(tmp_path / "tall.glb", TALL, NORMALS)
    assert caught.value.remedy == FREE_DISK
    assert list(tmp_path.iterdir()) == []
