"""Scene, camera and unit-cube frames; the only file that swaps an axis.

- Unit cube: +Z up, the front faces -Y, bounding-box centre at the origin, longest
  bounding-box side 1. Shapes lie in [-0.5, 0.5], fields and lattices on [-0.55, 0.55].
- Scene: +Z up, metres (Blender's own). A result stands on the floor at the 3D cursor.
- Camera: x right, y down, z forward (OpenCV's), looking at the cube's centre.
- glTF: +Y up, the front faces +Z.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import InputError

Array = NDArray[np.floating]

HALF_EXTENT = 0.55
"""Fields and lattices live on [-HALF_EXTENT, HALF_EXTENT]^3: the cube and 5 % more a side."""


@dataclass(frozen=True)
class Placement:
    """A similarity without rotation: point_scene = scale_m * point_unit + offset_m."""

    scale_m: float
    """Metres per unit-cube length; positive."""

    offset_m: tuple[float, float, float]
    """Where the cube's centre lies in the scene."""

    def to_scene(self, points_unit: Array) -> Array:
        """(N, 3) unit cube -> metres."""
        return points_unit * points_unit.dtype.type(self.scale_m) + np.asarray(
            self.offset_m, points_unit.dtype
        )

    def from_scene(self, points_scene: Array) -> Array:
        """(N, 3) metres -> unit cube."""
        return (points_scene - np.asarray(self.offset_m, points_scene.dtype)) / (
            points_scene.dtype.type(self.scale_m)
        )


@dataclass(frozen=True)
class UprightPose:
    """A similarity that keeps +Z up: point_scene = scale * turn(point_unit) + offset."""

    yaw_rad: float
    """By which the shape is turned about +Z, counter-clockwise seen from above; 0 faces -Y."""

    scale: float
    """Scene lengths per unit-cube length; positive."""

    offset: tuple[float, float, float]
    """Where the cube's centre lies in the scene."""

    @property
    def turn(self) -> NDArray[np.float64]:
        """(3, 3) the rotation about +Z."""
        cosine, sine = np.cos(self.yaw_rad), np.sin(self.yaw_rad)
        return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])

    def to_scene(self, points_unit: Array) -> NDArray[np.float64]:
        """(N, 3) unit cube -> scene."""
        return self.scale * (points_unit @ self.turn.T) + np.asarray(self.offset)

    def from_scene(self, points_scene: Array) -> NDArray[np.float64]:
        """(N, 3) scene -> unit cube."""
        return (points_scene - np.asarray(self.offset)) @ self.turn / self.scale

    def after(self, placement: Placement) -> "UprightPose":
        """This pose, whose scene is `placement`'s unit cube, in the scene of `placement`."""
        offset = placement.scale_m * np.asarray(self.offset) + np.asarray(placement.offset_m)
        x, y, z = (float(each) for each in offset)
        return UprightPose(self.yaw_rad, self.scale * placement.scale_m, (x, y, z))


def unit_cube_of(points_scene: Array) -> Placement:
    """The unit cube around `points_scene`: bounding-box centre and longest side.

    Raises:
        InputError: There is no point, or all of them coincide.
    """
    if len(points_scene) == 0:
        raise InputError("the mesh has no vertices; select a mesh with faces")
    low, high = points_scene.min(axis=0), points_scene.max(axis=0)
    side = float((high - low).max())
    if not side > 0:
        raise InputError("all vertices of the mesh coincide; select a mesh with some extent")
    centre = (low + high) / 2
    return Placement(side, (float(centre[0]), float(centre[1]), float(centre[2])))


def standing_at(
    floor_m: tuple[float, float, float], bounds_unit: Array, size_m: float
) -> Placement:
    """The placement whose bounding box stands on `floor_m`, centred there, longest side `size_m`.

    Args:
        floor_m: The point of the floor, in the scene.
        bounds_unit: (2, 3) lowest and highest corner of the shape in the unit cube.
        size_m: Wanted length of the longest side of those bounds.

    Raises:
        InputError: The size is not positive, or the bounds are empty.
    """
    side = float((bounds_unit[1] - bounds_unit[0]).max())
    if not (size_m > 0 and np.isfinite(size_m)):
        raise InputError(f"the size must be a positive number of metres; found {size_m:g}")
    if not side > 0:
        raise InputError("the mesh has no extent; there is nothing to place")
    scale = size_m / side
    centre = (bounds_unit[0] + bounds_unit[1]) / 2
    return Placement(
        scale,
        (
            float(floor_m[0] - scale * centre[0]),
            float(floor_m[1] - scale * centre[1]),
            float(floor_m[2] - scale * bounds_unit[0][2]),
        ),
    )


def gltf_from_scene(points: Array) -> Array:
    """(N, 3) Z up, front -Y -> glTF's Y up, front +Z."""
    return np.ascontiguousarray(np.stack([points[:, 0], points[:, 2], -points[:, 1]], axis=1))


def scene_from_gltf(points: Array) -> Array:
    """(N, 3) glTF's Y up, front +Z -> Z up, front -Y."""
    return np.ascontiguousarray(np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1))


class Frame(NamedTuple):
    """A square of the picture plane at distance 1 in front of a camera."""

    x: float
    """Of its middle, to the camera's right."""

    y: float
    """Of its middle, downwards."""

    half: float
    """Half its side."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that looks at the cube's centre, upright, with a square picture."""

    azimuth_rad: float
    """0 looks from -Y at the front, pi / 2 from +X."""

    elevation_rad: float
    """0 is level, positive looks down from above."""

    fov_rad: float
    """Vertical (and horizontal) field of view."""

    distance: float
    """From the cube's centre, in unit-cube lengths."""

    @property
    def position(self) -> NDArray[np.float64]:
        """(3,) where the camera stands, unit cube."""
        level = np.cos(self.elevation_rad)
        return self.distance * np.array(
            [
                np.sin(self.azimuth_rad) * level,
                -np.cos(self.azimuth_rad) * level,
                np.sin(self.elevation_rad),
            ]
        )

    @property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3) rows are the camera's right, down and forward in the unit cube."""
        forward = -self.position / self.distance
        right = np.array([np.cos(self.azimuth_rad), np.sin(self.azimuth_rad), 0.0])
        return np.stack([right, np.cross(forward, right), forward])
