"""Planes: where a part that was given is its own mirror image, or was cut in half.

Both are told from the part alone, without any model: mirrored in its upright plane of symmetry
most of it comes to lie on itself again, whatever one side lacks; and a half ends in one upright
plane, beyond which nothing of it lies.
"""

from dataclasses import dataclass

import igl
import numpy as np
from numpy.typing import NDArray

from .observed_faces import geometry
from .seams import Part

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

STEP = 0.01
"""Lengths of the part between places on its border."""

ON = 0.004
"""Lengths from the part up to which a mirrored point lies on it: what an artist mirrored lies
within a tenth of that, what a scan shows within twice its noise."""

YAWS, ASKED = 36, 400
"""Upright planes that are tried at first, and points that are mirrored in each."""

FOLLOWED = 4
"""Of them, the ones that are refined."""

REACHES = (0.06, 0.03, 0.015, 0.01, 0.006, 0.006)
"""Lengths from the part up to which mirrored points count, in every step of refining."""

REFINED = 800
"""Points that are mirrored in every step of refining."""

SAME_PLANE_RAD, SAME_PLANE = 0.05, 0.02
"""Planes whose yaws and offsets differ by less are one."""

IN_PLANE = 0.001
"""Lengths from a plane up to which a border lies in it."""

MUCH = 0.25
"""Share of a border's length that lies in the plane of a cut: artists leave parts open as well."""

WIDE = 0.15
"""Least extent of a cut: a shorter border is a hole."""


@dataclass(frozen=True)
class Plane:
    """An upright plane: the points x with normal . x = offset."""

    yaw_rad: float
    """Of its normal, counter-clockwise from +X."""

    offset: float

    @property
    def normal(self) -> Array:
        """(3,) horizontal, of length 1."""
        return np.array([np.cos(self.yaw_rad), np.sin(self.yaw_rad), 0.0])

    def beyond(self, points: Array) -> Array:
        """(N,) how far points lie beyond it, along the normal."""
        return points @ self.normal - self.offset

    def mirrored(self, points: Array) -> Array:
        """(N, 3) the mirror images of points."""
        return points - 2 * self.beyond(points)[:, None] * self.normal

    def turned_to(self, points: Array) -> "Plane":
        """The same plane, beyond which the mean of points does not lie."""
        if self.beyond(points).mean() <= 0:
            return self
        return Plane(self.yaw_rad + np.pi, -self.offset)

    def is_like(self, other: "Plane") -> bool:
        """Whether both are one, nearly."""
        turn = other.yaw_rad - self.yaw_rad
        apart = abs(np.sin(turn)) < SAME_PLANE_RAD
        return bool(apart and abs(self.offset - np.sign(np.cos(turn)) * other.offset) < SAME_PLANE)

    def is_parallel_to(self, other: "Plane") -> bool:
        """Whether their yaws differ by less than 10 degrees."""
        return bool(abs(np.sin(other.yaw_rad - self.yaw_rad)) < np.sin(np.radians(10)))


class Surface:
    """The faces of a part, of which the nearest are asked again and again.

    Args:
        part: With at least one face.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self.normals = geometry(part.vertices, part.faces)[1]
        """(F, 3) unit, zero without an area."""
        self._vertices = np.ascontiguousarray(part.vertices)
        self._faces = np.ascontiguousarray(part.faces)
        self._tree = igl.AABB()
        self._tree.init(self._vertices, self._faces)

    def nearest(self, points: Array) -> tuple[Array, Indices, Array]:
        """(N,) distances to the nearest face, (N,) its number and (N, 3) the point of it."""
        squared, face, foot = self._tree.squared_distance(self._vertices, self._faces, points)
        return np.sqrt(np.maximum(squared, 0.0)), face, foot

    def holds(self, points: Array, within: float = ON) -> Flags:
        """(N,) whether points lie on it."""
        return self.nearest(points)[0] < within


def lonely_edges(faces: Indices) -> Indices:
    """(E, 2) the edges that an odd number of faces share, however these are turned."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges, count = np.unique(np.sort(ends, axis=1), axis=0, return_counts=True)
    return edges[(count % 2 == 1) & (edges[:, 0] != edges[:, 1])]


def along(vertices: Array, edges: Indices, step: float = STEP) -> tuple[Array, Indices]:
    """(N, 3) places along edges, each for about `step` of their length, and (N,) their edges."""
    first, way = vertices[edges[:, 0]], vertices[edges[:, 1]] - vertices[edges[:, 0]]
    count = np.ceil(np.linalg.norm(way, axis=1) / step).astype(np.int64)
    row = np.repeat(np.arange(len(edges)), count)
    number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return first[row] + ((number + 0.5) / count[row])[:, None] * way[row], row


