import numpy as np
import pytest

from core.field.analytic import box, capsule, sphere, union
from core.geometry.components import (
    face_areas,
    face_components,
    keep_faces,
    part_of_faces,
    part_of_vertices,
    parts_of,
    remove_crumbs,
)
from core.meshes import TriangleMesh
from core.surface.lattice import LatticeConfig, sample_lattice
from core.surface.marching_cubes import marching_cubes
from tests.core.geometry import boxes
from tests.core.geometry.boxes import LEFT, RIGHT, soup


def triangles(vertices, faces):
    return TriangleMesh(np.asarray(vertices, np.float32), np.asarray(faces, np.int32))


EMPTY = triangles(np.zeros((0, 3)), np.zeros((0, 3)))


def mesh_of(*fields):
    return marching_cubes(sample_lattice(union(*fields), LatticeConfig(64)))


def clean(mesh):
    return remove_crumbs(mesh, extent_share=0.15, area_share=0.02).mesh


def test_an_empty_mesh_has_no_component():
    assert face_components(EMPTY)[0] == 0
    assert len(clean(EMPTY).faces) == 0


def test_components_are_counted_without_unused_vertices():
    triangle = np.array([[0, 0, 0], [9, 9, 9], [1, 0, 0], [0, 1, 0]], float)
    mesh = triangles(np.concatenate([triangle, triangle + 5]), [[0, 2, 3], [4, 6, 7]])
    count, label = face_components(mesh)
    assert count == 2
    assert label.tolist() == [0, 1]


def test_parts_are_what_shared_vertices_connect():
    part = parts_of(soup(boxes.box(*LEFT), boxes.box(*RIGHT)))
    assert len(set(part[:12])) == len(set(part[12:])) == 1
    assert part[0] != part[-1]


def test_a_vertex_without_faces_has_a_number_among_the_parts():
    faces = np.array([[0, 2, 3], [4, 5, 7]])
    assert part_of_faces(faces, 8).tolist() == [0, 2]
    assert part_of_vertices(faces, 8).tolist() == [0, 1, 0, 0, 2, 2, 3, 2]


def test_crumbs_go_and_the_body_stays():
    body, crumb = sphere(0.3), sphere(0.02, (0.4, 0.4, 0.0))
    cleaned = clean(mesh_of(body, crumb))
    alone = mesh_of(body)
    assert cleaned.is_closed
    assert len(cleaned.vertices) == len(alone.vertices)
    assert len(cleaned.faces) == len(alone.faces)


def test_the_widest_gap_between_what_stays_is_told():
    shares = {"extent_share": 0.5, "area_share": 0.05}
    row = [sphere(0.1, (x, 0.0, 0.0)) for x in (-0.4, -0.15, 0.3)]
    assert remove_crumbs(mesh_of(*row), **shares).apart == pytest.approx(0.25, abs=0.02)
    assert remove_crumbs(mesh_of(row[0]), **shares).apart == 0
    assert remove_crumbs(EMPTY, **shares).apart == 0
    # a crumb that goes is no gap
    with_crumb = mesh_of(row[0], sphere(0.02, (0.0, 0.4, 0.0)))
    assert face_components(with_crumb)[0] == 2
    assert remove_crumbs(with_crumb, **shares).apart == 0


def test_the_longest_crumb_is_told_in_lengths_of_the_body():
    shares = {"extent_share": 0.3, "area_share": 0.02}
    body, crumbs = sphere(0.25), [sphere(0.02, (0.4, 0.4, 0.0)), sphere(0.03, (-0.4, 0.4, 0.0))]
    assert remove_crumbs(mesh_of(body, *crumbs), **shares).lost == pytest.approx(0.12, abs=0.02)
    assert remove_crumbs(mesh_of(body), **shares).lost == 0
    assert remove_crumbs(mesh_of(body, sphere(0.1, (0.4, 0.4, 0.0))), **shares).lost == 0
    assert remove_crumbs(EMPTY, **shares).lost == 0


@pytest.mark.parametrize("radius", [0.03, 0.1], ids=["small", "large"])
def test_a_hollow_inside_of_something_is_neither_a_lost_part_nor_one_that_hangs_in_the_air(radius):
    shares = {"extent_share": 0.3, "area_share": 0.02}
    inner = mesh_of(sphere(radius, (0.05, 0.0, 0.0)))
    for outer in (mesh_of(sphere(0.25)), mesh_of(box((0.4, 0.4, 0.2), (0.0, 0.0, 0.0)))):
        for inward in (True, False):
            # the whole may be inside out; what counts is that the two differ
            own, other = (outer.faces, inner.faces[:, ::-1])
            faces = np.concatenate([own, other + len(outer.vertices)])
            vertices = np.concatenate([outer.vertices, inner.vertices])
            mesh = TriangleMesh(vertices, faces if inward else faces[:, ::-1])
            found = remove_crumbs(mesh, **shares)
            assert (found.lost, found.apart) == (0, 0)
            assert face_components(found.mesh)[0] == (2 if radius == 0.1 else 1)


@pytest.mark.parametrize(
    "part",
    [
        sphere(0.12, (0.0, 0.0, 0.4)),  # a shade above the foot of a lamp
        capsule((0.4, 0.0, -0.4), (0.4, 0.0, 0.1), 0.02),  # a leg that lost its seat
        box((0.12, 0.12, 0.02), (0.0, 0.0, 0.4)),
    ],
)
def test_parts_that_matter_stay(part):
    mesh = mesh_of(sphere(0.25, (-0.1, 0.0, 0.0)), part)
    assert face_components(mesh)[0] == 2
    assert clean(mesh) is mesh


def test_something_always_stays():
    many = [sphere(0.03, (x, y, 0.0)) for x in (-0.4, 0.0, 0.4) for y in (-0.4, 0.0, 0.4)]
    cleaned = remove_crumbs(mesh_of(*many), extent_share=1.0, area_share=1.0).mesh
    assert face_components(cleaned)[0] >= 1


def test_shares_of_zero_keep_everything():
    mesh = mesh_of(sphere(0.3), sphere(0.02, (0.4, 0.4, 0.0)))
    assert face_components(remove_crumbs(mesh, extent_share=0.0, area_share=1.0).mesh)[0] == 2
    assert face_components(remove_crumbs(mesh, extent_share=1.0, area_share=0.0).mesh)[0] == 2


@pytest.mark.parametrize("name", ["extent_share", "area_share"])
def test_shares_lie_between_zero_and_one(name):
    shares = {"extent_share": 0.1, "area_share": 0.1} | {name: 1.5}
    with pytest.raises(ValueError, match=rf"{name} must lie in \[0, 1\]; found 1.5"):
        remove_crumbs(EMPTY, **shares)


def test_kept_faces_name_the_same_places():
    mesh = mesh_of(sphere(0.3))
    stays = np.arange(len(mesh.faces)) % 3 == 0
    kept = keep_faces(mesh, stays)
    np.testing.assert_array_equal(kept.corners, mesh.corners[stays])
    assert len(np.unique(kept.faces)) == len(kept.vertices)


def test_areas_of_a_right_triangle():
    mesh = triangles([[0, 0, 0], [3, 0, 0], [0, 4, 0]], [[0, 1, 2]])
    assert face_areas(mesh).tolist() == [6.0]
