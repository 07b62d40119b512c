"""Meshes as files other programs read: .glb, .obj, .ply and .stl, written whole or not at all.

Coordinates are written as they are given; whoever wants a format's own axes turns the mesh
before (`frames.gltf_from_scene` for .glb). Where vertices are given in double as well, .obj and
.ply hold these, and .glb float32 ones about a node that stands where their origin is.
"""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, remedy_of
from ..meshes import ExactVertices, TriangleMesh
from .names import check_name, unfinished_path

Normals = NDArray[np.float32]
Values = NDArray[np.float32]

_GLB_MAGIC, _GLB_JSON, _GLB_BINARY = 0x46546C67, 0x4E4F534A, 0x004E4942
_FLOAT32, _UINT32 = 5126, 5125
_VERTEX_BUFFER, _INDEX_BUFFER = 34962, 34963


def check_mesh_path(path: Path) -> None:
    """Find out, before any work is done, whether a mesh can be written there.

    Raises:
        InputError: The suffix names no known format, the name is too long for the file
            system, the path is a folder, or its folder does not exist or may not be written to.
    """
    if path.suffix.lower() not in _WRITERS:
        raise InputError(
            f"the output '{path.name}' has the unknown suffix '{path.suffix}'; "
            f"choose one of {', '.join(_WRITERS)}"
        )
    check_name(path)
    # unlike Path's, `isdir` is false for a path that is too long
    if os.path.isdir(path):
        raise InputError(f"the output '{path}' is a folder; name a file in it")
    if not os.path.isdir(path.parent):
        raise InputError(f"there is no folder '{path.parent}' to write to; make it first")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise InputError(
            f"the folder '{path.parent}' cannot be written to ({error.strerror}); choose another"
        ) from error


