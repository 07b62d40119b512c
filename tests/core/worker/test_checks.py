"""Every fault of a mesh is counted once, and a whole one has none."""

import numpy as np

from core.meshes import TriangleMesh
from core.worker.checks import check_of
from core.worker.job_messages import MeshCheck

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)
"""A tetrahedron."""


def mesh(faces, corners=CORNERS):
    return TriangleMesh(np.asarray(corners, np.float32), np.asarray(faces, np.int32).reshape(-1, 3))


def test_no_mesh_has_no_faults():
    assert check_of(mesh([])) == MeshCheck(0, 0, 0, 0)
    assert check_of(mesh([], np.zeros((0, 3)))) == MeshCheck(0, 0, 0, 0)


def test_a_whole_mesh_has_no_faults():
    assert check_of(mesh(FACES)) == MeshCheck(1, 0, 0, 0)


def test_a_hole_has_open_edges():
    assert check_of(mesh(FACES[1:])) == MeshCheck(1, 3, 0, 0)


def test_a_face_turned_inside_out_flips_its_edges():
    turned = FACES.copy()
    turned[0] = turned[0, ::-1]
    assert check_of(mesh(turned)) == MeshCheck(1, 0, 0, 3)


def test_a_fin_crowds_the_edge_that_it_stands_on():
    fin = [0, 1, 4]
    assert check_of(mesh([*FACES, fin], [*CORNERS, (0, -1, -1)])) == MeshCheck(1, 2, 1, 0)


def test_pieces_are_those_of_faces_and_not_of_loose_vertices():
    twice = [*FACES, *(FACES + 5)]
    corners = [*CORNERS, (9, 9, 9), *(CORNERS + 3)]
    assert check_of(mesh(twice, corners)) == MeshCheck(2, 0, 0, 0)
