"""Decimation: fewer faces, the same shape."""

import logging

import fast_simplification
import numpy as np

from ..meshes import TriangleMesh
from ..operations.settings.reconstruct import TARGET_FACES

logger = logging.getLogger(__name__)

LEAST_FACES = 4
"""Faces of a tetrahedron, the least that encloses something."""

AGGRESSIVENESS = (5.0, 7.0, 9.0)
"""Tried in turn until the target is met; the library's scale from 0, careful, to 10, coarse."""


def decimate(mesh: TriangleMesh, target_faces: int) -> TriangleMesh:
    """The mesh with at most `target_faces` faces, closed if it was closed.

    A mesh that has no more faces is returned as it is. Where the target cannot be met
    without tearing the surface open, the closed mesh with the fewest faces is returned,
    and the log warns.

    Raises:
        InputError: The target is less than 4.

    Source:
        Garland and Heckbert, Surface Simplification Using Quadric Error Metrics, 1997
        (doi:10.1145/258734.258849), by the library fast-simplification. We deviate: its
        result is checked, and simplified again, more boldly, until the target is met.
    """
    TARGET_FACES.check("target_faces", target_faces)
    wants_closed = mesh.is_closed
    for aggressiveness in AGGRESSIVENESS:
        if len(mesh.faces) <= target_faces:
            return mesh
        fewer = _simplified(mesh, target_faces, aggressiveness)
        if len(fewer.faces) >= LEAST_FACES and (fewer.is_closed or not wants_closed):
            mesh = fewer
    if len(mesh.faces) > target_faces:
        logger.warning("%d faces were asked for, %d are left", target_faces, len(mesh.faces))
    return mesh


def _simplified(mesh: TriangleMesh, target_faces: int, aggressiveness: float) -> TriangleMesh:
    vertices, faces = fast_simplification.simplify(
        mesh.vertices, mesh.faces, target_count=target_faces, agg=aggressiveness
    )
    return TriangleMesh(vertices.astype(np.float32), faces.astype(np.int32))
