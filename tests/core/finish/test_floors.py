"""Where a part that was given stands."""

import numpy as np
import pytest
import trimesh

from core.finish.floors import BELOW_BOTTOM, BELOW_FEET, floor_of, raised, stance
from core.finish.seams import Part


def part_of(*boxes: list) -> Part:
    mesh = trimesh.util.concatenate([trimesh.creation.box(bounds=each) for each in boxes])
    return Part(np.asarray(mesh.vertices), np.asarray(mesh.faces, np.int64))


SEAT = [[-0.2, -0.2, 0.0], [0.2, 0.2, 0.05]]
LEGS = [
    [[x - 0.02, y - 0.02, -0.4], [x + 0.02, y + 0.02, 0.0]]
    for x in (-0.17, 0.17)
    for y in (-0.17, 0.17)
]
SLATS = [[[-0.2, y, 0.0], [0.2, y + 0.05, 0.03]] for y in (-0.2, 0.0, 0.2)]


@pytest.mark.parametrize(
    ("boxes", "height", "reach"),
    [
        ([SEAT, *LEGS], -0.4, BELOW_FEET),
        (LEGS[:2], -0.4, BELOW_FEET),
        ([SEAT, LEGS[0]], -0.4, BELOW_BOTTOM),
        ([SEAT], 0.0, BELOW_BOTTOM),
        (SLATS, 0.0, BELOW_BOTTOM),
    ],
    ids=["chair", "two legs", "one leg", "seat", "slats of a seat"],
)
def test_feet_stand_and_seats_may_hang(boxes: list, height: float, reach: float) -> None:
    floor = floor_of(part_of(*boxes))
    assert floor is not None
    assert floor.height == pytest.approx(height)
    assert floor.reach == reach


def test_legs_that_were_cut_off_have_no_soles() -> None:
    part = part_of(SEAT, *LEGS)
    vertices, faces, _ = trimesh.intersections.slice_faces_plane(
        part.vertices, part.faces, np.array([0.0, 0, 1]), np.array([0.0, 0, -0.2])
    )
    floor = floor_of(Part(vertices, np.asarray(faces, np.int64)))
    assert floor is not None
    assert floor.height == pytest.approx(-0.2)
    assert floor.reach == BELOW_BOTTOM


def test_nothing_stands_nowhere() -> None:
    assert floor_of(Part(np.zeros((0, 3)), np.zeros((0, 3), np.int64))) is None


def test_only_what_was_invented_is_raised_to_the_floor() -> None:
    vertices = np.array([[0, 0, -0.5], [0, 0, -0.5], [0, 0, 0.2]], np.float32)
    assert raised(vertices, 1, -0.4)[:, 2].tolist() == pytest.approx([-0.5, -0.4, 0.2])


def test_a_table_stands_on_the_hull_of_its_feet() -> None:
    # the feet reach 0.19 to either side
    assert stance(part_of(SEAT, *LEGS).vertices) == pytest.approx(0.38**2)


def test_without_one_of_four_feet_it_stands_on_half_of_that_and_a_little() -> None:
    three = stance(part_of(SEAT, *LEGS[:3]).vertices)
    # a triangle, and what the feet reach beyond its sides
    assert 0.5 * 0.38**2 < three < 0.65 * 0.38**2


def test_what_stands_on_a_point_or_a_line_has_no_stance() -> None:
    assert stance(np.array([[0.0, 0.0, -0.5], [0.0, 0.0, 0.5]])) == 0.0
    line = np.array([[x, 2 * x, 0.0] for x in (0.0, 0.1, 0.2, 0.3)] + [[0.0, 0.0, 1.0]])
    assert stance(line) == 0.0
