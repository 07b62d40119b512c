"""Training assets: a folder per category, meshes in the unit cube, and the train/test split.

A library is a folder with one sub-folder per category; a mesh is a `.glb .obj .ply .stl`
file or a compact `.npz` (quantised triangles with their metadata). Beside a compact mesh
may stand `<name>.views.npz`: ready-made renders with alpha.
"""

import io
import json
import logging
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import InputError
from ..frames import Camera, unit_cube_of
from ..meshes import TriangleMesh
from ..reading.files import read_mesh_file

logger = logging.getLogger(__name__)

MESH_SUFFIXES = (".npz", ".glb", ".gltf", ".obj", ".ply", ".stl")
VIEWS_SUFFIX = ".views.npz"


@dataclass(frozen=True, order=True)
class Asset:
    """One shape of a library."""

    category: str
    name: str
    path: Path

    @property
    def key(self) -> str:
        """`category/name`, unique in a library."""
        return f"{self.category}/{self.name}"


def list_assets(folder: Path) -> list[Asset]:
    """Every asset of a library, sorted by category and name.

    Raises:
        InputError: The folder does not exist or holds no category with a mesh.
    """
    if not folder.is_dir():
        raise InputError(f"the asset folder {folder} does not exist; name a folder of categories")
    found = [
        Asset(path.parent.name, path.stem, path)
        for path in sorted(folder.glob("*/*"))
        if path.suffix.lower() in MESH_SUFFIXES and not path.name.endswith(VIEWS_SUFFIX)
    ]
    if not found:
        raise InputError(
            f"no mesh was found in the sub-folders of {folder}; "
            f"put meshes ({', '.join(MESH_SUFFIXES)}) into one folder per category"
        )
    return sorted(found)


def split_assets(
    assets: list[Asset], test_share: float = 0.05, seed: int = 0
) -> tuple[list[Asset], list[Asset]]:
    """Training and test assets; the same share of every category, rounded up, chosen by the seed.

    A category of a single asset keeps it for training.
    """
    test: set[Asset] = set()
    for number, category in enumerate(sorted({asset.category for asset in assets})):
        members = [asset for asset in assets if asset.category == category]
        count = min(int(np.ceil(test_share * len(members))), len(members) - 1)
        order = np.random.default_rng([seed, number]).permutation(len(members))
        test.update(members[index] for index in order[:count])
    return [a for a in assets if a not in test], sorted(test)


def split_families(assets: list[Asset], share: float) -> tuple[list[Asset], list[Asset]]:
    """Training and test assets; siblings, which packs are full of, stay together.

    Which families are kept out hangs on their names alone: the split of a library stays when
    assets are added to it, and those of two libraries agree.

    Args:
        assets: Of one library or several.
        share: About the share of the families that is kept out, in [0, 1].
    """
    bound = share * 2**32
    is_test = [zlib.crc32(family_of(asset).encode()) < bound for asset in assets]
    return (
        [asset for asset, out in zip(assets, is_test, strict=True) if not out],
        [asset for asset, out in zip(assets, is_test, strict=True) if out],
    )


def family_of(asset: Asset) -> str:
    """Maker and first word of a name like `kenney-fbx_tablecoffee_2`, `kenney/table`.

    The word is cut after five letters, since makers write names in one; what follows the maker's
    first dash says from which of their collections it is. A name without a maker has none.
    """
    maker, underscore, name = asset.name.partition("_")
    if not underscore:
        maker, name = "", asset.name
    return f"{maker.partition('-')[0]}/{name.partition('-')[0][:5]}"


def load_asset(asset: Asset) -> TriangleMesh:
    """The asset's mesh in the unit cube.

    glTF files are taken as Y up with the front to +Z, all others as Z up with the front to -Y.

    Raises:
        InputError: The file cannot be read as a mesh, or it has no extent.
    """
    if asset.path.suffix.lower() == ".npz":
        return _in_unit_cube(*_load_compact(asset.path))
    found = read_mesh_file(asset.path)
    if len(found.faces) == 0:
        raise InputError(f"{asset.path} has no faces; choose a mesh with faces")
    for warning in found.warnings:
        logger.warning("%s: %s", asset.path, warning)
    # vertices at one place become one, as faces of .stl files share none; loose ones go
    corners = found.vertices[found.faces.reshape(-1)]
    vertices, number = np.unique(corners, axis=0, return_inverse=True)
    return _in_unit_cube(vertices, number.reshape(-1, 3))


def load_colours(asset: Asset) -> NDArray[np.uint8] | None:
    """(F, 3) sRGB of the faces of a compact mesh; None where it has none."""
    if asset.path.suffix.lower() != ".npz":
        return None
    with np.load(asset.path, allow_pickle=False) as arrays:
        if not {"palette", "colour"} <= set(arrays.files):
            return None
        return arrays["palette"][arrays["colour"]]


def faces_front(asset: Asset) -> bool:
    """Whether an asset faces -Y: compact meshes of makers that say nothing of it may not."""
    if asset.path.suffix.lower() != ".npz":
        return True
    with np.load(asset.path, allow_pickle=False) as arrays:
        return json.loads(arrays["meta"].tobytes()).get("front") != "unknown"


def load_renders(asset: Asset) -> NDArray[np.uint8] | None:
    """(V, H, W, 4) straight-alpha renders that stand beside the asset, or None."""
    path = asset.path.with_name(asset.name + VIEWS_SUFFIX)
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        stops = np.cumsum(arrays["webp_len"])
        data = arrays["webp"].tobytes()
    pieces = [data[a:b] for a, b in zip([0, *stops[:-1]], stops, strict=True)]
    return np.stack([np.asarray(Image.open(io.BytesIO(piece)).convert("RGBA")) for piece in pieces])


def load_render_cameras(asset: Asset) -> NDArray[np.float32] | None:
    """(V, 3) where the cameras of an asset's renders stood, unit cube; None without renders.

    Zeros where the renders' file does not tell `azimuth`, `elevation` (degrees) and `distance`.
    """
    path = asset.path.with_name(asset.name + VIEWS_SUFFIX)
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        count = len(arrays["webp_len"])
        if not {"azimuth", "elevation", "distance"} <= set(arrays.files):
            return np.zeros((count, 3), np.float32)
        angles = zip(
            np.radians(arrays["azimuth"]),
            np.radians(arrays["elevation"]),
            arrays["distance"],
            strict=True,
        )
        positions = [
            Camera(float(azimuth), float(elevation), 1.0, float(distance)).position
            for azimuth, elevation, distance in angles
        ]
    return np.asarray(positions, np.float32)


def _in_unit_cube(vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> TriangleMesh:
    vertices = np.asarray(vertices, np.float64)
    return TriangleMesh.from_arrays(unit_cube_of(vertices).from_scene(vertices), faces)


def _load_compact(path: Path) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Vertices and faces: 16-bit coordinates as differences, faces by first use."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            steps = arrays["v_lo"].astype(np.uint16) | (arrays["v_hi"].astype(np.uint16) << 8)
            back = arrays["f"].astype(np.int64)
            json.loads(arrays["meta"].tobytes())
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise InputError(
            f"{path} is not a compact mesh ({error}); use .glb, .obj, .ply or .stl"
        ) from error
    quantised = np.cumsum(steps.reshape(3, -1), axis=1, dtype=np.uint16).T
    is_new = back == 0
    seen = np.concatenate([[0], np.cumsum(is_new)[:-1]])
    faces = (seen - back).reshape(-1, 3)
    return quantised.astype(np.float32) / 65535 - np.float32(0.5), faces.astype(np.int32)
