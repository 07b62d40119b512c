"""Floating parts: what was invented and touches nothing that was given, not even over others."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..geometry.components import face_areas, face_components
from ..meshes import TriangleMesh, places_of
from .observed_faces import nearest

Flags = NDArray[np.bool_]

PLACES = 1_000_000
"""Steps per unit-cube length at which vertices count as one, as where they are joined."""

CRUMB = 0.01
"""Share of the area up to which a floating part is a crumb of the fit, which nobody misses."""


class Floating(NamedTuple):
    """Faces that touch nothing that was given."""

    crumbs: Flags
    """(F,) of parts that are small enough to be dropped."""

    share: float
    """Of the area that the others have, in [0, 1]."""


def floating(mesh: TriangleMesh, is_given: Flags, reach: float) -> Floating:
    """Which faces belong to parts without contact, over others or not, to a given face.

    Args:
        mesh: In the unit cube.
        is_given: (F,) which faces were given, or show what was.
        reach: Distance up to which parts touch.
    """
    none = np.zeros(len(mesh.faces), bool)
    if not is_given.any():
        return Floating(none, 0.0)
    vertices = mesh.vertices.astype(np.float64)
    number, first = places_of(vertices, PLACES)
    welded = TriangleMesh.from_arrays(vertices[first], number[mesh.faces])
    count, part = face_components(welded)
    reached = np.bincount(part, is_given, count) > 0
    while not reached.all():
        held = welded.faces[reached[part]].astype(np.int64)
        touching = [
            each for each in np.flatnonzero(~reached) if _gap(welded, part == each, held) <= reach
        ]
        if not touching:
            break
        reached[touching] = True
    areas = face_areas(welded)
    share = np.bincount(part, areas, count) / max(float(areas.sum()), 1e-30)
    crumbs = ~reached & (share <= CRUMB)
    return Floating(crumbs[part], float(share[~reached & ~crumbs].sum()))


def _gap(mesh: TriangleMesh, of_part: Flags, held: NDArray[np.int64]) -> float:
    """The least distance of a part's vertices from faces."""
    own = mesh.vertices[np.unique(mesh.faces[of_part])].astype(np.float64)
    return float(nearest(own, mesh.vertices.astype(np.float64), held)[0].min())
