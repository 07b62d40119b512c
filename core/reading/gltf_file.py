"""glTF 2.0 files: the document, its buffers, and its accessors as arrays.

Source:
    Khronos, glTF 2.0 specification (2021), sections 3.6 (buffers, accessors), 4.4 (GLB);
    KHR_mesh_quantization; EXT_meshopt_compression, of which only the uncompressed copy is read.
"""

import base64
import json
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .contents import Damaged

Values = NDArray[np.float64]

_MAGIC, _JSON, _BINARY = 0x46546C67, 0x4E4F534A, 0x004E4942

_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}

_READ = ("KHR_mesh_quantization", "EXT_mesh_gpu_instancing")
"""Extensions that change triangles and are read."""

_COMPRESSIONS = ("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression")
"""Of which an uncompressed copy alone is read; a file that requires one of them has none."""

_LOOKS = ("_materials_", "_texture_", "_lights_", "_image_", "_xmp", "_animation_", "_audio")
"""In the names of extensions that say nothing of triangles."""


class GltfFile:
    """A glTF file whose accessors can be asked for.

    Args:
        content: Of the .glb or .gltf file; which one it is is seen from the content.
        path: Of the file; other files that it names lie beside it.

    Raises:
        Damaged: It is no glTF file.
        InputError: It needs an extension that is not read, or a newer or older glTF.
    """

    def __init__(self, content: bytes, path: Path) -> None:
        self._path = path
        self._binary: bytes | None = None
        if content[:4] == b"glTF":
            content, self._binary = _chunks(content)
        try:
            self.document = json.loads(content.decode("utf-8-sig"))
        except ValueError as error:
            raise Damaged(f"its JSON cannot be read: {error}") from error
        if not isinstance(self.document, dict):
            raise Damaged("its JSON is no object")
        version = str(self.document.get("asset", {}).get("version", "2.0"))
        if version.partition(".")[0] != "2":
            raise InputError(
                f"'{path}' is glTF {version}, which is not read; export it as glTF 2.0"
            )
        for name in self.document.get("extensionsRequired", []):
            if name not in _READ and not any(each in name for each in _LOOKS):
                raise self.needs(name)
        self._buffers: dict[int, bytes | None] = {}

    def needs(self, extension: str) -> InputError:
        """What is said where the file cannot be read without an extension."""
        kind = "compression" if extension in _COMPRESSIONS else "extension"
        return InputError(
            f"'{self._path}' needs the glTF {kind} '{extension}', which is not read; "
            "export it without"
        )

    def holds(self, accessor: int) -> bool:
        """Whether an accessor has data, compression aside."""
        found = self.document["accessors"][accessor]
        return "bufferView" in found or "sparse" in found

    def indices(self, accessor: int) -> NDArray[np.int64]:
        """(N,) whole numbers."""
        return self._raw(self.document["accessors"][accessor]).reshape(-1).astype(np.int64)

    def values(self, accessor: int) -> Values:
        """(N, width) in double; normalised whole numbers become numbers from -1 or 0 to 1."""
        found = self.document["accessors"][accessor]
        raw = self._raw(found)
        if not found.get("normalized") or raw.dtype.kind == "f":
            return raw.astype(np.float64)
        return np.maximum(raw / np.iinfo(raw.dtype).max, -1.0)

    def matrices(self, accessor: int) -> Values:
        """(N, 4, 4) that multiply columns; the file has them column by column."""
        return self.values(accessor).reshape(-1, 4, 4).transpose(0, 2, 1)

    def _raw(self, accessor: dict) -> np.ndarray:
        kind, width = np.dtype(_COMPONENTS[accessor["componentType"]]), _WIDTHS[accessor["type"]]
        count = int(accessor["count"])
        if "bufferView" in accessor:
            found = self._strided(accessor, kind, width, count)
        else:
            found = np.zeros((count, width), kind)
        sparse = accessor.get("sparse")
        if sparse is None:
            return found
        found = found.copy()
        places, instead = sparse["indices"], sparse["values"]
        count = int(sparse["count"])
        at = np.dtype(_COMPONENTS[places["componentType"]])
        rows = self._strided(places, at, 1, count).reshape(-1).astype(np.int64)
        found[rows] = self._strided(instead, kind, width, count)
        return found

    def _strided(self, where: dict, kind: np.dtype, width: int, count: int) -> np.ndarray:
        view = self.document["bufferViews"][where["bufferView"]]
        data = self._buffer(view)
        start = int(view.get("byteOffset", 0))
        end = start + int(view["byteLength"])
        start += int(where.get("byteOffset", 0))
        stride = int(view.get("byteStride", 0)) or kind.itemsize * width
        last = start + stride * (count - 1) + kind.itemsize * width
        if count and not 0 <= start <= last <= min(end, len(data)):
            raise Damaged(f"an accessor ends at byte {last} of a buffer that ends at {len(data)}")
        if count == 0:
            return np.zeros((0, width), kind)
        return np.ndarray((count, width), kind, data, start, (stride, kind.itemsize))

    def _buffer(self, view: dict) -> bytes:
        number = view["buffer"]
        if number not in self._buffers:
            self._buffers[number] = self._load(number)
        data = self._buffers[number]
        if data is None:
            for name in _COMPRESSIONS:
                if name in view.get("extensions", {}):
                    raise self.needs(name)
            raise Damaged(f"buffer {number} has no data")
        return data

    def _load(self, number: int) -> bytes | None:
        uri = self.document["buffers"][number].get("uri")
        if uri is None:
            return self._binary if number == 0 else None
        if uri.startswith("data:"):
            head, _, data = uri.partition(",")
            return base64.b64decode(data) if head.endswith(";base64") else unquote_to_bytes(data)
        if "://" in uri:
            raise InputError(
                f"'{self._path}' takes its triangles from '{uri}'; save it in one file, as .glb"
            )
        beside = self._path.parent / unquote(uri)
        if not beside.is_file():
            raise InputError(
                f"'{self._path}' needs the file '{beside}', which is not there; put it back, or "
                "save both in one file, as .glb"
            )
        return beside.read_bytes()


def _chunks(content: bytes) -> tuple[bytes, bytes | None]:
    """The JSON and the binary chunk of a .glb file."""
    if len(content) < 20:
        raise Damaged(f"it has {len(content)} bytes, fewer than the header of a .glb file")
    _, version, length = (int(each) for each in np.frombuffer(content, "<u4", 3))
    if version != 2:
        raise Damaged(f"it is a .glb file of version {version}, not 2")
    if length > len(content):
        raise Damaged(f"it has {len(content):,} bytes, but should have {length:,}")
    found, place = {}, 12
    while place + 8 <= length:
        size, kind = (int(each) for each in np.frombuffer(content, "<u4", 2, place))
        if place + 8 + size > length:
            raise Damaged(f"a part of it ends at byte {place + 8 + size:,} of {length:,}")
        found.setdefault(kind, content[place + 8 : place + 8 + size])
        place += 8 + size
    if _JSON not in found:
        raise Damaged("it has no JSON")
    return found[_JSON], found.get(_BINARY)
