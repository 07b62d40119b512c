"""Partial shapes: a mesh or a point cloud becomes points of an observed surface.

The border of a mesh is where it was cut or broken off: the edges that only one face has
once coincident vertices are taken for one. Normals near it are not trusted, because the
surface goes on there.
"""

from dataclasses import dataclass, replace

import numpy as np
import trimesh
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh as EmbreeMesh
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..errors import InputError
from ..frames import Placement, unit_cube_of
from ..geometry.components import part_of_faces
from ..meshes import PointCloud, TriangleMesh, directed_edges, places_of
from .ordering import in_canonical_order
from .patches import noise_of, smoothed

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

SAMPLES = 8192
"""Points drawn from an observed surface."""

LEAST_FACES = 4
LEAST_POINTS = 64

BORDER_WIDTH = 0.02
"""Of the longest side: nearer to the border, normals are not trusted."""

RAY_START = 3e-4
"""Of the longest side: how far below the surface a ray starts that measures the thickness."""


@dataclass(frozen=True, eq=False)
class Observation:
    """An observed surface as points, in its own box: centred, longest side 1."""

    box: Placement
    """From the box to the input's own frame."""

    points: Array
    """(N, 3) drawn evenly from the surface, or the given ones."""

    normals: Array
    """(N, 3) unit; zeros where unknown, or near the border."""

    parts: NDArray[np.int64]
    """(N,) number of the connected part that a point lies on."""

    thickness: Array
    """(N,) of the wall behind a point; infinite where no face ends it, NaN where that may be
    because a part with a border shows one side of a sheet."""

    noise: float
    """Estimated standard deviation of the points off the surface; 0 where none is seen."""

    def without_noise(self, noise: float) -> "Observation":
        """The same with its points moved to where the surface is likely to be.

        Args:
            noise: Standard deviation of the points off the surface, in the box.
        """
        points, normals = smoothed(self.points, self.normals, noise)
        return replace(self, points=points, normals=normals)

    def in_own_frame(self, empty: Array) -> tuple["Observation", Array]:
        """The same, with the input's own frame for its box, and empty points there."""
        moved = replace(
            self,
            box=Placement(1.0, (0.0, 0.0, 0.0)),
            points=self.box.to_scene(self.points),
            thickness=self.thickness * self.box.scale_m,
            noise=self.noise * self.box.scale_m,
        )
        return moved, self.box.to_scene(empty)


def observe(partial: TriangleMesh | PointCloud, generator: np.random.Generator) -> Observation:
    """What a partial shape shows, as points in its own box; the same for every order of faces.

    Args:
        partial: Anywhere, of any size, +Z up.
        generator: Draws the points.

    Raises:
        InputError: There are too few faces or points, or they have no extent or area.
    """
    return observe_ordered(in_canonical_order(partial), generator)


def observe_ordered(
    partial: TriangleMesh | PointCloud, generator: np.random.Generator
) -> Observation:
    """What `observe` gives of a partial shape that is in canonical order already.

    Args:
        partial: As `ordering.in_canonical_order` gives it.
        generator: Draws the points.

    Raises:
        InputError: As for `observe`.
    """
    if isinstance(partial, PointCloud):
        return _observe_cloud(partial, generator)
    if len(partial.faces) < LEAST_FACES:
        loose = "only loose vertices and edges" if len(partial.faces) == 0 else "too little"
        raise InputError(
            f"the mesh has {len(partial.faces)} faces, {loose} to complete a shape from; "
            f"give at least {LEAST_FACES} faces of it"
        )
    used = partial.vertices[np.unique(partial.faces)].astype(np.float64)
    box = unit_cube_of(used)
    vertices = box.from_scene(partial.vertices.astype(np.float64))
    faces = partial.faces.astype(np.int64)
    area = np.linalg.norm(np.cross(*_sides(vertices, faces)), axis=1) / 2
    if not area.sum() > 1e-9:
        raise InputError(
            f"the {len(faces)} faces of the mesh have no area; repair the mesh or select others"
        )
    seed = int(generator.integers(2**31))
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    points, face = trimesh.sample.sample_surface(mesh, SAMPLES, face_weight=area, seed=seed)
    points, face = np.asarray(points), np.asarray(face)
    crosses = np.cross(*_sides(vertices, faces[face]))
    normals = crosses / np.linalg.norm(crosses, axis=1, keepdims=True)
    welded = _welded(vertices, faces)
    part, is_lonely = part_of_faces(welded, int(welded.max()) + 1), _lonely_edges(welded)
    thickness = _thickness(points, normals, vertices, faces)
    is_open = np.isin(part, part[is_lonely.any(axis=1)])[face]
    thickness[np.isinf(thickness) & is_open] = np.nan
    if is_lonely.any():
        border = _border_points(vertices, faces, is_lonely)
        normals[cKDTree(border).query(points)[0] < BORDER_WIDTH] = 0
    return Observation(box, points, normals, part[face], thickness, noise_of(points, normals))


