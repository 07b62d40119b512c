"""Meshes as files, read back by another library."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.errors import InputError
from core.files.meshes import check_mesh_path, write_mesh
from core.meshes import ExactVertices, TriangleMesh

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32) / 3
TETRAHEDRON = TriangleMesh(
    CORNERS, np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
)
NORMALS = (lambda away: away / np.linalg.norm(away, axis=1, keepdims=True))(
    CORNERS - CORNERS.mean(axis=0)
)


@pytest.mark.parametrize("suffix", [".glb", ".obj", ".ply", ".stl", ".GLB"])
def test_files_hold_the_same_triangles(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mesh{suffix}"
    write_mesh(path, TETRAHEDRON, NORMALS)
    read = trimesh.load(path, force="mesh", process=False)
    assert np.array_equal(read.triangles.astype(np.float32), TETRAHEDRON.corners)
    assert read.volume == pytest.approx(1 / 6 / 27)


@pytest.mark.parametrize("suffix", [".glb", ".obj", ".ply"])
def test_vertices_keep_their_normals(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mesh{suffix}"
    write_mesh(path, TETRAHEDRON, NORMALS)
    (read,) = trimesh.load_scene(path, process=False).geometry.values()
    np.testing.assert_allclose(read.vertex_normals, NORMALS, atol=1e-6)


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"unknown suffix '\.fbx'; choose one of \.glb, \.obj"):
        check_mesh_path(tmp_path / "mesh.fbx")


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".glb")
    write_mesh(path, TETRAHEDRON, NORMALS)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    with pytest.raises(InputError, match="has 256 bytes, and its file system takes at most 255"):
        check_mesh_path(tmp_path / ("x" * 252 + ".glb"))


def test_a_folder_whose_name_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no folder '.*x' to write to"):
        check_mesh_path(tmp_path / ("x" * 300) / "mesh.glb")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no folder .*nowhere"):
        check_mesh_path(tmp_path / "nowhere" / "mesh.glb")


def test_a_folder_as_output_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mesh.glb").mkdir()
    with pytest.raises(InputError, match="is a folder; name a file in it"):
        check_mesh_path(tmp_path / "mesh.glb")


def test_a_folder_that_cannot_be_written_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("core.files.meshes.tempfile.TemporaryFile", refuse)
    with pytest.raises(InputError, match=r"cannot be written to \(Permission denied\)"):
        check_mesh_path(tmp_path / "mesh.glb")


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mesh.glb"
    path.write_bytes(b"old")

    def fill(self: Path, content: bytes) -> None:
        with self.open("wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fill)
    with pytest.raises(InputError, match=r"cannot be written \(No space left on device\)"):
        write_mesh(path, TETRAHEDRON, NORMALS)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


FAR = ExactVertices(np.array([1e7, -1e7 / 3, 0.1]), CORNERS.astype(float) / 3 + np.pi)
FAR_MESH = TriangleMesh(FAR.vertices.astype(np.float32), TETRAHEDRON.faces)


@pytest.mark.parametrize("suffix", [".obj", ".ply"])
def test_doubles_are_written_to_the_bit(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mesh{suffix}"
    values = {"confidence": np.linspace(0, 1, 4, dtype=np.float32)}
    write_mesh(path, FAR_MESH, NORMALS, values, FAR)
    (read,) = trimesh.load_scene(path, process=False).geometry.values()
    assert np.array_equal(read.vertices, FAR.absolute)
    assert np.array_equal(read.faces, TETRAHEDRON.faces)
    np.testing.assert_allclose(read.vertex_normals, NORMALS, atol=1e-6)
    if suffix == ".ply":
        found = read.metadata["_ply_raw"]["vertex"]["data"]["confidence"]
        assert np.array_equal(found.reshape(-1), values["confidence"])


def test_a_glb_has_small_numbers_and_a_node_that_stands_far_away(tmp_path: Path) -> None:
    write_mesh(tmp_path / "mesh.glb", FAR_MESH, NORMALS, {}, FAR)
    scene = trimesh.load_scene(tmp_path / "mesh.glb", process=False)
    (read,) = scene.geometry.values()
    assert np.array_equal(read.vertices, FAR_MESH.vertices)
    (name,) = scene.graph.nodes_geometry
    assert np.array_equal(scene.graph[name][0][:3, 3], FAR.origin)


def test_an_stl_has_the_nearest_single_numbers(tmp_path: Path) -> None:
    write_mesh(tmp_path / "mesh.stl", FAR_MESH, NORMALS, {}, FAR)
    read = trimesh.load(tmp_path / "mesh.stl", process=False)
    expected = FAR.absolute.astype(np.float32)[TETRAHEDRON.faces]
    assert np.array_equal(read.vertices[read.faces], expected)


def test_doubles_near_the_origin_need_no_node_that_stands_elsewhere(tmp_path: Path) -> None:
    write_mesh(tmp_path / "plain.glb", TETRAHEDRON, NORMALS)
    exact = ExactVertices(np.zeros(3), CORNERS.astype(np.float64))
    write_mesh(tmp_path / "exact.glb", TETRAHEDRON, NORMALS, {}, exact)
    assert (tmp_path / "exact.glb").read_bytes() == (tmp_path / "plain.glb").read_bytes()
