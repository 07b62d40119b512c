import numpy as np
import pytest

from core.meshes import TriangleMesh
from core.metrics.occupancy import MeshOccupancy, volumetric_iou


def triangles(vertices, faces):
    return TriangleMesh(np.asarray(vertices, np.float32), np.asarray(faces, np.int32))


CORNERS = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1).reshape(-1, 3)
CUBE_FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]]
    + [[2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
)
EMPTY = triangles(np.zeros((0, 3)), np.zeros((0, 3)))


def cube(offset=(0.0, 0.0, 0.0), size=1.0):
    return triangles(CORNERS * size + np.asarray(offset), CUBE_FACES)


def joined(*meshes):
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    return triangles(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([m.faces + start for m, start in zip(meshes, starts, strict=False)]),
    )


def iou(predicted, target, count=100_000):
    shapes = MeshOccupancy(predicted), MeshOccupancy(target)
    return volumetric_iou(*shapes, np.random.default_rng(0), count=count)


def test_the_inside_of_a_cube_is_between_its_faces():
    points = np.array([[0.5, 0.5, 0.5], [1.5, 0.5, 0.5]])
    assert MeshOccupancy(cube()).contains(points).tolist() == [True, False]
    assert MeshOccupancy(EMPTY).contains(points).tolist() == [False, False]


def test_a_solid_shares_all_of_itself():
    assert iou(cube(), cube()) == 1


def test_half_overlapping_cubes_share_a_third():
    share = iou(cube(), cube((0.5, 0.0, 0.0)))
    # the box of both is filled, so every point counts: four standard errors of a binomial
    assert share == pytest.approx(1 / 3, abs=4 * np.sqrt(2 / 9 / 100_000))


def test_overlapping_parts_count_once():
    assert iou(joined(cube(), cube((0.5, 0.0, 0.0))), cube((0.0, 0.0, 0.0))) == pytest.approx(
        2 / 3, abs=0.006
    )


def test_an_empty_mesh_shares_nothing():
    assert iou(EMPTY, cube()) == 0
    assert iou(EMPTY, EMPTY) == 0


def test_solids_too_thin_to_be_met_share_nothing():
    flat = triangles([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]])
    assert iou(flat, flat, count=100) == 0


def test_more_points_change_little():
    few, many = (iou(cube(), cube((0.2, 0.2, 0.2)), count) for count in (5000, 50_000))
    assert few == pytest.approx(many, abs=4 * np.sqrt(0.25 / 5000 / 0.5))
