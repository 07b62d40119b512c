"""A mesh is whole if no back of a face can be seen: on meshes of which it is known."""

import numpy as np
import pytest
import trimesh

from core.inputs.wholeness import BESIDE, MISSED, is_whole, missed_border
from core.meshes import TriangleMesh


def box(low: tuple[float, ...], high: tuple[float, ...]) -> trimesh.Trimesh:
    return trimesh.creation.box(bounds=[low, high])


def table() -> trimesh.Trimesh:
    """A top on four legs, whose ends lie within the top."""
    legs = [
        box((x - 0.03, y - 0.03, -0.26), (x + 0.03, y + 0.03, 0.21))
        for x in (-0.44, 0.44)
        for y in (-0.29, 0.29)
    ]
    return trimesh.util.concatenate([box((-0.5, -0.35, 0.2), (0.5, 0.35, 0.26)), *legs])


def bowl(wall: float) -> trimesh.Trimesh:
    """A half sphere of radius 0.5 with an inside and an outside, closed at the rim."""
    turn = np.linspace(0, np.pi / 2, 24)
    outside = np.stack([0.5 * np.sin(turn), -0.5 * np.cos(turn)], axis=1)
    return trimesh.creation.revolve(np.concatenate([outside, (1 - 2 * wall) * outside[::-1]]))


def mesh_of(shape: trimesh.Trimesh, stays: object = slice(None)) -> TriangleMesh:
    return TriangleMesh.from_arrays(shape.vertices, shape.faces[stays])


def left_of(shape: trimesh.Trimesh, x: float) -> TriangleMesh:
    """The faces that lie left of a plane, after those across it were split finely enough."""
    fine = shape.subdivide_to_size(0.05)
    return mesh_of(fine, fine.triangles_center[:, 0] < x)


def without(shape: trimesh.Trimesh, axis: int, sign: int) -> trimesh.Trimesh:
    """The box without its face to one side."""
    stays = shape.face_normals[:, axis] * sign < 0.5
    return trimesh.Trimesh(shape.vertices, shape.faces[stays], process=False)


@pytest.mark.parametrize("shape", [table(), bowl(0.01), trimesh.creation.icosphere(3)])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_closed_parts_overlapping_or_not_are_whole(shape: trimesh.Trimesh, scale: float) -> None:
    moved = shape.vertices * scale + 3 * scale
    assert is_whole(TriangleMesh.from_arrays(moved, shape.faces))


@pytest.mark.parametrize("shape", [table(), bowl(0.01), bowl(3 * BESIDE), trimesh.creation.box()])
def test_what_is_left_of_them_when_a_part_is_cut_off_is_not(shape: trimesh.Trimesh) -> None:
    assert not is_whole(left_of(shape, 0.1))


def test_the_border_that_is_missed_is_as_long_as_the_hole() -> None:
    hole = missed_border(mesh_of(without(trimesh.creation.box(), 2, 1)))
    # four edges of the longest side each; at the corners a ray or two hits the walls
    assert hole == pytest.approx(4, rel=0.02)


def test_how_faces_are_turned_stored_or_repeated_makes_no_difference() -> None:
    shape, generator = table(), np.random.default_rng(0)
    faces = np.concatenate([shape.faces, shape.faces[:7, ::-1], [[0, 0, 1], [2, 2, 2]]])
    turned = np.where(generator.random((len(faces), 1)) < 0.5, faces, faces[:, ::-1])
    loose = shape.vertices[turned].reshape(-1, 3)
    assert is_whole(TriangleMesh.from_arrays(loose, np.arange(len(loose)).reshape(-1, 3)))
    broken = left_of(shape, 0.1)
    doubled = np.concatenate([broken.faces, broken.faces[:, ::-1]])
    assert not is_whole(TriangleMesh(broken.vertices, doubled))


