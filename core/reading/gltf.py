"""glTF: all meshes of the scene, where their nodes put them, as one.

Morph targets have their default weights, skins the pose in which the file has their joints,
and instances are repeated. Places are added up about the first mesh's own, in double, so that
one whose node stands far from the origin keeps its vertices to the bit.

Our own reader: that of trimesh knows no normalised numbers, sparse accessors, skins, morph
targets, instances, fans and files without a scene; pygltflib has the document alone, and none
of these either.

Source:
    Khronos, glTF 2.0 specification (2021), sections 3.5 (scenes), 3.7 (meshes, skins, morph
    targets); EXT_mesh_gpu_instancing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .contents import Contents, Damaged, Indices, Positions
from .gltf_file import GltfFile
from .polygons import triangles_of, triangles_of_strip

Matrix = NDArray[np.float64]
Weights = NDArray[np.float64]

_POINTS, _TRIANGLES, _STRIP, _FAN = 0, 4, 5, 6
_INSTANCING = "EXT_mesh_gpu_instancing"
_DRACO = "KHR_draco_mesh_compression"


@dataclass(frozen=True, eq=False)
class _Placed:
    """A primitive where a node puts it."""

    vertices: Positions
    faces: Indices
    normals: Positions | None
    is_points: bool


def read_gltf(content: bytes, path: Path) -> Contents:
    """The vertices and triangles of a scene, Y up, or its points where it has no triangles.

    Args:
        content: Of the whole .glb or .gltf file.
        path: Its own; files that it names lie beside it.

    Raises:
        Damaged: It does not keep to the format.
        InputError: It needs an extension or a file that is not there.
    """
    scene = _Scene(GltfFile(content, path))
    placed = list(scene.placed())
    solid = [each for each in placed if not each.is_points]
    if solid and len(solid) < len(placed):
        scene.say("points beside the triangles of the file were left out")
    if not any(len(each.faces) for each in solid):
        solid = [each for each in placed if each.is_points]
    chosen = solid or [_Placed(np.zeros((0, 3)), np.zeros((0, 3), np.int64), None, False)]
    starts = np.cumsum([0, *(len(each.vertices) for each in chosen)])
    normals = [each.normals for each in chosen if each.normals is not None]
    return Contents(
        np.concatenate([each.vertices for each in chosen]),
        np.concatenate([each.faces + n for each, n in zip(chosen, starts, strict=False)]),
        np.concatenate(normals) if len(normals) == len(chosen) else None,
        scene.origin,
        is_single=True,
        warnings=tuple(scene.warnings),
    )


class _Scene:
    """The nodes of a file, and what hangs on them."""

    def __init__(self, file: GltfFile) -> None:
        self._file = file
        self._meshes = file.document.get("meshes", [])
        everything = [{"mesh": number} for number in range(len(self._meshes))]
        self._nodes = file.document.get("nodes") or everything
        self.warnings: list[str] = []
        self._global = self._globals()
        self._shown = self._in_scene()
        with_mesh = [each for each in self._shown if "mesh" in self._nodes[each]]
        first = self._global[with_mesh[0]] if with_mesh else np.eye(4)
        self.origin = first[:3, 3].copy()

    def say(self, warning: str) -> None:
        """Remember a warning, once."""
        if warning not in self.warnings:
            self.warnings.append(warning)

    def placed(self) -> Iterator[_Placed]:
        """All primitives with triangles or points, about `origin`."""
        for number in self._shown:
            node = self._nodes[number]
            if "mesh" not in node:
                continue
            mesh = self._meshes[node["mesh"]]
            weights = np.array(node.get("weights", mesh.get("weights", [])), np.float64)
            matrices = self._instances(node, self._global[number])
            for primitive in mesh["primitives"]:
                yield from self._primitive(primitive, weights, node.get("skin"), matrices)

    def _globals(self) -> list[Matrix]:
        """Of every node the matrix from its own frame to the scene's."""
        parent = {}
        for number, node in enumerate(self._nodes):
            for child in node.get("children", []):
                parent[child] = number
        found: dict[int, Matrix] = {}
        for number in range(len(self._nodes)):
            way = [number]
            while way[-1] in parent and way[-1] not in found:
                way.append(parent[way[-1]])
                if len(way) > len(self._nodes):
                    raise Damaged("a node of it is its own ancestor")
            for each in reversed(way):
                if each not in found:
                    own = _local(self._nodes[each])
                    found[each] = found[parent[each]] @ own if each in parent else own
        return [found[number] for number in range(len(self._nodes))]

    def _in_scene(self) -> list[int]:
        """Numbers of the nodes that are shown, parents first."""
        scenes = self._file.document.get("scenes", [])
        if scenes:
            roots = scenes[self._file.document.get("scene", 0)].get("nodes", [])
        else:
            children = {each for node in self._nodes for each in node.get("children", [])}
            roots = [each for each in range(len(self._nodes)) if each not in children]
        left, shown = list(reversed(roots)), []
        while left:
            number = left.pop()
            shown.append(number)
            left += reversed(self._nodes[number].get("children", []))
        if len(scenes) > 1:
            self.say(f"of the {len(scenes)} scenes of the file the one that it opens with was read")
        return shown

    def _instances(self, node: dict, matrix: Matrix) -> list[Matrix]:
        """Where a node's mesh stands: once, or at every one of its instances."""
        attributes = node.get("extensions", {}).get(_INSTANCING, {}).get("attributes")
        if not attributes:
            return [matrix]
        found = {name: self._file.values(each) for name, each in attributes.items()}
        count = len(next(iter(found.values())))
        moves = found.get("TRANSLATION", np.zeros((count, 3)))
        turns = found.get("ROTATION", np.tile([0.0, 0.0, 0.0, 1.0], (count, 1)))
        sizes = found.get("SCALE", np.ones((count, 3)))
        parts = zip(moves, turns, sizes, strict=True)
        return [matrix @ _composed(move, turn, size) for move, turn, size in parts]

    def _primitive(
        self,
        primitive: dict,
        weights: NDArray[np.float64],
        skin: int | None,
        matrices: list[Matrix],
    ) -> Iterator[_Placed]:
        mode = primitive.get("mode", _TRIANGLES)
        attributes = primitive.get("attributes", {})
        if "POSITION" not in attributes:
            self.say("a part of the file without positions was left out")
            return
        if mode not in (_POINTS, _TRIANGLES, _STRIP, _FAN):
            self.say("lines of the file were left out")
            return
        if _DRACO in primitive.get("extensions", {}) and not self._file.holds(
            attributes["POSITION"]
        ):
            raise self._file.needs(_DRACO)
        vertices = self._file.values(attributes["POSITION"])
        for target, weight in zip(primitive.get("targets", []), weights, strict=False):
            if weight and "POSITION" in target:
                vertices = vertices + weight * self._file.values(target["POSITION"])
        order = np.arange(len(vertices))
        if "indices" in primitive:
            order = self._file.indices(primitive["indices"])
        faces = _triangles(mode, order, vertices)
        normals = None
        if mode == _POINTS and "NORMAL" in attributes:
            normals = self._file.values(attributes["NORMAL"])
        if skin is not None and "JOINTS_0" in attributes:
            yield _Placed(self._posed(vertices, attributes, skin), faces, normals, mode == _POINTS)
            return
        for matrix in matrices:
            turned = faces if np.linalg.det(matrix[:3, :3]) >= 0 else faces[:, ::-1]
            along = None if normals is None else normals @ np.linalg.pinv(matrix[:3, :3])
            there = self._moved(vertices, matrix)
            yield _Placed(there, turned, along, mode == _POINTS)

    def _moved(self, vertices: Positions, matrix: Matrix) -> Positions:
        """Vertices where a matrix puts them; one that leaves them where they are, to the bit."""
        move = matrix[:3, 3] - self.origin
        if np.array_equal(matrix[:3, :3], np.eye(3)):
            return vertices + move
        return vertices @ matrix[:3, :3].T + move

    def _posed(self, vertices: Positions, attributes: dict, skin: int) -> Positions:
        """Vertices where their joints put them; the node of a skinned mesh moves nothing."""
        found = self._file.document["skins"][skin]
        matrices = np.stack([self._global[each] for each in found["joints"]])
        matrices[:, :3, 3] -= self.origin
        if "inverseBindMatrices" in found:
            matrices = matrices @ self._file.matrices(found["inverseBindMatrices"])
        posed, sums = np.zeros((len(vertices), 3)), np.zeros((len(vertices), 1))
        number = 0
        while f"JOINTS_{number}" in attributes:
            joints = self._file.indices(attributes[f"JOINTS_{number}"]).reshape(-1, 4)
            shares = self._file.values(attributes[f"WEIGHTS_{number}"])
            for joint, share in zip(joints.T, shares.T, strict=True):
                moved = np.einsum("vij,vj->vi", matrices[joint, :3, :3], vertices)
                posed += share[:, None] * (moved + matrices[joint, :3, 3])
                sums += share[:, None]
            number += 1
        if not (sums > 0).all():
            raise Damaged("a vertex of a skinned mesh belongs to no joint")
        return posed / sums


def _triangles(mode: int, order: Indices, vertices: Positions) -> Indices:
    if mode == _POINTS:
        return np.zeros((0, 3), np.int64)
    if mode == _STRIP:
        return triangles_of_strip(order, len(vertices))
    if mode == _FAN:
        fan = np.arange(max(len(order) - 2, 0))[:, None] * [0, 1, 1] + [0, 1, 2]
        order = order[fan].reshape(-1)
    count = len(order) // 3
    return triangles_of(vertices, order[: 3 * count], np.full(count, 3))


def _local(node: dict) -> Matrix:
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    return _composed(
        np.array(node.get("translation", (0, 0, 0)), np.float64),
        np.array(node.get("rotation", (0, 0, 0, 1)), np.float64),
        np.array(node.get("scale", (1, 1, 1)), np.float64),
    )


def _composed(move: NDArray, turn: NDArray, size: NDArray) -> Matrix:
    """The matrix of a move, a turn as a quaternion (x, y, z, w), and a size along each axis."""
    length = float(np.linalg.norm(turn))
    x, y, z, w = turn / length if length > 0 else (0.0, 0.0, 0.0, 1.0)
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    ) * np.asarray(size)
    matrix[:3, 3] = move
    return matrix
