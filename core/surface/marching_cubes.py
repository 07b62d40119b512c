"""Marching cubes: the triangles of a level set, as array operations on any device.

Inside is where `field < iso`. Vertices lie on lattice edges and are shared; faces run
counter-clockwise seen from outside; every result is closed. Samples on the border of the
lattice count as outside, so a surface that leaves the lattice is cut off flat there.
"""

import logging
import time

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from ..errors import EmptySurfaceError, InputError
from ..frames import HALF_EXTENT
from ..meshes import TriangleMesh
from ..tensors import Field, IsCancelled, Lattice, Progress
from .lattice import LatticeConfig, axis_coordinates
from .near_surface import near_surface
from .tiles import SIZE, Tiles, differs_beyond, pack, tiles_per_axis
from .triangulation import triangulate

logger = logging.getLogger(__name__)

CLOSEST = 1e-3
"""Least distance of a vertex from the ends of its edge, as a share of the edge.

Where a sample equals the iso-level, all vertices around it would otherwise coincide and the
faces between them would have no area.
"""


def marching_cubes(
    values: Lattice, iso: float = 0.0, half_extent: float = HALF_EXTENT
) -> TriangleMesh:
    """Triangles of the level set `values == iso` of a lattice that spans a cube.

    Args:
        values: The field at the samples, indexed [x, y, z]; at least 2 per axis.
        iso: The iso-level; inside is where `values < iso`.
        half_extent: The lattice's first and last samples lie at -half_extent and
            half_extent on every axis, unit cube.

    Raises:
        InputError: A value is NaN.
        EmptySurfaceError: No sample within the border lies inside.
        ValueError: The lattice has fewer than two samples per axis.

    Source:
        Lorensen and Cline, Marching Cubes, 1987 (doi:10.1145/37402.37422); for the deviations
        see `tables.py`. Vertices keep a thousandth of an edge away from its ends.
    """
    resolution = values.shape[0]
    if resolution < 2:
        raise ValueError(f"a lattice needs at least 2 samples per axis; found {resolution}")
    values = values.contiguous()
    tiles, signs = _tiles_of_lattice(values, iso)
    edges, faces = triangulate(tiles, signs)
    if len(faces) == 0:
        raise _empty(values.min().item(), values.max().item(), iso)
    lower = tiles.lattice_index(edges.tile, edges.sample)
    flat, first = values.flatten(), (lower[0] * resolution + lower[1]) * resolution + lower[2]
    step = torch.tensor([resolution**2, resolution, 1], device=values.device)
    second = first + step.index_select(0, edges.axis)
    ends = flat.index_select(0, first) - iso, flat.index_select(0, second) - iso
    return _mesh(lower, edges.axis, ends, faces, axis_coordinates(resolution, half_extent))


