"""Reflecting: what one side of a part lacks, taken from its other side, to the last triangle.

The mirror image of the part is cut where the part itself goes on, and only those pieces of it
stay that belong there: where the part was cut off, or where it would stand on one leg less.
Faces keep the form that the artist gave them; they are split beside a cut alone.
"""

from dataclasses import dataclass

import numpy as np
import trimesh
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from ..meshes import places_of
from .observed_faces import face_neighbours, geometry, nearest, observed_parts
from .planes import STEP, Plane, Surface, along, lonely_edges
from .seams import Part, edges_of

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

SAME = 0.008
"""Lengths of the part from it up to which its mirror image repeats it: a cell at resolution 128."""

ASIDE = 0.002
"""Lengths sideways from the part's end up to which that is so: beyond, the image goes on."""

FINEST = 0.012
"""Length of edges beside a cut that are not split further: a cell and a half."""

SPLITS = 7
"""Times that edges are halved at most."""

ALIKE = 0.3
"""Least cosine, of either sign, between normals where the image repeats the part: artists' faces
look any way."""

WHOLE = 0.25
"""Share of a closed part of the image, repeated by what was given, up to which it stays whole, as
legs do whose ends touch a seat."""

FAR = 0.03
"""Lengths from what was given that a piece must reach: less is an artist's freedom."""

CRUMB = 2e-4
"""Squared lengths: a piece of less area is noise."""

CUT = 0.02
"""Lengths from a border up to which a piece continues it."""

CONTINUED = 0.25
"""Share of a piece's border that must run along where the part was cut off."""

MOSTLY = 0.6
"""Share of a piece for which the nearest that was given lies along the cut: it lies beyond."""

FLOOR = 0.03
"""Lengths above the lowest place up to which a piece stands on the floor, or on a foot."""

HELD, APART = 0.015, 0.08
"""Lengths from what was given up to which it holds a leg, and from its feet down to which a leg
stands beside another one: tables whose legs are turned are no mirror images of themselves."""

LEG = 0.2
"""Share of the given area up to which a piece that stands may be a leg."""

WELDED = 2e-3
"""Lengths from a border's vertex up to which another one is the same."""

ONE_PLACE, PLACES = 2e-5, 1 << 16
"""Lengths from a plane up to which a vertex lies in it, and steps per length at which vertices of
a sliced image are one: coordinates are given as float32, somewhere in a scene."""


@dataclass(frozen=True, eq=False)
class Reflected:
    """What the mirror adds to a part."""

    vertices: Array
    """(W, 3) further vertices, numbered after the part's own."""

    faces: Indices
    """(G, 3) further faces; they name vertices of the part where they meet it."""


def missing_image(surface: Surface, plane: Plane) -> Reflected:
    """The mirror image of a part where the part lacks it.

    Args:
        surface: Of a part about 1 long, +Z up, without doubled vertices.
        plane: Of symmetry.
    """
    part = surface.part
    image = Part(plane.mirrored(part.vertices), part.faces[:, ::-1])
    cuts = _cuts(part, image)
    image = _pieces_that_belong(_unrepeated(image, surface), surface, cuts)
    return Reflected(*_welded(image, part))


def other_half(part: Part, plane: Plane, end: Plane) -> Reflected:
    """The mirror image of a half, all of it beyond where the half ends.

    Args:
        part: About 1 long, without doubled vertices.
        plane: Of symmetry.
        end: Parallel to it; beyond it nothing of the part lies.
    """
    # what was cut exactly in the plane has its own vertices there, to the last bit
    places = np.where(
        (np.abs(plane.beyond(part.vertices)) < ONE_PLACE)[:, None],
        part.vertices,
        plane.mirrored(part.vertices),
    )
    faces = part.faces[:, ::-1]
    side = end.beyond(places)
    faces = faces[(side[faces] > ONE_PLACE).any(axis=1)]
    if len(faces) and side[faces].min() < -ONE_PLACE:
        sliced = trimesh.intersections.slice_faces_plane(
            places, faces, end.normal, end.offset * end.normal
        )
        number, first = places_of(sliced[0], PLACES)
        places, faces = sliced[0][first], number[sliced[1]].astype(np.int64)
    cross = np.roll(faces, -1, axis=1)
    return Reflected(*_welded(Part.of(places, faces[(faces != cross).all(axis=1)]), part))


