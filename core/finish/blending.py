"""Blending: what was observed, exactly as given, and what was invented, as one mesh.

The invented part of a completed shape is cut out where it repeats what was observed,
deformed until it meets the observed borders, and sewn to them; holes that are left are
filled. No vertex and no triangle of what was observed changes.
"""

import logging
import time
from dataclasses import dataclass

import igl
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..meshes import TriangleMesh, places_of
from .loops import border_edges, border_loops, filled, rungs
from .mirroring import NO_REFLECTIONS, Reflections, mirrored
from .observed_faces import explain, geometry, nearest, nearest_alike, observed_parts
from .seams import Part, follow, meet

logger = logging.getLogger(__name__)

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

PLACES = 1_000_000
"""Steps per unit-cube length at which observed vertices count as one: finer than float32's use
in the unit cube, so only split copies of a vertex meet."""

WIDE = 3.0
"""Cells: a gap or a hole that is wider is bridged between the vertices that face each other."""

OBSERVED, INVENTED, RUNG = range(3)
"""Where an edge of a loop comes from."""

VOTERS = 3000
"""Observed faces, at least, that are asked which way they look."""


@dataclass(frozen=True)
class JoinConfig:
    """How an observed mesh and a completed shape become one.

    Raises:
        InputError: A length is not positive.
    """

    cell: float
    """Cell edge of the lattice that the shape was extracted from; sets the seam's fineness."""

    image_distance: float = 0.06
    """Largest residual of the shape: up to it, a face of the shape that looks the same way as an
    observed one across from it is the latter's image and is dropped."""

    reach: float = 0.05
    """Largest distance over which the border of the invented part is drawn to what was observed."""

    blend: float = 0.08
    """Length over which the deformation of the invented part fades out, away from the seam."""

    def __post_init__(self) -> None:
        for name in ("cell", "image_distance", "reach", "blend"):
            if not getattr(self, name) > 0:
                raise InputError(
                    f"{name} must be a positive length; found {getattr(self, name):g}; "
                    "leave it at its default"
                )


@dataclass(frozen=True, eq=False)
class Joined:
    """An observed mesh, completed."""

    vertices: NDArray[np.float32]
    """(V, 3) the observed ones first, bit for bit."""

    faces: NDArray[np.int32]
    """(F, 3) the observed ones first, as given."""

    observed_vertices: int
    """How many vertices were observed."""

    observed_faces: int
    """How many faces were observed."""

    turned: Flags
    """(observed_faces,) which observed faces look inward; reverse them for consistent normals."""

    open_edges: int
    """Directed edges without a counterpart, vertices at one place and turned faces considered."""

    widest_gap: float
    """Largest distance bridged between an observed and an invented border; 0 if none was."""

    widest_cap: float
    """Longest side of the largest hole that was filled without a bridge; 0 if none was."""

    @property
    def is_closed(self) -> bool:
        """Whether there are faces and no open edges."""
        return len(self.faces) > 0 and self.open_edges == 0

    @property
    def mesh(self) -> TriangleMesh:
        """Observed and invented together."""
        return TriangleMesh(self.vertices, self.faces)


