"""Meshes of the scene's frame as files: metres, +Z up, and in .glb +Y up, as glTF asks."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..frames import gltf_from_scene
from ..meshes import ExactVertices, TriangleMesh
from .meshes import Normals, Values, write_mesh


def write_scene_mesh(
    path: Path,
    mesh: TriangleMesh,
    normals: Normals,
    values: Mapping[str, Values] | None = None,
    exact: ExactVertices | None = None,
) -> TriangleMesh:
    """Write a mesh of the scene's frame, turned as the format asks; gives it as it was written.

    Args:
        path: As for `meshes.write_mesh`.
        mesh: +Z up.
        normals: (V, 3) in the same frame.
        values: As for `meshes.write_mesh`.
        exact: As for `meshes.write_mesh`.

    Raises:
        InputError: It cannot be written there.
    """
    if path.suffix.lower() == ".glb":
        mesh = TriangleMesh(gltf_from_scene(mesh.vertices), mesh.faces)
        normals = gltf_from_scene(normals)
        if exact is not None:
            origin = gltf_from_scene(exact.origin[None])[0]
            exact = ExactVertices(origin, gltf_from_scene(exact.vertices))
    write_mesh(path, mesh, normals, values, exact)
    return mesh


def write_completed_mesh(
    path: Path,
    mesh: TriangleMesh,
    normals: Normals,
    is_observed: NDArray[np.bool_],
    confidence: Values,
    *,
    exact: ExactVertices | None = None,
) -> tuple[str, ...]:
    """Write a completed shape; .glb and .ply files tell of every vertex whether it was given.

    Gives one sentence where the format cannot hold what was given.

    Args:
        path: As for `meshes.write_mesh`.
        mesh: +Z up.
        normals: (V, 3) in the same frame.
        is_observed: (V,) whether the vertex was given.
        confidence: (V,) in [0, 1].
        exact: As for `meshes.write_mesh`.

    Raises:
        InputError: It cannot be written there.
    """
    values = {"observed": is_observed.astype(np.float32), "confidence": confidence}
    write_scene_mesh(path, mesh, normals, values, exact)
    if exact is None or not exact.origin.any() or path.suffix.lower() != ".stl":
        return ()
    farthest = abs(exact.absolute).max()
    return (
        f"'{path.name}' holds single-precision numbers, as all .stl files do: at {farthest:,.0f} "
        f"they are {np.spacing(np.float32(farthest)):.2g} apart; write .glb, .obj or .ply to keep "
        "what was given",
    )


def numbered(path: Path, number: int) -> Path:
    """`shape.glb` for the first, which is the best, then `shape.2.glb` and so on.

    Args:
        path: Of the first.
        number: Counted from 0.
    """
    return path if number == 0 else path.with_name(f"{path.stem}.{number + 1}{path.suffix}")
