"""Revolving: what is nearly a surface of revolution is made one.

Turned about its axis by any angle such a shape stays where it is, but for the waves that a
decoder leaves in rims, feet and shades. Where a fit is that round, the field's mean over all
headings is extracted instead; what has a handle, an arm or a corner is left alone.
"""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from scipy.ndimage import maximum_filter1d
from scipy.spatial import cKDTree

from ..errors import EmptySurfaceError
from ..field.revolved import RevolvedField
from ..finish.cleaning import FinishConfig, clean
from ..finish.components import Cleaned
from ..frames import HALF_EXTENT, UprightPose
from ..meshes import TriangleMesh
from ..surface.lattice import LatticeConfig
from ..surface.marching_cubes import extract_surface
from ..tensors import Field, IsCancelled
from .mending import tear_of

Vertices = Float[np.ndarray, "n 3"]

ASKED, TURNS = 1000, 8
"""Vertices that are turned, and by how many angles."""

ROUND = 0.005
"""Unit-cube lengths that a turned surface may lie from itself on average to be round. Of 465
training shapes, decoded, the round ones had up to 0.004; jars with feet or ornaments from 0.006
on, mugs with handles from 0.011, the rest 0.04 and more."""

GAP = 0.4
"""Of a cell: mean distance of places on a surface from its nearest vertex."""

GLANCE = LatticeConfig(64)
"""On which it is looked whether a field is round when its surface is not wanted yet."""

STICKS_OUT = 0.02
"""Unit-cube lengths beyond the round surface from which a vertex belongs to something else."""

REACH = 0.08
"""Unit-cube lengths above and below a vertex in which the round surface is looked for: hems
that are not level are no handles."""

LEAST_HANDLE, NARROW = 0.005, 0.9
"""Handles hold more than this share of the vertices, in one or two opposite directions: the
length of those directions' mean is 1 where all are one, and 0.1 where a foot has four corners."""


class Revolved(NamedTuple):
    """A field that was made round, and its surface."""

    field: Field
    cleaned: Cleaned


def revolved(
    field: Field,
    mesh: TriangleMesh,
    lattice: LatticeConfig,
    finishing: FinishConfig,
    device: torch.device,
    cancelled: IsCancelled | None,
) -> Revolved | None:
    """A field's mean over all headings and its surface; None where the shape is not round.

    Args:
        field: On `device`.
        mesh: Its surface, cleaned.
        lattice: Of the extraction.
        finishing: What is a crumb.
        device: Of the field.
        cancelled: Asked often.

    Raises:
        Cancelled: The user wants to stop.
    """
    if waves_of(mesh.vertices) - GAP * lattice.cell > ROUND:
        return None
    round_field = RevolvedField(field, device)
    try:
        surface = extract_surface(round_field, lattice, device=device, cancelled=cancelled)
    except EmptySurfaceError:
        return None  # walls so thin and wavy that the headings agree on nothing
    found = clean(surface, finishing)
    if has_handles(mesh.vertices, found.mesh.vertices):
        return None
    return Revolved(round_field, found)


def rounded(field: Field, device: torch.device, cancelled: IsCancelled | None) -> Field:
    """A field's mean over all headings where its shape is round and stays whole, or else itself.

    Args:
        field: On `device`.
        device: Of the field.
        cancelled: Asked often.

    Raises:
        Cancelled: The user wants to stop.
    """
    finishing = FinishConfig()
    try:
        surface = extract_surface(field, GLANCE, device=device, cancelled=cancelled)
    except EmptySurfaceError:
        return field
    found = clean(surface, finishing)
    again = revolved(field, found.mesh, GLANCE, finishing, device, cancelled)
    # what is torn already at a glance may be whole on a finer lattice, and its mean not
    return field if again is None or tear_of(again.cleaned) >= 1 else again.field


def waves_of(vertices: Vertices) -> float:
    """Mean distance of a surface's vertices, turned about the vertical axis, from its own."""
    tree = cKDTree(vertices)
    asked = vertices[:: max(1, len(vertices) // ASKED)]
    apart = [tree.query(_turned(asked, turn), workers=2)[0].mean() for turn in range(TURNS)]
    return float(np.mean(apart))


def has_handles(vertices: Vertices, of_round: Float[np.ndarray, "m 3"]) -> bool:
    """Whether a surface reaches out of the round one in one direction or in two opposite ones."""
    rows = 128
    reach = 2 * int(REACH * rows / (2 * HALF_EXTENT)) + 1
    widest = np.zeros(rows)
    np.maximum.at(widest, _rows_of(of_round, rows), np.linalg.norm(of_round[:, :2], axis=1))
    widest = maximum_filter1d(widest, reach)[_rows_of(vertices, rows)]
    out = vertices[np.linalg.norm(vertices[:, :2], axis=1) > widest + STICKS_OUT]
    if len(out) <= LEAST_HANDLE * len(vertices):
        return False
    headings = np.arctan2(out[:, 1], out[:, 0])
    return any(abs(np.exp(1j * fold * headings).mean()) > NARROW for fold in (1, 2))


def _turned(vertices: Vertices, turn: int) -> Vertices:
    angle = (turn + 0.5) * 2 * np.pi / TURNS + 0.1  # no angle that maps a square onto itself
    return UprightPose(angle, 1.0, (0.0, 0.0, 0.0)).to_scene(vertices)


def _rows_of(vertices: Vertices, rows: int) -> np.ndarray:
    """(n,) number of the level slice in which each vertex lies."""
    heights = (vertices[:, 2] / HALF_EXTENT + 1) / 2
    return (heights * rows).astype(np.int64).clip(0, rows - 1)
