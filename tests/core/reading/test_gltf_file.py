"""glTF's document, buffers and accessors as arrays, without any scene."""

import base64
import json
import struct
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.reading.contents import Damaged
from core.reading.gltf_file import GltfFile

MATRIX = np.arange(16, dtype=np.float32).reshape(4, 4)


def text(data: bytes, *accessors: dict, **more) -> bytes:
    """A .gltf file with one buffer, of which every accessor has a view of its own, from `at` on."""
    uri = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    views = [
        {"buffer": 0, "byteOffset": each.pop("at", 0), "byteLength": len(data) - each.get("at", 0)}
        | each.pop("view", {})
        for each in accessors
    ]
    for view in views:
        view["byteLength"] = len(data) - view["byteOffset"]
    document = {
        "asset": {"version": "2.0"},
        "buffers": [{"uri": uri, "byteLength": len(data)}],
        "bufferViews": views,
        "accessors": [{"bufferView": number} | each for number, each in enumerate(accessors)],
    }
    return json.dumps(document | more).encode()


def opened(content: bytes) -> GltfFile:
    return GltfFile(content, Path("/models/a.gltf"))


def test_numbers_are_doubles_row_by_row():
    given = np.array([[1.5, 2, 3], [-4, 0.1, 6]], np.float32)
    file = opened(text(given.tobytes(), {"componentType": 5126, "type": "VEC3", "count": 2}))
    found = file.values(0)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, given)


def test_matrices_that_lie_column_by_column_are_turned():
    accessor = {"componentType": 5126, "type": "MAT4", "count": 1}
    (found,) = opened(text(MATRIX.tobytes(), accessor)).matrices(0)
    np.testing.assert_array_equal(found, MATRIX.T)


@pytest.mark.parametrize(("kind", "code"), [("u1", 5121), ("<u2", 5123), ("<u4", 5125)])
def test_indices_are_whole_numbers_of_any_width(kind, code):
    data = np.array([7, 0, 200], kind).tobytes()
    found = opened(text(data, {"componentType": code, "type": "SCALAR", "count": 3})).indices(0)
    assert found.tolist() == [7, 0, 200]
    assert found.dtype == np.int64


def test_an_accessor_of_nothing_is_empty():
    file = opened(text(b"\0" * 4, {"componentType": 5126, "type": "VEC3", "count": 0}))
    assert file.values(0).shape == (0, 3)


def test_an_accessor_holds_data_where_it_has_a_view_or_replaces_zeros():
    document = {"asset": {"version": "2.0"}, "accessors": [{}, {"sparse": {}}, {"bufferView": 0}]}
    file = opened(json.dumps(document).encode())
    assert [file.holds(number) for number in range(3)] == [False, True, True]


@pytest.mark.parametrize("count", [4, 1 << 40])
def test_an_accessor_beyond_its_buffer_is_damaged(count):
    data = np.zeros(9, np.float32).tobytes()
    file = opened(text(data, {"componentType": 5126, "type": "VEC3", "count": count}))
    with pytest.raises(Damaged, match=r"an accessor ends at byte \d+ of a buffer that ends at 36"):
        file.values(0)


def chunk(kind: int, data: bytes) -> bytes:
    return struct.pack("<II", len(data), kind) + data


def glb(*chunks: bytes, version: int = 2, more: int = 0) -> bytes:
    body = b"".join(chunks)
    return b"glTF" + struct.pack("<II", version, 12 + len(body) + more) + body


JSON = chunk(0x4E4F534A, b'{"asset": {"version": "2.0"}, "buffers": [{"byteLength": 4}]} ')


def test_a_glb_file_has_its_first_buffer_in_itself():
    accessor = {"componentType": 5121, "type": "SCALAR", "count": 4}
    document = json.loads(text(b"", accessor)) | {"buffers": [{"byteLength": 4}]}
    document["bufferViews"][0]["byteLength"] = 4
    content = glb(chunk(0x4E4F534A, json.dumps(document).encode()), chunk(0x004E4942, b"\1\2\3\4"))
    assert opened(content).indices(0).tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"glTF", "it has 4 bytes, fewer than the header"),
        (glb(JSON, version=1), "of version 1, not 2"),
        (glb(JSON, more=1), "bytes, but should have"),
        (glb(JSON[:-1]), "a part of it ends at byte"),
        (glb(chunk(0x004E4942, b"12345678")), "it has no JSON"),
        (b"{", "its JSON cannot be read"),
        (b"[]", "its JSON is no object"),
    ],
)
def test_what_is_no_gltf_file_says_where(content, why):
    with pytest.raises(Damaged, match=why):
        opened(content)


def test_another_version_and_an_extension_that_is_not_read_are_refused():
    with pytest.raises(InputError, match=r"'/models/a.gltf' is glTF 1.0, which is not read"):
        opened(b'{"asset": {"version": "1.0"}}')
    asking = '{"asset": {"version": "2.1"}, "extensionsRequired": ["%s"]}'
    with pytest.raises(InputError, match="needs the glTF compression 'KHR_draco_mesh_compr"):
        opened((asking % "KHR_draco_mesh_compression").encode())
    with pytest.raises(InputError, match="needs the glTF extension 'KHR_new', which is not read"):
        opened((asking % "KHR_new").encode())
    assert opened((asking % "KHR_materials_unlit").encode()).document["asset"] == {"version": "2.1"}


def test_what_lies_elsewhere_is_looked_for_beside_the_file_alone(tmp_path):
    accessor = {"componentType": 5121, "type": "SCALAR", "count": 2}
    document = json.loads(text(b"\1\2", accessor))

    def indices(uri):
        document["buffers"][0]["uri"] = uri
        return GltfFile(json.dumps(document).encode(), tmp_path / "a.gltf").indices(0)

    (tmp_path / "a b.bin").write_bytes(b"\5\6")
    assert indices("a%20b.bin").tolist() == [5, 6]
    with pytest.raises(InputError, match="which is not there; put it back"):
        indices("gone.bin")
    with pytest.raises(InputError, match="takes its triangles from 'https://example"):
        indices("https://example.org/a.bin")
