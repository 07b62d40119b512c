"""Blocks: which tiles of a lattice the surface may touch, from coarse to fine.

A block is a cube of tiles. It is halved as long as the field at its centre does not prove
that the surface stays outside it; single tiles that remain are near the surface.
"""

import math

import torch
from jaxtyping import Bool
from torch import Tensor

from .lattice import Sampler
from .tiles import SIZE, Tiles, tile_origins, tiles_per_axis

COARSEST_BLOCKS = 4
"""Blocks per axis, at least, where the search begins; fewer would never be left out."""


def near_tiles(sampler: Sampler, clamp: float) -> Tiles:
    """The tiles that the surface may touch, and the signs of all others.

    Args:
        sampler: Asked for the field at the centres of ever smaller blocks.
        clamp: Beyond this value the field is no distance and proves nothing.

    Raises:
        InputError: The field is NaN at a centre.
        Cancelled: The user asked to stop.
    """
    config, device = sampler.config, sampler.device
    per_axis = tiles_per_axis(config.resolution)
    radius = math.sqrt(3) / 2 * SIZE * config.cell * sampler.field.lipschitz
    scale = 1  # tiles per block and axis
    while radius * scale * 2 < clamp and per_axis > COARSEST_BLOCKS * scale:
        scale *= 2
    coarsest = scale
    blocks = -(-per_axis // scale)
    inside = torch.zeros((blocks,) * 3, dtype=torch.bool, device=device)
    near = torch.ones_like(inside)
    while radius * scale < clamp:  # beyond the clamp a value proves nothing
        numbers = torch.nonzero(near.flatten()).squeeze(1)
        centres = tile_origins(numbers, blocks) * scale + SIZE // 2 * scale
        values = sampler.at(centres.T)
        is_near = values.abs() <= radius * scale
        if scale < coarsest:  # one corner of the block is the centre that was asked for before
            is_near |= (values < 0) != inside.flatten()[numbers]
        near.view(-1)[numbers] = is_near
        inside.view(-1)[numbers] = values < 0
        if scale == 1:
            break
        scale //= 2
        blocks = -(-per_axis // scale)
        inside, near = (_doubled(grid)[:blocks, :blocks, :blocks] for grid in (inside, near))
        inside, near = inside.contiguous(), near.contiguous()
    near |= _contradicting(inside & ~near, ~inside & ~near)
    return Tiles(config.resolution, torch.nonzero(near.flatten()).squeeze(1), inside)


def _contradicting(
    inside: Bool[Tensor, "t t t"], outside: Bool[Tensor, "t t t"]
) -> Bool[Tensor, "t t t"]:
    """Tiles of a 2 x 2 x 2 group with both an inside and an outside one; around all is outside."""
    ring = (1,) * 6
    groups = _any_of_pairs(torch.nn.functional.pad(inside, ring))
    groups &= _any_of_pairs(torch.nn.functional.pad(outside, ring, value=True))
    return _any_of_pairs(groups)


def _any_of_pairs(grid: Bool[Tensor, "n n n"]) -> Bool[Tensor, "p p p"]:
    for axis in range(3):
        pairs = grid.shape[axis] - 1
        grid = grid.narrow(axis, 0, pairs) | grid.narrow(axis, 1, pairs)
    return grid


def _doubled(grid: Bool[Tensor, "n n n"]) -> Bool[Tensor, "p p p"]:
    """Every block's value at its eight halves."""
    for axis in range(3):
        grid = grid.repeat_interleave(2, dim=axis)
    return grid
