"""What a part lacks on one side, taken from the other."""

import numpy as np
import pytest
import trimesh

from core.finish.planes import Plane, Surface, lonely_edges
from core.finish.reflecting import FINEST, SAME, _halved, missing_image, other_half
from core.finish.seams import Part

MIDDLE = Plane(0.0, 0.0)


def part_of(*boxes: list) -> Part:
    mesh = trimesh.util.concatenate([trimesh.creation.box(bounds=each) for each in boxes])
    return Part(np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64))


def leg(x: float, y: float) -> list:
    return [[x - 0.03, y - 0.03, -0.5], [x + 0.03, y + 0.03, 0.0]]


def sliced(part: Part, normal: list, at: list) -> Part:
    vertices, faces, _ = trimesh.intersections.slice_faces_plane(
        part.vertices, part.faces, np.array(normal, float), np.array(at, float)
    )
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    mesh.merge_vertices()
    return Part(np.asarray(mesh.vertices), np.asarray(mesh.faces, np.int64))


SEAT = [[-0.2, -0.2, 0.0], [0.2, 0.2, 0.05]]
BACK = [[-0.2, 0.15, 0.05], [0.2, 0.2, 0.5]]
CHAIR = part_of(SEAT, BACK)


def area_of(vertices: np.ndarray, faces: np.ndarray) -> float:
    return float(trimesh.Trimesh(vertices, faces, process=False).area)


@pytest.mark.parametrize(
    "legs",
    [[(-0.17, -0.17), (-0.17, 0.17), (0.17, 0.17)], [(-0.17, -0.17), (0.17, 0.17)]],
    ids=["one leg is missing", "two legs are missing"],
)
def test_a_chair_gets_the_legs_that_stand_on_its_other_side_alone(legs) -> None:
    part = part_of(SEAT, BACK, *(leg(*each) for each in legs))
    image = missing_image(Surface(part), MIDDLE)
    lacking = {(-x, y) for x, y in legs} - set(legs)
    expected = np.concatenate([part_of(leg(*each)).vertices for each in sorted(lacking)])
    assert len(image.faces) == 12 * len(lacking)
    assert image.faces.min() >= len(part.vertices)
    assert np.allclose(np.unique(image.vertices, axis=0), np.unique(expected, axis=0))


def test_what_is_whole_gets_nothing() -> None:
    part = part_of(SEAT, BACK, *(leg(x, y) for x in (-0.17, 0.17) for y in (-0.17, 0.17)))
    assert len(missing_image(Surface(part), MIDDLE).faces) == 0


def test_an_arm_on_one_side_of_what_is_closed_stays_the_only_one() -> None:
    arm = [[0.17, -0.2, 0.15], [0.2, 0.2, 0.2]]
    assert len(missing_image(Surface(part_of(SEAT, BACK, arm)), MIDDLE).faces) == 0


def test_a_leg_that_nothing_would_hold_is_not_added() -> None:
    corner = [[-0.5, -0.5, 0.0], [-0.1, -0.2, 0.05]]
    assert len(missing_image(Surface(part_of(SEAT, corner, leg(-0.45, -0.45))), MIDDLE).faces) == 0


def test_no_leg_is_put_beside_another() -> None:
    assert (
        len(missing_image(Surface(part_of(SEAT, leg(-0.17, 0.0), leg(0.05, 0.0))), MIDDLE).faces)
        == 0
    )


def test_a_seat_cut_off_at_a_corner_is_continued_from_its_border() -> None:
    part = sliced(CHAIR, [-1.0, 1.0, 0.0], [0.1, -0.1, 0.0])
    image = missing_image(Surface(part), MIDDLE)
    vertices = np.concatenate([part.vertices, image.vertices])
    gone = area_of(CHAIR.vertices, CHAIR.faces) - area_of(part.vertices, part.faces)
    # what stays open or is doubled is a strip along the cut
    border = lonely_edges(part.faces)
    cut = np.linalg.norm(part.vertices[border[:, 0]] - part.vertices[border[:, 1]], axis=1).sum()
    assert abs(area_of(vertices, image.faces) - gone) < cut * (FINEST + SAME)
    assert image.vertices[:, 0].min() > -SAME


def test_halves_that_end_in_the_plane_close_without_a_seam() -> None:
    part = sliced(CHAIR, [-1.0, 0.0, 0.0], [0.0, 0.0, 0.0])
    image = other_half(part, MIDDLE, MIDDLE)
    assert len(lonely_edges(part.faces)) > 0
    assert len(lonely_edges(np.concatenate([part.faces, image.faces]))) == 0
    vertices = np.concatenate([part.vertices, image.vertices])
    whole = trimesh.Trimesh(vertices, np.concatenate([part.faces, image.faces]), process=False)
    assert whole.is_winding_consistent
    assert whole.volume == pytest.approx(0.4 * 0.4 * 0.05 + 0.4 * 0.05 * 0.45)


def test_a_half_that_goes_on_beyond_the_plane_gets_the_rest_alone() -> None:
    part = sliced(CHAIR, [-1.0, 0.0, 0.0], [0.03, 0.0, 0.0])
    image = other_half(part, MIDDLE, Plane(0.0, 0.03))
    assert image.vertices[:, 0].min() >= 0.03 - 1e-9
    vertices = np.concatenate([part.vertices, image.vertices])
    areas = area_of(vertices, part.faces) + area_of(vertices, image.faces)
    assert areas == pytest.approx(area_of(CHAIR.vertices, CHAIR.faces))


def test_what_lies_in_the_plane_itself_is_not_doubled() -> None:
    wall = Part(
        np.array([[0.0, 0, 0], [0, 1, 0], [0, 1, 1], [-1, 0, 0]]), np.array([[0, 1, 2], [0, 1, 3]])
    )
    image = other_half(wall, MIDDLE, MIDDLE)
    assert image.faces.tolist() == [[4, 1, 0]]
    assert image.vertices.tolist() == [[1.0, 0.0, 0.0]]


@pytest.mark.parametrize("corners", [1, 2, 3])
def test_halving_edges_leaves_area_winding_and_borders_as_they_are(corners: int) -> None:
    # so many edges of the middle face are longer than is left alone
    long, short = 10 * FINEST, FINEST / 2
    third = {1: [long / 2, short / 9, 0.0], 2: [0.0, short, 0.0], 3: [0.0, long, 0.0]}[corners]
    vertices = np.array([[0.0, 0, 0], [long, 0, 0], third, [long / 2, -long, 0]])
    faces = np.array([[0, 1, 2], [1, 0, 3]])
    split, halves, old = _halved(vertices, faces, np.array([True, False]))
    assert not old[0]
    assert np.array_equal(split[: len(vertices)], vertices)
    assert area_of(split, halves) == pytest.approx(area_of(vertices, faces))
    cross = np.cross(
        split[halves[:, 1]] - split[halves[:, 0]], split[halves[:, 2]] - split[halves[:, 0]]
    )
    assert (cross[:, 2] > 0).all()
    # the edge between both faces is halved for both
    inner = {tuple(sorted(edge)) for edge in lonely_edges(halves).tolist()}
    assert (0, 1) not in inner
