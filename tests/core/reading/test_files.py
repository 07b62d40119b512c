"""Mesh files by their suffix: turned upright, and refused in one sentence."""

import numpy as np
import pytest
import trimesh

from core.errors import InputError
from core.files.meshes import write_mesh
from core.frames import gltf_from_scene
from core.meshes import TriangleMesh
from core.reading.files import SUFFIXES, read_mesh_file

BALL = trimesh.creation.icosphere(subdivisions=3, radius=0.5)
WHOLE = TriangleMesh.from_arrays(BALL.vertices, BALL.faces)


def odd_mesh(count=300):
    """Random triangles with coordinates that no short decimal hits."""
    generator = np.random.default_rng(2)
    vertices = generator.normal(size=(count, 3)) * 10.0 ** generator.integers(-6, 6, (count, 1))
    return TriangleMesh.from_arrays(vertices, np.arange(count).reshape(-1, 3))


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".stl", ".STL"])
def test_a_mesh_that_was_written_is_read_bit_for_bit(tmp_path, suffix):
    path, mesh = tmp_path / f"mesh{suffix}", odd_mesh()
    write_mesh(path, mesh, np.zeros_like(mesh.vertices))
    read = read_mesh_file(path)
    vertices = read.vertices.astype(np.float32)
    assert np.array_equal(vertices[read.faces], mesh.corners)
    if suffix.lower() != ".stl":  # which has no shared vertices
        assert np.array_equal(vertices, mesh.vertices)
        assert np.array_equal(read.faces, mesh.faces)


def test_a_glb_is_turned_upright_bit_for_bit(tmp_path):
    path, mesh = tmp_path / "mesh.glb", odd_mesh()
    turned = TriangleMesh(gltf_from_scene(mesh.vertices), mesh.faces)
    write_mesh(path, turned, np.zeros_like(mesh.vertices))
    read = read_mesh_file(path)
    assert np.array_equal(read.vertices, mesh.vertices)
    assert np.array_equal(read.faces, mesh.faces)


def test_place_and_normals_of_a_glb_are_turned_upright_too(glb, tmp_path):
    part = {"attributes": {"POSITION": glb.accessor(np.float32([[1, 2, 3]])), "NORMAL": 0}}
    nodes = [{"mesh": 0, "translation": [40, 50, 60]}]
    meshes = [{"primitives": [part | {"mode": 0}]}]
    read = read_mesh_file(glb.write(tmp_path / "a.glb", nodes=nodes, meshes=meshes))
    assert read.vertices.tolist() == read.normals.tolist() == [[1, -3, 2]]
    assert read.origin.tolist() == [40, -60, 50]


def test_all_meshes_of_a_scene_are_read_where_their_nodes_put_them(tmp_path):
    scene, box = trimesh.Scene(), trimesh.creation.box()
    for number in range(2):
        place = trimesh.transformations.translation_matrix([4.0 * number, 0, 0])
        scene.add_geometry(box, transform=place)
    scene.export(tmp_path / "two.glb")
    read = read_mesh_file(tmp_path / "two.glb")
    assert len(read.faces) == 24
    np.testing.assert_allclose((read.vertices + read.origin).min(axis=0), [-0.5] * 3)
    np.testing.assert_allclose((read.vertices + read.origin).max(axis=0), [4.5, 0.5, 0.5])


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("mesh.ply", b"hello", r"is damaged or no mesh \(it does not begin with 'ply'\); export"),
        ("mesh.ply", b"ply\nformat ascii 1.0\nelement vertex 9\nend_header\n", "no x, y and z"),
        ("mesh.glb", b"", "is damaged or no mesh"),
        ("mesh.glb", b"glTF\x02\x00\x00\x00", "is damaged or no mesh"),
        ("mesh.gltf", b"{}", "holds neither triangles nor points; choose another file"),
        ("mesh.gltf", b'{"nodes": [{"mesh": 3}]}', r"is damaged or no mesh \(IndexError"),
        ("mesh.gltf", b'{"nodes": 7}', r"is damaged or no mesh \(TypeError"),
        ("mesh.gltf", b"[" * 100_000, r"is damaged or no mesh \(RecursionError"),
        ("mesh.obj", b"# nothing\n", "holds neither triangles nor points"),
        ("mesh.obj", b"v 0 0 0\nv 1 0 0\nv 1 1 0\nl 1 2\nl 2 3\n", "holds neither triangles"),
        ("mesh.stl", b"", "is damaged or no mesh"),
        ("mesh.fbx", b"Kaydara", r"'mesh.fbx' is no mesh that can be read; choose one of \.glb"),
    ],
)
def test_bad_files_are_refused_in_one_sentence(tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=sentence) as refused:
        read_mesh_file(tmp_path / name)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("suffix", [".glb", ".ply", ".stl"])
def test_truncated_files_are_refused_or_read_in_part_with_a_word(tmp_path, suffix, share):
    path = tmp_path / f"mesh{suffix}"
    write_mesh(path, WHOLE, WHOLE.vertices * 2)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    if suffix == ".stl":
        assert "triangles; the" in read_mesh_file(path).warnings[0]
        return
    with pytest.raises(InputError, match=r"is damaged or no mesh"):
        read_mesh_file(path)


@pytest.mark.parametrize("suffix", [".ply", ".stl", ".glb"])
def test_damaged_numbers_are_no_reason_for_a_warning(tmp_path, suffix):
    path, mark = tmp_path / f"mesh{suffix}", np.float32(0.123456)
    vertices = WHOLE.vertices.copy()
    vertices[7, 1] = mark
    write_mesh(path, TriangleMesh(vertices, WHOLE.faces), WHOLE.vertices * 2)
    signalling_nan = np.uint32(0x7FA00000).tobytes()
    path.write_bytes(path.read_bytes().replace(mark.tobytes(), signalling_nan))
    read = read_mesh_file(path)
    assert np.isnan(read.vertices).any()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_missing_file_is_said(tmp_path, suffix):
    with pytest.raises(InputError, match=r"there is no file .* choose another"):
        read_mesh_file(tmp_path / f"mesh{suffix}")


def test_a_file_that_may_not_be_read_is_said(tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "mesh.obj").write_text("v 0 0 0\n")
    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(InputError, match=r"cannot be read \(Permission denied\); choose another"):
        read_mesh_file(tmp_path / "mesh.obj")
