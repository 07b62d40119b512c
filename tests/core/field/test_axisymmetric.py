"""Revolved fields: what is round stays, what waves is levelled, what sticks out is spread."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.field.analytic import AnalyticField, capsule, sphere, torus, union
from core.field.axisymmetric import NEAR, AxisymmetricField
from core.frames import HALF_EXTENT


def somewhere(count=4000):
    uniform = torch.rand(count, 3, generator=torch.Generator().manual_seed(0))
    return (2 * uniform - 1) * HALF_EXTENT


def near(field, points):
    return field(points).abs() < NEAR / 2


def test_a_round_field_is_itself_near_its_surface():
    for field in (
        sphere(0.3, (0.0, 0.0, 0.1)),
        torus(0.3, 0.05),
        union(capsule((0.0, 0.0, -0.4), (0.0, 0.0, 0.3), 0.02), sphere(0.1, (0.0, 0.0, -0.4))),
    ):
        points = somewhere()
        close = points[near(field, points)]
        assert len(close) > 10
        values = AxisymmetricField(field)(close)
        torch.testing.assert_close(values, field(close), atol=3e-4, rtol=0)


def test_every_point_of_a_circle_about_the_axis_has_one_value():
    field = sphere(0.3, (0.05, -0.02, 0.0))
    points, turn = somewhere(), 0.7
    rotation = torch.tensor(
        [
            [math.cos(turn), -math.sin(turn), 0.0],
            [math.sin(turn), math.cos(turn), 0.0],
            [0.0, 0.0, 1.0],
        ]
    )
    revolved = AxisymmetricField(field)
    torch.testing.assert_close(revolved(points), revolved(points @ rotation.T), atol=1e-5, rtol=0)


def test_waves_of_the_surface_are_levelled():
    ball = sphere(0.3, (0.0, 0.0, 0.0))

    def wavy(points):
        return ball(points) + 0.01 * torch.cos(4 * torch.atan2(points[:, 1], points[:, 0]))

    points = somewhere()
    close = points[near(ball, points)]
    torch.testing.assert_close(
        AxisymmetricField(AnalyticField(wavy))(close), ball(close), atol=3e-4, rtol=0
    )


def test_beyond_the_lattice_the_field_grows_with_the_radius():
    revolved = AxisymmetricField(sphere(0.3, (0.0, 0.0, 0.0)))
    corner = torch.tensor([[0.55, 0.0, 0.0], [0.55, 0.55, 0.0]])
    edge, beyond = revolved(corner).tolist()
    assert beyond - edge == pytest.approx(0.55 * (math.sqrt(2) - 1), rel=1e-5)


def test_a_ball_reaches_as_far_out_at_every_height_as_its_circles_are_wide():
    reaches = AxisymmetricField(sphere(0.3, (0.0, 0.0, 0.1))).reaches()
    heights = np.linspace(-HALF_EXTENT, HALF_EXTENT, len(reaches))
    expected = np.sqrt(np.clip(0.09 - (heights - 0.1) ** 2, 0, None))
    sample = HALF_EXTENT / (len(reaches) / 2 - 1)
    assert np.all(reaches <= expected + 1e-3)
    assert np.all(reaches >= expected - 1.1 * sample)


def test_it_is_no_steeper_than_the_field():
    learned = replace(sphere(0.3), lipschitz=1.5, clamp=0.05)
    assert AxisymmetricField(learned).lipschitz == 1.5
