"""Signed distances to any mesh: overlapping parts, open sheets and flipped parts included.

Artists' assets are triangle soups. The sign comes from the generalised winding number,
which is well defined on soups; the distance from the faces that are visible:

- a closed part whose normals point inward is flipped, unless it lies inside another
  part, where it bounds a cavity;
- a face with solid on both sides is hidden inside the union and is no surface;
- a face with empty space on both sides is an open sheet and gets a small thickness;
- a wall thinner than that is filled up to it, or a lattice would tear it.

All in the mesh's own frame, usually the unit cube. Sign: negative inside.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from trimesh.remesh import subdivide_to_size

from ..errors import InputError
from ..geometry.components import part_of_faces
from ..geometry.soups import (
    PROBE,
    Interior,
    NearestFaces,
    centre_normal_area,
    scene_of,
    turned_outward,
)
from ..meshes import TriangleMesh
from ..tensors import Points, Values

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

SHEET_THICKNESS = 0.014
"""Unit-cube lengths that a sheet or a wall has at least: 1.6 cells of a 128^3 lattice."""

LONGEST_EDGE = 0.15
"""Faces are split until no edge is longer: few are then half hidden and half visible."""


@dataclass(frozen=True, eq=False)
class Solid:
    """A mesh made ready for signed distances; build it with `solid_of`."""

    vertices: Array
    """(V, 3)."""

    faces: NDArray[np.int64]
    """(F, 3) all faces, closed parts turned outward; they decide the sign."""

    surface_faces: NDArray[np.int64]
    """(S, 3) faces that bound the solid."""

    sheet_faces: NDArray[np.int64]
    """(T, 3) faces with empty space on both sides."""

    surface_reach: Array
    """(S,) how far a wall is filled up beyond such a face; 0 where it is thick enough."""

    visible_part: NDArray[np.int64]
    """(S + T,) the connected part that each surface face, then each sheet face belongs to."""

    def signed_distance(self, points: Array) -> Array:
        """(N,) distance to the surface, negative inside.

        Args:
            points: (N, 3) in the mesh's frame.

        Source:
            Sign: Barill et al., Fast Winding Numbers for Soups and Clouds, 2018
            (doi 10.1145/3197517.3201337), through libigl. We add the sheets' thickness.
        """
        points = np.ascontiguousarray(points, np.float64)
        distance = np.full(len(points), np.inf)
        if len(self.surface_faces):
            inside = self._interior.contains(points)
            unsigned, face = self._nearest_surface(points)
            distance = np.where(inside, -unsigned - self.surface_reach[face], unsigned)
        return self._with_filling(points, distance)

    def contains(self, points: Array) -> Flags:
        """(N,) whether points (N, 3) lie inside, walls filled up included."""
        return self.signed_distance(points) < 0

    @property
    def bounds(self) -> Array:
        """(2, 3) least and greatest corner of a box around all of it."""
        reach = SHEET_THICKNESS / 2
        return np.stack([self.vertices.min(axis=0) - reach, self.vertices.max(axis=0) + reach])

    def _with_filling(self, points: Array, distance: Array) -> Array:
        """Distances from outside, shortened by what sheets and thin walls are filled up with."""
        outside = np.flatnonzero(distance > 0)
        if self._nearest_filled is not None and len(outside):
            nearest, reach = self._nearest_filled
            unsigned, face = nearest(points[outside])
            distance[outside] = np.minimum(distance[outside], unsigned - reach[face])
        return distance

    @cached_property
    def _interior(self) -> Interior:
        return Interior(self.vertices, self.faces)

    @cached_property
    def _nearest_surface(self) -> NearestFaces:
        return NearestFaces(self.vertices, self.surface_faces)

    @cached_property
    def _nearest_filled(self) -> tuple[NearestFaces, Array] | None:
        """The faces that are filled up, and (F,) how far; None where there are none."""
        thin = self.surface_reach > 0
        faces = np.concatenate([self.surface_faces[thin], self.sheet_faces])
        if len(faces) == 0:
            return None
        sheets = np.full(len(self.sheet_faces), SHEET_THICKNESS / 2)
        return NearestFaces(self.vertices, faces), np.concatenate(
            [self.surface_reach[thin], sheets]
        )

    def sample_surface(self, count: int, generator: np.random.Generator) -> "SolidSamples":
        """Points on the visible surface, uniform by area; sheets count once."""
        faces = np.concatenate([self.surface_faces, self.sheet_faces])
        _, normal, area = centre_normal_area(self.vertices, faces)
        face = generator.choice(len(faces), count, p=area / area.sum())
        chosen = self.vertices[faces[face]]
        root, along = np.sqrt(generator.random((count, 1))), generator.random((count, 1))
        points = (
            (1 - root) * chosen[:, 0]
            + root * (1 - along) * chosen[:, 1]
            + root * along * chosen[:, 2]
        )
        return SolidSamples(points, normal[face], self.visible_part[face])

    @property
    def visible(self) -> TriangleMesh:
        """The faces that bound the solid, and its sheets, without what is hidden inside."""
        faces = np.concatenate([self.surface_faces, self.sheet_faces])
        return TriangleMesh.from_arrays(self.vertices, faces)


class SolidSamples(NamedTuple):
    """Points drawn from a solid's visible surface."""

    points: Array
    """(N, 3)."""

    normals: Array
    """(N, 3) unit; outward, of a sheet either way."""

    parts: NDArray[np.int64]
    """(N,) numbers of the connected parts that they lie on."""


