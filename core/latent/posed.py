"""Posed codes: a batch of shapes, each with its own place in the observation's box.

The box is the observation's own: centred, longest side 1, +Z up. A shape's unit cube lies
in it turned about +Z, scaled and shifted. All tensors, so that gradients reach every part.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..frames import UprightPose
from ..tensors import BatchPoints, BatchValues, Codes, FieldsOf


@dataclass(frozen=True, eq=False)
class Observed:
    """What is known of one shape's surface, in the observation's box."""

    points: Float[Tensor, "n 3"]
    """On the surface, drawn evenly."""

    normals: Float[Tensor, "n 3"]
    """Unit; zeros where there is none, or where it cannot be trusted."""

    parts: Int[Tensor, " n"]
    """Number of the connected part that a point lies on."""

    thickness: Float[Tensor, " n"]
    """Of the wall behind a point; infinite where it is thick, NaN where it is not known because
    only one side of a sheet was given."""

    empty: Float[Tensor, "m 3"]
    """Points known to lie outside the whole shape; may be none."""

    weights: Float[Tensor, " n"] | None = None
    """How often each surface point is drawn; None draws all alike."""

    def some(self, count: int, generator: torch.Generator) -> "Observed":
        """A random part, with `count` surface points and half as many empty ones."""
        weights = torch.ones(len(self.points)) if self.weights is None else self.weights
        chosen = torch.multinomial(weights, count, replacement=True, generator=generator)
        empty = self.empty
        if len(empty):
            empty = empty[torch.randint(len(empty), (count // 2,), generator=generator)]
        return Observed(
            self.points[chosen],
            self.normals[chosen],
            self.parts[chosen],
            self.thickness[chosen],
            empty,
        )


@dataclass(frozen=True, eq=False)
class Poses:
    """Where the unit cubes of a batch of shapes lie in the observation's box."""

    yaws_rad: Float[Tensor, " b"]
    """By which the shapes are turned about +Z."""

    centres: Float[Tensor, "b 3"]
    """Of the unit cubes."""

    log_scales: Float[Tensor, " b"]
    """Natural logarithm of the unit cubes' sides."""

    def __getitem__(self, rows: Tensor | slice) -> "Poses":
        return Poses(self.yaws_rad[rows], self.centres[rows], self.log_scales[rows])

    @staticmethod
    def joined(one: "Poses", other: "Poses") -> "Poses":
        """Both, one after the other."""
        return Poses(
            torch.cat([one.yaws_rad, other.yaws_rad]),
            torch.cat([one.centres, other.centres]),
            torch.cat([one.log_scales, other.log_scales]),
        )

    def detached(self) -> "Poses":
        """The same without gradients, not shared with any optimizer."""
        return Poses(
            self.yaws_rad.detach().clone(),
            self.centres.detach().clone(),
            self.log_scales.detach().clone(),
        )

    def upright(self, row: int) -> UprightPose:
        """One of them as a pose in the box."""
        x, y, z = (float(each) for each in self.centres[row])
        scale = float(self.log_scales[row].exp())
        return UprightPose(float(self.yaws_rad[row]), scale, (x, y, z))

    def to_unit(self, points: BatchPoints) -> BatchPoints:
        """Points of the box in every shape's unit cube."""
        moved = (points - self.centres[:, None]) / self.log_scales.exp()[:, None, None]
        return _turned(moved, -self.yaws_rad)

    def turn_back(self, directions: BatchPoints) -> BatchPoints:
        """Directions in the box as directions in every shape's unit cube."""
        return _turned(directions, -self.yaws_rad)


@dataclass(frozen=True, eq=False)
class PosePrior:
    """Where a fit starts, where poses are expected, and how far from there they may be."""

    starts: Poses
    expected: Poses
    centre_deviations: Float[Tensor, "b 3"]
    """In the box's lengths."""

    log_scale_deviations: Float[Tensor, " b"]

    def __getitem__(self, rows: Tensor | slice) -> "PosePrior":
        return PosePrior(
            self.starts[rows],
            self.expected[rows],
            self.centre_deviations[rows],
            self.log_scale_deviations[rows],
        )

    @classmethod
    def loose(cls, starts: Poses, deviation: float = 0.1) -> "PosePrior":
        """Poses that are expected where they start."""
        count = len(starts.log_scales)
        return cls(
            starts,
            starts,
            torch.full((count, 3), deviation),
            torch.full((count,), deviation),
        )

    @staticmethod
    def joined(one: "PosePrior", other: "PosePrior") -> "PosePrior":
        """Both, one after the other."""
        return PosePrior(
            Poses.joined(one.starts, other.starts),
            Poses.joined(one.expected, other.expected),
            torch.cat([one.centre_deviations, other.centre_deviations]),
            torch.cat([one.log_scale_deviations, other.log_scale_deviations]),
        )

    @classmethod
    def filling(cls, yaws_rad: Float[Tensor, " b"]) -> "PosePrior":
        """The box itself, turned: the observation is as large as the whole shape."""
        count = len(yaws_rad)
        return cls.loose(Poses(yaws_rad, torch.zeros(count, 3), torch.zeros(count)))

    @classmethod
    def box(cls, count: int) -> "PosePrior":
        """The box itself, `count` times: the observation lies in its unit cube already."""
        return cls.filling(torch.zeros(count))

    def at(self, starts: Poses) -> "PosePrior":
        """The same expectations, to start from other poses."""
        return PosePrior(starts, self.expected, self.centre_deviations, self.log_scale_deviations)

    def cost(self, poses: Poses) -> Float[Tensor, " b"]:
        """Half the squared distance from the expected poses, in deviations; yaws are free."""
        scale = (poses.log_scales - self.expected.log_scales) / self.log_scale_deviations
        centre = (poses.centres - self.expected.centres) / self.centre_deviations
        return 0.5 * (scale.square() + centre.square().sum(dim=1))


def kept_fields(
    fields_of: FieldsOf, codes: Codes, batch: int = 16
) -> Callable[[BatchPoints], BatchValues]:
    """The fields of many shapes, decoded `batch` at a time and kept; without gradients."""
    with torch.no_grad():
        starts = range(0, len(codes), batch)
        fields = [fields_of(codes[start : start + batch]) for start in starts]

    def values(points: BatchPoints) -> BatchValues:
        with torch.no_grad():
            parts = [
                each(points[start : start + batch])
                for each, start in zip(fields, starts, strict=True)
            ]
        return torch.cat(parts)

    return values


def _turned(points: BatchPoints, angles_rad: Float[Tensor, " b"]) -> BatchPoints:
    cosine, sine = angles_rad.cos()[:, None], angles_rad.sin()[:, None]
    x, y, z = points.unbind(-1)
    return torch.stack([cosine * x - sine * y, sine * x + cosine * y, z], dim=-1)
