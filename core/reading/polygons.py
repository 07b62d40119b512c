"""Polygons and strips as triangles.

Convex polygons become fans about their first corner, which gives the triangles that were
written where a file holds triangles. Of a polygon with a reflex corner a fan would lie outside
in part: a quad is cut the other way then, of a larger one the ears are cut off one by one.
"""

import numpy as np
from numpy.typing import NDArray

from .contents import Damaged, Indices, Positions


def triangles_of(vertices: Positions, corners: Indices, sizes: Indices) -> Indices:
    """(F, 3) the triangles of polygons, in their order; `size - 2` of each.

    Args:
        vertices: (V, 3).
        corners: (C,) the vertices of all polygons, one after the other.
        sizes: (P,) how many of them each polygon has; one with fewer than 3 has no triangle.

    Raises:
        Damaged: A corner is none of the vertices.
    """
    _check(corners, len(vertices))
    counts = np.maximum(sizes - 2, 0)
    first_corner, first_face = np.cumsum(sizes) - sizes, np.cumsum(counts) - counts
    faces = np.zeros((int(counts.sum()), 3), np.int64)
    for size in np.unique(sizes[sizes >= 3]).tolist():
        chosen = np.flatnonzero(sizes == size)
        polygons = corners[first_corner[chosen, None] + np.arange(size)]
        fan = np.arange(size - 2)[:, None] * [0, 1, 1] + [0, 1, 2]
        triangles = polygons[:, fan]
        if size == 4:
            folded = _is_folded(vertices[polygons])
            triangles[folded] = polygons[folded][:, [[0, 1, 3], [1, 2, 3]]]
        elif size > 4:
            for row, normal in _concave(vertices[polygons]):
                triangles[row] = polygons[row][_ears(vertices[polygons[row]], normal)]
        faces[first_face[chosen, None] + np.arange(size - 2)] = triangles
    return faces


def triangles_of_strip(strip: Indices, count: int) -> Indices:
    """(F, 3) the triangles of a strip, all turned alike; those that only stitch it are left out.

    Args:
        strip: (S,) vertices; every one makes a triangle with the two before it.
        count: Of the vertices that there are.

    Raises:
        Damaged: The strip names another vertex.
    """
    _check(strip, count)
    if len(strip) < 3:
        return np.zeros((0, 3), np.int64)
    faces = np.stack([strip[:-2], strip[1:-1], strip[2:]], axis=1)
    faces[1::2] = faces[1::2, [0, 2, 1]]
    return faces[(faces != np.roll(faces, 1, axis=1)).all(axis=1)]


def _check(corners: Indices, count: int) -> None:
    if len(corners) and (corners.min() < 0 or corners.max() >= count):
        wrong = int(corners.max() if corners.max() >= count else corners.min())
        raise Damaged(f"a face names vertex {wrong}, counted from 0, but there are {count}")


def _is_folded(quads: Positions) -> NDArray[np.bool_]:
    """(P,) whether (P, 4, 3) quads have to be cut from the second corner to the fourth.

    Cut from the first to the third, the two halves of those would look away from each other.
    """
    edges = quads[:, 1:] - quads[:, :1]
    halves = np.cross(edges[:, 0], edges[:, 1]), np.cross(edges[:, 1], edges[:, 2])
    return np.einsum("pi,pi->p", *halves) < 0


def _concave(polygons: Positions) -> list[tuple[int, Positions]]:
    """Number and normal of those of (P, size, 3) polygons that have a reflex corner."""
    centred = polygons - polygons[:, :1]
    following = np.roll(centred, -1, axis=1)
    normals = np.cross(centred, following).sum(axis=1)  # Newell's, twice the area long
    edges = following - centred
    turns = np.einsum("pci,pi->pc", np.cross(np.roll(edges, 1, axis=1), edges), normals)
    # rounding of corners on a straight edge is no reflex corner
    is_reflex = turns < -1e-9 * np.einsum("pi,pi->p", normals, normals)[:, None]
    return [(int(row), normals[row]) for row in np.flatnonzero(is_reflex.any(axis=1))]


def _ears(polygon: Positions, normal: Positions) -> Indices:
    """(size - 2, 3) corners of the triangles of one polygon, seen from the tip of its normal.

    Source:
        Meisters, Polygons have ears, American Mathematical Monthly 82 (1975). A polygon that
        crosses itself may have none; its widest corner is taken then.
    """
    axis = int(np.argmax(abs(normal)))
    plane = (polygon - polygon[0])[:, [(axis + 1) % 3, (axis + 2) % 3]] * [np.sign(normal[axis]), 1]
    left, ears = list(range(len(polygon))), []
    while len(left) > 3:
        here = plane[left]
        before, after = np.roll(here, 1, axis=0), np.roll(here, -1, axis=0)
        turns = _turn(before, here, after)
        reflex = here[turns <= 0]
        number = int(np.argmax(turns))
        for each in np.flatnonzero(turns > 0):
            tips = before[each], here[each], after[each]
            inside = np.ones(len(reflex), bool)
            for start, end in zip(tips, (*tips[1:], tips[0]), strict=True):
                inside &= (_turn(start, end, reflex) >= 0) & (reflex != start).any(axis=1)
            if not inside.any():
                number = int(each)
                break
        ears.append([left[number - 1], left[number], left[(number + 1) % len(left)]])
        del left[number]
    return np.array([*ears, left])


def _turn(first: Positions, second: Positions, third: Positions) -> Positions:
    """Twice the area of triangles in the plane, negative where they turn clockwise."""
    one, other = second - first, third - first
    return one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
