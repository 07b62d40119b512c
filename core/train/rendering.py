"""Cheap renders by ray casting: what each pixel sees, stored; how it is lit, drawn anew each time.

`cast_view` stores a *view buffer* per camera, (S, S, 4) uint8: octahedral normal (2),
part, and light (0 nothing hit, 1 in the sun's shadow, 2 in the sun). `shade_views` turns
buffers into pictures with random suns, colours, gloss and ambient light, so that one
ray-cast view gives as many different pictures as training asks for.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh as EmbreeMesh
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from torch import Tensor

from ..frames import Camera, Frame
from ..meshes import TriangleMesh

ViewBuffer = UInt8[np.ndarray, "s s 4"]

SMOOTH_COSINE = 0.75
"""A vertex normal is used where it lies within 41 degrees of the face's own, else the face's."""

PICTURE_PX = 128
"""Side of the square views."""

FILL = 0.8
"""The object's longer side fills this share of the frame, as the picture encoder sees it."""


@dataclass(frozen=True, eq=False)
class Caster:
    """A mesh in a ray-casting scene, ready for any number of views."""

    scene: rtcore_scene.EmbreeScene
    vertices: NDArray[np.float64]
    corner_normals: NDArray[np.float64]
    """(F, 3, 3) unit normal at each corner of each face."""
    part: NDArray[np.uint8]
    """(F,) which connected part a face belongs to, modulo 256."""


def caster_of(mesh: TriangleMesh, part: NDArray[np.int64]) -> Caster:
    """A caster for `mesh`; `part` (F,) numbers the connected part of each face."""
    vertices, faces = mesh.vertices.astype(np.float64), mesh.faces
    scene = rtcore_scene.EmbreeScene()
    EmbreeMesh(scene, mesh.corners)
    corners = vertices[faces]
    face_normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    vertex_normal = np.stack(
        [
            np.bincount(faces.ravel(), np.repeat(face_normal[:, k], 3), len(vertices))
            for k in range(3)
        ],
        axis=1,
    )
    face_normal, vertex_normal = _unit(face_normal), _unit(vertex_normal)
    smooth = vertex_normal[faces]
    agrees = (smooth * face_normal[:, None]).sum(-1, keepdims=True) > SMOOTH_COSINE
    normals = np.where(agrees, smooth, face_normal[:, None])
    return Caster(scene, vertices, normals, (part % 256).astype(np.uint8))


class Seen(NamedTuple):
    """What rays from a camera meet first; the others meet nothing."""

    rays: NDArray[np.int64]
    """(n,) numbers of the rays that meet a face."""
    faces: NDArray[np.int64]
    """(n,) the faces."""
    octahedral: NDArray[np.uint8]
    """(n, 2) normals that face the camera."""
    light: NDArray[np.uint8]
    """(n,) 1 in the sun's shadow, 2 in the sun."""


def cast_view(
    caster: Caster, camera: Camera, sun: NDArray[np.float64], size_px: int = PICTURE_PX
) -> ViewBuffer:
    """What a camera sees, framed as the picture encoder expects it: centred, filling 80 %.

    Args:
        caster: The shape.
        camera: Where from; its picture is cropped to the object.
        sun: (3,) unit direction towards the sun that casts the shadows.
        size_px: Side S of the square picture.
    """
    frame = frame_of(caster.vertices, camera, FILL)
    seen = see(caster, camera, pixel_rays(camera, frame, size_px), sun)
    buffer = np.zeros((size_px * size_px, 4), np.uint8)
    buffer[seen.rays, :2] = seen.octahedral
    buffer[seen.rays, 2] = caster.part[seen.faces]
    buffer[seen.rays, 3] = seen.light
    return buffer.reshape(size_px, size_px, 4)


def frame_of(vertices: NDArray[np.float64], camera: Camera, fill: float) -> Frame:
    """The frame in whose middle points (V, 3) lie, their longer side filling a share of it."""
    local = (vertices - camera.position) @ camera.rotation.T
    on_plane = local[:, :2] / local[:, 2:]
    low, high = on_plane.min(axis=0), on_plane.max(axis=0)
    x, y = (low + high) / 2
    return Frame(float(x), float(y), float((high - low).max() / 2 / fill))


def pixel_rays(camera: Camera, frame: Frame, size_px: int) -> NDArray[np.float64]:
    """(S * S, 3) unit directions through the pixels' middles, row 0 on top."""
    right, down, forward = camera.rotation
    steps = ((np.arange(size_px) + 0.5) / size_px * 2 - 1) * frame.half
    y, x = np.meshgrid(steps + frame.y, steps + frame.x, indexing="ij")
    return _unit(x.reshape(-1, 1) * right + y.reshape(-1, 1) * down + forward)


