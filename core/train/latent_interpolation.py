"""Latent interpolation: shapes between and beyond the training shapes, seen from random cameras.

An encoder that has seen a few hundred sofas knows these by heart, and is twice as far off for
one that it has not seen. Codes may be interpolated, and the decoder makes a shape
of every code between: its pictures show something new, and its code is known exactly. All is
written to memory-mapped arrays, row by row, so that what was interrupted goes on where it stopped.

Source:
    Zhang, Cisse, Dauphin, Lopez-Paz, mixup: Beyond Empirical Risk Minimization, 2018
    (arXiv:1710.09412), section 2, for training on what lies between examples. We deviate:
    codes are interpolated, not pictures, so that the pictures stay sharp; only codes of one
    category, most of them of shapes that are alike; and beyond the examples as well as between.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from ..errors import EmptySurfaceError, InputError
from ..geometry.components import parts_of
from ..meshes import TriangleMesh
from ..models.protocol import TrainableDecoder
from ..tensors import Code, CodeMetric, Codes, Field
from .dataset import open_arrays
from .rendering import PICTURE_PX, cast_views

SurfaceOf = Callable[[Field, int], TriangleMesh]
"""A field's surface without crumbs, from a lattice of that many samples per axis."""

INDEX = "index.json"
"""Says of which codes and decoder the arrays are."""

WAITING, MADE, REFUSED = 0, 1, 2
"""What has become of a row."""


@dataclass(frozen=True)
class InterpolationConfig:
    """How many shapes are interpolated, and how."""

    shapes: int = 9000
    """Interpolated shapes, dealt out evenly to the categories."""

    views: int = 6
    """Ray-cast views of each."""

    resolution: int = 80
    """Samples per axis of the lattice from which their surfaces are taken."""

    towards: tuple[float, float] = (-0.3, 0.6)
    """Least and greatest share of the way from one training code to another."""

    alike: int = 12
    """Half of the others are drawn from so many of the most alike, half from the category."""

    third_share: float = 0.4
    """How often a third code joins, by `third_towards`."""

    third_towards: tuple[float, float] = (-0.2, 0.35)
    """Least and greatest share of the way towards it."""

    spread: float = 0.35
    """Greatest deviation that is added, in standard deviations of the category's codes."""

    sides: tuple[float, float] = (0.93, 1.06)
    """A shape whose longest side is outside of this is drawn anew: no picture tells its size."""

    off_centre: float = 0.04
    """So is one whose box is farther from the unit cube's centre."""

    tries: int = 4
    """After which a row stays empty."""

    seed: int = 0
    """Draws codes, cameras and suns, together with the row."""


@dataclass(frozen=True, eq=False)
class InterpolatedShapes:
    """Interpolated shapes that could be made; arrays are memory maps."""

    codes: NDArray[np.float32]
    """(N, code_size)."""
    category_numbers: NDArray[np.int64]
    """(N,)."""
    views: NDArray[np.uint8]
    """(N, V, S, S, 4) view buffers."""
    cameras: NDArray[np.float32]
    """(N, V, 3) positions of the cameras, unit cube."""
    suns: NDArray[np.float32]
    """(N, V, 3) unit directions towards the suns."""
    made: NDArray[np.int64]
    """Rows of these that hold a shape."""


class Interpolator(NamedTuple):
    """Codes that may be interpolated, and which of them are alike."""

    codes: Codes
    """Of one category."""
    alike: Int[torch.Tensor, "n k"]
    """(n, k) rows of the nearest others of each."""

    @classmethod
    def of(cls, codes: Codes, metric: CodeMetric, count: int) -> "Interpolator":
        """Of a category's codes; `metric` says how far apart their shapes are."""
        apart = codes[:, None] - codes
        apart = torch.einsum("ijk,kl,ijl->ij", apart, metric, apart)
        nearest = apart.fill_diagonal_(torch.inf).argsort(dim=1)
        return cls(codes, nearest[:, : max(1, min(count, len(codes) - 1))])

    def draw(self, config: InterpolationConfig, generator: np.random.Generator) -> Code:
        """A code between and beyond some of them."""
        count = len(self.codes)
        first = int(generator.integers(count))
        others = self.alike[first] if generator.random() < 0.5 else torch.arange(count)
        other = others[int(generator.integers(len(others)))]
        code = self.codes[first]
        interpolated = code + generator.uniform(*config.towards) * (self.codes[other] - code)
        if generator.random() < config.third_share:
            third = self.codes[int(generator.integers(count))]
            interpolated = interpolated + generator.uniform(*config.third_towards) * (third - code)
        # random sums of what the codes are off their mean vary as the codes do
        shares = torch.from_numpy(generator.normal(size=count).astype(np.float32))
        varied = shares @ (self.codes - self.codes.mean(dim=0)) / count**0.5
        return interpolated + generator.uniform(0, config.spread) * varied


