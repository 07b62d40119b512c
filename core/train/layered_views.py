"""Layered views: what a camera sees of a shape, and where every ray enters and leaves it.

The picture's part is as in `rendering`, with the shape's own colours: octahedral normal (2), light
(0 nothing hit, 1 in the sun's shadow, 2 in the sun) and sRGB colour (3). The other part are the
first four crossings of each ray with the *solid* (see `field.solid`): in, out, in, out. Inner
faces cross nothing, overlapping parts are one, and a sheet has its thickness.

Source:
    Li et al., LaRI, 2025 (arXiv:2504.18424), section 3, for all intersections of a ray as layers.
    We keep the first four, measure them from the plane through the cube's centre instead of from
    the camera, in unit-cube lengths, and let entering and leaving alternate.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from embreex import rtcore_scene
from jaxtyping import Float, Int16, UInt8
from numpy.typing import NDArray

from ..field.solid import SHEET_THICKNESS, Solid
from ..frames import Camera, Frame
from ..geometry.soups import scene_of
from ..prior.view_network import CROSSINGS
from .rendering import Caster, pixel_rays, see

DEPTH_STEP = 1 / 16384
"""Unit-cube lengths per int16 step; the cube's longest diagonal reaches to .87."""

NO_CROSSING = -32768
"""Of rays that cross less often."""

MOST_HITS = 24
"""Faces that are asked for along a ray; what lies behind more of them is not counted."""

STEP_BEHIND = 2e-4
"""Unit-cube lengths behind a face from which the next one is looked for."""


@dataclass(frozen=True, eq=False)
class SolidCaster:
    """A solid in a ray-casting scene, ready for any number of views."""

    scene: rtcore_scene.EmbreeScene
    normals: NDArray[np.float64]
    """(F, 3) of the faces that bound it, outward, then of its sheets; not of unit length."""
    sheets_from: int
    """Number of the first face that is a sheet."""


class LayeredViews(NamedTuple):
    """Views of one shape from some cameras."""

    buffers: UInt8[np.ndarray, "v s s 6"]
    """Octahedral normal (2), light, colour (3)."""
    crossings: Int16[np.ndarray, "v t t 4"]
    """Depths behind the plane through the cube's centre that faces the camera, in `DEPTH_STEP`;
    `NO_CROSSING` where there is none. Pixels are the picture's, some times as wide."""
    cameras: Float[np.ndarray, "v 6"]
    """Azimuth, elevation (rad) and distance, then `Frame`."""
    suns: Float[np.ndarray, "v 3"]
    """Unit directions towards the suns."""


def camera_of(values: Float[np.ndarray, " 6"]) -> tuple[Camera, Frame]:
    """The camera, whose field of view is the frame's, and the frame of a row of `cameras`."""
    azimuth, elevation, distance, *placed = values.astype(float).tolist()
    frame = Frame(*placed)
    return Camera(azimuth, elevation, 2 * math.atan(frame.half), distance), frame


def solid_caster(solid: Solid) -> SolidCaster:
    """A caster for the faces that bound a solid."""
    faces = np.concatenate([solid.surface_faces, solid.sheet_faces])
    corners = solid.vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return SolidCaster(scene_of(solid.vertices, faces), normals, len(solid.surface_faces))


