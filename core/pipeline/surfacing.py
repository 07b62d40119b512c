"""Surfacing: the stages surface and finish, from codes to one clean mesh."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch

from ..errors import EmptySurfaceError
from ..finish.cleaning import FinishConfig, clean, finish_cleaned
from ..meshes import TriangleMesh
from ..surface.lattice import LatticeConfig
from ..surface.marching_cubes import extract_surface
from ..tensors import Code, Field
from .stages import Stages

TORN = 0.1
"""Share of a shape's length from which a part that has come off is missed."""


class Surfaced(NamedTuple):
    """A code and the mesh of it."""

    mesh: TriangleMesh
    code: Code


def surfaced(
    field_of: Callable[[Code], Field],
    codes: Sequence[Code],
    lattice: LatticeConfig,
    finishing: FinishConfig,
    stages: Stages,
    device: torch.device,
) -> Surfaced:
    """The mesh of the first code whose surface is not torn.

    Thin parts come off where a code is moved without seeing them, and would then be dropped
    as crumbs: a table's leg is no crumb. If all are torn, the least torn is taken.

    Args:
        field_of: The decoder.
        codes: The best first; at least one. All but the first are decoded only when needed.
        lattice: Of the extraction.
        finishing: Of the mesh.
        stages: Told of the stages.
        device: Of the fields.

    Raises:
        EmptySurfaceError: No code's field has a surface.
        Cancelled: The user wants to stop.
    """
    best, least, fault = None, 2.0, None
    with stages.run("surface"):
        for code in codes:
            told = stages.tell if code is codes[0] else None  # progress never falls back
            try:
                mesh = extract_surface(
                    field_of(code),
                    lattice,
                    device=device,
                    progress=told,
                    cancelled=stages.cancelled,
                )
            except EmptySurfaceError as error:
                fault = error
                continue
            cleaned = clean(mesh, finishing)
            if cleaned.lost < least:
                best, least = Surfaced(cleaned.mesh, code), cleaned.lost
            if least < TORN:
                break
        if best is None:
            raise fault
    with stages.run("finish"):
        return best._replace(mesh=finish_cleaned(best.mesh, finishing))