def symmetry_planes(surface: Surface, points: Array) -> list[tuple[Plane, float]]:
    """The upright planes in which most of a part mirrors onto itself, best first.

    Args:
        surface: Of a part about 1 long, turned any way about the vertical.
        points: (N, 3) of it, drawn evenly.

    Returns:
        Each with the share of the points whose mirror images lie on the part.
    """
    some = _some(points, ASKED)
    tried = []
    for yaw in np.arange(YAWS) * np.pi / YAWS:
        across = points @ Plane(yaw, 0.0).normal
        # what one side lacks moves the mean, but seldom the ends; or the other way round
        tried += [
            Plane(yaw, offset) for offset in (np.ptp(across) / 2 + across.min(), across.mean())
        ]
    images = np.concatenate([plane.mirrored(some) for plane in tried])
    away = surface.nearest(images)[0].reshape(len(tried), -1)
    order = np.minimum(away, REACHES[0]).mean(axis=1).argsort(kind="stable")
    found: list[tuple[Plane, float]] = []
    begun: list[Plane] = []
    for plane in (tried[number] for number in order):
        if len(begun) == FOLLOWED:
            break
        if any(abs(np.sin(plane.yaw_rad - other.yaw_rad)) < 0.1 for other in begun):
            continue
        begun.append(plane)
        plane = refined(plane, surface, points)
        if not any(plane.is_like(other) for other, _ in found):
            found.append(
                (plane, float(surface.holds(plane.mirrored(_some(points, REFINED))).mean()))
            )
    return sorted(found, key=lambda each: -each[1])


def refined(plane: Plane, surface: Surface, points: Array) -> Plane:
    """The plane moved until the points' mirror images lie on the surface, as far as they come near.

    Source:
        Chen and Medioni, Object modelling by registration of multiple range images, 1992
        (doi:10.1016/0262-8856(92)90066-C), distances along the normals; here with two unknowns.
    """
    some = _some(points, REFINED)
    for reach in REACHES:
        away, face, foot = surface.nearest(plane.mirrored(some))
        near = away < reach
        normal, beyond = plane.normal, plane.beyond(some[near])
        aside = np.array([-normal[1], normal[0], 0.0])
        image, towards = plane.mirrored(some[near]), surface.normals[face[near]]
        miss = np.einsum("ni,ni->n", towards, image - foot[near])
        turning = -2 * ((some[near] @ aside)[:, None] * normal + beyond[:, None] * aside)
        slopes = np.stack([np.einsum("ni,ni->n", towards, turning), 2 * towards @ normal], axis=1)
        # a little of what nothing tells stays as it is
        held = slopes.T @ slopes + 1e-3 * np.eye(2)
        turn, shift = np.linalg.solve(held, -slopes.T @ miss)
        plane = Plane(plane.yaw_rad + float(turn), plane.offset + float(shift))
    return plane


def cut_plane(part: Part) -> Plane | None:
    """The upright plane in which a part was cut in half; None if there is none.

    Args:
        part: About 1 long, without doubled vertices.

    Returns:
        With nothing of the part beyond it.
    """
    places, _ = along(part.vertices, lonely_edges(part.faces))
    if len(places) < WIDE / STEP:
        return None
    plane = _through_most(places).turned_to(part.vertices[part.faces].mean(axis=1))
    inside = np.abs(plane.beyond(places)) < IN_PLANE
    if inside.mean() < MUCH or np.ptp(places[inside], axis=0).max() < WIDE:
        return None
    if plane.beyond(part.vertices[part.faces.ravel()]).max() > 2 * IN_PLANE:
        return None
    return plane


def crease(part: Part, plane: Plane) -> float:
    """How sharply a part would be folded if it were mirrored in a plane in which it ends.

    What is its own mirror image runs straight through the plane; a bottle that was cut beside its
    axis gets an edge there.

    Args:
        part: Cut off along the plane.
        plane: From `cut_plane`.

    Returns:
        Mean, along the cut, of the sine of the angle between the surface and the plane's normal,
        in [0, 1].
    """
    normals = geometry(part.vertices, part.faces)[1]
    is_in_plane = np.abs(plane.beyond(part.vertices)) < IN_PLANE
    length, sine = 0.0, 0.0
    for start, end in ((0, 1), (1, 2), (2, 0)):
        first, last = part.faces[:, start], part.faces[:, end]
        cut = is_in_plane[first] & is_in_plane[last]
        lengths = np.linalg.norm(part.vertices[first[cut]] - part.vertices[last[cut]], axis=1)
        length += float(lengths.sum())
        sine += float((lengths * np.abs(normals[cut] @ plane.normal)).sum())
    return sine / max(length, 1e-30)


def _through_most(places: Array) -> Plane:
    """The upright plane near which most places lie."""
    yaws = np.radians(np.arange(180))
    across = places[:, :2] @ np.stack([np.cos(yaws), np.sin(yaws)])
    bins = np.floor(across / STEP).astype(np.int64)
    bins -= bins.min()
    size = int(bins.max()) + 2
    votes = np.stack([np.bincount(row, minlength=size) for row in bins.T])
    votes = votes + np.roll(votes, -1, axis=1)
    row, column = np.unravel_index(votes.argmax(), votes.shape)
    low = (np.floor(across / STEP).min() + column) * STEP
    plane = Plane(float(yaws[row]), float(low + STEP))
    for reach in (1.5 * STEP, STEP, STEP / 2, STEP / 4, IN_PLANE):
        near = places[np.abs(plane.beyond(places)) < reach][:, :2]
        if len(near) < 2:
            return plane
        centre = near.mean(axis=0)
        normal = np.linalg.svd(near - centre, full_matrices=False)[2][-1]
        if np.ptp(near @ np.array([-normal[1], normal[0]])) < STEP:
            normal = plane.normal[:2]  # one upright line tells no yaw
        plane = Plane(float(np.arctan2(normal[1], normal[0])), float(normal @ centre))
    return plane


def _some(points: Array, count: int) -> Array:
    return points[:: max(1, len(points) // count)]
