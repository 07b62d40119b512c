"""Meshes and clouds are checked once, at the door."""

import numpy as np
import pytest

from core.errors import InputError
from core.meshes import ExactVertices, PointCloud, TriangleMesh, places_of

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
TETRAHEDRON = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)


def test_a_mesh_of_nothing_is_a_mesh_that_is_not_closed():
    empty = TriangleMesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    assert not empty.is_closed
    np.testing.assert_array_equal(empty.bounds, np.zeros((2, 3)))


def test_a_tetrahedron_is_closed_until_a_face_goes_or_turns():
    assert TriangleMesh(CORNERS, TETRAHEDRON).is_closed
    assert not TriangleMesh(CORNERS, TETRAHEDRON[1:]).is_closed
    turned = np.concatenate([TETRAHEDRON[:1, ::-1], TETRAHEDRON[1:]])
    assert not TriangleMesh(CORNERS, turned).is_closed


def test_doubles_become_floats_and_arrays_that_fit_are_not_copied():
    mesh = TriangleMesh.from_arrays(CORNERS.astype(np.float64), TETRAHEDRON.astype(np.int64))
    assert (mesh.vertices.dtype, mesh.faces.dtype) == (np.float32, np.int32)
    assert TriangleMesh(CORNERS, TETRAHEDRON).vertices is CORNERS


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_vertex_that_is_no_number_is_refused(value):
    bad = CORNERS.copy()
    bad[[1, 3], 2] = value
    with pytest.raises(InputError, match="2 of 4 mesh vertices are NaN or infinite"):
        TriangleMesh(bad, TETRAHEDRON)


def test_arrays_of_another_shape_are_refused():
    with pytest.raises(InputError, match=r"vertices must have shape \(V, 3\); found \(4, 2\)"):
        TriangleMesh(CORNERS[:, :2], TETRAHEDRON)
    with pytest.raises(InputError, match=r"faces must have shape \(F, 3\); found \(12,\)"):
        TriangleMesh(CORNERS, TETRAHEDRON.ravel())


@pytest.mark.parametrize("number", [-1, 4])
def test_a_face_of_a_vertex_that_does_not_exist_is_refused(number):
    with pytest.raises(InputError, match="but there are only 4"):
        TriangleMesh(CORNERS, np.array([[0, 1, number]], np.int32))


def test_a_cloud_of_another_shape_is_refused():
    with pytest.raises(InputError, match=r"points of a cloud must have shape .* found \(4, 2\)"):
        PointCloud(CORNERS[:, :2], CORNERS)
    with pytest.raises(InputError, match=r"normals of a cloud must have shape .* found \(3, 3\)"):
        PointCloud(CORNERS, CORNERS[:3])


@pytest.mark.parametrize("name", ["points", "normals"])
def test_a_cloud_with_what_is_no_number_is_refused(name):
    arrays = {"points": CORNERS.copy(), "normals": CORNERS.copy()}
    arrays[name][0, 0] = np.nan
    with pytest.raises(InputError, match=f"1 of 4 {name} of the cloud are NaN or infinite"):
        PointCloud(**arrays)


def test_vertices_that_round_to_one_step_are_at_one_place():
    number, first = places_of(np.concatenate([CORNERS, CORNERS[::-1] + 1e-4]), 1000)
    np.testing.assert_array_equal(number[:4], number[:3:-1])
    assert len(first) == 4
    assert sorted(first.tolist()) == [0, 1, 2, 3]


def test_doubles_are_told_about_zero():
    exact = ExactVertices(np.array([1e7, 0.0, -1e7]), CORNERS.astype(np.float64))
    np.testing.assert_array_equal(exact.absolute, CORNERS + [1e7, 0, -1e7])


@pytest.mark.parametrize(("origin", "vertices"), [((2,), (4, 3)), ((3,), (4, 2)), ((3,), (3,))])
def test_doubles_of_another_shape_are_refused(origin, vertices):
    with pytest.raises(InputError, match=r"must have shape \(V, 3\) and an origin \(3,\)"):
        ExactVertices(np.zeros(origin), np.zeros(vertices))