def _cuts(part: Part, image: Part) -> Array:
    """(N, 3) the places of a part's border at which its mirror image goes on."""
    borders, _ = along(part.vertices, lonely_edges(part.faces), STEP / 2)
    if len(borders) == 0:
        return borders
    ends = cKDTree(along(image.vertices, lonely_edges(image.faces), STEP / 2)[0])
    inside = nearest(borders, image.vertices, image.faces)[0] < SAME
    return borders[inside & (ends.query(borders)[0] > STEP)]


def _unrepeated(image: Part, surface: Surface) -> Part:
    """The image without what the part repeats, split where that begins."""
    group, is_closed = _solids(image)
    area = geometry(image.vertices, image.faces)[2]
    share = _repeated(image, surface).mean(axis=1)
    total = np.maximum(np.bincount(group, area), 1e-30)
    whole = is_closed & ((np.bincount(group, area * share) / total)[group] <= WHOLE)
    unsure = ~whole
    kept = image.faces[whole]
    vertices, faces = image.vertices, image.faces[unsure]
    flags = _repeated(Part(vertices, faces), surface)
    for _ in range(SPLITS):
        mixed = flags.any(axis=1) & ~flags.all(axis=1)
        vertices, faces, old = _halved(vertices, faces, mixed)
        if old.all():
            break
        # faces that were not split come first
        flags = np.concatenate([flags[old], _repeated(Part(vertices, faces[old.sum() :]), surface)])
    stays = ~flags[:, 0]
    return Part.of(vertices, np.concatenate([kept, faces[stays]]))


def _solids(part: Part) -> tuple[Indices, Flags]:
    """(F,) the solid of every face, and whether it is closed; a shared corner joins none."""
    links = np.stack(face_neighbours(part.faces, len(part.vertices)))
    graph = coo_array((np.ones(links.shape[1], np.int8), links), (len(part.faces),) * 2)
    group = connected_components(graph, directed=False)[1].astype(np.int64)
    is_lonely = np.zeros(len(part.vertices), bool)
    is_lonely[lonely_edges(part.faces)] = True
    is_open = np.zeros(len(part.faces), bool)
    is_open[group[is_lonely[part.faces].any(axis=1)]] = True
    return group, ~is_open[group]


def _repeated(image: Part, surface: Surface) -> Flags:
    """(F, 7) whether the part goes on at the middle of a face, and at six places near its rim."""
    if len(image.faces) == 0:
        return np.zeros((0, 7), bool)
    corners = image.vertices[image.faces]
    middle = corners.mean(axis=1, keepdims=True)
    rim = np.concatenate([corners, (corners + np.roll(corners, -1, axis=1)) / 2], axis=1)
    places = np.concatenate([middle, middle + 0.95 * (rim - middle)], axis=1).reshape(-1, 3)
    away, face, foot = surface.nearest(places)
    across = surface.normals[face]
    normal = np.repeat(geometry(image.vertices, image.faces)[1], 7, axis=0)
    apart = places - foot
    aside = apart - np.einsum("ni,ni->n", apart, across)[:, None] * across
    same = (away < SAME) & (np.linalg.norm(aside, axis=1) < ASIDE)
    same &= np.abs(np.einsum("ni,ni->n", normal, across)) > ALIKE
    return same.reshape(-1, 7)


def _halved(vertices: Array, faces: Indices, chosen: Flags) -> tuple[Array, Indices, Flags]:
    """The faces with the longer edges of chosen ones halved, no corner left on another's edge.

    Returns:
        Vertices, those given first; faces, those that stay as they are first; and (F,) which do.
    """
    ends = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=2), axis=2)
    length = np.linalg.norm(vertices[ends[..., 0]] - vertices[ends[..., 1]], axis=2)
    key = ends[..., 0] * np.int64(len(vertices)) + ends[..., 1]
    marked = np.unique(key[chosen[:, None] & (length > FINEST)])
    if len(marked) == 0:
        return vertices, faces, np.ones(len(faces), bool)
    is_marked = np.isin(key, marked)
    middle = len(vertices) + np.searchsorted(marked, key)
    low, high = np.divmod(marked, np.int64(len(vertices)))
    together = np.concatenate([vertices, (vertices[low] + vertices[high]) / 2])
    many = is_marked.sum(axis=1)
    # turned so that the first edges are the halved ones
    start = np.where(many == 1, is_marked.argmax(axis=1), 0)
    start = np.where(many == 2, (~is_marked).argmax(axis=1) + 1, start) % 3
    turn = (start[:, None] + np.arange(3)) % 3
    corner, half = (np.take_along_axis(each, turn, axis=1) for each in (faces, middle))
    pieces = [faces[many == 0]]
    for count, patterns in _PATTERNS.items():
        six = np.concatenate([corner, half], axis=1)[many == count]
        pieces += [six[:, list(pattern)] for pattern in patterns]
    return together, np.concatenate(pieces), many == 0


