import numpy as np
import pytest

from core.errors import InputError
from core.field.analytic import sphere, union
from core.finish.cleaning import FinishConfig, finish
from core.geometry.components import face_components
from core.geometry.welding import signed_volume
from core.meshes import TriangleMesh
from core.surface.lattice import LatticeConfig, sample_lattice
from core.surface.marching_cubes import marching_cubes


def triangles(vertices, faces):
    return TriangleMesh(np.asarray(vertices, np.float32), np.asarray(faces, np.int32))


def untidy():
    """A ball and a crumb, inside out, every triangle with vertices of its own."""
    field = union(sphere(0.3), sphere(0.02, (0.4, 0.4, 0.0)))
    mesh = marching_cubes(sample_lattice(field, LatticeConfig(64)))
    corners = mesh.corners[:, ::-1].reshape(-1, 3)
    return triangles(corners, np.arange(len(corners)).reshape(-1, 3))


def test_an_empty_mesh_stays_empty():
    mesh = finish(triangles(np.zeros((0, 3)), np.zeros((0, 3))), FinishConfig(target_faces=10))
    assert len(mesh.faces) == 0


def test_a_finished_mesh_is_closed_outward_and_of_one_piece():
    mesh = finish(untidy(), FinishConfig())
    assert mesh.is_closed
    assert signed_volume(mesh) > 0
    assert face_components(mesh)[0] == 1


def test_the_target_is_met():
    mesh = finish(untidy(), FinishConfig(target_faces=700))
    assert mesh.is_closed
    assert len(mesh.faces) <= 700


def test_crumbs_stay_where_they_are_wanted():
    assert face_components(finish(untidy(), FinishConfig(crumb_extent_share=0.05)))[0] == 2
    assert face_components(finish(untidy(), FinishConfig(crumb_area_share=0.001)))[0] == 2


def test_a_target_of_no_faces_is_refused():
    with pytest.raises(InputError, match="at least 4; found 0"):
        FinishConfig(target_faces=0)
