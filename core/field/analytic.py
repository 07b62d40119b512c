"""Analytic fields: exact signed distances of simple solids, for tests and benchmarks.

Negative inside, unit gradient, any device and floating type. Formulas are elementary
geometry: the distance to a set is the length of the shortest way to it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from ..tensors import Field, Points, Values

Vector = Sequence[float | int]
ORIGIN = (0.0, 0.0, 0.0)
CPU = torch.device("cpu")


@dataclass(frozen=True, eq=False)
class AnalyticField:
    """A function of points, in closed form, as a field.

    Raises:
        ValueError: The clamp or the Lipschitz bound is not positive.
    """

    function: Callable[[Points], Values]
    """Works on every device."""

    lipschitz: float = 1.0
    """As `Field` has it."""

    clamp: float = math.inf
    """As `Field` has it."""

    device: torch.device = CPU
    """Of the points that will be asked."""

    def __post_init__(self) -> None:
        for name in ("lipschitz", "clamp"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive; found {getattr(self, name)}")

    def __call__(self, points: Points) -> Values:
        return self.function(points)


def sphere(radius: float, centre: Vector = ORIGIN) -> AnalyticField:
    """Signed distance of a ball.

    Raises:
        ValueError: The radius is not positive.
    """
    _check_positive("radius", radius)

    def field(points: Points) -> Values:
        return _length(points - points.new_tensor(centre)) - radius

    return AnalyticField(field)


def box(half_sizes: Vector, centre: Vector = ORIGIN) -> AnalyticField:
    """Signed distance of a box along the axes.

    Args:
        half_sizes: Half the edge lengths along x, y and z.
        centre: Its middle.

    Raises:
        ValueError: A half size is not positive.
    """
    for size in half_sizes:
        _check_positive("half size", float(size))

    def field(points: Points) -> Values:
        beyond = (points - points.new_tensor(centre)).abs() - points.new_tensor(half_sizes)
        return _length(beyond.clamp(min=0)) + beyond.amax(dim=1).clamp(max=0)

    return AnalyticField(field)


def capsule(start: Vector, end: Vector, radius: float) -> AnalyticField:
    """Signed distance of a rod with round ends: all within `radius` of a segment.

    Raises:
        ValueError: The radius is not positive, or start and end coincide.
    """
    _check_positive("radius", radius)
    _check_positive("distance from start to end", math.dist(start, end))

    def field(points: Points) -> Values:
        along = points.new_tensor(end) - points.new_tensor(start)
        offset = points - points.new_tensor(start)
        share = ((offset @ along) / (along @ along)).clamp(0, 1)
        return _length(offset - share[:, None] * along) - radius

    return AnalyticField(field)


def torus(major: float, minor: float) -> AnalyticField:
    """Signed distance of a ring around the z axis.

    Args:
        major: From the axis to the middle of the tube.
        minor: Radius of the tube; less than `major`.

    Raises:
        ValueError: Not 0 < minor < major.
    """
    _check_positive("minor", minor)
    _check_positive("major - minor", major - minor)

    def field(points: Points) -> Values:
        out = torch.hypot(points[:, 0], points[:, 1]) - major
        return torch.hypot(out, points[:, 2]) - minor

    return AnalyticField(field)


def plate(normal: Vector, offset: float, thickness: float) -> AnalyticField:
    """Signed distance of the endless plate of points x with |normal . x - offset| <= thickness / 2.

    Args:
        normal: Made a unit vector here.
        offset: Of the middle plane from the origin, along the normal.
        thickness: Of the plate.

    Raises:
        ValueError: The thickness or the length of the normal is not positive.
    """
    length = math.hypot(*normal)
    _check_positive("thickness", thickness)
    _check_positive("length of the normal", length)

    def field(points: Points) -> Values:
        unit = points.new_tensor(normal) / length
        return (points @ unit - offset).abs() - thickness / 2

    return AnalyticField(field)


def union(*fields: Field) -> AnalyticField:
    """The least of some fields: exact outside, and inside a bound that is never too far.

    Raises:
        ValueError: There is no field.
    """
    if not fields:
        raise ValueError("a union needs at least one field; found none")

    def field(points: Points) -> Values:
        return torch.stack([part(points) for part in fields]).amin(dim=0)

    return _combined(field, fields)


def intersection(*fields: Field) -> AnalyticField:
    """The greatest of some fields: a bound that is never too far.

    Raises:
        ValueError: There is no field.
    """
    if not fields:
        raise ValueError("an intersection needs at least one field; found none")

    def field(points: Points) -> Values:
        return torch.stack([part(points) for part in fields]).amax(dim=0)

    return _combined(field, fields)


def _combined(function: Callable[[Points], Values], parts: Sequence[Field]) -> AnalyticField:
    """The least or the greatest of parts: it changes as fast as the fastest, and is a distance as
    far as all of them are."""
    return AnalyticField(
        function,
        max(part.lipschitz for part in parts),
        min(part.clamp for part in parts),
        parts[0].device,
    )


def _length(vectors: Points) -> Values:
    return torch.linalg.vector_norm(vectors, dim=1)


def _check_positive(name: str, value: float) -> None:
    if not value > 0:
        raise ValueError(f"the {name} must be positive; found {value:g}")