_PATTERNS = {
    1: ((0, 3, 2), (3, 1, 2)),
    2: ((3, 1, 4), (0, 3, 4), (0, 4, 2)),
    3: ((0, 3, 5), (3, 1, 4), (5, 4, 2), (3, 4, 5)),
}
"""Corners 0 to 2 and middles 3 to 5 of the edges from them, by how many edges are halved."""


def _pieces_that_belong(image: Part, surface: Surface, cuts: Array) -> Part:
    """The pieces of the image that continue where the part was cut off, and legs."""
    if len(image.faces) == 0:
        return image
    piece = observed_parts(image.faces, len(image.vertices))[0]
    area = geometry(image.vertices, image.faces)[2]
    count = int(piece.max()) + 1
    total = np.bincount(piece, area, count)
    of_vertex = np.zeros(len(image.vertices), np.int64)
    of_vertex[image.faces] = piece[:, None]
    away, _, foot = surface.nearest(image.vertices)
    farthest = np.zeros(count)
    np.maximum.at(farthest, of_vertex, away)
    belongs = total < LEG * geometry(surface.part.vertices, surface.part.faces)[2].sum()
    belongs &= _stands(image, of_vertex, surface)
    if len(cuts):
        # what hangs free beyond a cut is nearest to it
        beside = (cKDTree(cuts).query(foot)[0] < CUT)[image.faces].mean(axis=1)
        belongs |= np.bincount(piece, area * beside, count) > MOSTLY * total
        belongs |= _continues(image, of_vertex, cuts)
    belongs &= (total > CRUMB) & (farthest > FAR)
    return Part.of(image.vertices, image.faces[belongs[piece]])


def _stands(image: Part, of_vertex: Indices, surface: Surface) -> Flags:
    """(pieces,) whether a piece reaches from the part to the floor, where no foot stands yet."""
    count = int(of_vertex.max()) + 1
    to_part, to_foot = np.full((2, count), np.inf)
    edges = edges_of(image.faces)
    places, edge = along(image.vertices, edges)
    held = surface.nearest(places)[0]
    np.minimum.at(to_part, of_vertex[edges[edge, 0]], held)
    used = surface.part.vertices[np.unique(surface.part.faces)]
    floor = used[:, 2].min() + FLOOR
    low = image.vertices[:, 2] < floor
    apart = cKDTree(used[used[:, 2] < floor]).query(image.vertices[low])[0]
    np.minimum.at(to_foot, of_vertex[low], apart)
    return (to_part < HELD) & np.isfinite(to_foot) & (to_foot > APART)


def _continues(image: Part, of_vertex: Indices, cuts: Array) -> Flags:
    """(pieces,) whether enough of a piece's border runs along the cuts."""
    count = int(of_vertex.max()) + 1
    edges = lonely_edges(image.faces)
    if len(edges) == 0:
        return np.zeros(count, bool)
    length = np.linalg.norm(image.vertices[edges[:, 0]] - image.vertices[edges[:, 1]], axis=1)
    near = cKDTree(cuts).query(image.vertices[edges].mean(axis=1))[0] < CUT
    owner = of_vertex[edges[:, 0]]
    whole, along_cut = (np.bincount(owner, length * each, count) for each in (1.0, near))
    return (along_cut > 0) & (along_cut >= CONTINUED * whole)


def _welded(image: Part, part: Part) -> tuple[Array, Indices]:
    """The image's own vertices and its faces, whose border shares the part's vertices there."""
    own, ends = np.unique(lonely_edges(image.faces)), np.unique(lonely_edges(part.faces))
    number = np.arange(len(image.vertices)) + len(part.vertices)
    if len(own) and len(ends):
        forth, back = cKDTree(part.vertices[ends]), cKDTree(image.vertices[own])
        away, found = forth.query(image.vertices[own])
        # both must be the nearest of the other: no two vertices become one
        same = (away < WELDED) & (back.query(part.vertices[ends])[1][found] == np.arange(len(own)))
        number[own[same]] = ends[found[same]]
    used = number >= len(part.vertices)
    renumbered = np.where(used, len(part.vertices) + np.cumsum(used) - 1, number)
    return image.vertices[used], renumbered[image.faces]
