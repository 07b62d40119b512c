"""The search: which samples of a lattice lie near the surface, from coarse to fine.

`blocks.py` finds the tiles of 8 samples that the surface may touch. In them every fourth
sample is evaluated, then every second, then every one, but only where the values around
leave the sign open. At last both ends of every crossed edge are evaluated, and wherever a
sign turns out otherwise than the field's bound had promised, the search spreads from there.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from ..tensors import Field, IsCancelled, Progress
from .blocks import near_tiles
from .lattice import LatticeConfig, Sampler
from .tiles import POSITIVE, SAMPLES, SIZE, Tiles, interior_mask, joined_rows, pack
from .triangulation import CrossedEdges, crossed_edges

LEAST_BOUND = 0.4
"""A sign is taken as proved only with a bound of this share of a cell's diagonal to spare at
the next stride, because a bound near zero proves nothing there. From 0 to 1, measured on
chair-like shapes at 64 to 512 samples per axis, 0.4 asks for the fewest points."""

TOUCHING = [tuple(-d for d in offset) for offset in POSITIVE[1:]] + [
    (1, 0, 0),
    (0, 1, 0),
    (0, 0, 1),
]
"""Offsets of tiles that hold a cell or an edge with a sample of this tile."""


@dataclass(frozen=True, eq=False)
class NearSurface:
    """The samples near a surface: signs of all, values at both ends of every crossed edge."""

    tiles: Tiles
    """The tiles that the surface touches, and some around them."""

    signs: UInt8[Tensor, "m 8 8"]
    """Their inside bits, without those on the lattice's border."""

    values: Float[Tensor, "m 8 8 8"]
    """The field minus the iso-level where it was evaluated, else a bound nearer to zero."""

    evaluations: int
    """How often the field was asked for a point."""

    lowest: float
    """Lowest value of the field that was seen."""

    highest: float
    """Highest value of the field that was seen."""

    def edge_ends(self, edges: CrossedEdges) -> tuple[Float[Tensor, " v"], Float[Tensor, " v"]]:
        """The field minus the iso-level at the lower and the upper sample of crossed edges."""
        lower, upper = _ends(self.tiles, edges)
        flat = self.values.flatten()
        return flat.index_select(0, lower), flat.index_select(0, upper)


