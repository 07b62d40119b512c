"""Surfacing: the stages surface and finish, from codes to one clean mesh."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch

from ..errors import EmptySurfaceError
from ..finish.cleaning import FinishConfig, clean, finish_cleaned
from ..meshes import TriangleMesh
from ..surface.lattice import LatticeConfig
from ..surface.marching_cubes import extract_surface
from ..tensors import Code, Field
from .mending import mended, tear_of
from .revolving import revolved
from .stages import Stages


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
    """The mesh of the first code whose surface is not torn, or can be mended.

    Thin parts come off where a code is moved without seeing them, and would then be dropped
    as crumbs, or leave what they carried in the air: a table's leg is no crumb, and a shade
    stands on its pole. If nothing is whole, the least torn is taken. What is nearly a surface of
    revolution is made one, unless that tears it. A code that comes alone was asked for as it is,
    and is neither made round nor mended.

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
    best, least, fault = None, math.inf, None
    with stages.run("surface"):
        for code in codes:
            field = field_of(code)
            told = stages.tell if code is codes[0] else None  # progress never falls back
            try:
                mesh = extract_surface(
                    field, lattice, device=device, progress=told, cancelled=stages.cancelled
                )
            except EmptySurfaceError as error:
                fault = error
                continue
            found = clean(mesh, finishing)
            if len(codes) > 1:
                again = revolved(field, found.mesh, lattice, finishing, device, stages.cancelled)
                if again is not None and tear_of(again.cleaned) <= max(tear_of(found), 1):
                    field, found = again.field, again.cleaned
            if tear_of(found) >= 1 and len(codes) > 1:
                again = mended(field, found.mesh, lattice, finishing, device, stages.cancelled)
                found = found if again is None else min(found, again, key=tear_of)
            if tear_of(found) < least:
                best, least = Surfaced(found.mesh, code), tear_of(found)
            if least < 1:
                break
        if best is None:
            raise fault
    with stages.run("finish"):
        return best._replace(mesh=finish_cleaned(best.mesh, finishing))
