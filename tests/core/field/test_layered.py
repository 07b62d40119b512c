"""The field of crossings: inside between in and out, on all rays and between them."""

import numpy as np
import pytest
import torch

from core.field.layered import REACH_PX, LayeredField, RayCrossings
from core.frames import Camera, Frame
from core.tensors import Field

SIDE = 32
CAMERA = Camera(0.7, 0.4, 0.5, 2.5)
FRAME = Frame(0.05, -0.02, 0.4)


def ball_crossings(radius: float = 0.4, chance: float = 1.0) -> RayCrossings:
    """A ball around the cube's centre, by the closed form of a ray and a sphere."""
    steps = ((torch.arange(SIDE) + 0.5) / SIDE * 2 - 1) * FRAME.half
    y, x = torch.meshgrid(steps + FRAME.y, steps + FRAME.x, indexing="ij")
    slope = 1 + x**2 + y**2
    # (z x)^2 + (z y)^2 + (z - distance)^2 = radius^2
    middle = CAMERA.distance / slope
    under = middle**2 - (CAMERA.distance**2 - radius**2) / slope
    half = under.clamp_min(0).sqrt()
    depths = torch.stack([middle - half, middle + half]) - CAMERA.distance
    nothing = torch.zeros(2, SIDE, SIDE)
    chances = torch.stack([chance * (under > 0).float(), nothing[0]])
    return RayCrossings(torch.cat([depths, nothing]), chances, CAMERA, FRAME)


@pytest.fixture
def points():
    return torch.rand(4000, 3, generator=torch.Generator().manual_seed(0)) * 1.1 - 0.55


def test_it_is_a_field():
    field = LayeredField(ball_crossings())
    assert isinstance(field, Field)
    assert field.clamp == pytest.approx(REACH_PX * 2 * FRAME.half * CAMERA.distance / SIDE)


def test_the_inside_of_a_ball_is_inside(points):
    values, radius = LayeredField(ball_crossings())(points), points.norm(dim=1)
    pixel = 2 * FRAME.half * CAMERA.distance / SIDE
    assert (values[radius < 0.4 - pixel] < 0).all()
    assert (values[radius > 0.4 + 1.5 * pixel] > 0).all()


def test_values_stay_within_the_clamp(points):
    field = LayeredField(ball_crossings())
    assert field(points).abs().max() <= field.clamp * (1 + 1e-6)


def test_on_the_axis_values_are_depths():
    field = LayeredField(ball_crossings(0.4))
    axis = torch.from_numpy(CAMERA.rotation[2]).float()
    off = torch.tensor([-0.42, -0.4, -0.39, 0.39, 0.4, 0.42])
    expected = (off.abs() - 0.4).tolist()
    values = field(off[:, None] * axis)
    np.testing.assert_allclose(values, expected, atol=5e-3)  # the ball bends between pixels


def test_beside_the_frame_and_behind_the_camera_nothing_is():
    field = LayeredField(ball_crossings())
    camera = torch.from_numpy(CAMERA.rotation).float()
    outside = torch.tensor([[1.5, 0.0, 0.0], [0.0, -1.5, 0.0], [0.0, 0.0, -3.0]]) @ camera
    assert (field(outside) > 0).all()


def test_what_is_as_likely_as_not_is_no_inside(points):
    assert (LayeredField(ball_crossings(chance=0.5))(points) > -1e-6).all()


def test_a_second_crossing_is_a_second_solid():
    both = ball_crossings(0.1)
    again = both.depths.clone()
    again[2:] = again[:2] + 0.3
    chances = both.chances[:1].expand(2, -1, -1)
    field = LayeredField(RayCrossings(again, chances, CAMERA, FRAME))
    axis = torch.from_numpy(CAMERA.rotation[2]).float()
    values = field(torch.tensor([-0.2, 0.0, 0.15, 0.3, 0.5])[:, None] * axis)
    assert (values < 0).tolist() == [False, True, False, True, False]