def join(
    observed: TriangleMesh,
    shape: TriangleMesh,
    config: JoinConfig,
    reflections: Reflections = NO_REFLECTIONS,
) -> Joined:
    """The observed mesh and the invented part of a completed shape as one mesh.

    Args:
        observed: Any triangles; closed or open, overlapping, inconsistently turned.
        shape: Closed and outward, the whole object in the frame of `observed`.
        config: Lengths that decide what is invented and how it is joined.
        reflections: That leave the shape as it is; see `mirroring`.
    """
    started = time.perf_counter()
    place = _places(observed.vertices)
    seen, turned = _oriented(observed, place, shape)
    shape = mirrored(shape, seen, reflections, cell=config.cell)
    vertices, faces = shape.vertices.astype(np.float64), shape.faces.astype(np.int64)
    known = explain(
        vertices,
        faces,
        seen.vertices,
        seen.faces[geometry(seen.vertices, seen.faces)[2] > 0],
        cell=config.cell,
        image_distance=config.image_distance,
    )
    part = Part.of(vertices, faces[known.invented])
    near = follow(part.vertices, known.centre, known.residual, blend=config.blend)
    part = Part(near, part.faces)
    moved, weld = meet(part, seen, cell=config.cell, reach=config.reach, blend=config.blend)
    together, added = _sewn(seen, part, moved, weld)
    loops, gap, cap = _loops(together, seen.faces, added, config)
    middles, filling = filled(together, loops, np.concatenate([seen.faces, added]))
    new = np.concatenate([added, filling])
    every = np.concatenate([together, middles])
    joined = Joined(
        np.concatenate([observed.vertices, every[len(place) :].astype(np.float32)]),
        np.concatenate([observed.faces, new.astype(np.int32)]),
        len(observed.vertices),
        len(observed.faces),
        turned,
        len(border_edges(np.concatenate([seen.faces, new]), len(every))[0]),
        gap,
        cap,
    )
    logger.info(
        "join: %d observed and %d invented faces, %d open edges, %.2f s",
        len(observed.faces),
        len(new),
        joined.open_edges,
        time.perf_counter() - started,
    )
    return joined


def _places(vertices: NDArray[np.float32]) -> Indices:
    """(V,) the first vertex at the same place as each vertex."""
    if len(vertices) == 0:
        return np.zeros(0, np.int64)
    number, first = places_of(vertices, PLACES)
    return first[number]


def _oriented(observed: TriangleMesh, place: Indices, shape: TriangleMesh) -> tuple[Part, Flags]:
    """The observed faces, by place and turned outward, and which of them had to be turned.

    Faces are made consistent across edges that two of them share. A patch of such faces that
    encloses a volume is turned outward; any other is turned as the shape beside it looks, or
    as most of it was where that cannot be told.
    """
    vertices, faces = observed.vertices.astype(np.float64), place[observed.faces]
    area = geometry(vertices, faces)[2]
    turned = np.zeros(len(faces), bool)
    proper = np.flatnonzero(area > 0)
    if len(proper):
        consistent, patch = igl.bfs_orient(faces[proper])
        reversed_by_patch = consistent[:, 0] != faces[proper][:, 0]
        wrong = _looks_inward(vertices, consistent, patch, shape)
        undecided = np.bincount(patch, np.where(reversed_by_patch, 1, -1) * area[proper]) > 0
        flip = np.where(wrong == 0, undecided, wrong > 0)
        turned[proper] = reversed_by_patch ^ flip[patch]
    faces[turned] = faces[turned][:, ::-1]
    return Part(vertices, faces), turned


