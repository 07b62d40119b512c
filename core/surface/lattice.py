"""Lattices: samples of a field at regular points of a cube, indexed [x, y, z].

`resolution` counts samples per axis; the first and the last lie exactly at -half_extent and
half_extent, so a cell is `2 half_extent / (resolution - 1)` long.
"""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..errors import Cancelled, InputError
from ..frames import HALF_EXTENT
from ..operations.settings.common import RESOLUTION
from ..tensors import Field, IsCancelled, Lattice, Progress, Values


@dataclass(frozen=True)
class LatticeConfig:
    """Which lattice, and how a field is evaluated on it.

    Raises:
        InputError: The resolution is out of its range.
        ValueError: Another number is not positive.
    """

    resolution: int = 128
    """Samples per axis. The cost of the search grows with its square, of the dense lattice with
    its cube."""

    half_extent: float = HALF_EXTENT
    """The lattice spans [-half_extent, half_extent] on every axis, unit cube."""

    points_per_batch: int = 1 << 16
    """Field queries per call; bounds memory, never changes the result."""

    def __post_init__(self) -> None:
        RESOLUTION.check("resolution", self.resolution)
        for name in ("half_extent", "points_per_batch"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive; found {getattr(self, name)}")

    @property
    def cell(self) -> float:
        """Length of a cell's edge, unit cube."""
        return 2 * self.half_extent / (self.resolution - 1)


def axis_coordinates(resolution: int, half_extent: float) -> Float[Tensor, " r"]:
    """Where the samples of an axis lie, float32 on the CPU."""
    steps = torch.linspace(-half_extent, half_extent, resolution, dtype=torch.float64)
    return steps.to(torch.float32)


def sample_lattice(
    field: Field,
    config: LatticeConfig,
    *,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Lattice:
    """The field at every sample of the lattice: the slow reference for the search.

    Args:
        field: Called with batches of at most `config.points_per_batch` points.
        config: Which lattice.
        progress: Told the stage "surface" and its fraction, after every batch.
        cancelled: Asked before every batch.

    Raises:
        InputError: The field is NaN somewhere.
        Cancelled: `cancelled` returned true.
    """
    sampler = Sampler(field, config, 0.0, progress, cancelled)
    side, device = config.resolution, field.device
    flat = torch.zeros(side**3, device=device)
    for start in range(0, len(flat), config.points_per_batch):
        number = torch.arange(start, min(start + config.points_per_batch, len(flat)), device=device)
        index = torch.stack([number // side**2, number // side % side, number % side])
        sampler.span = (start / len(flat), (start + len(number)) / len(flat))
        flat[start : start + len(number)] = sampler.at(index)
    return flat.view(side, side, side)


@dataclass(eq=False)
class Sampler:
    """A field, asked at lattice indices in batches; keeps count and watches for cancelling."""

    field: Field
    config: LatticeConfig
    iso: float
    progress: Progress | None
    cancelled: IsCancelled | None
    span: tuple[float, float] = (0.0, 1.0)
    """The part of the whole progress that the next call of `at` stands for."""

    evaluations: int = 0
    """Points asked so far."""

    lowest: float = float("inf")
    """Lowest value seen."""

    highest: float = float("-inf")
    """Highest value seen."""

    coordinates: Float[Tensor, " r"] = field(init=False)

    def __post_init__(self) -> None:
        coordinates = axis_coordinates(self.config.resolution, self.config.half_extent)
        self.coordinates = coordinates.to(self.device)

    @property
    def device(self) -> torch.device:
        """Where the points are made and the values are kept: the field's."""
        return self.field.device

    def at(self, index: Int[Tensor, "3 n"]) -> Values:
        """The field minus the iso-level at samples; an index beyond the lattice means its border.

        Raises:
            InputError: The field is NaN at one of them.
            Cancelled: The user asked to stop.
        """
        index = index.clamp(max=self.config.resolution - 1)
        count, batch_size = index.shape[1], self.config.points_per_batch
        values = torch.zeros(count, device=self.device)
        low, high = self.span
        with torch.inference_mode():
            for start in range(0, count, batch_size):
                if self.cancelled is not None and self.cancelled():
                    raise Cancelled("stopped while the surface was searched; nothing was changed")
                columns = index[:, start : start + batch_size]
                points = self.coordinates.index_select(0, columns.flatten()).view(3, -1).T
                batch = self.field(points.contiguous())
                self._watch(batch)
                values[start : start + batch_size] = batch
                if self.progress is not None:
                    done = (start + len(batch)) / count
                    self.progress("surface", low + (high - low) * done)
        self.evaluations += count
        return values - self.iso

    def _watch(self, values: Values) -> None:
        low, high = (bound.item() for bound in torch.aminmax(values))
        if low != low:  # the extremes are NaN if any value is
            count = int(torch.isnan(values).sum())
            raise InputError(
                f"the field is not a number at {count} of {len(values)} points; "
                "the model may be damaged: use another one"
            )
        self.lowest, self.highest = min(self.lowest, low), max(self.highest, high)
