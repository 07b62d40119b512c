"""Axisymmetry: what is nearly a surface of revolution is made one.

Turned about its axis by any angle such a shape stays where it is, but for the waves that a
decoder leaves in rims, feet and shades. Where a fit is that round, the field's mean over all
yaws is extracted instead; what has a handle, an arm or a corner is left alone.
"""

import math

import numpy as np
from jaxtyping import Float
from scipy.ndimage import maximum_filter1d
from scipy.spatial import cKDTree

from ..errors import EmptySurfaceError
from ..field.axisymmetric import AxisymmetricField
from ..field.lowered import LoweredField
from ..frames import HALF_EXTENT, UprightPose
from ..geometry.components import Cleaned
from ..surface.lattice import LatticeConfig
from ..tensors import Field, IsCancelled
from .extracting import extracted
from .thin_parts import tear_of

Vertices = Float[np.ndarray, "n 3"]

ASKED, TURNS = 1000, 8
"""Vertices that are turned, and by how many angles."""

ROUND = 0.004
"""Unit-cube lengths that a turned surface may lie from itself on average to be round. Of 1467
training shapes, decoded, bar chairs with square seats have from 0.0043 on, mugs whose handles are
missed from 0.0045, all else that is not round from 0.007; three round tables have up to 0.0045."""

GAP = 0.4
"""Of a cell: mean distance of places on a surface from its nearest vertex."""

GLANCE = LatticeConfig(64)
"""On which it is seen whether a field is round: a quarter of the cost of a surface at 128."""

THICKER = GLANCE.cell / 2
"""Level that is glanced at. Legs, arms and handles of less than a cell would be lost at zero."""

STICKS_OUT = 0.02
"""Unit-cube lengths beyond the round surface from which a vertex belongs to something else."""

REACH = 0.08
"""Unit-cube lengths above and below a vertex in which the round surface is looked for: hems
that are not level are no handles."""

LEAST_HANDLE, NARROW = 0.005, 0.9
"""Handles hold more than this share of the vertices, in one or two opposite directions: the
length of those directions' mean is 1 where all are one, and 0.1 where a foot has four corners."""


def revolved(field: Field, seen: Cleaned | None) -> AxisymmetricField | None:
    """A field's mean over all yaws; None where its shape is not round at a glance.

    Args:
        field: Of any shape.
        seen: The glance, at the level `THICKER`.
    """
    if seen is None or waves_of(seen.mesh.vertices) - GAP * GLANCE.cell > ROUND:
        return None
    mean = AxisymmetricField(field)
    return None if has_handles(seen.mesh.vertices, mean.reaches(THICKER)) else mean


def rounded(field: Field, cancelled: IsCancelled | None) -> Field:
    """A field's mean over all yaws where its shape is round and stays whole, or else itself.

    Args:
        field: Of any shape.
        cancelled: Asked often.

    Raises:
        Cancelled: The user wants to stop.
    """
    mean = revolved(field, coarse_preview_of(field, cancelled, level=THICKER))
    if mean is None:
        return field
    # what is torn already at a glance may be whole on a finer lattice, and its mean not
    seen = coarse_preview_of(mean, cancelled)
    return field if seen is None or tear_of(seen) >= 1 else mean


def coarse_preview_of(
    field: Field, cancelled: IsCancelled | None, *, level: float = 0.0
) -> Cleaned | None:
    """A field's surface on a coarse lattice; None if it has none.

    Args:
        field: Of any shape.
        cancelled: Asked often.
        level: Of the surface.

    Raises:
        Cancelled: The user wants to stop.
    """
    # beyond its clamp a decoder's field still grows: a glance at it takes all values for distances,
    # which of 33 training shapes changes no bit and takes two thirds of the time
    lowered = LoweredField(field, level, clamp=math.inf)
    try:
        return extracted(lowered, GLANCE, cancelled)
    except EmptySurfaceError:
        return None  # walls may be so thin and wavy that the yaws agree on nothing


def waves_of(vertices: Vertices) -> float:
    """Mean distance of a surface's vertices, turned about the vertical axis, from its own."""
    tree = cKDTree(vertices)
    asked = vertices[:: max(1, len(vertices) // ASKED)]
    apart = [tree.query(_turned(asked, turn), workers=2)[0].mean() for turn in range(TURNS)]
    return float(np.mean(apart))


def has_handles(vertices: Vertices, reaches: Float[np.ndarray, " rows"]) -> bool:
    """Whether a surface reaches out of the round one in one direction or in two opposite ones.

    Args:
        vertices: Of the surface, unit cube.
        reaches: Radii of the round one at level slices, from the cube's floor to its ceiling.
    """
    rows = len(reaches)
    reach = 2 * round(REACH * rows / (2 * HALF_EXTENT)) + 1
    heights = (vertices[:, 2] / HALF_EXTENT + 1) / 2 * (rows - 1)
    widest = maximum_filter1d(reaches, reach)[heights.round().astype(np.int64).clip(0, rows - 1)]
    out = vertices[np.linalg.norm(vertices[:, :2], axis=1) > widest + STICKS_OUT]
    if len(out) <= LEAST_HANDLE * len(vertices):
        return False
    yaws = np.arctan2(out[:, 1], out[:, 0])
    return any(abs(np.exp(1j * fold * yaws).mean()) > NARROW for fold in (1, 2))


def _turned(vertices: Vertices, turn: int) -> Vertices:
    angle = (turn + 0.5) * 2 * np.pi / TURNS + 0.1  # no angle that maps a square onto itself
    return UprightPose(angle, 1.0, (0.0, 0.0, 0.0)).to_scene(vertices)