def test_an_end_that_is_stuck_into_another_part_hides_its_border() -> None:
    seat, leg = box((-0.5, -0.5, 0), (0.5, 0.5, 0.1)), box((0.3, 0.3, -0.5), (0.4, 0.4, 0.05))
    assert is_whole(mesh_of(trimesh.util.concatenate([seat, without(leg, 2, 1)])))
    assert not is_whole(mesh_of(trimesh.util.concatenate([seat, without(leg, 2, -1)])))


def test_an_end_that_only_touches_another_part_hides_its_border() -> None:
    seat, leg = box((-0.5, -0.5, 0), (0.5, 0.5, 0.1)), box((0.3, 0.3, -0.5), (0.4, 0.4, 0.0))
    assert is_whole(mesh_of(trimesh.util.concatenate([seat, without(leg, 2, 1)])))


def test_edges_that_meet_the_middle_of_others_are_not_open() -> None:
    shape = without(trimesh.creation.box(), 2, 1)
    strips = [  # the lid, as two strips whose ends have no vertex at the box's corners' middle
        trimesh.Trimesh(
            [[-0.5, low, 0.5], [0.5, low, 0.5], [0.5, high, 0.5], [-0.5, high, 0.5]],
            [[0, 1, 2], [0, 2, 3]],
        )
        for low, high in ((-0.5, 0.1), (0.1, 0.5))
    ]
    assert is_whole(mesh_of(trimesh.util.concatenate([shape, *strips])))


def test_a_crack_is_no_hole() -> None:
    shape = trimesh.creation.box().subdivide_to_size(0.2)
    shifted = np.array(shape.vertices)
    top = np.isclose(shape.face_normals[:, 2], 1)
    lid = trimesh.Trimesh(shifted, shape.faces[top], process=False)
    lid.apply_translation([0, 0, BESIDE / 20])
    body = trimesh.Trimesh(shape.vertices, shape.faces[~top], process=False)
    assert is_whole(mesh_of(trimesh.util.concatenate([body, lid])))


@pytest.mark.parametrize("both_sides", [False, True])
def test_a_sheet_is_not_whole(both_sides: bool) -> None:
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    if both_sides:  # the back along the other diagonal
        faces = np.concatenate([faces, [[1, 0, 3], [1, 3, 2]]])
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    assert not is_whole(TriangleMesh.from_arrays(corners, faces))


def test_a_sheet_inside_of_a_box_is_not_missed() -> None:
    sheet = trimesh.Trimesh([[-0.2, 0, 0], [0.2, 0, 0], [0, 0.2, 0.1]], [[0, 1, 2]])
    assert is_whole(mesh_of(trimesh.util.concatenate([trimesh.creation.box(), sheet])))


def with_hole(perimeter: float) -> TriangleMesh:
    """A box of side 1 with a triangular hole in the middle of its first face."""
    shape = trimesh.creation.box()
    corners = np.array(shape.triangles[0])
    outline = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).sum()
    hole = corners.mean(axis=0) + perimeter / outline * (corners - corners.mean(axis=0))
    a, b, c = shape.faces[0]
    ring = [[a, b, 9], [a, 9, 8], [b, c, 10], [b, 10, 9], [c, a, 8], [c, 8, 10]]
    vertices = np.concatenate([shape.vertices, hole])
    return TriangleMesh.from_arrays(vertices, np.concatenate([shape.faces[1:], ring]))


def test_a_hole_no_longer_than_a_crack_is_not_missed() -> None:
    assert is_whole(with_hole(0.9 * MISSED))
    assert not is_whole(with_hole(3 * MISSED))


@pytest.mark.parametrize("faces", [np.zeros((0, 3), int), [[0, 1, 1], [2, 2, 2]], [[0, 1, 2]] * 5])
def test_what_has_no_faces_or_no_volume_is_not_whole(faces: object) -> None:
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    assert not is_whole(TriangleMesh.from_arrays(corners, np.array(faces)))
