"""Points on the surface of a mesh, drawn evenly by area."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import EmptySurfaceError
from ..meshes import TriangleMesh

Positions = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SurfaceSamples:
    """Points of a surface and the normals of the faces that they lie on."""

    points: Positions
    """(N, 3) in the mesh's frame."""

    normals: Positions
    """(N, 3) unit vectors, outward where the mesh is oriented so."""


def sample_surface(
    mesh: TriangleMesh, count: int, generator: np.random.Generator
) -> SurfaceSamples:
    """Points drawn independently and evenly over the area of a mesh.

    Args:
        mesh: At least one face must have an area.
        count: How many points.
        generator: Where the randomness comes from.

    Raises:
        EmptySurfaceError: The mesh has no area.
    """
    first, second, third = (mesh.vertices[column].astype(np.float64) for column in mesh.faces.T)
    crosses = np.cross(second - first, third - first)
    lengths = np.linalg.norm(crosses, axis=1)
    total = np.cumsum(lengths)
    if len(total) == 0 or not total[-1] > 0:
        raise EmptySurfaceError(
            f"a mesh of {len(mesh.faces)} faces without area has no surface to measure; "
            "check that the reconstruction succeeded"
        )
    # sorted positions make the search, and the trees built later, several times faster
    face = np.searchsorted(total, np.sort(generator.random(count)) * total[-1], side="right")
    face = np.minimum(face, np.flatnonzero(lengths)[-1])
    u, v = generator.random((2, count, 1))
    beyond = u + v > 1
    u, v = np.where(beyond, 1 - u, u), np.where(beyond, 1 - v, v)
    origin = first[face]
    points = origin + u * (second[face] - origin) + v * (third[face] - origin)
    normals = crosses[face] / lengths[face, None]
    return SurfaceSamples(points.astype(np.float32), normals.astype(np.float32))
