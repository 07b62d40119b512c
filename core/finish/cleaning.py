"""Finishing: one clean mesh out of whatever the extraction gave.

Vertices welded, crumbs removed, normals outward, and no more faces than asked for.
"""

from dataclasses import dataclass

from ..geometry.components import Cleaned, remove_crumbs
from ..geometry.welding import orient_outward, weld
from ..meshes import TriangleMesh
from ..operations.settings.reconstruct import TARGET_FACES
from .decimation import decimate


@dataclass(frozen=True)
class FinishConfig:
    """What a finished mesh must fulfil.

    Raises:
        InputError: The target number of faces is less than 4.
    """

    target_faces: int | None = None
    """At most so many faces; None keeps all."""

    crumb_extent_share: float = 0.5
    """Components shorter than this share of the longest one are crumbs, if they are small too.

    Half, because what a decoder leaves of thin parts, such as a chair's rungs, can be long."""

    crumb_area_share: float = 0.05
    """Components of less than this share of the largest area are crumbs, if they are short too."""

    def __post_init__(self) -> None:
        TARGET_FACES.check("target_faces", self.target_faces)


def finish(mesh: TriangleMesh, config: FinishConfig) -> TriangleMesh:
    """The mesh welded, without crumbs, outward, decimated; closed if it was closed.

    A mesh without faces comes back without faces.

    Args:
        mesh: Consistently oriented; may have several components.
        config: What to fulfil.
    """
    return finish_cleaned(clean(mesh, config).mesh, config)


def clean(mesh: TriangleMesh, config: FinishConfig) -> Cleaned:
    """The first half of `finish`: welded, without crumbs; it tells what is lost with them."""
    return remove_crumbs(
        weld(mesh), extent_share=config.crumb_extent_share, area_share=config.crumb_area_share
    )


def finish_cleaned(mesh: TriangleMesh, config: FinishConfig) -> TriangleMesh:
    """The second half of `finish`: outward, decimated."""
    mesh = orient_outward(mesh)
    if config.target_faces is not None:
        mesh = decimate(mesh, config.target_faces)
    return mesh