def interpolate_shapes(
    decoder: TrainableDecoder,
    codes: Codes,
    category_numbers: NDArray[np.int64],
    make_metric: Callable[[], CodeMetric],
    surface_of: SurfaceOf,
    *,
    output: Path,
    config: InterpolationConfig,
    workers: int = 1,
) -> Iterator[int]:
    """Makes what is missing; yields how many rows are done, made or refused.

    Args:
        decoder: Trained on the codes; is moved to the CPU.
        codes: Of the training shapes.
        category_numbers: (n,) of each.
        make_metric: Gives how far apart their shapes are; not asked where nothing is missing,
            since that takes a while.
        surface_of: Takes surfaces.
        output: Folder of the arrays; those of other codes or another decoder are made anew.
        config: How many, and how.
        workers: Processes; 1 runs in this one.
    """
    codes = codes.cpu()
    arrays = _open_arrays(output, config, codes, decoder)
    waiting = np.flatnonzero(arrays["state"] == WAITING)
    done = config.shapes - len(waiting)
    yield done
    if not len(waiting):
        return
    numbers, metric = np.unique(category_numbers), make_metric().cpu()
    decoder = decoder.to(torch.device("cpu"))  # the metric may have been found elsewhere
    interpolators = {
        int(n): Interpolator.of(
            codes[torch.from_numpy(category_numbers == n)], metric, config.alike
        )
        for n in numbers
    }
    categories = [int(numbers[row % len(numbers)]) for row in waiting]
    arrays["category_numbers"][waiting] = categories
    make = partial(_make, decoder, interpolators, surface_of, config=config)
    if workers == 1:
        rows = map(make, waiting.tolist(), categories)
        yield from _keep(rows, waiting, arrays, done)
        return
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)
    ) as pool:
        rows = pool.map(make, waiting.tolist(), categories, chunksize=16)
        yield from _keep(rows, waiting, arrays, done)


def interpolated_shapes(
    output: Path, codes: Codes, decoder: TrainableDecoder
) -> InterpolatedShapes | None:
    """What a folder holds, opened for reading; None where nothing was interpolated.

    Args:
        output: Folder of the arrays.
        codes: Of the training shapes, as interpolated.
        decoder: As interpolated.

    Raises:
        InputError: They were interpolated of other codes, or by another decoder.
    """
    index = output / INDEX
    if not index.exists():
        return None
    if json.loads(index.read_text())["of"] != _digest(codes, decoder):
        raise InputError(
            f"the interpolated shapes in {output} are of another decoder or other codes; make them "
            "anew with --stage interpolation, or leave them out with --interpolated-shapes 0"
        )
    names = ("codes", "category_numbers", "views", "cameras", "suns")
    return InterpolatedShapes(
        **open_arrays(output, names), made=np.flatnonzero(np.load(output / "state.npy") == MADE)
    )


class _Row(NamedTuple):
    codes: NDArray[np.float32]
    views: NDArray[np.uint8]
    cameras: NDArray[np.float32]
    suns: NDArray[np.float32]


def _make(
    decoder: TrainableDecoder,
    interpolators: dict[int, Interpolator],
    surface_of: SurfaceOf,
    row: int,
    category: int,
    *,
    config: InterpolationConfig,
) -> _Row | None:
    """One interpolated shape and its views; None where no try gives one that fills the cube."""
    generator = np.random.default_rng([config.seed, 12, row])
    for _ in range(config.tries):
        code = interpolators[category].draw(config, generator)
        try:
            with torch.no_grad():
                mesh = surface_of(decoder.field_of(code), config.resolution)
        except EmptySurfaceError:
            continue
        low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
        side, centre = (high - low).max(), (low + high) / 2
        if config.sides[0] < side < config.sides[1] and abs(centre).max() < config.off_centre:
            return _Row(code.numpy(), *cast_views(mesh, parts_of(mesh), config.views, generator))
    return None


def _keep(
    rows: Iterator[_Row | None],
    numbers: NDArray[np.int64],
    arrays: dict[str, np.memmap],
    done: int,
) -> Iterator[int]:
    for row, number in zip(rows, numbers, strict=True):
        if row is not None:
            for name, value in row._asdict().items():
                arrays[name][number] = value
        arrays["state"][number] = REFUSED if row is None else MADE  # last: a killed row is remade
        done += 1
        yield done


def _open_arrays(
    output: Path, config: InterpolationConfig, codes: Codes, decoder: TrainableDecoder
) -> dict[str, np.memmap]:
    """The arrays of just these codes and this decoder; new ones where there are none."""
    index = output / INDEX
    of = json.dumps({"of": _digest(codes, decoder), **asdict(config)})
    shapes, views = config.shapes, config.views
    forms = {
        "codes": ((shapes, codes.shape[1]), np.float32),
        "category_numbers": ((shapes,), np.int64),
        "views": ((shapes, views, PICTURE_PX, PICTURE_PX, 4), np.uint8),
        "cameras": ((shapes, views, 3), np.float32),
        "suns": ((shapes, views, 3), np.float32),
        "state": ((shapes,), np.uint8),
    }
    if index.exists() and index.read_text() == of:
        return open_arrays(output, forms, "r+")
    output.mkdir(parents=True, exist_ok=True)
    index.unlink(missing_ok=True)
    arrays = {
        name: open_memmap(output / f"{name}.npy", "w+", dtype, shape)
        for name, (shape, dtype) in forms.items()
    }
    unfinished = index.with_suffix(".part")
    unfinished.write_text(of)
    os.replace(unfinished, index)
    return arrays


def _digest(codes: Codes, decoder: TrainableDecoder) -> str:
    found = hashlib.sha256(codes.cpu().numpy().tobytes())
    for value in decoder.state_dict().values():
        found.update(value.cpu().numpy().tobytes())
    return found.hexdigest()
