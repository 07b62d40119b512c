"""Prepared assets packed into memory-mapped arrays, and the batches drawn from them.

Packing turns the files of many assets into one `.npy` per kind, so that training opens
them in no time and two trainings share one copy in memory.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from torch import Tensor

from ..errors import InputError
from ..tensors import Picture
from .assets import Asset
from .preparation import STEP, PreparationConfig, coarse_lattice, prepared_path

NEAR_SHARE, MIDDLE_SHARE, UNIFORM_SHARE = 0.45, 0.25, 0.1
"""Of a batch's points; the rest are lattice samples. Planes have no prior for empty space,
so a fifth to a third of the points lie anywhere."""


@dataclass(frozen=True, eq=False)
class PackedAssets:
    """Training arrays of all assets, in one order; arrays are memory maps."""

    assets: list[Asset]
    config: PreparationConfig
    samples: NDArray[np.int16]
    """(N, P, 4) x, y, z, distance in steps of `STEP`: near, middle and uniform points."""
    surface: NDArray[np.int16]
    """(N, S, 7) points on the surface in steps of `STEP`, normals in 32767ths, parts."""
    lattice: NDArray[np.int16]
    """(N, r^3) distances at the coarse lattice."""
    views: NDArray[np.uint8]
    """(N, V, S, S, 4) view buffers."""
    cameras: NDArray[np.float32]
    """(N, V, 3) positions of the cameras, unit cube."""
    suns: NDArray[np.float32]
    """(N, V, 3) unit directions towards the suns."""
    renders: NDArray[np.uint8]
    """(N, R, S, S, 4) framed renders, straight alpha; R is 0 where some assets bring none."""
    render_cameras: NDArray[np.float32]
    """(N, R, 3) positions of their cameras, unit cube; zeros where they are not known."""

    @property
    def categories(self) -> list[str]:
        """Sorted names."""
        return sorted({asset.category for asset in self.assets})

    @property
    def category_numbers(self) -> NDArray[np.int64]:
        """(N,) index of each asset's category in `categories`."""
        names = self.categories
        return np.array([names.index(asset.category) for asset in self.assets])

    def batch(
        self, shapes: NDArray[np.int64], count: int, generator: np.random.Generator
    ) -> tuple[Float[Tensor, "b n 3"], Float[Tensor, "b n"]]:
        """`count` points of each shape and their signed distances."""
        config = self.config
        ranges = np.cumsum([0, config.near_points, config.middle_points, config.uniform_points])
        shares = (NEAR_SHARE, MIDDLE_SHARE, UNIFORM_SHARE)
        chosen = [
            generator.integers(low, high, (len(shapes), round(share * count)))
            for low, high, share in zip(ranges, ranges[1:], shares, strict=False)
        ]
        index = np.concatenate(chosen, axis=1)
        drawn = self.samples[shapes[:, None], index].astype(np.float32) * np.float32(STEP)
        cells = generator.integers(0, self.lattice.shape[1], (len(shapes), count - index.shape[1]))
        corners = coarse_lattice(config.lattice_resolution).astype(np.float32)[cells]
        distances = self.lattice[shapes[:, None], cells].astype(np.float32) * np.float32(STEP)
        points = np.concatenate([drawn[..., :3], corners], axis=1)
        return (
            torch.from_numpy(points),
            torch.from_numpy(np.concatenate([drawn[..., 3], distances], axis=1)),
        )


def pack(
    assets: list[Asset],
    prepared: Path,
    output: Path,
    config: PreparationConfig,
    frame: Callable[[Picture], Picture],
) -> PackedAssets:
    """Pack prepared assets, or open the packed arrays when they already hold just these.

    Args:
        assets: What to pack, in this order; those that could not be prepared are left out.
        prepared: Folder that `prepare_assets` wrote.
        output: Folder of the packed arrays.
        config: As prepared.
        frame: Crops a render to its object as the pictures of users are cropped.

    Raises:
        InputError: None of the assets has been prepared.
    """
    present = [asset for asset in assets if prepared_path(prepared, asset).exists()]
    if not present:
        raise InputError(f"{prepared} holds none of the {len(assets)} assets; prepare them first")
    index = output / "index.json"
    keys = [asset.key for asset in present]
    if not index.exists() or json.loads(index.read_text()) != keys:
        output.mkdir(parents=True, exist_ok=True)
        index.unlink(missing_ok=True)
        _write_arrays(present, prepared, output, frame)
        index.write_text(json.dumps(keys))
    names = (
        *("samples", "surface", "lattice", "views", "cameras", "suns"),
        *("renders", "render_cameras"),
    )
    return PackedAssets(present, config, **open_arrays(output, names))


def open_arrays(
    folder: Path, names: Iterable[str], mode: Literal["r", "r+"] = "r"
) -> dict[str, np.memmap]:
    """The arrays of these names in a folder, as memory maps."""
    return {name: np.load(folder / f"{name}.npy", mmap_mode=mode) for name in names}


def _write_arrays(
    assets: list[Asset], prepared: Path, output: Path, frame: Callable[[Picture], Picture]
) -> None:
    maps: dict[str, np.memmap] = {}
    counts = [_render_count(prepared_path(prepared, asset)) for asset in assets]
    kept = max(counts) if min(counts) else 0
    for row, asset in enumerate(assets):
        with np.load(prepared_path(prepared, asset), allow_pickle=False) as arrays:
            values = {name: arrays[name] for name in arrays.files}
        # the same number of every asset: one that brings fewer repeats them
        renders = np.resize(np.arange(counts[row]), kept)
        values["render_cameras"] = values["render_cameras"][renders]
        values["renders"] = _framed(values["renders"][renders], values["views"].shape[1], frame)
        for name, value in values.items():
            if name not in maps:
                maps[name] = open_memmap(
                    output / f"{name}.npy", "w+", value.dtype, (len(assets), *value.shape)
                )
            maps[name][row] = value
    for array in maps.values():
        array.flush()


def _render_count(path: Path) -> int:
    with np.load(path, allow_pickle=False) as arrays:
        return len(arrays["render_cameras"])


def _framed(
    renders: NDArray[np.uint8], size_px: int, frame: Callable[[Picture], Picture]
) -> NDArray[np.uint8]:
    framed = np.zeros((len(renders), size_px, size_px, 4), np.uint8)
    for number, render in enumerate(renders):
        framed[number] = np.round(frame(render.astype(np.float32) / 255) * 255).astype(np.uint8)
    return framed
