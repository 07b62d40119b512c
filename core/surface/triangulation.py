"""From inside bits to triangles: which edges of the lattice are crossed, and how they join."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Int, UInt8
from torch import Tensor

from .tables import MAX_TRIANGLES, case_tables, edge_owner
from .tiles import SAMPLES, SIZE, Tiles, joined_rows

ROWS = SIZE * SIZE * 3
"""Rows of edges per tile: (i, j, axis), each with one bit per k."""

CELLS_PER_BATCH = 1 << 16
"""Cells triangulated at once; keeps the scratch arrays in the processor's cache."""


@dataclass(frozen=True, eq=False)
class CrossedEdges:
    """Lattice edges between an inside and an outside sample, one vertex each, in tile order."""

    tile: Int[Tensor, " v"]
    """Slot of the tile that owns the edge's lower sample."""

    sample: Int[Tensor, " v"]
    """That sample's number in the tile, `64 i + 8 j + k`."""

    axis: Int[Tensor, " v"]
    """0, 1 or 2: along x, y or z."""


def triangulate(
    tiles: Tiles, signs: UInt8[Tensor, "m 8 8"]
) -> tuple[CrossedEdges, Int[Tensor, "f 3"]]:
    """The crossed edges of all kept tiles, and triangles between them.

    Args:
        tiles: Must keep every tile with a cell whose corners differ in sign, and every tile
            with a sample on a crossed edge.
        signs: Inside bits of the kept tiles, without those on the lattice's border.

    Returns:
        The crossed edges, and faces that name them by position, counter-clockwise from
        outside. Every edge between faces is shared by two that run along it in opposite
        directions.
    """
    rows = joined_rows(signs, tiles.positive_neighbours)
    crossed = _crossed_bits(rows)
    edges = _edges(crossed)
    ranks = _row_ranks(crossed)
    cells, cases = _active_cells(rows)
    faces = [
        _faces(cells[batch], cases[batch], tiles.positive_neighbours, ranks)
        for batch in _batches(len(cells))
    ]
    return edges, torch.cat(faces) if faces else edges.tile.new_zeros((0, 3), dtype=torch.int32)


def crossed_edges(rows: Int[Tensor, "m 9 9"]) -> CrossedEdges:
    """The crossed edges of tiles, given their joined rows."""
    return _edges(_crossed_bits(rows))


def _crossed_bits(rows: Int[Tensor, "m 9 9"]) -> UInt8[Tensor, "m 8 8 3"]:
    """For each sample row and axis, which of its edges join different signs."""
    own = rows[:, :SIZE, :SIZE]
    along = [own ^ rows[:, 1:, :SIZE], own ^ rows[:, :SIZE, 1:], own ^ (own >> 1)]
    return torch.stack(along, dim=-1).to(torch.uint8)


def _edges(crossed: UInt8[Tensor, "m 8 8 3"]) -> CrossedEdges:
    row, k = _set_bits(crossed.flatten())
    row, axis = row // 3, row % 3
    return CrossedEdges(row >> 6, ((row & 63) << 3) + k, axis)


def _row_ranks(crossed: UInt8[Tensor, "m 8 8 3"]) -> Int[Tensor, " rows"]:
    """For each row of edges, 256 times the number of crossed edges before it, plus its bits."""
    flat = crossed.flatten()
    counts = _bit_counts(flat.device).index_select(0, flat.int())
    before = torch.cumsum(counts, 0, dtype=torch.int64) - counts
    return before * 256 + flat


def _active_cells(rows: Int[Tensor, "m 9 9"]) -> tuple[Int[Tensor, " c"], Int[Tensor, " c"]]:
    """Cells whose corners differ, as `512 tile + 64 i + 8 j + k`, and their cases."""
    corners = [rows[:, dx : dx + SIZE, dy : dy + SIZE] for dx in (0, 1) for dy in (0, 1)]
    some = corners[0] | corners[1] | corners[2] | corners[3]
    every = corners[0] & corners[1] & corners[2] & corners[3]
    active = ((some | some >> 1) & ~(every & every >> 1)).to(torch.uint8)
    row, k = _set_bits(active.flatten())
    cases = torch.zeros_like(k)
    for number, corner in enumerate(corners):
        bits = corner.flatten().index_select(0, row).to(k.dtype)
        cases |= (bits >> k & 3) << 2 * number
    return row * SIZE + k, cases


