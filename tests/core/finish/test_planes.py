"""Planes of symmetry and of cuts, told from a part alone."""

import numpy as np
import pytest
import trimesh

from core.finish.planes import (
    IN_PLANE,
    ON,
    Plane,
    Surface,
    along,
    crease,
    cut_plane,
    lonely_edges,
    refined,
    symmetry_planes,
)
from core.finish.seams import Part

TURN = 0.7


def turned(points: np.ndarray) -> np.ndarray:
    cosine, sine = np.cos(TURN), np.sin(TURN)
    return points @ np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]]).T


def part_of(*boxes: list) -> Part:
    """Boxes, each given by its lowest and highest corner, turned about +Z."""
    mesh = trimesh.util.concatenate([trimesh.creation.box(bounds=each) for each in boxes])
    return Part(turned(np.asarray(mesh.vertices)), np.asarray(mesh.faces, np.int64))


def points_of(part: Part) -> np.ndarray:
    mesh = trimesh.Trimesh(part.vertices, part.faces, process=False)
    return np.asarray(trimesh.sample.sample_surface(mesh, 4000, seed=0)[0])


def half_of(part: Part) -> Part:
    """What lies before the upright plane through the origin that is turned as the part is."""
    normal = Plane(TURN, 0.0).normal
    vertices, faces, _ = trimesh.intersections.slice_faces_plane(
        part.vertices, part.faces, -normal, np.zeros(3)
    )
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    mesh.merge_vertices()
    return Part(np.asarray(mesh.vertices), np.asarray(mesh.faces, np.int64))


def leg(x: float, y: float) -> list:
    return [[x - 0.03, y - 0.03, -0.5], [x + 0.03, y + 0.03, 0.0]]


SEAT, BACK = [[-0.2, -0.2, 0.0], [0.2, 0.2, 0.05]], [[-0.2, 0.15, 0.05], [0.2, 0.2, 0.5]]
THREE_LEGS = part_of(SEAT, BACK, leg(-0.17, -0.17), leg(-0.17, 0.17), leg(0.17, 0.17))


def test_a_mirror_image_lies_as_far_before_the_plane_as_the_point_beyond_it() -> None:
    plane, points = Plane(0.3, 0.2), np.random.default_rng(0).normal(size=(50, 3))
    image = plane.mirrored(points)
    assert np.allclose(plane.beyond(image), -plane.beyond(points))
    assert np.allclose(plane.mirrored(image), points)
    assert np.allclose(image[:, 2], points[:, 2])


def test_a_plane_whose_normal_is_reversed_is_the_same() -> None:
    plane = Plane(0.3, 0.2)
    reversed_plane = Plane(0.3 + np.pi, -0.2)
    assert plane.is_like(reversed_plane)
    assert plane.is_parallel_to(reversed_plane)
    assert not plane.is_like(Plane(0.3, 0.3))
    assert not plane.is_like(Plane(0.3 + np.pi, 0.2))
    assert not plane.is_parallel_to(Plane(0.3 + np.pi / 2, 0.2))
    beyond = plane.normal[None] * 5
    assert reversed_plane.beyond(beyond) < 0
    assert plane.turned_to(beyond).beyond(beyond) < 0


def test_edges_of_one_face_alone_are_lonely_however_faces_are_turned() -> None:
    faces = np.array([[0, 1, 2], [1, 2, 3]])
    assert lonely_edges(faces).tolist() == [[0, 1], [0, 2], [1, 3], [2, 3]]
    assert len(lonely_edges(np.zeros((0, 3), np.int64))) == 0


def test_places_along_edges_stand_for_equal_lengths() -> None:
    vertices = np.array([[0.0, 0, 0], [0.1, 0, 0], [0.1, 0.03, 0]])
    places, edge = along(vertices, np.array([[0, 1], [1, 2]]), 0.01)
    assert np.bincount(edge).tolist() == [10, 3]
    assert np.allclose(places[:10, 0], 0.005 + 0.01 * np.arange(10))


def test_a_chair_that_lacks_a_leg_has_the_plane_between_its_sides() -> None:
    (plane, share), *others = symmetry_planes(Surface(THREE_LEGS), points_of(THREE_LEGS))
    assert plane.is_like(Plane(TURN, 0.0))
    # boxes are their own mirror images but for the leg, so refining comes to its own limit
    assert abs(plane.offset) < 1e-3
    assert share > 0.8
    assert all(other < share for _, other in others)


def test_refining_finds_a_plane_from_nearby() -> None:
    points = points_of(THREE_LEGS)
    plane = refined(Plane(TURN + 0.03, 0.01), Surface(THREE_LEGS), points)
    mirrored = Surface(THREE_LEGS).holds(plane.mirrored(points)).mean()
    before = Surface(THREE_LEGS).holds(Plane(TURN + 0.03, 0.01).mirrored(points)).mean()
    assert mirrored > before
    assert np.abs(np.array([plane.yaw_rad - TURN, plane.offset])).max() < ON


def test_a_half_ends_in_its_plane() -> None:
    plane = cut_plane(half_of(part_of(SEAT, BACK)))
    assert plane is not None
    assert plane.is_like(Plane(TURN, 0.0))
    assert abs(plane.offset) < IN_PLANE
    assert plane.beyond(half_of(part_of(SEAT)).vertices).max() < IN_PLANE


@pytest.mark.parametrize("part", [THREE_LEGS, Part(np.zeros((0, 3)), np.zeros((0, 3), np.int64))])
def test_what_is_closed_or_empty_was_not_cut(part: Part) -> None:
    assert cut_plane(part) is None


def test_what_goes_on_beyond_the_plane_was_not_cut_in_it() -> None:
    half, rest = half_of(part_of(SEAT, BACK)), part_of([[0.3, 0, 0], [0.4, 0.1, 0.1]])
    faces = np.concatenate([half.faces, rest.faces + len(half.vertices)])
    assert cut_plane(Part(np.concatenate([half.vertices, rest.vertices]), faces)) is None


def test_a_seat_cut_off_level_was_not_cut_in_half() -> None:
    vertices, faces, _ = trimesh.intersections.slice_faces_plane(
        THREE_LEGS.vertices, THREE_LEGS.faces, np.array([0.0, 0, -1]), np.array([0.0, 0, 0.2])
    )
    assert cut_plane(Part(vertices, np.asarray(faces, np.int64))) is None


@pytest.mark.parametrize("beside", [0.0, 0.1, 0.2])
def test_the_crease_of_a_tube_is_how_far_beside_its_axis_it_was_cut(beside: float) -> None:
    tube = trimesh.creation.cylinder(radius=0.4, height=1.0, sections=256)
    sides = trimesh.Trimesh(tube.vertices, tube.faces[np.abs(tube.face_normals[:, 2]) < 0.5])
    vertices, faces, _ = trimesh.intersections.slice_faces_plane(
        sides.vertices, sides.faces, np.array([-1.0, 0, 0]), np.array([beside, 0, 0])
    )
    part = Part(np.asarray(vertices), np.asarray(faces, np.int64))
    # a facet turns by half of 360 degrees / 256
    assert crease(part, Plane(0.0, beside)) == pytest.approx(beside / 0.4, abs=0.0125)