def _looks_inward(
    vertices: Array, faces: Indices, patch: Indices, shape: TriangleMesh
) -> NDArray[np.float64]:
    """(patches,) positive where a patch looks inward, negative where outward, 0 if unknown."""
    _, normal, area = geometry(vertices, faces)
    centre = vertices[faces].mean(axis=1)
    order = np.lexsort((-area, patch))
    first = np.searchsorted(patch[order], np.arange(patch.max() + 1))
    rank = np.arange(len(order)) - first[patch[order]]
    asked = order[rank < max(12, VOTERS // len(first))]
    shape_vertices, shape_faces = shape.vertices.astype(np.float64), shape.faces.astype(np.int64)
    vote = np.zeros(len(first))
    if len(shape_faces):
        alike, opposite = (
            nearest_alike(centre[asked], sign * normal[asked], shape_vertices, shape_faces)[0]
            for sign in (1, -1)
        )
        clear = np.abs(np.minimum(alike, 1) - np.minimum(opposite, 1)) > 2e-3
        vote = np.bincount(
            patch[asked], area[asked] * clear * np.where(alike < opposite, -1, 1), len(first)
        ) / np.maximum(np.bincount(patch[asked], area[asked], len(first)), 1e-30)
        vote[abs(vote) < 0.2] = 0
    corners = vertices[faces] - vertices.mean(axis=0)
    volume = np.bincount(
        patch, np.einsum("fi,fi->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))
    )
    is_open = np.bincount(patch, ~observed_parts(faces, len(vertices))[1], len(first)) > 0
    outward = ~is_open & (volume > 0)
    inward = ~is_open & (volume < 0) & (vote >= 0)
    return np.where(outward, -1.0, np.where(inward, 1.0, vote))


def _sewn(seen: Part, part: Part, moved: Array, weld: Indices) -> tuple[Array, Indices]:
    """All vertices, and the part's faces with welded vertices replaced by observed ones."""
    free = weld < 0
    number = np.where(free, len(seen.vertices) + np.cumsum(free) - 1, weld)
    # what is kept as float32 must be measured as such
    places = moved[free].astype(np.float32).astype(np.float64)
    faces = number[part.faces]
    known = np.sort(np.concatenate([seen.faces, faces]), axis=1)
    _, first = np.unique(known, axis=0, return_index=True)
    is_new = np.zeros(len(known), bool)
    is_new[first] = True
    return np.concatenate([seen.vertices, places]), faces[is_new[len(seen.faces) :]]


def _loops(
    vertices: Array, seen: Indices, added: Indices, config: JoinConfig
) -> tuple[list[Indices], float, float]:
    """The border's loops, the widest gap that they surround, and the widest hole."""
    start, end = border_edges(np.concatenate([seen, added]), len(vertices))
    own_start, own_end = border_edges(added, len(vertices))
    key, own = (a * np.int64(len(vertices)) + b for a, b in ((start, end), (own_start, own_end)))
    kind = np.where(np.isin(key, own), INVENTED, OBSERVED)
    loops = border_loops(vertices, start, end, kind)
    widths = _widths(vertices, loops, start, end, kind)
    wide = [
        loop
        for loop, width in zip(loops, widths.max(axis=1), strict=True)
        if width > WIDE * config.cell
    ]
    first, second = rungs(vertices, wide, config.reach).T
    if len(first):
        start, end = (
            np.concatenate(ends) for ends in ((start, first, second), (end, second, first))
        )
        kind = np.concatenate([kind, np.full(2 * len(first), RUNG)])
        loops = border_loops(vertices, start, end, kind)
        widths = _widths(vertices, loops, start, end, kind)
    gap, cap = widths.max(axis=0, initial=0.0).tolist()
    return loops, gap, cap


def _widths(
    vertices: Array, loops: list[Indices], start: Indices, end: Indices, kind: Indices
) -> Array:
    """(L, 2) how wide a bridge a loop asks for, or, if for none, its extent."""
    kinds = dict(zip(zip(start.tolist(), end.tolist(), strict=True), kind.tolist(), strict=True))
    widths = np.zeros((len(loops), 2))
    for width, loop in zip(widths, loops, strict=True):
        edges = np.stack([loop, np.roll(loop, -1)], axis=1)
        of_edge = np.array([kinds[pair] for pair in map(tuple, edges.tolist())])
        sides = edges[of_edge == OBSERVED], edges[of_edge == INVENTED]
        if len(sides[0]) and len(sides[1]):
            width[0] = _apart(vertices, *sides)
        elif (of_edge == RUNG).any():
            lengths = vertices[edges[:, 0]] - vertices[edges[:, 1]]
            width[0] = np.linalg.norm(lengths[of_edge == RUNG], axis=1).max()
        else:
            width[1] = np.ptp(vertices[loop], axis=0).max()
    return widths


def _apart(vertices: Array, one: Indices, other: Indices) -> float:
    """The largest distance of an end of an edge on either side from the edges on the other."""
    widest = 0.0
    for points, edges in ((one, other), (other, one)):
        segments = np.stack([edges[:, 0], edges[:, 1], edges[:, 1]], axis=1)
        distance = nearest(vertices[points.ravel()], vertices, segments)[0]
        widest = max(widest, float(distance.max()))
    return widest