class SolidField:
    """The signed distance of a solid as a field.

    Args:
        solid: In the unit cube.
        device: Of the points that will be asked; computed on the CPU whatever it is.
    """

    clamp, lipschitz = math.inf, 1.1
    """A distance changes as fast as one moves; the rest is for where walls are filled up."""

    def __init__(self, solid: Solid, device: torch.device) -> None:
        self.device = device
        self._solid = solid

    def __call__(self, points: Points) -> Values:
        """Signed distances."""
        distance = self._solid.signed_distance(points.cpu().double().numpy())
        return torch.from_numpy(distance).to(points)


def solid_of(mesh: TriangleMesh) -> Solid:
    """The solid that a soup of triangles describes.

    Args:
        mesh: Any triangles, about the size of the unit cube.

    Raises:
        InputError: The mesh has no face with an area.
    """
    vertices, faces = mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64)
    has_area = centre_normal_area(vertices, faces)[2] > 1e-12
    if not has_area.any():
        raise InputError(
            f"none of the mesh's {len(mesh.faces)} faces has an area; choose a mesh with faces"
        )
    # turned before slivers are dropped: without them a closed part is closed no more
    faces = turned_outward(vertices, faces)[has_area]
    fine_vertices, fine_faces, origin = subdivide_to_size(
        vertices, faces, max_edge=LONGEST_EDGE, return_index=True
    )
    fine_faces = np.asarray(fine_faces, np.int64)
    part = part_of_faces(faces, len(vertices))[origin]
    hidden, sheet = _classify(fine_vertices, fine_faces, vertices, faces)
    is_surface = ~hidden & ~sheet
    surface_faces, sheet_faces = fine_faces[is_surface], fine_faces[sheet]
    missing = SHEET_THICKNESS - _wall_thickness(fine_vertices, surface_faces)
    return Solid(
        np.concatenate([vertices, fine_vertices]),
        faces,
        surface_faces + len(vertices),
        sheet_faces + len(vertices),
        np.maximum(missing, 0.0) / 2,
        np.concatenate([part[is_surface], part[sheet]]),
    )


def _classify(
    vertices: Array, faces: NDArray[np.int64], all_vertices: Array, all_faces: NDArray[np.int64]
) -> tuple[Flags, Flags]:
    """Which faces have solid on both sides, and which have empty space on both."""
    centre, normal, _ = centre_normal_area(vertices, faces)
    sides = np.concatenate([centre + PROBE * normal, centre - PROBE * normal])
    front, back = np.split(Interior(all_vertices, all_faces).contains(sides), 2)
    return front & back, ~front & ~back


def _wall_thickness(vertices: Array, faces: NDArray[np.int64]) -> Array:
    """(F,) depth of the solid behind every face's centre; infinite where nothing closes it."""
    if len(faces) == 0:
        return np.zeros(0)
    centre, normal, _ = centre_normal_area(vertices, faces)
    hit = scene_of(vertices, faces).run(
        (centre - PROBE * normal).astype(np.float32),
        (-normal).astype(np.float32),
        query="INTERSECT",
        output=True,
    )
    return np.where(hit["primID"] >= 0, hit["tfar"].astype(np.float64) + PROBE, np.inf)