def _observe_cloud(cloud: PointCloud, generator: np.random.Generator) -> Observation:
    if len(cloud.points) < LEAST_POINTS:
        raise InputError(
            f"the cloud has {len(cloud.points)} points, too few to complete a shape from; "
            f"give at least {LEAST_POINTS}"
        )
    box = unit_cube_of(cloud.points.astype(np.float64))
    chosen = np.arange(len(cloud.points))
    if len(chosen) > SAMPLES:
        chosen = np.sort(generator.choice(chosen, SAMPLES, replace=False))
    points = box.from_scene(cloud.points[chosen].astype(np.float64))
    normals = cloud.normals[chosen].astype(np.float64)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0)
    thick, one_part = np.full(len(points), np.inf), np.zeros(len(points), np.int64)
    return Observation(box, points, normals, one_part, thick, noise_of(points, normals))


def _sides(vertices: Array, faces: NDArray[np.int64]) -> tuple[Array, Array]:
    corners = vertices[faces]
    return corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]


def _welded(vertices: Array, faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """(F, 3) the faces with coincident vertices taken for one."""
    return places_of(vertices, 1 << 20)[0][faces]


def _lonely_edges(welded: NDArray[np.int64]) -> Flags:
    """(F, 3) whether an edge, from that corner to the next, belongs to this face alone."""
    start, end = directed_edges(welded.astype(np.int32))
    edge = np.minimum(start, end) << 32 | np.maximum(start, end)
    _, inverse, count = np.unique(edge, return_inverse=True, return_counts=True)
    return ((count[inverse] == 1) & (start != end)).reshape(-1, 3)


def _border_points(vertices: Array, faces: NDArray[np.int64], is_lonely: Flags) -> Array:
    """(M, 3) points along the border, near enough to each other to measure from."""
    first = vertices[faces[is_lonely]]
    last = vertices[np.roll(faces, -1, axis=1)[is_lonely]]
    steps = np.ceil(np.linalg.norm(last - first, axis=1) / (BORDER_WIDTH / 2)).astype(int) + 1
    row = np.repeat(np.arange(len(first)), steps)
    part = (np.arange(len(row)) - np.repeat(np.cumsum(steps) - steps, steps)) / steps[row]
    return first[row] + part[:, None] * (last - first)[row]


def _thickness(points: Array, normals: Array, vertices: Array, faces: NDArray[np.int64]) -> Array:
    """(N,) depth of the solid behind points of its surface; infinite where no face ends it."""
    scene = rtcore_scene.EmbreeScene()
    EmbreeMesh(scene, np.ascontiguousarray(vertices[faces], np.float32))
    hit = scene.run(
        (points - RAY_START * normals).astype(np.float32),
        (-normals).astype(np.float32),
        query="INTERSECT",
        output=True,
    )
    crosses = np.cross(*_sides(vertices, faces[hit["primID"]]))
    ends = (hit["primID"] >= 0) & (np.einsum("ij,ij->i", crosses, normals) < 0)
    return np.where(ends, hit["tfar"].astype(np.float64) + RAY_START, np.inf)
