"""Surface extraction: the stages surface and finish, from codes to one clean mesh."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import EmptySurfaceError
from ..finish.cleaning import FinishConfig, finish_cleaned
from ..geometry.components import Cleaned
from ..meshes import TriangleMesh
from ..surface.lattice import LatticeConfig
from ..tensors import Code, Field
from .axisymmetry import THICKER, coarse_preview_of, revolved
from .extracting import extracted
from .mirroring import symmetric
from .stages import Stages
from .thin_parts import mended, tear_of


class Surfaced(NamedTuple):
    """A code and the mesh of it."""

    mesh: TriangleMesh
    code: Code
    tear: float
    """How torn the mesh is; from 1 on it is. See `thin_parts.tear_of`."""


def surfaced(
    field_of: Callable[[Code], Field],
    codes: Sequence[Code],
    lattice: LatticeConfig,
    finishing: FinishConfig,
    stages: Stages,
) -> Surfaced:
    """The mesh of the first code whose surface is not torn, or can be mended.

    Thin parts come off where a code is moved without seeing them, and would then be dropped
    as crumbs, or leave what they carried in the air: a table's leg is no crumb, and a shade
    stands on its pole. If nothing is whole, the least torn is taken. What is nearly a surface of
    revolution, or nearly its own mirror image, is made so, unless that tears it. A code that comes
    alone was asked for as it is, and is neither changed so nor mended.

    Args:
        field_of: The decoder.
        codes: The best first; at least one. All but the first are decoded only when needed.
        lattice: Of the extraction.
        finishing: Of the mesh.
        stages: Told of the stages.

    Raises:
        EmptySurfaceError: No code's field has a surface.
        Cancelled: The user wants to stop.
    """
    best, fault = None, None
    extraction = _Extraction(lattice, finishing, stages)
    with stages.run("surface"):
        for code in codes:
            field = field_of(code)
            try:
                found = extraction(field) if len(codes) == 1 else extraction.whole(field)
            except EmptySurfaceError as error:
                fault = error
                continue
            tear = tear_of(found)
            if best is None or tear < best.tear:
                best = Surfaced(found.mesh, code, tear)
            if best.tear < 1:
                break
        if best is None:
            raise fault
    with stages.run("finish"):
        return best._replace(mesh=finish_cleaned(best.mesh, finishing))


def surface_as_it_is(
    field: Field,
    lattice: LatticeConfig,
    finishing: FinishConfig,
    stages: Stages,
) -> TriangleMesh:
    """The mesh of a field that comes alone, neither made round or symmetric nor mended.

    Args:
        field: Of any shape.
        lattice: Of the extraction.
        finishing: Of the mesh.
        stages: Told of the stages.

    Raises:
        EmptySurfaceError: The field has no surface.
        Cancelled: The user wants to stop.
    """
    with stages.run("surface"):
        found = _Extraction(lattice, finishing, stages)(field)
    with stages.run("finish"):
        return finish_cleaned(found.mesh, finishing)


@dataclass(eq=False)
class _Extraction:
    """Clean surfaces of fields, the first of which tells how far it is."""

    lattice: LatticeConfig
    finishing: FinishConfig
    stages: Stages
    has_told: bool = False

    def __call__(self, field: Field) -> Cleaned:
        """A field's surface as it is."""
        told = None if self.has_told else self.stages.tell  # progress never falls back
        self.has_told = True
        cancelled, finishing = self.stages.cancelled, self.finishing
        return extracted(field, self.lattice, cancelled, finishing=finishing, progress=told)

    def whole(self, field: Field) -> Cleaned:
        """A field's surface, round or symmetric where it nearly is, and mended where it is torn."""
        cancelled, found = self.stages.cancelled, None
        seen = coarse_preview_of(field, cancelled, level=THICKER)
        turned = revolved(field, seen)
        chosen = turned or symmetric(field, seen, cancelled)
        if chosen is not None:
            with contextlib.suppress(EmptySurfaceError):
                found = self(chosen)
        if found is None or tear_of(found) >= 1:
            own = self(field)
            # what is torn on both sides is mended where it is thicker
            if found is None or turned is None or tear_of(own) < tear_of(found):
                chosen, found = field, own
        return mended(chosen, found, self.lattice, self.finishing, cancelled)
