"""TriangleMesh: vertices (V, 3), faces (F, 3), checked once at the door.

Faces run counter-clockwise seen from outside. A mesh without a suffix is in the unit
cube (see `frames.py`). Nothing here knows about files, Blender or torch.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import InputError

Vertices = NDArray[np.float32]
Faces = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class TriangleMesh:
    """Triangles that share vertices.

    Arrays are converted to float32 and int32 without copying where they already are.

    Raises:
        InputError: A shape is wrong, a coordinate is NaN or infinite, or a face names a
            vertex that does not exist.
    """

    vertices: Vertices
    """(V, 3) float32."""

    faces: Faces
    """(F, 3) int32, counter-clockwise seen from outside."""

    def __post_init__(self) -> None:
        vertices = np.ascontiguousarray(self.vertices, dtype=np.float32)
        faces = np.ascontiguousarray(self.faces, dtype=np.int32)
        if vertices.ndim != 2 or vertices.shape[1] != 3:
            raise InputError(
                f"mesh vertices must have shape (V, 3); found {vertices.shape}; "
                "give one row of x, y, z per vertex"
            )
        if faces.ndim != 2 or faces.shape[1] != 3:
            raise InputError(
                f"mesh faces must have shape (F, 3); found {faces.shape}; "
                "triangulate the mesh first"
            )
        if not np.isfinite(vertices).all():
            count = int((~np.isfinite(vertices)).any(axis=1).sum())
            raise InputError(
                f"{count} of {len(vertices)} mesh vertices are NaN or infinite; "
                "repair or delete them"
            )
        if len(faces) and (faces.min() < 0 or faces.max() >= len(vertices)):
            raise InputError(
                f"mesh faces name vertices {faces.min()} to {faces.max()}, but there are only "
                f"{len(vertices)}; export the mesh again"
            )
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "faces", faces)

    @classmethod
    def from_arrays(
        cls, vertices: NDArray[np.floating], faces: NDArray[np.integer]
    ) -> "TriangleMesh":
        """A mesh of arrays in any precision; see the class for what is refused.

        Doubles are rounded to float32; what is far from the origin and is to be completed loses
        nothing as `inputs.given.Partial`.
        """
        return cls(
            np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.int32)
        )

    @property
    def is_closed(self) -> bool:
        """Whether every edge is shared by two faces that run along it in opposite directions.

        An edge may be shared by four or more faces as long as the directions balance. A
        mesh with no faces is not closed.
        """
        if len(self.faces) == 0:
            return False
        start, end = directed_edges(self.faces)
        edge = np.minimum(start, end) * np.int64(len(self.vertices)) + np.maximum(start, end)
        # by merging runs: faces mostly come in order, and are sorted four times faster so
        forward, backward = (
            np.sort(edge[one_way], kind="stable") for one_way in (start < end, start > end)
        )
        return bool(np.array_equal(forward, backward))

    @property
    def bounds(self) -> Vertices:
        """(2, 3) lowest and highest corner of the bounding box; zeros for a mesh of no vertices."""
        if len(self.vertices) == 0:
            return np.zeros((2, 3), np.float32)
        return np.stack([self.vertices.min(axis=0), self.vertices.max(axis=0)])

    @property
    def corners(self) -> NDArray[np.float32]:
        """(F, 3, 3) the three corners of every face."""
        return self.vertices[self.faces]


@dataclass(frozen=True, eq=False)
class PointCloud:
    """Points of a surface, as a scanner gives them.

    Raises:
        InputError: A shape is wrong, or a coordinate is NaN or infinite.
    """

    points: Vertices
    """(N, 3) float32."""

    normals: Vertices
    """(N, 3) float32 unit vectors, outward; zeros where unknown."""

    def __post_init__(self) -> None:
        for name in ("points", "normals"):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float32)
            if array.ndim != 2 or array.shape[1] != 3 or len(array) != len(self.points):
                raise InputError(
                    f"the {name} of a cloud must have shape (N, 3); found {array.shape}; "
                    "give one row of x, y, z per point"
                )
            if not np.isfinite(array).all():
                count = int((~np.isfinite(array)).any(axis=1).sum())
                raise InputError(
                    f"{count} of {len(array)} {name} of the cloud are NaN or infinite; "
                    "repair or delete them"
                )
            object.__setattr__(self, name, array)


@dataclass(frozen=True, eq=False)
class ExactVertices:
    """Vertices in double, which those of a mesh or a cloud are rounded from.

    Raises:
        InputError: A shape is wrong.
    """

    origin: NDArray[np.float64]
    """(3,) where the zero of both lies; other than 0 only far away, where float32 is coarse."""

    vertices: NDArray[np.float64]
    """(V, 3) about the origin."""

    def __post_init__(self) -> None:
        if self.origin.shape != (3,) or self.vertices.shape[1:] != (3,):
            raise InputError(
                f"vertices in double must have shape (V, 3) and an origin (3,); found "
                f"{self.vertices.shape} and {self.origin.shape}; give one row of x, y, z per vertex"
            )

    @property
    def absolute(self) -> NDArray[np.float64]:
        """(V, 3) about zero."""
        return self.vertices + self.origin


def directed_edges(faces: Faces) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Start and end vertex of the three edges of every face, each (3 F,), in face order."""
    start = faces.astype(np.int64).ravel()
    end = faces[:, [1, 2, 0]].astype(np.int64).ravel()
    return start, end


def places_of(
    vertices: NDArray[np.floating], steps_per_unit: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(V,) the number of each vertex' place, and (P,) the first vertex at each place.

    Args:
        vertices: (V, 3), at least one.
        steps_per_unit: Vertices are at one place if they round to the same step of a lattice
            with so many steps along a unit of length.
    """
    steps = np.rint(vertices.astype(np.float64) * steps_per_unit).astype(np.int64)
    _, first, number = np.unique(steps, axis=0, return_index=True, return_inverse=True)
    return number.reshape(-1).astype(np.int64), first.astype(np.int64)
