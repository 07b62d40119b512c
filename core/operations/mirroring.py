"""Mirroring: which reflections leave a shape as it is, nearly; and quite, once it is made so.

Chairs and sofas have a left and a right half, tables and mugs a front and a back one as well.
The fit itself says whether: the mirror images of points of its surface must lie on it.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..field.axisymmetric import AxisymmetricField
from ..field.lowered import LoweredField
from ..field.symmetric import SymmetricField
from ..finish.mirroring import NO_REFLECTIONS, Reflections
from ..geometry.components import Cleaned
from ..geometry.welding import vertex_normals
from ..meshes import TriangleMesh
from ..tensors import Field, IsCancelled, Points
from .axisymmetry import THICKER, coarse_preview_of
from .thin_parts import tear_of

NEAR = 0.03
"""Unit-cube lengths from the surface up to which a mirrored point lies on it."""

ALL = 0.985
"""Share of the points that do. Of 27 cut chairs, sofas and tables that are symmetric all but one
have 0.99 or more; sofas, which have a front and a back, up to 0.94 between those."""

AT_ONE_PLACE = 0.01
"""As `NEAR`, where both sides become their mean."""

ASKED, DEPTHS = 4000, (0.011, 0.002, 0.005, 0.008, 0.014, 0.017, 0.02)
"""Places of the surface below which it is looked whether shape and mean are solid, and how deep."""

THICK = 0.82
"""Share of these places that must be solid at the first depth: the two sides of a thin wall are no
further from each other than from their mirror images, and their mean has dents. Of 49 shapes of
test pictures a mug with torn walls and floor lamps have 0.74 to 0.80, all others 0.84 and more."""

SOLID = 0.002
"""A field is solid where it is below minus this; there its mean must not be hollow."""

OFF = 0.03
"""Unit-cube lengths from the mean's surface from which a place of the shape is lost."""

LOST = 0.0015
"""Share of places that may be hollow, or off. A knob on one side has no mean, nor has a rung that
is as far from its mirror image as it is thick."""

SIDEWAYS, LENGTHWAYS = (-1.0, 1.0, 1.0), (1.0, -1.0, 1.0)
"""Left becomes right; front becomes back."""


def symmetric(
    field: Field, seen: Cleaned | None, cancelled: IsCancelled | None
) -> SymmetricField | None:
    """A field's mean over the reflections that leave it as it is; None where there are none.

    None as well where something would be lost by it.

    Args:
        field: Of any shape.
        seen: Its surface at the level `THICKER`, at a glance; None if it has none.
        cancelled: Asked often.

    Raises:
        Cancelled: The user wants to stop.
    """
    if seen is None or tear_of(seen) >= 1:  # what has come off would go without a trace
        return None
    thicker = LoweredField(field, THICKER)
    found = reflections_of(thicker, seen.mesh.vertices, near=AT_ONE_PLACE)
    if len(found) == 0:
        return None
    mean = SymmetricField(field, found)
    places = _below(seen.mesh).to(field.device)
    own, even = (each(places).view(-1, len(DEPTHS)) for each in (field, mean))
    hollow = (own.amin(dim=1) < -SOLID) & (even.amin(dim=1) > 0)
    if (own[:, 0] < 0).float().mean() < THICK or hollow.float().mean() > LOST:
        return None
    left = coarse_preview_of(mean, cancelled, level=THICKER)
    if left is None:
        return None
    off, _ = cKDTree(left.mesh.vertices).query(seen.mesh.vertices)
    return mean if (off > OFF).mean() <= LOST else None


def reflections_of(field: Field, points: NDArray[np.float32], *, near: float = NEAR) -> Reflections:
    """The reflections in the upright planes of the unit cube that leave a shape as it is.

    Args:
        field: Of the whole shape. One that is quite round has no softer side and needs none.
        points: (n, 3) of its surface; those that were given are enough.
        near: How far from the surface a mirrored point may lie.
    """
    if isinstance(field, AxisymmetricField):
        return NO_REFLECTIONS
    found = []
    for signs in (SIDEWAYS, LENGTHWAYS):
        image = torch.from_numpy(points * np.float32(signs)).to(field.device)
        if (field(image).abs() < near).float().mean() >= ALL:
            found.append(np.array(signs))
    if len(found) == 2:
        found.append(found[0] * found[1])
    return np.array(found).reshape(-1, 3)


def _below(mesh: TriangleMesh) -> Points:
    """`DEPTHS` places below each of some vertices of a glance, in turn."""
    step = max(1, len(mesh.vertices) // ASKED)
    deep = (THICKER + np.array(DEPTHS))[:, None] * vertex_normals(mesh)[::step, None]
    return torch.from_numpy((mesh.vertices[::step, None] - deep).reshape(-1, 3)).float()
