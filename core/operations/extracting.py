"""Extracting: a field's surface without its crumbs, as every step of the pipeline wants it."""

from ..finish.cleaning import FinishConfig, clean
from ..geometry.components import Cleaned
from ..meshes import TriangleMesh
from ..surface.lattice import LatticeConfig
from ..surface.marching_cubes import extract_surface
from ..tensors import Field, IsCancelled, Progress


def surface_of(field: Field, resolution: int) -> TriangleMesh:
    """A field's surface without its crumbs, from `resolution` samples per axis.

    Raises:
        EmptySurfaceError: The field has no surface.
    """
    return extracted(field, LatticeConfig(resolution), None).mesh


def extracted(
    field: Field,
    lattice: LatticeConfig,
    cancelled: IsCancelled | None,
    *,
    finishing: FinishConfig | None = None,
    progress: Progress | None = None,
) -> Cleaned:
    """A field's surface, cleaned, and what was lost by that.

    Args:
        field: Of any shape.
        lattice: Of the extraction.
        cancelled: Asked often.
        finishing: What is a crumb; the usual when not given.
        progress: Told the stage "surface" and its fraction.

    Raises:
        EmptySurfaceError: The field has no surface.
        Cancelled: The user wants to stop.
    """
    mesh = extract_surface(field, lattice, progress=progress, cancelled=cancelled)
    return clean(mesh, finishing or FinishConfig())