def _faces(
    cells: Int[Tensor, " c"],
    cases: Int[Tensor, " c"],
    neighbours: Int[Tensor, "m 8"],
    ranks: Int[Tensor, " rows"],
) -> Int[Tensor, "f 3"]:
    """Triangles of some cells, as positions among the crossed edges."""
    device = cells.device
    counts = _triangle_counts(device).index_select(0, cases)
    owner = torch.repeat_interleave(counts)
    nth = torch.arange(len(owner), device=device)
    nth -= (torch.cumsum(counts, 0) - counts).index_select(0, owner)
    cell, entry = cells.index_select(0, owner), cases.index_select(0, owner) * MAX_TRIANGLES + nth
    corners = []
    for edges in _triangle_edges(device):  # corner by corner: long rows are quicker than short
        edge = edges.index_select(0, entry)
        place = _edge_places(device).index_select(0, (cell & SAMPLES - 1) * 12 + edge)
        tile = neighbours.flatten().index_select(0, (cell >> 9 << 3) + (place & 7))
        rank = ranks.index_select(0, tile * ROWS + (place >> 3 & 255))
        below = _bits_below(device).index_select(0, ((rank & 255) << 3) + (place >> 11))
        corners.append(((rank >> 8) + below).to(torch.int32))
    return torch.stack(corners, dim=1)


def _set_bits(flat: UInt8[Tensor, " n"]) -> tuple[Int[Tensor, " s"], Int[Tensor, " s"]]:
    """Positions of the bytes with set bits, once per bit, and the bits' numbers, ascending."""
    byte = torch.nonzero(flat).squeeze(1)
    weights = 1 << torch.arange(8, device=flat.device, dtype=torch.uint8)
    bits = flat.index_select(0, byte)[:, None] & weights
    number = torch.nonzero(bits.flatten()).squeeze(1)
    return byte.index_select(0, number >> 3), number & 7


def _batches(count: int) -> list[slice]:
    return [slice(start, start + CELLS_PER_BATCH) for start in range(0, count, CELLS_PER_BATCH)]


@cache
def _bit_counts(device: torch.device) -> Int[Tensor, " 256"]:
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    return torch.from_numpy(bits.sum(axis=1, dtype=np.int32)).to(device)


@cache
def _bits_below(device: torch.device) -> Int[Tensor, " 2048"]:
    """At `8 byte + k`: how many of the byte's bits are set below bit k."""
    byte, k = np.divmod(np.arange(2048), 8)
    bits = byte[:, None] >> np.arange(8) & (np.arange(8) < k[:, None])
    return torch.from_numpy(bits.sum(axis=1, dtype=np.int64)).to(device)


@cache
def _triangle_counts(device: torch.device) -> Int[Tensor, " 256"]:
    return torch.from_numpy(case_tables()[0]).to(device)


@cache
def _triangle_edges(device: torch.device) -> Int[Tensor, "3 n"]:
    """At `MAX_TRIANGLES case + n`: the edges of the n-th triangle of a case."""
    return torch.from_numpy(case_tables()[1].reshape(-1, 3).T.copy()).to(device)


@cache
def _edge_places(device: torch.device) -> Int[Tensor, " n"]:
    """At `12 cell + edge`: where a cell's edge is owned.

    The lowest three bits are the offset of the owning tile, the next eight the row of edges
    there, the highest three the bit in that row.
    """
    places = np.zeros((SIZE, SIZE, SIZE, 12), np.int64)
    for edge in range(12):
        dx, dy, dz, axis = edge_owner(edge)
        i, j, k = np.indices((SIZE, SIZE, SIZE)) + np.array([dx, dy, dz])[:, None, None, None]
        tile = i // SIZE * 4 + j // SIZE * 2 + k // SIZE
        row = (i % SIZE * SIZE + j % SIZE) * 3 + axis
        places[..., edge] = tile | row << 3 | k % SIZE << 11
    return torch.from_numpy(places.ravel()).to(device)
