"""Thin-part recovery: those that a fitted field only just misses, found again.

A slightly higher level of the field is extracted. What it has far from the surface itself
is what is missing there, and the field is raised about those places alone: elsewhere the
shape stays as thin as it is.
"""

import math
from dataclasses import replace

import numpy as np
from jaxtyping import Float
from scipy.spatial import cKDTree

from ..field.cached import CachedField
from ..field.lowered import LoweredField
from ..field.offset import OffsetField
from ..finish.cleaning import FinishConfig
from ..geometry.components import Cleaned
from ..meshes import TriangleMesh
from ..surface.lattice import LatticeConfig
from ..tensors import Field, IsCancelled
from .extracting import extracted

LEVELS = (0.004, 0.008)
"""Unit-cube lengths, tried in this order; half a cell and a cell at resolution 128."""

SEARCHED = 128
"""Resolution at which levels are tried, unless a lower one is asked for."""

AWAY = 2.5
"""In levels: so far off the surface a raised one shows something else than its own thickness."""

LOST, APART = 0.1, 0.08
"""A shape is torn where a part came off that is longer than the first share of its length, or
where parts hang in the air further apart than the second, in unit-cube lengths."""


def tear_of(cleaned: Cleaned) -> float:
    """How torn a surface is; from 1 on it is."""
    return max(cleaned.lost / LOST, cleaned.apart / APART)


def mended(
    field: Field,
    found: Cleaned,
    lattice: LatticeConfig,
    finishing: FinishConfig,
    cancelled: IsCancelled | None,
) -> Cleaned:
    """A surface that is whole, or the field's, raised about what it lacks, if that is less torn.

    Args:
        field: Of any shape.
        found: The field's own surface, cleaned.
        lattice: Of that.
        finishing: What is a crumb.
        cancelled: Asked often.

    Raises:
        Cancelled: The user wants to stop.
    """
    if tear_of(found) < 1:
        return found
    raised = _raised(field, found.mesh, lattice, finishing, cancelled)
    return found if raised is None else min(found, raised, key=tear_of)


def _raised(
    field: Field,
    torn: TriangleMesh,
    lattice: LatticeConfig,
    finishing: FinishConfig,
    cancelled: IsCancelled | None,
) -> Cleaned | None:
    """The field's surface, raised about what it lacks; None if higher levels show no more."""
    coarse = replace(lattice, resolution=min(lattice.resolution, SEARCHED))
    asked = CachedField(field, coarse.resolution, coarse.half_extent)
    for level in LEVELS:
        # what shows at a higher level is only looked for: see `axisymmetry.coarse_preview_of`
        higher = LoweredField(asked, level, clamp=math.inf)
        whole = extracted(higher, coarse, cancelled, finishing=finishing)
        if tear_of(whole) < 1:
            break
    missing = _missing(whole.mesh, torn, AWAY * level + coarse.cell / 2)
    if len(missing) == 0:
        return None
    raised = OffsetField(asked if coarse == lattice else field, level, missing)
    return extracted(raised, lattice, cancelled, finishing=finishing)


def _missing(whole: TriangleMesh, torn: TriangleMesh, distance: float) -> Float[np.ndarray, "n 3"]:
    """Vertices of one surface that the other does not come near."""
    apart, _ = cKDTree(torn.vertices).query(
        whole.vertices, distance_upper_bound=distance, workers=2
    )
    return whole.vertices[~np.isfinite(apart)]