def cast_layers(
    caster: Caster,
    solid: SolidCaster,
    colours: UInt8[np.ndarray, "f 3"],
    camera: Camera,
    sun: NDArray[np.float64],
    *,
    frame: Frame,
    size_px: int,
    layers_px: int,
) -> tuple[UInt8[np.ndarray, "s s 6"], Int16[np.ndarray, "t t 4"]]:
    """One view: the buffer of its picture, and its crossings.

    Args:
        caster: The shape's faces as they are drawn.
        solid: What they bound.
        colours: sRGB of the drawn faces.
        camera: Where from.
        sun: (3,) unit direction towards the sun that casts the shadows.
        frame: What part of the picture plane is seen.
        size_px: Side S of the square picture.
        layers_px: Side T of the square map of crossings.
    """
    buffer = np.zeros((size_px * size_px, 6), np.uint8)
    seen = see(caster, camera, pixel_rays(camera, frame, size_px), sun)
    buffer[seen.rays, :2] = seen.octahedral
    buffer[seen.rays, 2] = seen.light
    buffer[seen.rays, 3:] = colours[seen.faces]
    directions = pixel_rays(camera, frame, layers_px)
    along = ray_crossings(solid, camera.position, directions)
    # along the rays from the camera -> along the camera's axis from the cube's centre
    depths = along * (directions @ camera.rotation[2])[:, None] - camera.distance
    steps = np.where(np.isfinite(depths), np.round(depths / DEPTH_STEP), NO_CROSSING)
    return (
        buffer.reshape(size_px, size_px, 6),
        steps.astype(np.int16).reshape(layers_px, layers_px, CROSSINGS),
    )


def ray_crossings(
    solid: SolidCaster, origin: NDArray[np.float64], directions: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, 4) distances at which rays from outside enter, leave, enter and leave a solid.

    Infinite where a ray crosses less often. A ray that is never seen to leave leaves where it was
    last in contact with the solid.

    Args:
        solid: What is crossed.
        origin: (3,) where all rays begin.
        directions: (N, 3) unit.
    """
    distances, changes = _events(solid, origin, directions)
    found = np.full((len(directions), CROSSINGS), np.inf)
    depth = np.zeros(len(directions), int)
    number = np.zeros(len(directions), int)
    for at, change in zip(distances.T, changes.T, strict=True):
        before = depth
        # a face seen from behind where nothing was entered is no way out
        depth = np.maximum(before + change, 0)
        crosses = np.flatnonzero(((before == 0) != (depth == 0)) & (number < CROSSINGS))
        found[crosses, number[crosses]] = at[crosses]
        number[crosses] += 1
    return _closed(found, distances)


def _events(
    solid: SolidCaster, origin: NDArray[np.float64], directions: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(N, E) sorted distances along rays, and whether something is entered (1) or left (-1)."""
    reached = np.zeros(len(directions))
    going = np.arange(len(directions))
    columns, changes = [], []
    for _ in range(MOST_HITS):
        starts = origin + reached[going, None] * directions[going]
        hit = solid.scene.run(
            starts.astype(np.float32),
            directions[going].astype(np.float32),
            query="INTERSECT",
            output=True,
        )
        is_hit = hit["primID"] >= 0
        going, face = going[is_hit], hit["primID"][is_hit]
        if len(going) == 0:
            break
        at = reached[going] + hit["tfar"][is_hit]
        faces_us = (solid.normals[face] * directions[going]).sum(axis=1) < 0
        is_sheet = face >= solid.sheets_from
        for distance, change in (
            (at, np.where(is_sheet | faces_us, 1, -1)),
            (np.where(is_sheet, at + SHEET_THICKNESS, np.inf), np.where(is_sheet, -1, 0)),
        ):
            column, step = np.full(len(directions), np.inf), np.zeros(len(directions), int)
            column[going], step[going] = distance, change
            columns.append(column)
            changes.append(step)
        reached[going] = at + STEP_BEHIND
    if not columns:
        return np.zeros((len(directions), 0)), np.zeros((len(directions), 0), int)
    distances = np.stack(columns, axis=1)
    order = np.argsort(distances, axis=1, kind="stable")
    return (
        np.take_along_axis(distances, order, axis=1),
        np.take_along_axis(np.stack(changes, axis=1), order, axis=1),
    )


def _closed(found: NDArray[np.float64], distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Crossings in pairs: what was entered and never left ends at the ray's last event."""
    if distances.shape[1] == 0:
        return found
    last = np.where(np.isfinite(distances), distances, -np.inf).max(axis=1)
    for enter in range(0, CROSSINGS, 2):
        stays = np.isfinite(found[:, enter]) & ~np.isfinite(found[:, enter + 1])
        thick = np.maximum(last, found[:, enter] + SHEET_THICKNESS)
        found[stays, enter + 1] = thick[stays]
    return found
