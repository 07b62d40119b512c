"""Partial meshes for the benchmark: whole ones cut by a plane, a view, or with parts missing.

Faces are split first, so that a cut runs where it was asked for and not where an artist's
long triangles end. Everything is drawn from a generator; the removed share is of the area.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from trimesh.remesh import subdivide_to_size

from ..frames import Camera, UprightPose
from ..geometry.components import part_of_faces
from ..geometry.soups import centre_normal_area, scene_of
from ..meshes import TriangleMesh, places_of

Cut = Literal["half-space", "view", "parts"]

LONGEST_EDGE = 0.05
"""Unit-cube lengths: faces are split until no edge is longer."""

VIEW_ELEVATIONS_RAD = (-0.1, 0.9)
CAMERA_DISTANCE = 2.0

HIDDEN = 2e-3
"""Unit-cube lengths by which something else must be in front of a face to hide it."""


class PartialMesh(NamedTuple):
    """A partial mesh somewhere in a scene, and what is known of it."""

    mesh: TriangleMesh
    """In the scene."""

    pose: UprightPose
    """From the unit cube of the whole shape to the scene."""

    seen: TriangleMesh
    """The true surface that it shows, unit cube, without noise."""

    missing: TriangleMesh
    """The true surface that it lacks, unit cube."""

    @property
    def whole(self) -> TriangleMesh:
        """The true surface, unit cube."""
        shifted = self.missing.faces + len(self.seen.vertices)
        return TriangleMesh(
            np.concatenate([self.seen.vertices, self.missing.vertices]),
            np.concatenate([self.seen.faces, shifted]),
        )


def cut_mesh(
    mesh: TriangleMesh, cut: Cut, share: float, generator: np.random.Generator
) -> tuple[TriangleMesh, TriangleMesh]:
    """What is left of a whole mesh in the unit cube, and what was removed.

    Args:
        mesh: Visible faces alone: what lies inside a solid can neither be seen nor cut.
        cut: "half-space" takes what lies beyond a random plane; "view" leaves what a random
            camera sees and then takes what is farthest to one side until `share` is gone;
            "parts" takes connected parts, and cuts by a plane where there is only one.
        share: Wanted share of the area to remove.
        generator: Draws plane, camera and parts.
    """
    vertices, faces = subdivide_to_size(
        mesh.vertices.astype(np.float64), mesh.faces, max_edge=LONGEST_EDGE
    )
    vertices, faces = _welded(vertices, np.asarray(faces, np.int64))
    centre, _, area = centre_normal_area(vertices, faces)
    stays = np.ones(len(faces), bool)
    if cut == "parts":
        stays = _without_parts(part_of_faces(faces, len(vertices)), area, share, generator)
    if cut == "view":
        stays = _seen(vertices, faces, centre, generator)
    if cut == "half-space" or (cut == "parts" and stays.all()) or _gone(stays, area) < share:
        stays &= _beyond_plane(centre, area, stays, share, generator)
    return _some_faces(vertices, faces[stays]), _some_faces(vertices, faces[~stays])


def somewhere(generator: np.random.Generator) -> UprightPose:
    """A random yaw, scale (0.01 to 100) and position."""
    scale = float(10 ** generator.uniform(-2, 2))
    x, y, z = (float(each) for each in generator.normal(size=3) * 2 * scale)
    return UprightPose(float(generator.uniform(0, 2 * np.pi)), scale, (x, y, z))


def partial_mesh(
    whole: TriangleMesh, cut: Cut, share: float, noise: float, generator: np.random.Generator
) -> PartialMesh:
    """A cut, noisy mesh, somewhere in a scene.

    Args:
        whole: Visible faces, unit cube.
        cut: See `cut_mesh`.
        share: Of the area to remove.
        noise: Standard deviation by which every vertex is shifted, unit-cube lengths.
        generator: Draws everything.
    """
    seen, missing = cut_mesh(whole, cut, share, generator)
    shifted = seen.vertices + generator.normal(size=seen.vertices.shape) * noise
    pose = somewhere(generator)
    mesh = TriangleMesh.from_arrays(pose.to_scene(shifted), seen.faces)
    return PartialMesh(mesh, pose, seen, missing)


def _some_faces(vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> TriangleMesh:
    used, number = np.unique(faces, return_inverse=True)
    return TriangleMesh.from_arrays(vertices[used], number.reshape(-1, 3))


def _gone(stays: NDArray[np.bool_], area: NDArray[np.float64]) -> float:
    return float(area[~stays].sum() / area.sum())


def _beyond_plane(
    centre: NDArray[np.float64],
    area: NDArray[np.float64],
    stays: NDArray[np.bool_],
    share: float,
    generator: np.random.Generator,
) -> NDArray[np.bool_]:
    """(F,) the faces before the plane that leaves 1 - share of the whole area."""
    direction = generator.normal(size=3)
    along = centre @ direction
    order = np.argsort(along, kind="stable")
    kept = np.cumsum(np.where(stays[order], area[order], 0.0)) <= (1 - share) * area.sum()
    before = np.zeros(len(along), bool)
    before[order] = kept
    return before


def _without_parts(
    part: NDArray[np.int64],
    area: NDArray[np.float64],
    share: float,
    generator: np.random.Generator,
) -> NDArray[np.bool_]:
    sizes = np.bincount(part, area)
    budget, gone = share * area.sum(), []
    for index in generator.permutation(np.flatnonzero(sizes)):
        if sizes[index] <= 1.3 * budget:
            gone.append(index)
            budget -= sizes[index]
    return ~np.isin(part, gone)


def _seen(
    vertices: NDArray[np.float64],
    faces: NDArray[np.int64],
    centre: NDArray[np.float64],
    generator: np.random.Generator,
) -> NDArray[np.bool_]:
    """(F,) faces whose centre a random camera sees."""
    camera = Camera(
        generator.uniform(0, 2 * np.pi),
        generator.uniform(*VIEW_ELEVATIONS_RAD),
        0.6,
        CAMERA_DISTANCE,
    )
    towards = centre - camera.position
    distance = np.linalg.norm(towards, axis=1)
    origins = np.tile(camera.position, (len(centre), 1)).astype(np.float32)
    hit = scene_of(vertices, faces).run(
        origins, (towards / distance[:, None]).astype(np.float32), query="DISTANCE"
    )
    return hit >= distance - HIDDEN


def _welded(
    vertices: NDArray[np.float64], faces: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The same faces over vertices of which none coincide; splitting faces makes copies."""
    number, first = places_of(vertices, 1 << 22)
    return vertices[first], number[faces]
