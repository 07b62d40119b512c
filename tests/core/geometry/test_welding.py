import numpy as np
import pytest

from core.field.analytic import sphere, torus
from core.geometry.welding import orient_outward, signed_volume, vertex_normals, weld
from core.meshes import TriangleMesh
from core.surface.lattice import LatticeConfig, sample_lattice
from core.surface.marching_cubes import marching_cubes


def triangles(vertices, faces):
    return TriangleMesh(np.asarray(vertices, np.float32), np.asarray(faces, np.int32))


EMPTY = triangles(np.zeros((0, 3)), np.zeros((0, 3)))
TETRAHEDRON = triangles(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]]
)


def ball():
    return marching_cubes(sample_lattice(sphere(0.4), LatticeConfig(48)))


def test_nothing_to_weld_in_an_empty_mesh():
    assert len(weld(EMPTY).vertices) == 0
    assert signed_volume(EMPTY) == 0
    assert vertex_normals(EMPTY).shape == (0, 3)
    assert orient_outward(EMPTY) is EMPTY


def test_a_soup_of_triangles_becomes_closed():
    mesh = ball()
    soup = triangles(mesh.corners.reshape(-1, 3), np.arange(3 * len(mesh.faces)).reshape(-1, 3))
    assert not soup.is_closed
    welded = weld(soup)
    assert welded.is_closed
    assert len(welded.vertices) == len(mesh.vertices)
    np.testing.assert_array_equal(welded.corners, mesh.corners)


def test_a_welded_mesh_is_left_as_it_is():
    mesh = ball()
    assert weld(mesh) is mesh


def test_faces_that_collapse_are_dropped_and_the_mesh_stays_closed():
    vertices = np.concatenate([TETRAHEDRON.vertices, [[1e-9, 0, 0]]])
    # the corner at the origin split into two vertices with slivers between them
    faces = [[0, 2, 1], [4, 1, 3], [1, 2, 3], [2, 0, 3], [0, 1, 4], [0, 4, 3]]
    split = triangles(vertices, faces)
    assert split.is_closed
    welded = weld(split)
    assert welded.is_closed
    assert len(welded.faces) == 4


def test_a_mesh_of_coincident_vertices_loses_its_faces():
    welded = weld(triangles(np.ones((3, 3)), [[0, 1, 2]]))
    assert (len(welded.vertices), len(welded.faces)) == (1, 0)


def test_the_volume_of_a_tetrahedron():
    assert signed_volume(TETRAHEDRON) == pytest.approx(1 / 6)


def test_a_mesh_turned_inside_out_is_turned_back():
    inward = triangles(TETRAHEDRON.vertices, TETRAHEDRON.faces[:, ::-1])
    assert signed_volume(inward) < 0
    assert signed_volume(orient_outward(inward)) == pytest.approx(1 / 6)
    assert orient_outward(TETRAHEDRON) is TETRAHEDRON


def test_normals_of_a_ball_point_away_from_its_centre():
    mesh = ball()
    outward = mesh.vertices / np.linalg.norm(mesh.vertices, axis=1, keepdims=True)
    cosines = np.einsum("ij,ij->i", vertex_normals(mesh), outward)
    # a face leans away from the sphere by about half a cell over the radius
    assert cosines.min() > np.cos(LatticeConfig(48).cell / 0.4)


def test_normals_of_a_torus_have_unit_length():
    mesh = marching_cubes(sample_lattice(torus(0.3, 0.1), LatticeConfig(48)))
    np.testing.assert_allclose(np.linalg.norm(vertex_normals(mesh), axis=1), 1, atol=1e-6)


def test_a_vertex_without_faces_has_no_normal():
    lonely = triangles(np.concatenate([TETRAHEDRON.vertices, [[5, 5, 5]]]), TETRAHEDRON.faces)
    assert vertex_normals(lonely)[-1].tolist() == [0, 0, 0]
