"""glTF: what the specification says of nodes, accessors, skins and modes, on files made by hand."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.reading.contents import Damaged
from core.reading.gltf import read_gltf

QUAD = np.float32([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
TWO = np.uint16([0, 1, 2, 0, 2, 3])
ONE_NODE = {"scene": 0, "scenes": [{"nodes": [0]}]}


def read(path):
    found = read_gltf(path.read_bytes(), path)
    return found.vertices + found.origin, found.faces, found.warnings


def mesh(*primitives, **more):
    return {"meshes": [{"primitives": list(primitives), **more}]}


def quad(glb, **more):
    """A primitive of two triangles."""
    attributes = {"POSITION": glb.accessor(QUAD)}
    return {"attributes": attributes, "indices": glb.accessor(TWO)} | more


def positions_of(glb, values, **more):
    return {"attributes": {"POSITION": glb.accessor(values, **more)}}


@pytest.mark.parametrize("kind", ["u1", "u2", "u4"])
def test_indices_of_every_width_are_read(glb, tmp_path, kind):
    part = quad(glb) | {"indices": glb.accessor(TWO.astype(kind))}
    vertices, faces, warnings = read(
        glb.write(tmp_path / "a.glb", **ONE_NODE, nodes=[{"mesh": 0}], **mesh(part))
    )
    assert np.array_equal(vertices, QUAD)
    assert faces.tolist() == [[0, 1, 2], [0, 2, 3]]
    assert warnings == ()


@pytest.mark.parametrize(
    ("kind", "largest"), [("i1", 127), ("u1", 255), ("i2", 32767), ("u2", 65535)]
)
@pytest.mark.parametrize("normalized", [True, False])
def test_whole_numbers_are_read_and_normalised_ones_end_at_one(
    glb, tmp_path, kind, largest, normalized
):
    lowest = np.iinfo(kind).min
    given = np.array([[0, 0, 0], [largest, 0, 1], [0, largest, lowest]], kind)
    part = positions_of(glb, given, normalized=normalized)
    vertices, _, _ = read(
        glb.write(
            tmp_path / "a.glb",
            **ONE_NODE,
            nodes=[{"mesh": 0}],
            extensionsRequired=["KHR_mesh_quantization"],
            **mesh(part),
        )
    )
    expected = np.maximum(given / largest, -1) if normalized else given
    np.testing.assert_array_equal(vertices, expected)


def test_numbers_that_lie_apart_in_the_buffer_are_read(glb, tmp_path):
    rows = np.zeros(4, [("position", "<i2", 3), ("padding", "<i2"), ("other", "<f4")])
    rows["position"], rows["other"] = QUAD * 9, np.nan
    part = quad(glb) | positions_of(glb, np.int16([[0, 0, 0]] * 4))
    found = glb.document["accessors"][part["attributes"]["POSITION"]]
    found["bufferView"] = glb.view(b"\7" * 12 + rows.tobytes())
    found["byteOffset"] = 4
    view = glb.document["bufferViews"][found["bufferView"]]
    view.update(byteStride=12, byteOffset=view["byteOffset"] + 8, byteLength=4 + rows.nbytes)
    part["indices"] = glb.accessor(TWO)
    vertices, _, _ = read(
        glb.write(tmp_path / "a.glb", **ONE_NODE, nodes=[{"mesh": 0}], **mesh(part))
    )
    assert np.array_equal(vertices, QUAD * 9)


@pytest.mark.parametrize("is_based", [True, False])
def test_sparse_numbers_replace_those_of_the_accessor_or_zeros(glb, tmp_path, is_based):
    part = quad(glb)
    found = glb.document["accessors"][part["attributes"]["POSITION"]]
    if not is_based:
        del found["bufferView"]
    new = np.float32([[5, 6, 7], [8, 9, 10]])
    found["sparse"] = {
        "count": 2,
        "indices": {"bufferView": glb.view(np.uint16([1, 3]).tobytes()), "componentType": 5123},
        "values": {"bufferView": glb.view(new.tobytes())},
    }
    vertices, _, _ = read(
        glb.write(tmp_path / "a.glb", **ONE_NODE, nodes=[{"mesh": 0}], **mesh(part))
    )
    expected = QUAD.copy() if is_based else np.zeros_like(QUAD)
    expected[[1, 3]] = new
    assert np.array_equal(vertices, expected)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (4, [[0, 1, 2]]),
        (5, [[0, 1, 2], [1, 3, 2]]),
        (6, [[0, 1, 2], [0, 2, 3]]),
    ],
)
@pytest.mark.parametrize("indexed", [True, False])
def test_triangles_strips_and_fans_are_read(glb, tmp_path, mode, expected, indexed):
    part = positions_of(glb, QUAD) | {"mode": mode}
    if indexed:
        part["indices"] = glb.accessor(np.uint8([0, 1, 2, 3]))
    _, faces, _ = read(glb.write(tmp_path / "a.glb", **ONE_NODE, nodes=[{"mesh": 0}], **mesh(part)))
    assert faces.tolist() == expected


def test_points_alone_are_points_with_their_normals_turned(glb, tmp_path):
    part = positions_of(glb, QUAD) | {"mode": 0}
    part["attributes"]["NORMAL"] = glb.accessor(np.float32([[0, 1, 0]] * 4))
    turn = [0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)]  # a quarter about Z
    nodes = [{"mesh": 0, "rotation": turn, "scale": [2, 2, 2]}]
    path = glb.write(tmp_path / "a.glb", **ONE_NODE, nodes=nodes, **mesh(part))
    found = read_gltf(path.read_bytes(), path)
    assert len(found.faces) == 0
    np.testing.assert_allclose(found.vertices, 2 * QUAD[:, [1, 0, 2]] * [-1, 1, 1], atol=1e-15)
    lengths = np.linalg.norm(found.normals, axis=1, keepdims=True)
    np.testing.assert_allclose(found.normals / lengths, [[-1, 0, 0]] * 4, atol=1e-15)


def test_parts_that_are_no_surface_are_left_out_with_a_word(glb, tmp_path):
    normals = {"attributes": {"NORMAL": glb.accessor(QUAD)}}
    points = positions_of(glb, QUAD) | {"mode": 0}
    lines = positions_of(glb, QUAD) | {"mode": 3}
    path = glb.write(
        tmp_path / "a.glb",
        **ONE_NODE,
        nodes=[{"mesh": 0}],
        **mesh(normals, points, lines, quad(glb)),
    )
    vertices, faces, warnings = read(path)
    assert np.array_equal(vertices, QUAD)
    assert len(faces) == 2
    assert warnings == (
        "a part of the file without positions was left out",
        "lines of the file were left out",
        "points beside the triangles of the file were left out",
    )


def matrix_of(move, size):
    """Column by column, as the format has them."""
    return np.block([[np.diag(size), np.array(move)[:, None]], [0, 0, 0, 1]]).T.ravel().tolist()


def test_nodes_add_up(glb, tmp_path):
    nodes = [
        {"children": [1, 2], "translation": [10, 0, 0], "scale": [2, 2, 2]},
        {"mesh": 0, "matrix": matrix_of([0, 1, 0], [1, 3, 1])},
        {"mesh": 0, "rotation": [0, 1, 0, 0]},
        {"mesh": 0},
    ]
    path = glb.write(tmp_path / "a.glb", **ONE_NODE, nodes=nodes, **mesh(quad(glb)))
    vertices, faces, _ = read(path)
    assert len(faces) == 4
    np.testing.assert_allclose(vertices[:4], QUAD * [2, 6, 2] + [10, 2, 0])
    np.testing.assert_allclose(vertices[4:], QUAD * [-2, 2, -2] + [10, 0, 0])


def test_a_node_that_mirrors_turns_the_triangles_round(glb, tmp_path):
    nodes = [{"mesh": 0, "scale": [1, 1, -1]}]
    path = glb.write(tmp_path / "a.glb", **ONE_NODE, nodes=nodes, **mesh(quad(glb)))
    assert read(path)[1].tolist() == [[2, 1, 0], [3, 2, 0]]


@pytest.mark.parametrize(
    "parts",
    [
        {"nodes": [{"children": [1]}, {"mesh": 0}]},
        {"nodes": [{"children": [1]}, {"mesh": 0}], "scenes": [{"nodes": [0]}]},
        {},
    ],
)
def test_a_file_that_names_no_scene_shows_all_it_has(glb, tmp_path, parts):
    vertices, _, _ = read(glb.write(tmp_path / "a.glb", **parts, **mesh(quad(glb))))
    assert np.array_equal(vertices, QUAD)


def test_of_several_scenes_the_one_it_opens_with_is_read(glb, tmp_path):
    path = glb.write(
        tmp_path / "a.glb",
        scene=1,
        scenes=[{"nodes": [0]}, {"nodes": [1]}],
        nodes=[{"mesh": 0}, {"mesh": 0, "translation": [3, 0, 0]}],
        **mesh(quad(glb)),
    )
    vertices, _, warnings = read(path)
    assert np.array_equal(vertices, QUAD + [3, 0, 0])
    assert warnings == ("of the 2 scenes of the file the one that it opens with was read",)


def test_morph_targets_have_the_weights_of_the_mesh_or_the_node(glb, tmp_path):
    targets = [{"POSITION": glb.accessor(QUAD)}, {"NORMAL": 0}, {"POSITION": glb.accessor(QUAD)}]
    part = quad(glb, targets=targets)
    nodes = [{"mesh": 0}, {"mesh": 0, "weights": [0, 0, 3]}]
    scenes = [{"nodes": [0, 1]}]
    weighed = mesh(part, weights=[0.5, 1, 0])
    vertices, _, _ = read(glb.write(tmp_path / "a.glb", scenes=scenes, nodes=nodes, **weighed))
    np.testing.assert_allclose(vertices, np.concatenate([QUAD * 1.5, QUAD * 4]))


def test_instances_are_repeated(glb, tmp_path):
    attributes = {
        "TRANSLATION": glb.accessor(np.float32([[0, 0, 0], [5, 0, 0]])),
        "SCALE": glb.accessor(np.float32([[1, 1, 1], [2, 1, 1]])),
        "ROTATION": glb.accessor(np.int16([[0, 0, 0, 32767], [0, 32767, 0, 0]]), normalized=True),
    }
    extensions = {"EXT_mesh_gpu_instancing": {"attributes": attributes}}
    path = glb.write(
        tmp_path / "a.glb",
        **ONE_NODE,
        nodes=[{"mesh": 0, "extensions": extensions, "translation": [0, 7, 0]}],
        extensionsRequired=["EXT_mesh_gpu_instancing"],
        **mesh(quad(glb)),
    )
    vertices, faces, _ = read(path)
    assert len(faces) == 4
    np.testing.assert_allclose(vertices[:4], QUAD + [0, 7, 0])
    np.testing.assert_allclose(vertices[4:], QUAD * [-2, 1, -1] + [5, 7, 0], atol=1e-15)


def skinned(glb, weights, **skin):
    part = quad(glb)
    joints = np.uint8([[0, 1, 0, 0]] * 4)
    part["attributes"] |= {
        "JOINTS_0": glb.accessor(joints),
        "WEIGHTS_0": glb.accessor(np.float32([[*weights, 0, 0]] * 4)),
    }
    nodes = [
        {"mesh": 0, "skin": 0, "translation": [99, 0, 0], "scale": [50, 50, 50]},
        {"translation": [0, 0, 4], "children": [2]},
        {"translation": [2, 0, 0]},
    ]
    skins = [{"joints": [1, 2], **skin}]
    return {"scenes": [{"nodes": [0, 1]}], "nodes": nodes, "skins": skins} | mesh(part)


def test_a_skinned_mesh_goes_with_its_joints_and_not_with_its_node(glb, tmp_path):
    path = glb.write(tmp_path / "a.glb", **skinned(glb, (0.25, 0.75)))
    np.testing.assert_allclose(read(path)[0], QUAD + [1.5, 0, 4])


def test_a_joint_moves_what_it_has_moved_from_its_bind_pose(glb, tmp_path):
    back = np.float32([matrix_of([0, 0, -4], [1, 1, 1]), matrix_of([-1, 0, -4], [1, 1, 1])])
    path = glb.write(
        tmp_path / "a.glb", **skinned(glb, (0, 1), inverseBindMatrices=glb.accessor(back))
    )
    np.testing.assert_allclose(read(path)[0], QUAD + [1, 0, 0])


def test_a_mesh_whose_node_is_far_away_keeps_its_vertices_to_the_bit(glb, tmp_path):
    given = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32) ** 5
    place = [1e7 / 3, -5e6 / 7, 1e6 / 9]
    path = glb.write(
        tmp_path / "a.glb",
        **ONE_NODE,
        nodes=[{"mesh": 0, "translation": place}],
        **mesh(positions_of(glb, given)),
    )
    found = read_gltf(path.read_bytes(), path)
    assert np.array_equal(found.vertices, given)
    assert found.origin.tolist() == place


@pytest.mark.parametrize("how", ["beside", "base64", "percent"])
def test_buffers_may_lie_in_files_of_their_own_or_in_the_text(glb, tmp_path, how):
    document = glb.document | ONE_NODE | {"nodes": [{"mesh": 0}]} | mesh(quad(glb))
    (tmp_path / "my data.bin").write_bytes(glb.binary)
    head = "data:application/octet-stream"
    uri = {
        "beside": "my%20data.bin",
        "base64": f"{head};base64," + base64.b64encode(glb.binary).decode(),
        "percent": f"{head}," + "".join(f"%{each:02x}" for each in glb.binary),
    }[how]
    document["buffers"] = [{"uri": uri, "byteLength": len(glb.binary)}]
    (tmp_path / "a.gltf").write_bytes(b"\xef\xbb\xbf" + json.dumps(document).encode())
    assert np.array_equal(read(tmp_path / "a.gltf")[0], QUAD)


def test_a_file_that_is_not_there_is_named(glb, tmp_path):
    uris = {
        "gone.bin": "needs the file '.*gone.bin', which is not there",
        "http://a/b": "http://a/b",
    }
    for uri, sentence in uris.items():
        document = glb.document | ONE_NODE | {"nodes": [{"mesh": 0}]} | mesh(quad(glb))
        document["buffers"] = [{"uri": uri, "byteLength": len(glb.binary)}]
        (tmp_path / "a.gltf").write_text(json.dumps(document))
        with pytest.raises(InputError, match=sentence):
            read(tmp_path / "a.gltf")


COMPRESSIONS = ["KHR_draco_mesh_compression", "EXT_meshopt_compression"]


@pytest.mark.parametrize("name", [*COMPRESSIONS, "KHR_meshopt_compression", "XYZ_curved_space"])
def test_a_required_extension_that_is_not_read_is_named_before_all_else(glb, tmp_path, name):
    path = glb.write(tmp_path / "a.glb", extensionsRequired=["KHR_materials_unlit", name])
    with pytest.raises(InputError, match=rf"needs the glTF \w+ '{name}', which .* without") as said:
        read(path)
    assert "\n" not in str(said.value)


@pytest.mark.parametrize("name", ["KHR_materials_unlit", "KHR_texture_transform"])
def test_required_extensions_that_say_nothing_of_triangles_are_no_hindrance(glb, tmp_path, name):
    parts = {"extensionsRequired": [name], "nodes": [{"mesh": 0}]}
    assert len(read(glb.write(tmp_path / "a.glb", **parts, **mesh(quad(glb))))[1]) == 2


@pytest.mark.parametrize("has_copy", [True, False])
@pytest.mark.parametrize("name", COMPRESSIONS)
def test_of_compressed_meshes_the_uncompressed_copy_is_read(glb, tmp_path, name, has_copy):
    part = quad(glb)
    if name == COMPRESSIONS[0]:
        part["extensions"] = {name: {"bufferView": 0, "attributes": {"POSITION": 0}}}
        if not has_copy:
            for each in glb.document["accessors"]:
                del each["bufferView"]
    else:
        for each in glb.document["bufferViews"]:
            each["extensions"] = {name: {"buffer": 0}}
            each["buffer"] = 0 if has_copy else 1
    path = glb.write(
        tmp_path / "a.glb",
        buffers=[{"byteLength": len(glb.binary)}, {"byteLength": 999}],
        extensionsUsed=[name],
        nodes=[{"mesh": 0}],
        **mesh(part),
    )
    if has_copy:
        assert np.array_equal(read(path)[0], QUAD)
        return
    with pytest.raises(InputError, match=f"'{name}', which is not read"):
        read(path)


def test_an_old_file_is_told_from_a_damaged_one(glb, tmp_path):
    path = glb.write(tmp_path / "a.glb", asset={"version": "1.0"})
    with pytest.raises(InputError, match=r"is glTF 1\.0, which is not read; export it as glTF 2"):
        read(path)


def nested(depth):
    return [{"children": [each + 1]} for each in range(depth)] + [{"mesh": 0}]


def test_deep_trees_are_read_and_circles_are_refused(glb, tmp_path):
    path = glb.write(tmp_path / "a.glb", **ONE_NODE, nodes=nested(3000), **mesh(quad(glb)))
    assert len(read(path)[1]) == 2
    nodes = [{"children": [1]}, {"children": [0]}]
    with pytest.raises(Damaged, match="a node of it is its own ancestor"):
        read(glb.write(tmp_path / "b.glb", **ONE_NODE, nodes=nodes))


def test_what_does_not_keep_to_the_format_is_said(glb, tmp_path):
    part = quad(glb)
    one = {"nodes": [{"mesh": 0}]}
    glb.document["accessors"][0]["count"] = 9
    with pytest.raises(Damaged, match="an accessor ends at byte"):
        read(glb.write(tmp_path / "a.glb", **one, **mesh(part)))
    glb.document["accessors"][0]["count"] = 3
    with pytest.raises(Damaged, match="names vertex 3, counted from 0, but there are 3"):
        read(glb.write(tmp_path / "a.glb", **one, **mesh(part)))
    glb.document["bufferViews"][0]["buffer"] = 1
    path = glb.write(tmp_path / "a.glb", buffers=[{}, {}], **one, **mesh(part))
    with pytest.raises(Damaged, match="buffer 1 has no data"):
        read(path)
    glb.document["bufferViews"][0]["buffer"] = 0
    path = glb.write(tmp_path / "b.glb", **skinned(glb, (0, 0)))
    with pytest.raises(Damaged, match="belongs to no joint"):
        read(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "its JSON cannot be read"),
        (b"[]", "its JSON is no object"),
        (b"glTF\2\0\0\0", "it has 8 bytes, fewer than the header"),
        (b"glTF" + np.uint32([1, 20, 0, 0]).tobytes(), "a .glb file of version 1, not 2"),
        (b"glTF" + np.uint32([2, 21, 0, 0]).tobytes(), "it has 20 bytes, but should have 21"),
        (b"glTF" + np.uint32([2, 20, 8, 0]).tobytes(), "a part of it ends at byte 28 of 20"),
        (b"glTF" + np.uint32([2, 20, 0, 0]).tobytes(), "it has no JSON"),
    ],
)
def test_what_is_no_gltf_is_said(content, sentence):
    with pytest.raises(Damaged, match=sentence):
        read_gltf(content, Path("a.glb"))
