"""The same triangles as Blender's importers, in files of Blender, of trimesh and made by hand."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.reading.files import read_mesh_file

pytestmark = [pytest.mark.blender, pytest.mark.slow]

BALL = trimesh.creation.icosphere(subdivisions=2)
CUP = trimesh.creation.revolve([[0, 0], [0.4, 0], [0.5, 1], [0.45, 1], [0.36, 0.05], [0, 0.05]])
TEXT = (
    "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv .5 .5 1\nf 4 3 2 1\nf 1 2 5\nf 2 3 5\nf 3 4 5\nf 4 1 5\n"
)

BLENDERS = (
    *("blender.glb", "blender_z.glb", "blender.gltf", "blender_moving.glb"),
    *("blender.obj", "blender_triangles.obj", "blender_groups.obj"),
    *("blender.ply", "blender_text.ply", "blender.stl", "blender_text.stl"),
)
TRIMESHES = (
    *("ball.glb", "cup.glb", "two.glb", "ball.obj", "cup.obj", "ball.ply", "cup.ply"),
    *("ball_text.ply", "ball.stl", "cup.stl", "ball_text.stl"),
)
HAND_MADE = (
    *("relative.obj", "slashes.obj", "continued.obj", "colours.obj", "returns.obj"),
    *("strip.ply", "mixed.ply", "big.ply", "solid.stl"),
    *("normalised.glb", "whole_numbers.glb", "sparse.glb", "fan.glb", "strip.glb", "bytes.glb"),
    *("no_scene.glb", "no_positions.glb", "instances.glb", "morphed.glb", "mirrored.glb"),
    *("two_scenes.glb", "far.glb"),
)


def write_texts(folder: Path) -> None:
    by_hand = {
        "relative.obj": TEXT + "v 3 0 0\nv 4 0 0\nv 3 1 0\nf -3 -2 -1\nv 0 0 9\nf -1 -3 -2\n",
        "slashes.obj": TEXT.replace("f 1 2 5", "f 1//1 2//1 5//1") + "vn 0 0 1\n",
        "continued.obj": TEXT.replace("f 4 3 2 1", "f 4 3 \\\n2 1"),
        "colours.obj": TEXT.replace("v 1 0 0", "v 1 0 0 .5 .5 .5"),
        "returns.obj": TEXT.replace("\n", "\r\n").replace(" ", "\t"),
    }
    for name, text in by_hand.items():
        (folder / name).write_bytes(text.encode())
    head = "ply\nformat {} 1.0\nelement vertex 5\nproperty float x\nproperty float y\n"
    head += "property float z\nelement {}\nproperty list {} int vertex_indices\nend_header\n"
    points = [[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0], [2, 0, 1]]
    rows = "".join("{} {} {}\n".format(*each) for each in points)
    strip = head.format("ascii", "tristrips 1", "int") + rows + "9 0 1 2 3 -1 2 3 4 0\n"
    (folder / "strip.ply").write_text(strip)
    for name, order, kind in (("mixed", "<", "little"), ("big", ">", "big")):
        content = head.format(f"binary_{kind}_endian", "face 2", "uchar").encode()
        content += np.array(points, order + "f4").tobytes()
        for face in ([0, 2, 3, 1], [2, 4, 3]):
            content += bytes([len(face)]) + np.array(face, order + "i4").tobytes()
        (folder / f"{name}.ply").write_bytes(content)
    BALL.export(folder / "solid.stl")
    content = (folder / "solid.stl").read_bytes()
    (folder / "solid.stl").write_bytes(b"solid ball".ljust(80) + content[80:])


def write_with_trimesh(folder: Path) -> None:
    for name in ("ball.glb", "ball.obj", "ball.ply", "ball.stl"):
        BALL.export(folder / name)
    for name in ("cup.glb", "cup.obj", "cup.ply", "cup.stl"):
        CUP.export(folder / name)
    BALL.export(folder / "ball_text.ply", encoding="ascii")
    BALL.export(folder / "ball_text.stl", file_type="stl_ascii")
    scene = trimesh.Scene([BALL])
    turn = trimesh.transformations.rotation_matrix(0.7, [1, 2, 3], [3, 0, 0])
    scene.add_geometry(CUP, transform=turn)
    scene.export(folder / "two.glb")


def write_gltf_files(folder: Path, maker: type) -> None:
    corners = np.float32([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0.5]])

    def write(name, change=lambda glb, parts: None, values=corners, **more):
        glb = maker()
        primitive = {"attributes": {"POSITION": glb.accessor(values, **more)}}
        low, high = values.min(axis=0).tolist(), values.max(axis=0).tolist()
        glb.document["accessors"][0].update(min=low, max=high)
        primitive["indices"] = glb.accessor(np.uint16([0, 1, 2, 0, 2, 3]))
        parts = {"scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}]}
        parts["meshes"] = [{"primitives": [primitive]}]
        change(glb, parts)
        glb.write(folder / f"{name}.glb", **parts)

    def indexed(*numbers, mode=4, kind=np.uint16):
        def change(glb, parts):
            (primitive,) = parts["meshes"][0]["primitives"]
            primitive.update(indices=glb.accessor(np.array(numbers, kind)), mode=mode)

        return change

    def sparse(glb, parts):
        places = {"bufferView": glb.view(np.uint16([3, 0]).tobytes()), "componentType": 5123}
        values = {"bufferView": glb.view(np.float32([[0, 3, 0], [-1, 0, 0]])[::1].tobytes())}
        places["bufferView"] = glb.view(np.uint16([0, 3]).tobytes())
        found = {"count": 2, "indices": places, "values": values}
        glb.document["accessors"][0].update(sparse=found)

    def without_scene(glb, parts):
        del parts["scene"], parts["scenes"]

    def two_scenes(glb, parts):
        parts.update(scene=1, scenes=[{"nodes": [0]}, {"nodes": [1]}])
        parts["nodes"] = [{"mesh": 0}, {"mesh": 0, "scale": [1, 3, 1]}]

    def without_positions(glb, parts):
        normals = glb.accessor(np.float32([[0, 0, 1]] * 4))
        parts["meshes"][0]["primitives"].append({"attributes": {"NORMAL": normals}})

    def instances(glb, parts):
        moves = glb.accessor(np.float32([[0, 0, 0], [5, 0, 1]]))
        extension = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": moves}}}
        parts["nodes"] = [{"mesh": 0, "extensions": extension}]
        parts["extensionsUsed"] = list(extension)

    def morphed(glb, parts):
        target = glb.accessor(np.float32([[0, 0, 0], [0, 0, 0], [0, 0, 2], [1, 0, 0]]))
        glb.document["accessors"][target].update(min=[0, 0, 0], max=[1, 0, 2])
        parts["meshes"][0]["primitives"][0]["targets"] = [{"POSITION": target}]
        parts["meshes"][0]["weights"] = [0.5]

    def standing(**node):
        return lambda glb, parts: parts["nodes"][0].update(node)

    quantised = {"extensionsUsed": ["KHR_mesh_quantization"]}
    shorts = np.int16(corners * 32767)
    write("normalised", lambda glb, parts: parts.update(quantised), shorts, normalized=True)
    write("whole_numbers", lambda glb, parts: parts.update(quantised), np.int16(corners * 8))
    write("sparse", sparse)
    write("fan", indexed(0, 1, 2, 3, mode=6))
    write("strip", indexed(0, 1, 3, 2, mode=5))
    write("bytes", indexed(2, 1, 0, kind=np.uint8))
    write("no_scene", without_scene)
    write("no_positions", without_positions)
    write("instances", instances)
    write("morphed", morphed)
    write("mirrored", standing(scale=[1, -2, 1], rotation=[0, 0.6, 0, 0.8]))
    write("two_scenes", two_scenes)
    write("far", standing(translation=[1000, 0, -1000]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, glb_maker):
    """All files, and what Blender makes of them in `measured.json`."""
    pytest.importorskip("bpy", reason="Blender's module is not installed")
    place = tmp_path_factory.mktemp("meshes")
    write_texts(place)
    write_with_trimesh(place)
    write_gltf_files(place, glb_maker)
    script = Path(__file__).with_name("in_blender.py")
    done = subprocess.run(
        [sys.executable, str(script), str(place)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return place


@pytest.mark.parametrize("name", [*BLENDERS, *TRIMESHES, *HAND_MADE])
def test_blender_reads_the_same(folder, name):
    theirs = json.loads((folder / "measured.json").read_text())[name]
    read = read_mesh_file(folder / name)
    corners = (read.vertices + read.origin)[read.faces]
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    # Blender computes in float32: a few roundings of coordinates that are as large as these
    size, side = abs(corners).max(), (high - low).max()
    rounding = 4 * np.finfo(np.float32).eps * size
    assert len(corners) == theirs["triangles"]
    np.testing.assert_allclose([low, high], theirs["bounds"], atol=rounding)
    area = np.linalg.norm(crosses, axis=1).sum() / 2
    assert area == pytest.approx(theirs["area"], rel=1e-5 + 4 * rounding / side)
    volume = np.einsum("ij,ij->", corners[:, 0], crosses) / 6
    assert volume == pytest.approx(theirs["volume"], abs=2 * rounding * area + 1e-9)
