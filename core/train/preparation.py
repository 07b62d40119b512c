"""Assets to training data on disk: signed-distance samples, a coarse lattice, and view buffers.

One `.npz` per asset under `<output>/<category>/<name>.npz`, written whole or not at all,
so an interrupted preparation goes on where it stopped. Coordinates and distances are
int16 in steps of `STEP`.
"""

import logging
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..field.solid import Solid, solid_of
from ..frames import HALF_EXTENT
from ..geometry.components import parts_of
from .assets import Asset, load_asset, load_render_cameras, load_renders
from .rendering import PICTURE_PX, cast_views

logger = logging.getLogger(__name__)

STEP = 0.6 / 32767
"""Unit-cube lengths per int16 step: the lattice's half extent and a little more fit in."""


@dataclass(frozen=True)
class PreparationConfig:
    """How much is sampled from every asset."""

    near_points: int = 12_000
    """Points within a normal deviation of `near_deviation` of the surface."""

    middle_points: int = 7_000
    """Points within a normal deviation of `middle_deviation` of the surface."""

    uniform_points: int = 3_000
    """Points anywhere on the lattice's extent; they keep empty space empty."""

    near_deviation: float = 0.008
    """Unit-cube lengths; about one cell of a 128^3 lattice."""

    middle_deviation: float = 0.03
    """Unit-cube lengths."""

    surface_points: int = 6_000
    """Points on the visible surface, with normals and parts, from which observations are cut."""

    lattice_resolution: int = 24
    """Samples per axis of the coarse lattice whose principal components start the codes."""

    views: int = 20
    """Ray-cast views per asset, beside the renders that it brings."""

    seed: int = 0
    """Draws points, cameras and suns, together with the asset's name."""


def coarse_lattice(resolution: int) -> NDArray[np.float64]:
    """(resolution^3, 3) lattice samples, x slowest, the first half a cell inside the extent."""
    steps = ((np.arange(resolution) + 0.5) / resolution * 2 - 1) * HALF_EXTENT
    return np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)


def prepare_assets(
    assets: Iterable[Asset], output: Path, config: PreparationConfig, workers: int = 1
) -> Iterator[tuple[Asset, str | None]]:
    """Prepares what is missing; yields each asset when it is done, with what was wrong or None.

    Args:
        assets: What to prepare; a bad one is skipped and said.
        output: Folder of the prepared files.
        config: How much to sample.
        workers: Processes; 1 runs in this one.
    """
    return prepare_each(assets, output, partial(prepare_asset, config=config), workers)


def prepare_each(
    assets: Iterable[Asset],
    output: Path,
    prepare: Callable[[Asset], dict[str, NDArray]],
    workers: int,
) -> Iterator[tuple[Asset, str | None]]:
    """As `prepare_assets`, by a function that gives the arrays of an asset.

    Args:
        assets: What to prepare.
        output: Folder of the prepared files.
        prepare: Raises an `InputError` for an asset that cannot be used; it can be pickled.
        workers: Processes; 1 runs in this one.
    """
    missing: list[Asset] = []
    for asset in assets:
        if prepared_path(output, asset).exists():
            yield asset, None
        else:
            missing.append(asset)
    if workers == 1:
        for asset in missing:
            yield asset, _prepare_or_say(asset, output, prepare)
        return
    # the samplers' own threads would fight over the cores that the processes use
    os.environ.setdefault("IGL_NUM_THREADS", "1")
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running: dict[Future[str | None], Asset] = {
            pool.submit(_prepare_or_say, asset, output, prepare): asset for asset in missing
        }
        while running:
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(done), done.result()


def prepared_path(output: Path, asset: Asset) -> Path:
    """Where an asset's prepared arrays lie."""
    return output / asset.category / f"{asset.name}.npz"


def prepare_asset(asset: Asset, config: PreparationConfig) -> dict[str, NDArray]:
    """The arrays of one asset.

    Returns:
        `samples` (N, 4) int16 x, y, z, distance; `lattice` (r^3,) int16 distances;
        `surface` (S, 7) int16 x, y, z, normal in 32767ths, number of the part;
        `views` (V, 128, 128, 4) uint8 view buffers with `cameras` (V, 3) and `suns` (V, 3);
        `render_cameras` (R, 3) of the renders, zeros where they are not known;
        `renders` (R, H, W, 4) uint8, empty where the asset brings none.

    Raises:
        InputError: The asset cannot be read as a mesh.
    """
    generator = np.random.default_rng([config.seed, zlib.crc32(asset.key.encode())])
    mesh = load_asset(asset)
    solid = solid_of(mesh)
    surface = solid.sample_surface(config.near_points + config.middle_points, generator).points
    deviation = np.repeat(
        [config.near_deviation, config.middle_deviation],
        [config.near_points, config.middle_points],
    )
    near = surface + generator.normal(size=surface.shape) * deviation[:, None]
    uniform = generator.uniform(-HALF_EXTENT, HALF_EXTENT, (config.uniform_points, 3))
    points = np.concatenate([near.clip(-HALF_EXTENT, HALF_EXTENT), uniform])
    everywhere = np.concatenate([points, coarse_lattice(config.lattice_resolution)])
    distances = solid.signed_distance(everywhere).clip(-0.59, 0.59)
    samples = np.concatenate([points, distances[: len(points), None]], axis=1)
    views = cast_views(mesh, parts_of(mesh), config.views, generator)
    renders = load_renders(asset)
    render_cameras = load_render_cameras(asset)
    return {
        "samples": np.round(samples / STEP).astype(np.int16),
        "surface": surface_arrays(solid, config.surface_points, generator),
        "lattice": np.round(distances[len(points) :] / STEP).astype(np.int16),
        "views": views.buffers,
        "cameras": views.cameras,
        "suns": views.suns,
        "renders": _or_empty(renders, (0, PICTURE_PX, PICTURE_PX, 4), np.uint8),
        "render_cameras": _or_empty(render_cameras, (0, 3), np.float32),
    }


def _or_empty(values: NDArray | None, shape: tuple[int, ...], dtype: type) -> NDArray:
    return np.zeros(shape, dtype) if values is None else values


def surface_arrays(solid: Solid, count: int, generator: np.random.Generator) -> NDArray[np.int16]:
    """(count, 7) x, y, z in steps of `STEP`, normal in 32767ths, number of the part."""
    drawn = solid.sample_surface(count, generator)
    columns = (drawn.points / STEP, drawn.normals * 32767, drawn.parts[:, None])
    return np.round(np.concatenate(columns, axis=1)).astype(np.int16)


def _prepare_or_say(
    asset: Asset, output: Path, prepare: Callable[[Asset], dict[str, NDArray]]
) -> str | None:
    try:
        arrays = prepare(asset)
    except InputError as error:
        return str(error)
    path = prepared_path(output, asset)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    with unfinished.open("wb") as file:
        np.savez_compressed(file, **arrays)
    unfinished.replace(path)
    return None
