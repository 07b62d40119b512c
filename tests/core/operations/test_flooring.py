"""The floor that a part stands on, where the fitted shape has one near."""

import pytest
import torch
import trimesh

from core.field.analytic import box, union
from core.meshes import TriangleMesh
from core.operations.flooring import floor_below

SEAT = [[-0.2, -0.2, 0.0], [0.2, 0.2, 0.05]]
LEGS = [
    [[x - 0.02, y - 0.02, -0.4], [x + 0.02, y + 0.02, 0.0]]
    for x, y in ((-0.17, -0.17), (0.17, 0.17))
]


def seen(*boxes: list) -> TriangleMesh:
    mesh = trimesh.util.concatenate([trimesh.creation.box(bounds=each) for each in boxes])
    return TriangleMesh.from_arrays(mesh.vertices, mesh.faces)


def chair(legs_to: float):
    """A field of a seat on legs that reach down to a level."""
    half = -legs_to / 2
    legs = [box((0.03, 0.03, half), (x, y, -half)) for x in (-0.17, 0.17) for y in (-0.17, 0.17)]
    return union(box((0.2, 0.2, 0.03), (0.0, 0.0, 0.02)), *legs)


@pytest.mark.parametrize(
    ("given", "legs_to", "expected"),
    [
        (seen(SEAT, *LEGS), -0.4, -0.4),
        (seen(SEAT, *LEGS), -0.5, -0.4),
        (seen(SEAT), -0.4, None),
        (seen(SEAT, LEGS[0]), -0.41, -0.4),
        (seen(SEAT, LEGS[0]), -0.5, None),
    ],
    ids=["as deep", "deeper", "a seat", "one leg as deep", "one leg less deep"],
)
def test_feet_tell_the_floor_and_seats_do_not(given, legs_to, expected) -> None:
    found = floor_below(given, chair(legs_to))
    assert found == (None if expected is None else pytest.approx(expected))


def test_nothing_has_no_floor() -> None:
    nothing = TriangleMesh.from_arrays(torch.zeros(0, 3).numpy(), torch.zeros(0, 3).int().numpy())
    assert floor_below(nothing, chair(-0.4)) is None
