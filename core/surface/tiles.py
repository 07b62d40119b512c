"""Tiles: blocks of 8 x 8 x 8 lattice samples, one bit per sample.

A lattice of `resolution` samples per axis is cut into `ceil(resolution / 8)` tiles per
axis; only those near the surface are kept. Sample (i, j, k) of a tile is bit `k` of its
byte (i, j); a set bit is inside. A tile owns its cells' lowest corners and the edges that
start at its samples, so cells on its upper faces read the tiles beyond.

Samples on the border of the lattice, and all beyond it, count as outside: a surface that
leaves the lattice is cut off flat at the border, and every surface is closed.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Bool, Int, Int8, UInt8
from torch import Tensor

SIZE = 8
"""Samples of a tile per axis: one byte along z."""

SAMPLES = SIZE**3

POSITIVE = [(dx, dy, dz) for dx in (0, 1) for dy in (0, 1) for dz in (0, 1)]
"""Offsets of the tiles that a tile's cells touch; offset number `4 dx + 2 dy + dz`."""


@dataclass(frozen=True, eq=False)
class Tiles:
    """The kept tiles of a lattice, in ascending order, and the sign of all others."""

    resolution: int
    """Samples of the lattice per axis."""

    numbers: Int[Tensor, " m"]
    """Flat tile numbers, x slowest, ascending."""

    inside_elsewhere: Bool[Tensor, "t t t"]
    """Whether a tile that is not kept lies inside, whole; any value at kept tiles."""

    @property
    def per_axis(self) -> int:
        """Tiles of the lattice per axis."""
        return tiles_per_axis(self.resolution)

    @cached_property
    def origins(self) -> Int[Tensor, "m 3"]:
        """Lattice index of the first sample of every kept tile."""
        return tile_origins(self.numbers, self.per_axis)

    def lattice_index(
        self, slot: Int[Tensor, " n"], sample: Int[Tensor, " n"]
    ) -> Int[Tensor, "3 n"]:
        """Lattice index, a row per axis, of samples numbered `64 i + 8 j + k` in kept tiles."""
        local = torch.stack([sample >> 6, sample >> 3 & 7, sample & 7])
        return local + self.origins.T.contiguous().index_select(1, slot)

    @cached_property
    def slots(self) -> Int[Tensor, "u u u"]:
        """Where each tile is kept, by position + 1: 0..m-1 kept, m outside, m + 1 inside.

        One ring of outside tiles surrounds the lattice.
        """
        count, per_axis = len(self.numbers), self.per_axis
        slots = torch.full((per_axis + 2,) * 3, count, device=self.numbers.device)
        slots[1:-1, 1:-1, 1:-1] += self.inside_elsewhere
        x, y, z = (self.origins // SIZE + 1).unbind(1)
        slots[x, y, z] = torch.arange(count, device=self.numbers.device)
        return slots

    def neighbours(self, offset: tuple[int, int, int]) -> Int[Tensor, " m"]:
        """The slot of the tile at `offset` (in tiles) from every kept tile."""
        x, y, z = (self.origins // SIZE + 1).unbind(1)
        return self.slots[x + offset[0], y + offset[1], z + offset[2]]

    @cached_property
    def positive_neighbours(self) -> Int[Tensor, "m 8"]:
        """The slots of the tile itself and of the seven beyond it, in the order of POSITIVE."""
        return torch.stack([self.neighbours(offset) for offset in POSITIVE], dim=1)


def tiles_per_axis(resolution: int) -> int:
    """How many tiles cover `resolution` samples; the last one may reach beyond them."""
    return -(-resolution // SIZE)


def tile_origins(numbers: Int[Tensor, " m"], per_axis: int) -> Int[Tensor, "m 3"]:
    """Lattice index of the first sample of each numbered tile."""
    columns = [numbers // per_axis**2, numbers // per_axis % per_axis, numbers % per_axis]
    return torch.stack(columns, dim=1) * SIZE


def differs_beyond(kinds: Int8[Tensor, "t t t"]) -> Bool[Tensor, "t t t"]:
    """Which tiles differ in kind from one of the seven beyond them; 0 is beyond the lattice."""
    per_axis = kinds.shape[0]
    padded = torch.zeros((per_axis + 1,) * 3, dtype=torch.int8, device=kinds.device)
    padded[:-1, :-1, :-1] = kinds
    differs = torch.zeros_like(kinds, dtype=torch.bool)
    for dx, dy, dz in POSITIVE:
        differs |= padded[dx:, dy:, dz:][:per_axis, :per_axis, :per_axis] != kinds
    return differs


def pack(inside: Bool[Tensor, "*rows 8"]) -> UInt8[Tensor, "*rows"]:
    """Eight booleans to one byte, the first one in the lowest bit."""
    # a little-endian word of eight 0/1 bytes; the factor gathers them in its top byte
    words = inside.view(torch.uint8).view(torch.int64).squeeze(-1)
    return (words * 0x0102040810204080 >> 56).to(torch.uint8)


def interior_mask(tiles_origin: Int[Tensor, "m 3"], resolution: int) -> UInt8[Tensor, "m 8 8"]:
    """Bits of the samples that do not lie on, or beyond, the border of the lattice."""
    index = tiles_origin[:, :, None] + torch.arange(SIZE, device=tiles_origin.device)
    within = (index > 0) & (index < resolution - 1)
    rows = within[:, 0, :, None] & within[:, 1, None, :]
    return rows * pack(within[:, 2])[:, None, None]


def joined_rows(
    signs: UInt8[Tensor, "m 8 8"], neighbours: Int[Tensor, "m 8"]
) -> Int[Tensor, "m 9 9"]:
    """Rows of nine sample bits: each tile with the first samples of the tiles beyond it.

    Args:
        signs: Inside bits of the kept tiles.
        neighbours: `Tiles.positive_neighbours`.
    """
    elsewhere = torch.tensor([0, 255], dtype=torch.uint8, device=signs.device)
    table = torch.cat([signs, elsewhere[:, None, None].expand(2, SIZE, SIZE)])
    rows = torch.zeros(len(signs), SIZE + 1, SIZE + 1, dtype=torch.int16, device=signs.device)
    own, last = slice(0, SIZE), slice(SIZE, SIZE + 1)
    for number, (dx, dy, dz) in enumerate(POSITIVE):
        into = rows[:, last if dx else own, last if dy else own]
        first_x, first_y = (1 if dx else SIZE), (1 if dy else SIZE)
        bytes_there = table[:, :first_x, :first_y].to(torch.int16)
        if dz:
            bytes_there = (bytes_there & 1) << SIZE
        into |= bytes_there[neighbours[:, number]]
    return rows
