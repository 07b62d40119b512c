"""What a mesh file holds, before anybody knows what it is for."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.float64]
Indices = NDArray[np.int64]


class Damaged(ValueError):
    """The file is not what its format asks; the text says where, in half a sentence."""


@dataclass(frozen=True, eq=False)
class Contents:
    """Vertices and triangles, in the axes of the file."""

    vertices: Positions
    """(V, 3) about `origin`, in double, in the order of the file."""

    faces: Indices
    """(F, 3), all of which name vertices that exist; none where the file holds points alone."""

    normals: Positions | None = None
    """(V, 3) of points; None where the file has none, or triangles."""

    origin: Positions = field(default_factory=lambda: np.zeros(3))
    """(3,) where the zero of `vertices` lies."""

    is_single: bool = False
    """Whether the file holds float32 numbers, and not doubles or text."""

    warnings: tuple[str, ...] = ()
    """One sentence for everything in the file that was left out or put right."""
