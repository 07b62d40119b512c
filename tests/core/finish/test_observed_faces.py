import numpy as np
import pytest

from core.field.analytic import box, sphere, union
from core.finish.observed_faces import (
    explain,
    face_neighbours,
    geometry,
    nearest_alike,
    observed_parts,
)
from core.meshes import TriangleMesh
from core.surface.lattice import LatticeConfig, sample_lattice
from core.surface.marching_cubes import marching_cubes

CELL = 1.1 / 63
NOTHING = np.zeros((0, 3)), np.zeros((0, 3), np.int64)
SHEET = (
    np.array([[-0.4, -0.4, 0], [0.4, -0.4, 0], [0.4, 0.4, 0], [-0.4, 0.4, 0]], float),
    np.array([[0, 1, 2], [0, 2, 3]]),
)


def arrays(mesh: TriangleMesh):
    return mesh.vertices.astype(float), mesh.faces.astype(np.int64)


def mesh_of(*fields):
    return arrays(marching_cubes(sample_lattice(union(*fields), LatticeConfig(64))))


def raised(surface, height):
    return surface[0] + [0, 0, height], surface[1]


def explanation(shape, observed, image_distance=0.06):
    return explain(*shape, *observed, cell=CELL, image_distance=image_distance)


def test_of_nothing_observed_all_is_invented():
    ball = mesh_of(sphere(0.3))
    known = explanation(ball, NOTHING)
    assert known.invented.all()
    assert len(known.imaged) == len(known.centre) == len(known.residual) == 0
    assert len(explanation(NOTHING, SHEET).invented) == 0


def test_of_everything_observed_nothing_is_invented():
    ball = mesh_of(sphere(0.3))
    assert not explanation(ball, ball).invented.any()


def test_the_misfit_leads_to_what_was_observed():
    known = explanation(mesh_of(sphere(0.3)), mesh_of(sphere(0.32)))
    assert not known.invented.any()
    lengths = np.linalg.norm(known.centre + known.residual, axis=1)
    assert np.abs(lengths - 0.32).max() < CELL**2 / 0.32
    assert np.linalg.norm(known.residual, axis=1).mean() == pytest.approx(0.02, abs=CELL / 20)


def test_the_far_side_of_a_thin_wall_is_invented():
    wall = mesh_of(box((0.4, 0.4, 0.01)))
    invented = explanation(wall, raised(SHEET, 0.01)).invented
    centre, normal, _ = geometry(*wall)
    inner = (np.abs(centre[:, :2]) < 0.4 - 3 * CELL).all(axis=1)
    assert invented[inner & (normal[:, 2] < -0.9)].all()
    assert not invented[inner & (normal[:, 2] > 0.9)].any()


def test_what_lies_beyond_the_border_is_invented():
    slab = mesh_of(box((0.5, 0.5, 0.1)))
    centre, normal, _ = geometry(*slab)
    invented = explanation(slab, raised(SHEET, 0.1)).invented
    beyond = np.abs(centre[:, :2]).max(axis=1) - 0.4
    top = (normal[:, 2] > 0.9) & (centre[:, 2] > 0)
    assert invented[top & (beyond > 3 * CELL) & (beyond < 0.08)].all()
    assert not invented[top & (beyond < -CELL)].any()


def test_a_misfit_beyond_the_image_distance_is_no_image():
    ball, larger = mesh_of(sphere(0.3)), mesh_of(sphere(0.34))
    half = larger[0], larger[1][geometry(*larger)[0][:, 2] > 0]
    assert explanation(ball, half, image_distance=0.03).invented.all()
    assert not explanation(ball, half, image_distance=0.06).invented.all()


def test_a_parallel_surface_further_in_is_no_image():
    """A shelf 0.05 below a table's top looks up as well, but the top fits better."""
    top, shelf = box((0.4, 0.4, 0.01), (0, 0, 0.2)), box((0.3, 0.3, 0.01), (0, 0, 0.15))
    shape = mesh_of(top, shelf)
    invented = explanation(shape, mesh_of(top)).invented
    of_shelf = geometry(*shape)[0][:, 2] < 0.175
    assert invented[of_shelf].all()
    assert not invented[~of_shelf].any()


def test_the_end_of_a_leg_inside_a_top_is_no_image_of_the_top():
    leg = mesh_of(box((0.04, 0.04, 0.25), (0, 0, -0.05)))
    table = mesh_of(box((0.4, 0.4, 0.05), (0, 0, 0.2)), box((0.04, 0.04, 0.25), (0, 0, -0.05)))
    centre, normal, _ = geometry(*table)
    upper = (normal[:, 2] > 0.9) & (centre[:, 2] > 0.2)
    assert explanation(table, leg).invented[upper].all()


def test_faces_that_look_the_other_way_are_not_alike():
    points, up = np.array([[0.1, 0.0, 0.2]]), np.array([[0.0, 0.0, 1.0]])
    distance, _, foot = nearest_alike(points, up, *SHEET)
    assert distance.tolist() == pytest.approx([0.2])
    assert foot[0].tolist() == pytest.approx([0.1, 0, 0])
    assert np.isinf(nearest_alike(points, -up, *SHEET)[0]).all()


def test_parts_are_closed_or_open():
    ball = mesh_of(sphere(0.2))
    faces = np.concatenate([ball[1], SHEET[1] + len(ball[0])])
    part, closed = observed_parts(faces, len(ball[0]) + 4)
    assert closed.tolist() == [True] * len(ball[1]) + [False, False]
    assert len(np.unique(part)) == 2


def test_neighbours_share_an_edge():
    first, second = face_neighbours(SHEET[1], 4)
    assert sorted([first.item(), second.item()]) == [0, 1]
    fan = np.array([[0, 1, 2], [1, 0, 3], [0, 1, 4]])
    assert len(face_neighbours(fan, 5)[0]) == 0