def see(
    caster: Caster, camera: Camera, directions: NDArray[np.float64], sun: NDArray[np.float64]
) -> Seen:
    """What rays from a camera in unit directions (N, 3) meet first."""
    origins = np.tile(camera.position, (len(directions), 1))
    hit = caster.scene.run(
        origins.astype(np.float32), directions.astype(np.float32), query="INTERSECT", output=True
    )
    rays = np.flatnonzero(hit["primID"] >= 0)
    face = hit["primID"][rays].astype(np.int64)
    u, v = hit["u"][rays, None].astype(np.float64), hit["v"][rays, None].astype(np.float64)
    at = caster.corner_normals[face]
    normal = _unit((1 - u - v) * at[:, 0] + u * at[:, 1] + v * at[:, 2])
    # soups have faces that look away; what is seen faces the camera
    normal *= np.where((normal * directions[rays]).sum(1, keepdims=True) > 0, -1.0, 1.0)
    reached = camera.position + directions[rays] * hit["tfar"][rays, None]
    lifted = (reached + 2e-3 * normal + 1e-3 * sun).astype(np.float32)
    towards_sun = np.tile(sun, (len(rays), 1)).astype(np.float32)
    shadowed = caster.scene.run(lifted, towards_sun, query="OCCLUDED") >= 0
    light = np.where(shadowed, 1, 2).astype(np.uint8)
    return Seen(rays, face, _octahedral(normal), light)


class Views(NamedTuple):
    """Views of one shape from random cameras."""

    buffers: UInt8[np.ndarray, "v s s 4"]
    cameras: Float[np.ndarray, "v 3"]
    """Positions of the cameras, unit cube."""
    suns: Float[np.ndarray, "v 3"]
    """Unit directions towards the suns."""


def cast_views(
    mesh: TriangleMesh,
    part: NDArray[np.int64],
    count: int,
    generator: np.random.Generator,
    size_px: int = PICTURE_PX,
) -> Views:
    """`count` views of a mesh, whose faces belong to the connected parts `part` (F,)."""
    caster = caster_of(mesh, part)
    buffers, cameras, suns = [], [], []
    for _ in range(count):
        camera, sun = random_camera(generator), random_sun(generator)
        buffers.append(cast_view(caster, camera, sun, size_px))
        cameras.append(camera.position)
        suns.append(sun)
    return Views(np.stack(buffers), np.asarray(cameras, np.float32), np.asarray(suns, np.float32))


def random_camera(generator: np.random.Generator) -> Camera:
    """Any azimuth, elevation -5 to 45 degrees, field of view 25 to 50 degrees, fitting distance."""
    fov = np.radians(generator.uniform(25, 50))
    return Camera(
        azimuth_rad=float(generator.uniform(0, 2 * np.pi)),
        elevation_rad=float(np.radians(generator.uniform(-5, 45))),
        fov_rad=float(fov),
        distance=float(generator.uniform(0.55, 0.75) / np.tan(fov / 2) + 0.35),
    )


def random_sun(generator: np.random.Generator) -> NDArray[np.float64]:
    """(3,) a unit direction at least 20 degrees above the horizon."""
    azimuth, height = generator.uniform(0, 2 * np.pi), np.radians(generator.uniform(20, 85))
    return np.array(
        [np.cos(azimuth) * np.cos(height), np.sin(azimuth) * np.cos(height), np.sin(height)]
    )


def shade_views(
    buffers: UInt8[Tensor, "b s s 4"],
    cameras: Float[Tensor, "b 3"],
    suns: Float[Tensor, "b 3"],
    generator: torch.Generator,
) -> Float[Tensor, "b 4 s s"]:
    """Pictures of view buffers under random light: premultiplied RGB and alpha, in [0, 1].

    Args:
        buffers: From `cast_view`.
        cameras: Unit direction from the cube's centre towards each camera.
        suns: Unit direction towards the sun that cast each view's shadows.
        generator: Draws colours and lights.

    Returns:
        Each shape with one to four colours over its parts, one shadowed and one free sun,
        a sky gradient, and a highlight; alpha is 1 where the shape was hit.
    """
    hit = (buffers[..., 3] > 0).float()
    albedo = _part_colours(buffers[..., 2], generator)
    shadow = (buffers[..., 3] == 1).float()
    colour = lit(albedo, normals_of(buffers), shadow, cameras, suns, generator=generator)
    return torch.cat([colour * hit[..., None], hit[..., None]], dim=-1).permute(0, 3, 1, 2)


