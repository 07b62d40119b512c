"""Signed distances to any mesh: overlapping parts, open sheets and flipped parts included.

Artists' assets are triangle soups. The sign comes from the generalised winding number,
which is well defined on soups; the distance from the faces that are visible:

- a closed part whose normals point inward is flipped, unless it lies inside another
  part, where it bounds a cavity;
- a face with solid on both sides is hidden inside the union and is no surface;
- a face with empty space on both sides is an open sheet and gets a small thickness;
- a wall thinner than that is filled up to it, or a lattice would tear it.

All in the mesh's own frame, usually the unit cube. Sign: negative inside.
"""

from dataclasses import dataclass

import igl
import numpy as np
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh as EmbreeMesh
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from trimesh.remesh import subdivide_to_size

from ..errors import InputError
from ..meshes import TriangleMesh

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

SHEET_THICKNESS = 0.014
"""Unit-cube lengths that a sheet or a wall has at least: 1.6 cells of a 128^3 lattice."""

LONGEST_EDGE = 0.15
"""Faces are split until no edge is longer: few are then half hidden and half visible."""

UNDECIDED = 0.52
"""Winding number above which a point is inside; just behind a lone sheet it is a half."""

RAYS = np.array([[0.81, 0.43, 0.40], [-0.52, 0.77, 0.37], [-0.28, -0.46, 0.84]])
"""Three directions that no artist's edge is likely to run along."""

PROBE = 3e-4
"""Distance from a face, on either side, at which the winding number decides what the face is."""


@dataclass(frozen=True, eq=False)
class Solid:
    """A mesh made ready for signed distances; build it with `solid_of`."""

    vertices: Array
    """(V, 3)."""

    faces: NDArray[np.int64]
    """(F, 3) all faces, closed parts turned outward; they decide the sign."""

    surface_faces: NDArray[np.int64]
    """(S, 3) faces that bound the solid."""

    sheet_faces: NDArray[np.int64]
    """(T, 3) faces with empty space on both sides."""

    surface_reach: Array
    """(S,) how far a wall is filled up beyond such a face; 0 where it is thick enough."""

    def signed_distance(self, points: Array) -> Array:
        """(N,) distance to the surface, negative inside.

        Args:
            points: (N, 3) in the mesh's frame.

        Source:
            Sign: Barill et al., Fast Winding Numbers for Soups and Clouds, 2018
            (doi 10.1145/3197517.3201337), through libigl. We add the sheets' thickness.
        """
        points = np.ascontiguousarray(points, np.float64)
        distance = np.full(len(points), np.inf)
        if len(self.surface_faces):
            inside = is_inside(points, self.vertices, self.faces)
            unsigned, face = _nearest(points, self.vertices, self.surface_faces)
            distance = np.where(inside, -unsigned - self.surface_reach[face], unsigned)
        return self._with_filling(points, distance)

    def _with_filling(self, points: Array, distance: Array) -> Array:
        """Distances from outside, shortened by what sheets and thin walls are filled up with."""
        thin = self.surface_reach > 0
        faces = np.concatenate([self.surface_faces[thin], self.sheet_faces])
        reach = np.concatenate(
            [self.surface_reach[thin], np.full(len(self.sheet_faces), SHEET_THICKNESS / 2)]
        )
        outside = np.flatnonzero(distance > 0)
        if len(faces) and len(outside):
            unsigned, face = _nearest(points[outside], self.vertices, faces)
            distance[outside] = np.minimum(distance[outside], unsigned - reach[face])
        return distance

    def sample_surface(self, count: int, generator: np.random.Generator) -> Array:
        """(count, 3) points on the visible surface, uniform by area; sheets count once."""
        faces = np.concatenate([self.surface_faces, self.sheet_faces])
        area = _centre_normal_area(self.vertices, faces)[2]
        chosen = self.vertices[faces[generator.choice(len(faces), count, p=area / area.sum())]]
        root, along = np.sqrt(generator.random((count, 1))), generator.random((count, 1))
        return (
            (1 - root) * chosen[:, 0]
            + root * (1 - along) * chosen[:, 1]
            + root * along * chosen[:, 2]
        )

    @property
    def visible(self) -> TriangleMesh:
        """The faces that bound the solid, and its sheets, without what is hidden inside."""
        faces = np.concatenate([self.surface_faces, self.sheet_faces])
        return TriangleMesh.from_arrays(self.vertices, faces)


