"""Contact sheets: meshes as clay, many side by side, for eyes to judge what numbers hide."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ..frames import Camera
from ..meshes import TriangleMesh
from ..tensors import Picture
from ..train.rendering import cast_view, caster_of, normals_of

Tile = NDArray[np.uint8]

FRONT, BACK = np.radians([35.0, 215.0])
"""Azimuths of the two sides that a sheet shows."""

SUN = np.array([-0.35, -0.5, 0.79])
CLAY = np.array([0.80, 0.74, 0.68])
MARKED = np.array([0.95, 0.55, 0.22])
"""Of faces that are to be told from the others."""


def clay_tile(
    mesh: TriangleMesh | None,
    azimuth_rad: float,
    size_px: int = 160,
    marked: NDArray[np.bool_] | None = None,
) -> Tile:
    """(S, S, 3) a mesh as clay on white from one side; a grey tile when there is none.

    Args:
        mesh: In the unit cube.
        azimuth_rad: Where from; 0 is the front.
        size_px: Side S of the tile.
        marked: (F,) faces to be drawn in another colour.
    """
    if mesh is None or len(mesh.faces) == 0:
        return np.full((size_px, size_px, 3), 160, np.uint8)
    is_marked = np.zeros(len(mesh.faces), bool) if marked is None else marked
    caster = caster_of(mesh, is_marked.astype(np.int64))
    camera = Camera(float(azimuth_rad), float(np.radians(22)), float(np.radians(30)), 2.6)
    # twice the size, then halved: soft edges
    buffer = torch.from_numpy(cast_view(caster, camera, SUN, 2 * size_px)[None])
    normal = normals_of(buffer)[0].numpy()
    hit, lit = buffer[0, ..., 3].numpy() > 0, buffer[0, ..., 3].numpy() == 2
    light = (
        0.42 + 0.25 * normal[..., 2] + 0.5 * np.clip(normal @ SUN, 0, None) * (0.35 + 0.65 * lit)
    )
    colour = np.where(buffer[0, ..., 2, None].numpy() == 1, MARKED, CLAY)
    shaded = np.where(hit[..., None], light.clip(0, 1.25)[..., None] * colour, 1.0)
    small = shaded.reshape(size_px, 2, size_px, 2, 3).mean(axis=(1, 3))
    return (small.clip(0, 1) * 255).astype(np.uint8)


def picture_tile(picture: Picture, size_px: int = 160) -> Tile:
    """(S, S, 3) a framed picture over white, by nearest samples."""
    steps = (np.arange(size_px) * len(picture) // size_px).clip(0, len(picture) - 1)
    sampled = picture[steps][:, steps]
    over = sampled[..., :3] * sampled[..., 3:] + 1 - sampled[..., 3:]
    return (over.clip(0, 1) * 255).astype(np.uint8)


def result_tiles(
    picture: Picture, made: TriangleMesh | None, truth: TriangleMesh | None
) -> list[Tile]:
    """A row of five: the picture, then what was made of it and the truth, each from two sides."""
    sides = [clay_tile(mesh, azimuth) for mesh in (made, truth) for azimuth in (FRONT, BACK)]
    return [picture_tile(picture), *sides]


def contact_sheet(rows: Sequence[Sequence[Tile]], columns: int = 1) -> Tile:
    """Rows of tiles, `columns` rows next to each other, as one picture."""
    strips = [np.concatenate(list(row), axis=1) for row in rows]
    blank = np.full_like(strips[0], 255)
    strips += [blank] * (-len(strips) % columns)
    lines = [
        np.concatenate(strips[start : start + columns], axis=1)
        for start in range(0, len(strips), columns)
    ]
    return np.concatenate(lines)
