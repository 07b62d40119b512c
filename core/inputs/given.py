"""What is given to be completed: a mesh or points, of a file or of arrays, in double.

Everything after computes in float32, whose steps are coarse far from the origin: half a metre
at 5,600,000, where maps have their buildings. So a shape that stands far away is moved to an
origin of its own, and what was given is kept in double beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..meshes import ExactVertices, PointCloud, TriangleMesh
from ..reading.contents import Contents
from ..reading.files import read_mesh_file

FAR = 64.0
"""Longest sides from the origin to the middle of a shape from which it is moved. Nearer, float32
rounds to less than 4e-6 of the longest side."""

COARSE = 1e-4
"""Of the longest side: steps of float32 above which coordinates were too coarse when given. At
resolution 128 a step of the lattice is 8e-3."""


@dataclass(frozen=True, eq=False)
class Partial:
    """A partial shape about an origin of its own."""

    shape: TriangleMesh | PointCloud
    """In float32, about `exact.origin`, +Z up."""

    exact: ExactVertices
    """Its vertices or points as they were given."""

    warnings: tuple[str, ...] = ()
    """One sentence for everything that was left out or put right, or was too coarse."""

    @classmethod
    def from_arrays(
        cls,
        vertices: NDArray[np.floating],
        faces: NDArray[np.integer] | None = None,
        normals: NDArray[np.floating] | None = None,
    ) -> "Partial":
        """A partial shape of arrays in any precision; see `TriangleMesh` for what is refused.

        Args:
            vertices: (V, 3) +Z up, anywhere.
            faces: (F, 3); None where the vertices are points of a surface.
            normals: (V, 3) of points, outward; None where unknown.

        Raises:
            InputError: An array cannot be used.
        """
        is_single = vertices.dtype != np.float64
        return _about_its_own(
            np.asarray(vertices, np.float64), faces, normals, np.zeros(3), is_single=is_single
        )

    @classmethod
    def of(cls, shape: TriangleMesh | PointCloud) -> "Partial":
        """A partial shape that is float32 already, and stays where it is."""
        given = shape.vertices if isinstance(shape, TriangleMesh) else shape.points
        exact = ExactVertices(np.zeros(3), given.astype(np.float64))
        used = _used(exact.vertices, shape.faces if isinstance(shape, TriangleMesh) else None)
        return cls(shape, exact, _coarseness(used))

    def exact_of(self, mesh: TriangleMesh, observed_vertices: int) -> ExactVertices | None:
        """A completed mesh in double, what was given as it was; None where float32 holds it.

        Args:
            mesh: About the same origin.
            observed_vertices: So many of its first vertices are the given ones.
        """
        vertices = mesh.vertices.astype(np.float64)
        vertices[:observed_vertices] = self.exact.vertices[:observed_vertices]
        if not self.exact.origin.any() and np.array_equal(vertices, mesh.vertices):
            return None
        return ExactVertices(self.exact.origin, vertices)


def read_partial(path: Path) -> Partial:
    """A mesh or a point cloud from a file, +Z up; see `reading.files.read_mesh_file`.

    Raises:
        InputError: The file is missing, of an unknown kind, cannot be read, or holds nothing.
    """
    found = read_mesh_file(path)
    faces = found.faces if len(found.faces) else None
    partial = _about_its_own(
        found.vertices, faces, found.normals, found.origin, is_single=found.is_single
    )
    return _warned(partial, found)


def joined(partials: Sequence[Partial]) -> Partial:
    """Several meshes, or several clouds, as one.

    Raises:
        InputError: There are meshes as well as clouds.
    """
    if len(partials) == 1:
        return partials[0]
    shapes = [each.shape for each in partials]
    meshes = [each for each in shapes if isinstance(each, TriangleMesh)]
    clouds = [each for each in shapes if isinstance(each, PointCloud)]
    if meshes and clouds:
        raise InputError(
            f"{len(meshes)} of the files hold meshes and {len(clouds)} points alone; "
            "give either meshes or points"
        )
    origin = partials[0].exact.origin
    vertices = np.concatenate(
        [each.exact.vertices + (each.exact.origin - origin) for each in partials]
    )
    faces = normals = None
    if clouds:
        normals = np.concatenate([each.normals for each in clouds])
    else:
        starts = np.cumsum([0, *(len(each.vertices) for each in meshes)])
        moved = [each.faces + int(start) for each, start in zip(meshes, starts, strict=False)]
        faces = np.concatenate(moved)
    whole = _about_its_own(vertices, faces, normals, origin, is_single=False)
    warnings = [warning for each in partials for warning in each.warnings]
    return Partial(whole.shape, whole.exact, tuple(dict.fromkeys(warnings)))


def _about_its_own(
    vertices: NDArray[np.float64],
    faces: NDArray[np.integer] | None,
    normals: NDArray[np.floating] | None,
    origin: NDArray[np.float64],
    *,
    is_single: bool,
) -> Partial:
    """A partial shape about zero where that is near, else about `origin` or one that is near."""
    used = _used(vertices, faces)
    warnings = _coarseness(used) if is_single else ()
    near = _near(used, origin)
    exact = ExactVertices(near, vertices + (origin - near))
    with np.errstate(all="ignore"):  # what is no number is refused below
        rounded = exact.vertices.astype(np.float32)
    if faces is not None:
        return Partial(TriangleMesh.from_arrays(rounded, faces), exact, warnings)
    if normals is None:
        normals = np.zeros_like(rounded)
    return Partial(PointCloud(rounded, np.asarray(normals, np.float32)), exact, warnings)


def _used(vertices: NDArray[np.float64], faces: NDArray[np.integer] | None) -> NDArray[np.float64]:
    """The vertices that make up the shape: finite ones, and none that no face uses."""
    if faces is not None:
        named = np.unique(faces)
        vertices = vertices[named[(named >= 0) & (named < len(vertices))]]
    return vertices[np.isfinite(vertices).all(axis=1)]


def _near(used: NDArray[np.float64], origin: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) an origin from which every vertex is told exactly by its difference in double.

    Zero along an axis where that is near; `origin` where that is; else the middle, rounded so
    far that differences lose no digit.
    """
    if len(used) == 0:
        return np.zeros(3)
    low, high = used.min(axis=0), used.max(axis=0)
    with np.errstate(over="ignore"):
        side, middle = float((high - low).max()), (low + high) / 2
    if not 0 < side < np.inf:
        return np.zeros(3)
    step = 2.0 ** np.floor(np.log2(side))
    near = np.where(abs(middle) < FAR * side, origin, np.rint((middle + origin) / step) * step)
    return np.where(abs(middle + origin) < FAR * side, 0.0, near)


def _coarseness(used: NDArray[np.float64]) -> tuple[str, ...]:
    """What is said where float32 cannot tell the vertices of a shape apart well."""
    if len(used) == 0:
        return ()
    farthest = float(abs(used).max())
    with np.errstate(over="ignore"):
        side = float((used.max(axis=0) - used.min(axis=0)).max())
    step = float(np.spacing(np.float32(min(farthest, np.finfo(np.float32).max / 2))))
    if not step > COARSE * side:
        return ()
    return (
        f"the coordinates are single-precision numbers of up to {farthest:,.0f}, where their steps "
        f"of {step:.2g} are coarse for a shape of {side:.3g}; save them in double precision, or "
        "nearer to the origin",
    )


def _warned(partial: Partial, found: Contents) -> Partial:
    return Partial(partial.shape, partial.exact, (*found.warnings, *partial.warnings))
