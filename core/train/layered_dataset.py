"""Layered views of many assets on disk, and how they are opened for training.

Every asset is prepared into a file of its own, so that an interrupted preparation goes on; all
are then packed into one memory-mapped array per kind.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int16, UInt8
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from ..errors import InputError
from ..field.solid import solid_of
from ..frames import Camera, Frame
from ..geometry.components import parts_of
from .assets import Asset, load_asset, load_colours
from .dataset import open_arrays
from .layered_views import LayeredViews, cast_layers, solid_caster
from .preparation import prepare_each, prepared_path
from .rendering import caster_of, frame_of, random_sun


@dataclass(frozen=True)
class LayersConfig:
    """How assets are seen."""

    views: int = 8
    """Per asset."""

    picture_px: int = 192
    """Side of the square pictures."""

    layers_px: int = 96
    """Side of the square maps of crossings."""

    elevations_deg: tuple[float, float] = (-10.0, 80.0)
    """From below to above."""

    fields_of_view_deg: tuple[float, float] = (15.0, 70.0)
    """Of a camera that just holds the cube; the frame is cropped from its picture."""

    fills: tuple[float, float] = (0.45, 0.95)
    """Share of the frame that the object's longer side fills."""

    shift: float = 0.5
    """Share of the room beside the object by which it stands off the frame's middle, at most."""

    known_front: float = 0.25
    """Share of the views that look at the front or its neighbourhood, as people's pictures do."""

    seed: int = 0
    """Draws cameras and suns, together with the asset's name."""


@dataclass(frozen=True, eq=False)
class PackedLayers:
    """Layered views of all assets, in one order; arrays are memory maps."""

    assets: list[Asset]
    buffers: UInt8[np.ndarray, "n v s s 6"]
    """See `LayeredViews`."""
    crossings: Int16[np.ndarray, "n v t t 4"]
    cameras: Float[np.ndarray, "n v 6"]
    suns: Float[np.ndarray, "n v 3"]


def prepare_layers(
    assets: list[Asset], output: Path, config: LayersConfig, workers: int
) -> Iterator[tuple[Asset, str | None]]:
    """Casts what is missing; yields each asset when it is done, with what was wrong or None.

    Args:
        assets: What to see; a bad one is skipped and said.
        output: Folder of the prepared files.
        config: How to see it.
        workers: Processes; 1 runs in this one.
    """
    return prepare_each(assets, output, partial(_arrays_of, config=config), workers)


def pack_layers(assets: list[Asset], prepared: Path, output: Path) -> PackedLayers:
    """The arrays of these assets, packed unless they already are; unprepared ones are left out.

    Raises:
        InputError: None of the assets has been prepared.
    """
    present = [asset for asset in assets if prepared_path(prepared, asset).exists()]
    if not present:
        raise InputError(f"{prepared} holds none of the {len(assets)} assets; prepare them first")
    index, keys = output / "index.json", [asset.key for asset in present]
    if not index.exists() or json.loads(index.read_text()) != keys:
        output.mkdir(parents=True, exist_ok=True)
        index.unlink(missing_ok=True)
        maps: dict[str, np.memmap] = {}
        for row, asset in enumerate(present):
            with np.load(prepared_path(prepared, asset), allow_pickle=False) as arrays:
                for name in LayeredViews._fields:
                    value = arrays[name]
                    if name not in maps:
                        shape = (len(present), *value.shape)
                        maps[name] = open_memmap(output / f"{name}.npy", "w+", value.dtype, shape)
                    maps[name][row] = value
        for array in maps.values():
            array.flush()
        index.write_text(json.dumps(keys))
    return PackedLayers(present, **open_arrays(output, LayeredViews._fields))


def layers_of(asset: Asset, config: LayersConfig, seed: int) -> LayeredViews:
    """Views of one asset from random cameras.

    Args:
        asset: What to see.
        config: How; its own seed is not read.
        seed: Draws cameras, suns and missing colours, together with the asset's name.

    Raises:
        InputError: The asset cannot be read as a mesh.
    """
    generator = np.random.default_rng([seed, zlib.crc32(asset.key.encode())])
    mesh = load_asset(asset)
    part = parts_of(mesh)
    colours = load_colours(asset)
    if colours is None:
        colours = _colours_of_parts(part, generator)
    caster, solid = caster_of(mesh, part), solid_caster(solid_of(mesh))
    found = []
    for _ in range(config.views):
        camera, sun = _random_camera(config, generator), random_sun(generator)
        frame = _random_frame(caster.vertices, camera, config, generator)
        buffer, crossings = cast_layers(
            caster,
            solid,
            colours,
            camera,
            sun,
            frame=frame,
            size_px=config.picture_px,
            layers_px=config.layers_px,
        )
        placed = (camera.azimuth_rad, camera.elevation_rad, camera.distance, *frame)
        found.append(LayeredViews(buffer, crossings, np.float32(placed), np.float32(sun)))
    return LayeredViews(*(np.stack(each) for each in zip(*found, strict=True)))


def _arrays_of(asset: Asset, config: LayersConfig) -> dict[str, NDArray]:
    return layers_of(asset, config, config.seed)._asdict()


def _colours_of_parts(
    part: NDArray[np.int64], generator: np.random.Generator
) -> UInt8[np.ndarray, "f 3"]:
    """Random colours, one to four of them, over the parts of a shape that has none."""
    palette = generator.integers(20, 250, (int(generator.integers(1, 5)), 3))
    grey = palette.mean(axis=1, keepdims=True)
    palette = grey + (palette - grey) * generator.random((len(palette), 1))
    chosen = generator.integers(0, len(palette), int(part.max()) + 1)
    return palette[chosen[part]].astype(np.uint8)


def _random_camera(config: LayersConfig, generator: np.random.Generator) -> Camera:
    """Any azimuth, or one near the front; a distance at which the cube fills the field of view."""
    fov = float(np.radians(generator.uniform(*config.fields_of_view_deg)))
    azimuth = generator.uniform(0, 2 * np.pi)
    if generator.random() < config.known_front:
        azimuth = generator.normal(0, np.pi / 4)
    return Camera(
        azimuth_rad=float(azimuth % (2 * np.pi)),
        elevation_rad=float(np.radians(generator.uniform(*config.elevations_deg))),
        fov_rad=fov,
        distance=float(generator.uniform(0.55, 0.75) / np.tan(fov / 2) + 0.35),
    )


def _random_frame(
    vertices: NDArray[np.float64],
    camera: Camera,
    config: LayersConfig,
    generator: np.random.Generator,
) -> Frame:
    """The object somewhere in the frame, all of it."""
    fill = generator.uniform(*config.fills)
    tight = frame_of(vertices, camera, fill)
    room = config.shift * (1 - fill) * tight.half
    x, y = generator.uniform(-room, room, 2)
    return Frame(tight.x + float(x), tight.y + float(y), tight.half)