def near_surface(
    field: Field,
    config: LatticeConfig,
    *,
    iso: float = 0.0,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> NearSurface:
    """The samples of the lattice that decide where the level set `field == iso` runs.

    Args:
        field: Asked in batches of points; how fast it may change, and up to which value it is a
            distance, decide what is left out.
        config: The lattice.
        iso: The iso-level; inside is where `field < iso`.
        progress: Told the stage "surface" and its fraction, after every batch.
        cancelled: Asked before every batch.

    Raises:
        InputError: The field is NaN at a sample.
        Cancelled: `cancelled` returned true.

    Source:
        Kalra and Barr, Guaranteed Ray Intersections with Implicit Surfaces, 1989, section 3,
        leave out the boxes of an octree by a bound on the field's rate of change. We deviate:
        at the finest strides samples, not boxes, are left out, and the result does not rest on
        the bound alone, because signs that contradict it are followed.
    """
    clamp = max(0.0, field.clamp - abs(iso))
    sampler = Sampler(field, config, iso, progress, cancelled)
    sampler.span = (0.0, 0.1)
    tiles = near_tiles(sampler, clamp)
    patch = _refined(tiles, sampler, clamp)
    while patch is not None:
        sampler.span = (sampler.span[1], (sampler.span[1] + 1) / 2)
        settled, patch = patch, _corrected(patch, sampler)
    return NearSurface(
        settled.tiles,
        settled.signs,
        settled.values,
        sampler.evaluations,
        sampler.lowest,
        sampler.highest,
    )


@dataclass(frozen=True, eq=False)
class _Patch:
    """What is known of the kept tiles' samples."""

    tiles: Tiles
    values: Float[Tensor, "m 8 8 8"]
    known: Bool[Tensor, "m 8 8 8"]

    @property
    def signs(self) -> UInt8[Tensor, "m 8 8"]:
        """Bits of the samples inside the shape; none on the border of the lattice."""
        return pack(self.values < 0) & interior_mask(self.tiles.origins, self.tiles.resolution)


def _refined(tiles: Tiles, sampler: Sampler, clamp: float) -> _Patch:
    """Every sample of the tiles, evaluated or proved to be of one sign, stride by stride."""
    count = len(tiles.numbers)
    values = torch.zeros((count, SIZE, SIZE, SIZE), device=sampler.device)
    known = torch.zeros(values.shape, dtype=torch.bool, device=sampler.device)
    unknown = torch.zeros_like(known)
    unknown[:, ::4, ::4, ::4] = True
    for stride, span in ((4, (0.1, 0.2)), (2, (0.2, 0.4)), (1, (0.4, 0.9))):
        sampler.span = span
        if stride < 4:
            unknown.zero_()
            _bound_between(values, unknown, tiles, 2 * stride, sampler, clamp=clamp)
        flat = torch.nonzero(unknown.flatten()).squeeze(1)
        values.view(-1)[flat] = _evaluate(flat, tiles, sampler)
        known.view(-1)[flat] = True
    return _Patch(tiles, values, known)


def _bound_between(
    values: Float[Tensor, "m 8 8 8"],
    unknown: Bool[Tensor, "m 8 8 8"],
    tiles: Tiles,
    stride: int,
    sampler: Sampler,
    *,
    clamp: float,
) -> None:
    """Fill in bounds at the samples halfway between those of a stride, in place.

    A bound has the sign of the field there and is nearer to zero. Where the samples around
    prove no sign with enough to spare, `unknown` is set.
    """
    corners = _with_neighbours(values[:, ::stride, ::stride, ::stride], tiles).clamp(-clamp, clamp)
    half, change = stride // 2, sampler.config.cell * sampler.field.lipschitz
    least = LEAST_BOUND * math.sqrt(3) * (half // 2) * change
    for offset in POSITIVE[1:]:
        reach = math.sqrt(sum(offset)) * half * change
        low, high = _extremes(corners, offset)
        bound = (high - reach).clamp(min=0) + (low + reach).clamp(max=0)
        x, y, z = (slice(half * d, None, stride) for d in offset)
        values[:, x, y, z] = bound
        unknown[:, x, y, z] = (bound.abs() < least) | (bound == 0)


def _extremes(
    corners: Float[Tensor, "m n n n"], offset: tuple[int, int, int]
) -> tuple[Float[Tensor, "m p p p"], Float[Tensor, "m p p p"]]:
    """Lowest and highest of the corners around each sample halfway along `offset`."""
    own = corners.shape[1] - 1
    low = high = corners
    for axis, doubled in enumerate(offset, start=1):
        if not doubled:
            low, high = low.narrow(axis, 0, own), high.narrow(axis, 0, own)
            continue
        low = torch.minimum(low.narrow(axis, 0, own), low.narrow(axis, 1, own))
        high = torch.maximum(high.narrow(axis, 0, own), high.narrow(axis, 1, own))
    return low, high


def _with_neighbours(values: Float[Tensor, "m n n n"], tiles: Tiles) -> Float[Tensor, "m p p p"]:
    """Each tile's samples and the first ones of the tiles beyond it; zero where none is kept."""
    count, own = values.shape[:2]
    table = torch.cat([values, values.new_zeros((1, own, own, own))])
    joined = values.new_zeros((count,) + (own + 1,) * 3)
    for number, (dx, dy, dz) in enumerate(POSITIVE):
        there = tiles.positive_neighbours[:, number].clamp(max=count)
        x, y, z = (
            (slice(own, None), slice(0, 1)) if d else (slice(0, own),) * 2 for d in (dx, dy, dz)
        )
        joined[:, x[0], y[0], z[0]] = table[:, x[1], y[1], z[1]][there]
    return joined


def _evaluate(flat: Int[Tensor, " n"], tiles: Tiles, sampler: Sampler) -> Float[Tensor, " n"]:
    """The field at samples numbered through all kept tiles, 512 per tile."""
    return sampler.at(tiles.lattice_index(flat >> 9, flat & SAMPLES - 1))


def _ends(tiles: Tiles, edges: CrossedEdges) -> tuple[Int[Tensor, " v"], Int[Tensor, " v"]]:
    """Both samples of each edge, numbered through all kept tiles, 512 per tile."""
    shift = 6 - 3 * edges.axis
    last = (edges.sample >> shift & 7) == 7
    offset = torch.where(last, 4 >> edges.axis, 0)
    tile = tiles.positive_neighbours.flatten().index_select(0, edges.tile * 8 + offset)
    step = torch.where(last, -7, 1) << shift
    return edges.tile * SAMPLES + edges.sample, tile * SAMPLES + edges.sample + step


def _corrected(patch: _Patch, sampler: Sampler) -> _Patch | None:
    """The patch with what its signs turned out to need, or None if they need nothing."""
    wanted = _entered(patch)
    if len(wanted):
        return _grown(patch, wanted, sampler)
    rows = joined_rows(patch.signs, patch.tiles.positive_neighbours)
    ends = torch.cat(_ends(patch.tiles, crossed_edges(rows)))
    ends = ends[~patch.known.flatten().index_select(0, ends)]
    if len(ends) == 0:
        return None
    unknown = torch.zeros_like(patch.known).flatten()
    unknown[ends] = True
    flat = torch.nonzero(unknown).squeeze(1)
    patch.values.view(-1)[flat] = _evaluate(flat, patch.tiles, sampler)
    patch.known.view(-1)[flat] = True
    return patch


def _entered(patch: _Patch) -> Int[Tensor, " n"]:
    """Numbers of tiles not kept that a sample beside them contradicts, ascending."""
    tiles, signs, count = patch.tiles, patch.signs, len(patch.tiles.numbers)
    wanted = []
    for offset in TOUCHING:
        there = tiles.neighbours(offset)
        beside = torch.nonzero(there >= count).squeeze(1)
        x, y = (
            {-1: slice(0, 1), 0: slice(0, SIZE), 1: slice(SIZE - 1, SIZE)}[d] for d in offset[:2]
        )
        bits = {-1: 1, 0: 255, 1: 128}[offset[2]]
        expected = (there[beside] - count).to(torch.uint8) * 255
        differs = (signs[beside, x, y] ^ expected[:, None, None]) & bits
        contradicted = beside[differs.flatten(1).amax(dim=1) > 0]
        dx, dy, dz = offset
        step = (dx * tiles.per_axis + dy) * tiles.per_axis + dz
        wanted.append(tiles.numbers[contradicted] + step)
    return torch.unique(torch.cat(wanted))


def _grown(patch: _Patch, wanted: Int[Tensor, " n"], sampler: Sampler) -> _Patch:
    """The patch with more tiles, all of whose samples are evaluated."""
    numbers, order = torch.sort(torch.cat([patch.tiles.numbers, wanted]))
    tiles = Tiles(patch.tiles.resolution, numbers, patch.tiles.inside_elsewhere)
    added = Tiles(patch.tiles.resolution, wanted, patch.tiles.inside_elsewhere)
    every = torch.arange(len(wanted) * SAMPLES, device=numbers.device)
    values = _evaluate(every, added, sampler).view(-1, SIZE, SIZE, SIZE)
    known = torch.ones_like(values, dtype=torch.bool)
    return _Patch(
        tiles,
        torch.cat([patch.values, values])[order],
        torch.cat([patch.known, known])[order],
    )