def extract_surface(
    field: Field,
    config: LatticeConfig,
    *,
    iso: float = 0.0,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> TriangleMesh:
    """Triangles of a field's level set, evaluated near the surface only.

    The same surface as `marching_cubes(sample_lattice(field, config), iso)`, under the
    condition on the field that `Field.lipschitz` states.

    Args:
        field: Called with batches of points; see `LatticeConfig.points_per_batch`.
        config: Resolution and extent.
        iso: The iso-level; inside is where `field < iso`.
        progress: Told the stage "surface" and its fraction, after every batch.
        cancelled: Asked before every batch.

    Raises:
        InputError: The field is NaN somewhere.
        EmptySurfaceError: The field never crosses the iso-level within the lattice.
        Cancelled: `cancelled` returned true.
    """
    started = time.perf_counter()
    found = near_surface(field, config, iso=iso, progress=progress, cancelled=cancelled)
    edges, faces = triangulate(found.tiles, found.signs)
    if len(faces) == 0:
        raise _empty(found.lowest, found.highest, iso)
    lower = found.tiles.lattice_index(edges.tile, edges.sample)
    coordinates = axis_coordinates(config.resolution, config.half_extent)
    mesh = _mesh(lower, edges.axis, found.edge_ends(edges), faces, coordinates)
    logger.info(
        "surface: %d faces from %d field values in %.2f s",
        len(mesh.faces),
        found.evaluations,
        time.perf_counter() - started,
    )
    return mesh


def _empty(low: float, high: float, iso: float) -> EmptySurfaceError:
    return EmptySurfaceError(
        f"the field never crosses the iso-level {iso:g} (it spans {low:.3g} to {high:.3g}); "
        "try another picture or a larger visible part"
    )


def _tiles_of_lattice(values: Lattice, iso: float) -> tuple[Tiles, UInt8[Tensor, "m 8 8"]]:
    """The tiles of a dense lattice that the surface touches, and their inside bits."""
    resolution, device = values.shape[0], values.device
    per_axis = tiles_per_axis(resolution)
    signs = torch.zeros((per_axis,) * 3 + (SIZE, SIZE), dtype=torch.uint8, device=device)
    padded = per_axis * SIZE
    inside = torch.zeros((SIZE, padded, padded), dtype=torch.bool, device=device)
    sums = torch.zeros(per_axis, device=device)
    for x in range(per_axis):  # slab by slab: the booleans stay in the processor's cache
        slab = values[x * SIZE : (x + 1) * SIZE]
        sums[x] = slab.sum()
        if len(slab) < SIZE:
            inside.zero_()
        torch.lt(slab, iso, out=inside[: len(slab), :resolution, :resolution])
        packed = pack(inside.view(SIZE, per_axis, SIZE, per_axis, SIZE))
        signs[x] = packed.permute(1, 3, 0, 2)
    # the sum is NaN if any value is, or if both infinities occur
    if torch.isnan(sums).any() and torch.isnan(values).any():
        count = int(torch.isnan(values).sum())
        raise InputError(
            f"the field is not a number at {count} of {values.numel()} samples; "
            "the model may be damaged: use another one"
        )
    return _touched(signs, resolution)


def _touched(
    signs: UInt8[Tensor, "t t t 8 8"], resolution: int
) -> tuple[Tiles, UInt8[Tensor, "m 8 8"]]:
    """The tiles that are mixed, or differ from a tile beyond them."""
    per_axis = signs.shape[0]
    _clear_border(signs, resolution)
    words = signs.view(per_axis, per_axis, per_axis, SIZE * SIZE).view(torch.int64)
    is_inside, is_outside = (words == -1).all(dim=-1), (words == 0).all(dim=-1)
    mixed = ~(is_inside | is_outside)
    touched = mixed | differs_beyond(is_inside + 2 * mixed.to(torch.int8))
    numbers = torch.nonzero(touched.flatten()).squeeze(1)
    kept = signs.view(-1, SIZE, SIZE)[numbers]
    return Tiles(resolution, numbers, is_inside), kept


def _clear_border(signs: UInt8[Tensor, "t t t 8 8"], resolution: int) -> None:
    """Set the samples on the lattice's border to outside, in place."""
    last, end = divmod(resolution - 1, SIZE)
    for tile, sample in ((0, 0), (last, end)):
        signs[tile, :, :, sample] = 0
        signs[:, tile, :, :, sample] = 0
        signs[:, :, tile] &= 255 - (1 << sample)


def _mesh(
    index: Int[Tensor, "3 v"],
    axis: Int[Tensor, " v"],
    ends: tuple[Float[Tensor, " v"], Float[Tensor, " v"]],
    faces: Int[Tensor, "f 3"],
    coordinates: Float[Tensor, " r"],
) -> TriangleMesh:
    """The mesh with a vertex on each edge, where the field, linear between its ends, is 0.

    Args:
        index: Lattice index of the edges' lower samples.
        axis: The edges' axes.
        ends: The field minus the iso-level at the lower and the upper samples.
        faces: Positions of edges.
        coordinates: Where the samples lie, on every axis.
    """
    coordinates = coordinates.to(index.device)
    along = index.gather(0, axis[None]).squeeze(0)
    low, high = ends
    # of two ends of one sign, one is a border sample that counts as outside: cut there
    share = torch.where((low < 0) == (high < 0), along > 0, low / (low - high))
    share = share.nan_to_num(0.5).clamp(CLOSEST, 1 - CLOSEST).to(coordinates.dtype)
    start, stop = coordinates.index_select(0, along), coordinates.index_select(0, along + 1)
    vertices = coordinates.index_select(0, index.flatten()).view(3, -1)
    vertices.scatter_(0, axis[None], torch.lerp(start, stop, share)[None])
    return TriangleMesh(vertices.T.cpu().numpy(), faces.cpu().numpy())