def lit(
    albedo: Float[Tensor, "b s s 3"],
    normal: Float[Tensor, "b s s 3"],
    shadow: Float[Tensor, "b s s"],
    cameras: Float[Tensor, "b 3"],
    suns: Float[Tensor, "b 3"],
    *,
    generator: torch.Generator,
) -> Float[Tensor, "b s s 3"]:
    """Colours under random light: a shadowed and a free sun, a sky gradient, a highlight.

    Args:
        albedo: Of the surface, in [0, 1].
        normal: Unit.
        shadow: 1 where the sun is hidden.
        cameras: Unit direction from the cube's centre towards each camera.
        suns: Unit direction towards the sun that cast each view's shadows.
        generator: Draws the lights.
    """
    count = len(albedo)

    def draw(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator)

    sunlit = 1 - shadow * draw(1, 1)
    sky = 0.5 + 0.5 * normal[..., 2]
    sky_strength, floor_strength = 0.2 + 0.6 * draw(1, 1), 0.4 * draw(1, 1)
    ambient = sky * sky_strength + (1 - sky) * floor_strength
    sun = (normal @ suns[:, None, :, None])[..., 0].clamp_min(0) * sunlit * (0.2 + 0.9 * draw(1, 1))
    free = torch.nn.functional.normalize(torch.randn(count, 3, generator=generator), dim=1)
    fill = (normal @ free[:, None, :, None])[..., 0].clamp_min(0) * 0.6 * draw(1, 1)
    halfway = torch.nn.functional.normalize(suns + cameras, dim=1)
    gloss = (normal @ halfway[:, None, :, None])[..., 0].clamp_min(0)
    gloss = gloss ** (4 + 60 * draw(1, 1)) * sunlit * 0.8 * draw(1, 1) ** 2
    light_colour = 1 - 0.25 * draw(1, 1, 3)
    colour = (
        albedo * ((ambient + fill)[..., None] + sun[..., None] * light_colour) + gloss[..., None]
    )
    return colour.clamp(0, 1) ** (0.45 + 0.55 * draw(1, 1, 1))


def normals_of(buffers: UInt8[Tensor, "b s s _"]) -> Float[Tensor, "b s s 3"]:
    """Unit normals of view buffers, whose first two bytes they are; of no meaning without a hit."""
    flat = buffers[..., :2].float() / 255 * 2 - 1
    z = 1 - flat.abs().sum(dim=-1, keepdim=True)
    fold = (-z).clamp_min(0)
    flat = flat + torch.where(flat >= 0, -fold, fold)
    return torch.nn.functional.normalize(torch.cat([flat, z], dim=-1), dim=-1)


def _part_colours(
    part: UInt8[Tensor, "b s s"], generator: torch.Generator
) -> Float[Tensor, "b s s 3"]:
    """Colours from a palette of four per picture; most parts of most pictures share one."""
    count = len(part)
    value = torch.rand(count, 4, 1, generator=generator)
    tint = torch.rand(count, 4, 3, generator=generator)
    grey = torch.rand(count, 4, 1, generator=generator) ** 0.5
    palette = value * (grey + (1 - grey) * tint) * 0.95 + 0.04
    variety = torch.rand(count, 1, generator=generator)
    choice = torch.randint(0, 4, (count, 256), generator=generator)
    choice = torch.where(torch.rand(count, 256, generator=generator) < variety, choice, 0)
    entry = choice.gather(1, part.reshape(count, -1).long())
    return palette.gather(1, entry[..., None].expand(-1, -1, 3)).reshape(*part.shape, 3)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-30)


def _octahedral(normal: NDArray[np.float64]) -> NDArray[np.uint8]:
    """(N, 2) uint8 of unit normals; the sphere folded onto a square.

    Source:
        Cigolle et al., A Survey of Efficient Representations for Independent Unit Vectors,
        2014, section 3.
    """
    flat = normal[:, :2] / np.abs(normal).sum(axis=1, keepdims=True)
    folded = (1 - np.abs(flat[:, ::-1])) * np.where(flat >= 0, 1, -1)
    flat = np.where(normal[:, 2:] >= 0, flat, folded)
    return np.round((flat * 0.5 + 0.5) * 255).astype(np.uint8)