def solid_of(mesh: TriangleMesh) -> Solid:
    """The solid that a soup of triangles describes.

    Args:
        mesh: Any triangles, about the size of the unit cube.

    Raises:
        InputError: The mesh has no face with an area.
    """
    vertices, faces = mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64)
    faces = faces[_centre_normal_area(vertices, faces)[2] > 1e-12]
    if len(faces) == 0:
        raise InputError(
            f"none of the mesh's {len(mesh.faces)} faces has an area; choose a mesh with faces"
        )
    faces = turned_outward(vertices, faces)
    fine_vertices, fine_faces = subdivide_to_size(vertices, faces, max_edge=LONGEST_EDGE)
    fine_faces = np.asarray(fine_faces, np.int64)
    hidden, sheet = _classify(fine_vertices, fine_faces, vertices, faces)
    surface_faces, sheet_faces = fine_faces[~hidden & ~sheet], fine_faces[sheet]
    missing = SHEET_THICKNESS - _wall_thickness(fine_vertices, surface_faces)
    return Solid(
        np.concatenate([vertices, fine_vertices]),
        faces,
        surface_faces + len(vertices),
        sheet_faces + len(vertices),
        np.maximum(missing, 0.0) / 2,
    )


def turned_outward(vertices: Array, faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """The faces, each part turned so that together they bound a solid.

    A closed part is turned outward unless it bounds a cavity of a larger part. Open parts
    (a table top made of two caps and a rim) are turned so that the winding number beside
    them comes closest to 0 or 1.

    Args:
        vertices: (V, 3).
        faces: (F, 3); parts are what shared vertices connect.
    """
    part = _part_of_faces(faces, len(vertices))
    volume = _part_volumes(vertices, faces, part)
    closed = _closed_parts(faces, part, len(vertices))
    present = np.unique(part)
    turned = faces.copy()
    for index in present[(volume < 0)[present] & closed[present]]:
        own = part == index
        others = faces[~own & (volume[part] > abs(volume[index]))]
        probes = vertices[np.unique(faces[own])][:256]
        is_cavity = (
            len(others) > 0 and (winding_number(probes, vertices, others) > 0.5).mean() > 0.95
        )
        if not is_cavity:
            turned[own] = turned[own][:, ::-1]
    for index in _open_parts_to_turn(vertices, turned, part, present[~closed[present]]):
        turned[part == index] = turned[part == index][:, ::-1]
    return turned


def _open_parts_to_turn(
    vertices: Array,
    faces: NDArray[np.int64],
    part: NDArray[np.int64],
    open_parts: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The open parts whose turning brings the winding numbers beside them nearest to 0 or 1.

    Parts are tried one after the other, largest first, until no turn helps.
    """
    if len(open_parts) == 0:
        return open_parts
    is_open = np.isin(part, open_parts)
    centre, normal, area = _centre_normal_area(vertices, faces[is_open])
    probes = np.concatenate([centre + PROBE * normal, centre - PROBE * normal])
    weight = np.tile(area / area.sum(), 2)
    fixed = (
        winding_number(probes, vertices, faces[~is_open])
        if (~is_open).any()
        else np.zeros(len(probes))
    )
    own = np.stack([winding_number(probes, vertices, faces[part == i]) for i in open_parts])

    def undecided(signs: Array) -> float:
        number = fixed + signs @ own
        # any count of overlapping solids is as good as one
        return float(weight @ np.where(number > 1, 0.0, np.minimum(abs(number), abs(number - 1))))

    signs = np.ones(len(open_parts))
    order = np.argsort(-np.bincount(part[is_open], area, part.max() + 1)[open_parts])
    best, improved = undecided(signs), True
    while improved:
        improved = False
        for index in order:
            signs[index] *= -1
            cost = undecided(signs)
            if cost < best - 1e-6:
                best, improved = cost, True
            else:
                signs[index] *= -1
    return open_parts[signs < 0]


def winding_number(points: Array, vertices: Array, faces: NDArray[np.int64]) -> Array:
    """(N,) generalised winding number: about 1 inside, 0 outside, 2 where two parts overlap."""
    return np.asarray(igl.fast_winding_number(vertices, faces, points), np.float64).reshape(-1)


def is_inside(points: Array, vertices: Array, faces: NDArray[np.int64]) -> Flags:
    """(N,) whether points lie inside the union of a soup's parts.

    Rays are cast both ways along `RAYS`. Where the first face met is seen from behind by
    all of them, a point is inside; where by none, outside. Elsewhere (overlaps, openings,
    flipped faces) the winding number decides: it is exact but ten times as slow.

    Args:
        points: (N, 3).
        vertices: (V, 3).
        faces: (F, 3) turned outward.
    """
    scene = _scene_of(vertices, faces)
    normals = _centre_normal_area(vertices, faces)[1]
    origins = np.ascontiguousarray(points, np.float32)
    from_behind = np.zeros(len(points), np.int64)
    for direction in np.concatenate([RAYS, -RAYS]):
        first = scene.run(origins, np.tile(direction, (len(points), 1)).astype(np.float32))
        from_behind += (first >= 0) & (normals[first] @ direction > 0)
    inside = from_behind == 2 * len(RAYS)
    unsure = ~inside & (from_behind > 0)
    if unsure.any():
        inside[unsure] = winding_number(points[unsure], vertices, faces) > UNDECIDED
    return inside


def _nearest(
    points: Array, vertices: Array, faces: NDArray[np.int64]
) -> tuple[Array, NDArray[np.int64]]:
    """(N,) unsigned distances, and the faces that they lead to."""
    squared, face, _ = igl.point_mesh_squared_distance(points, vertices, faces)
    return np.sqrt(np.maximum(squared, 0.0)), face


def _classify(
    vertices: Array, faces: NDArray[np.int64], all_vertices: Array, all_faces: NDArray[np.int64]
) -> tuple[Flags, Flags]:
    """Which faces have solid on both sides, and which have empty space on both."""
    centre, normal, _ = _centre_normal_area(vertices, faces)
    sides = np.concatenate([centre + PROBE * normal, centre - PROBE * normal])
    front, back = np.split(is_inside(sides, all_vertices, all_faces), 2)
    return front & back, ~front & ~back


def _wall_thickness(vertices: Array, faces: NDArray[np.int64]) -> Array:
    """(F,) depth of the solid behind every face's centre; infinite where nothing closes it."""
    if len(faces) == 0:
        return np.zeros(0)
    centre, normal, _ = _centre_normal_area(vertices, faces)
    hit = _scene_of(vertices, faces).run(
        (centre - PROBE * normal).astype(np.float32),
        (-normal).astype(np.float32),
        query="INTERSECT",
        output=True,
    )
    return np.where(hit["primID"] >= 0, hit["tfar"].astype(np.float64) + PROBE, np.inf)


def _scene_of(vertices: Array, faces: NDArray[np.int64]) -> rtcore_scene.EmbreeScene:
    scene = rtcore_scene.EmbreeScene()
    EmbreeMesh(scene, np.ascontiguousarray(vertices[faces], np.float32))
    return scene


def _centre_normal_area(vertices: Array, faces: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    corners = vertices[faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normal, axis=1)
    return corners.mean(axis=1), normal / np.maximum(length, 1e-30)[:, None], length / 2


def parts_of(mesh: TriangleMesh) -> NDArray[np.int64]:
    """(F,) number of the connected part of every face; parts are what shared vertices connect."""
    return _part_of_faces(mesh.faces.astype(np.int64), len(mesh.vertices))


def _part_of_faces(faces: NDArray[np.int64], vertex_count: int) -> NDArray[np.int64]:
    ends = np.concatenate([faces[:, :2], faces[:, 1:]])
    graph = coo_array(
        (np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(vertex_count, vertex_count)
    )
    return connected_components(graph, directed=False)[1][faces[:, 0]].astype(np.int64)


def _part_volumes(vertices: Array, faces: NDArray[np.int64], part: NDArray[np.int64]) -> Array:
    corners = vertices[faces]
    signed = np.einsum("fi,fi->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    return np.bincount(part, signed, minlength=part.max() + 1)


def _closed_parts(
    faces: NDArray[np.int64], part: NDArray[np.int64], vertex_count: int
) -> NDArray[np.bool_]:
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    edge = np.minimum(start, end) * np.int64(vertex_count) + np.maximum(start, end)
    _, inverse, count = np.unique(edge, return_inverse=True, return_counts=True)
    open_edges = (count[inverse] == 1).reshape(-1, 3).sum(axis=1)
    return np.bincount(part, open_edges, minlength=part.max() + 1) == 0