def write_mesh(
    path: Path,
    mesh: TriangleMesh,
    normals: Normals,
    values: Mapping[str, Values] | None = None,
    exact: ExactVertices | None = None,
) -> None:
    """Write a mesh in the format that the suffix names, whole or not at all.

    Args:
        path: Ends in .glb, .obj, .ply or .stl; what was there is replaced only at the end.
        mesh: Written as it is.
        normals: (V, 3) unit vertex normals, for smooth shading; .stl has no place for them.
        values: (V,) more numbers per vertex, by name; .glb and .ply alone have a place for them,
            the former under the name in capitals after an underscore.
        exact: The mesh's vertices in double, where float32 does not hold them; the mesh's own
            are then about its origin.

    Raises:
        InputError: As `check_mesh_path` says, or the disk is full.
    """
    check_mesh_path(path)
    normals = np.ascontiguousarray(normals, np.float32)
    content = _WRITERS[path.suffix.lower()](mesh, normals, values or {}, exact)
    unfinished = unfinished_path(path)
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as error:
        raise InputError(
            f"'{path}' cannot be written ({error.strerror}); free some space or choose another "
            "file",
            remedy=remedy_of(error),
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def _glb(
    mesh: TriangleMesh,
    normals: Normals,
    values: Mapping[str, Values],
    exact: ExactVertices | None,
) -> bytes:
    """glTF 2.0 binary (Khronos, 2021, section 4.4): one mesh with positions, normals, indices."""
    parts = [mesh.vertices.tobytes(), normals.tobytes(), mesh.faces.astype("<u4").tobytes()]
    parts += [np.ascontiguousarray(each, "<f4").tobytes() for each in values.values()]
    attributes = {"POSITION": 0, "NORMAL": 1}
    attributes |= {f"_{name.upper()}": 3 + number for number, name in enumerate(values)}
    starts = np.cumsum([0, *map(len, parts)])
    low, high = mesh.bounds.tolist()
    node: dict[str, object] = {"mesh": 0, "name": "Isoform"}
    if exact is not None and exact.origin.any():
        node["translation"] = exact.origin.tolist()
    document = {
        "asset": {"version": "2.0", "generator": "Isoform"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [node],
        "meshes": [
            {
                "name": "Isoform",
                "primitives": [{"attributes": attributes, "indices": 2, "mode": 4}],
            }
        ],
        "accessors": [
            _accessor(0, len(mesh.vertices), "VEC3", _FLOAT32) | {"min": low, "max": high},
            _accessor(1, len(mesh.vertices), "VEC3", _FLOAT32),
            _accessor(2, mesh.faces.size, "SCALAR", _UINT32),
            *(_accessor(3 + n, len(mesh.vertices), "SCALAR", _FLOAT32) for n in range(len(values))),
        ],
        "bufferViews": [
            {
                "buffer": 0,
                "byteOffset": int(start),
                "byteLength": len(part),
                "target": _INDEX_BUFFER if number == 2 else _VERTEX_BUFFER,
            }
            for number, (start, part) in enumerate(zip(starts, parts, strict=False))
        ],
        "buffers": [{"byteLength": int(starts[-1])}],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary = b"".join(parts)
    header = np.array([_GLB_MAGIC, 2, 12 + 8 + len(text) + 8 + len(binary)], "<u4")
    return b"".join(
        [
            header.tobytes(),
            np.array([len(text), _GLB_JSON], "<u4").tobytes(),
            text,
            np.array([len(binary), _GLB_BINARY], "<u4").tobytes(),
            binary,
        ]
    )


def _accessor(view: int, count: int, shape: str, component: int) -> dict[str, object]:
    return {"bufferView": view, "componentType": component, "count": count, "type": shape}


def _obj(
    mesh: TriangleMesh,
    normals: Normals,
    values: Mapping[str, Values],
    exact: ExactVertices | None,
) -> bytes:
    lines = ["o Isoform"]
    if exact is None:
        lines += ["v {:.9g} {:.9g} {:.9g}".format(*vertex) for vertex in mesh.vertices.tolist()]
    else:  # the shortest text that gives the same double again
        lines += ["v {!r} {!r} {!r}".format(*vertex) for vertex in exact.absolute.tolist()]
    lines += ["vn {:.6g} {:.6g} {:.6g}".format(*normal) for normal in normals.tolist()]
    lines += ["s 1"]
    lines += [f"f {a}//{a} {b}//{b} {c}//{c}" for a, b, c in (mesh.faces + 1).tolist()]
    return ("\n".join(lines) + "\n").encode()


def _ply(
    mesh: TriangleMesh,
    normals: Normals,
    values: Mapping[str, Values],
    exact: ExactVertices | None,
) -> bytes:
    kind, positions = "float", mesh.vertices.astype("<f4")
    if exact is not None:
        kind, positions = "double", exact.absolute.astype("<f8")
    header = (
        "ply\nformat binary_little_endian 1.0\n"
        f"element vertex {len(mesh.vertices)}\n"
        + "".join(f"property {kind} {name}\n" for name in ("x", "y", "z"))
        + "".join(f"property float {name}\n" for name in ("nx", "ny", "nz", *values))
        + f"element face {len(mesh.faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    faces = np.zeros(len(mesh.faces), [("count", "u1"), ("corners", "<i4", 3)])
    faces["count"], faces["corners"] = 3, mesh.faces
    columns = [each[:, None] for each in values.values()]
    others = np.hstack([normals, *columns]).astype("<f4")
    vertices = np.zeros(
        len(positions), [("position", positions.dtype, 3), ("others", "<f4", others.shape[1])]
    )
    vertices["position"], vertices["others"] = positions, others
    return header.encode() + vertices.tobytes() + faces.tobytes()


def _stl(
    mesh: TriangleMesh,
    normals: Normals,
    values: Mapping[str, Values],
    exact: ExactVertices | None,
) -> bytes:
    corners = mesh.corners
    crossed = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(crossed, axis=1, keepdims=True)
    facets = np.zeros(
        len(corners), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")]
    )
    facets["normal"] = np.divide(crossed, length, out=np.zeros_like(crossed), where=length > 0)
    facets["corners"] = corners if exact is None else exact.absolute[mesh.faces]
    return b"Isoform".ljust(80) + np.uint32(len(facets)).tobytes() + facets.tobytes()


_Writer = Callable[[TriangleMesh, Normals, Mapping[str, Values], ExactVertices | None], bytes]

_WRITERS: dict[str, _Writer] = {
    ".glb": _glb,
    ".obj": _obj,
    ".ply": _ply,
    ".stl": _stl,
}
