"""Rays of pictures against a ball, whose outline is known in closed form."""

import math

import pytest
import torch

from core.latent.rays import NEAR_OUTLINE, RayConfig, Rays, draw_rays, least_depths, residual_of
from core.latent.views import Views

DISTANCE, RADIUS = 2.0, 0.3
SLOPE = math.tan(math.asin(RADIUS / DISTANCE))
"""Of the rays that touch the ball."""


def views(count: int = 1) -> Views:
    """Cameras in front, 2 away, whose frames show one length to each side at depth 1."""
    nought = torch.zeros(count, 1)
    away = torch.full((count, 1), math.log(DISTANCE))
    return Views(nought, nought, away, torch.zeros(count, 1, 2), nought)


def rays(*slopes: float) -> Rays:
    """To the right of the middle; how far outside of the ball's outline is known."""
    at = torch.tensor([[slope, 0.0] for slope in slopes])
    return Rays(at[None], at[None, :, 0] - SLOPE)


def ball(radius):
    return lambda points: points.norm(dim=-1) - radius


def test_a_field_is_least_where_its_ray_passes_nearest():
    found = rays(0.0, SLOPE, 0.2)
    (depths,) = least_depths(ball(RADIUS), views(), found, RayConfig())
    # the foot of the perpendicular from the origin, in depths along the view
    expected = DISTANCE / (1 + found.at[0, :, 0].square())
    # the last places lie a 72nd of the way through the box apart, at most 2 * 0.53 * sqrt(1.04)
    torch.testing.assert_close(depths, expected, atol=0.02, rtol=0)


def test_the_true_ball_has_no_error_beside_its_outline_and_a_small_one_within():
    config = RayConfig()
    outside = rays(SLOPE + 0.005, SLOPE + 0.01)
    depths = least_depths(ball(RADIUS), views(), outside, config)
    (error,), _ = residual_of(ball(RADIUS), views(), outside, depths, config)
    # in the picture's plane at the ball's depth, and not along the perpendicular: of second order
    assert float(error) < 1e-3
    inside = rays(0.0, 0.1)
    depths = least_depths(ball(RADIUS), views(), inside, config)
    (error,), _ = residual_of(ball(RADIUS), views(), inside, depths, config)
    assert float(error) == 0


@pytest.mark.parametrize("radius", [0.25, 0.29, 0.31, 0.35])
def test_a_ball_of_another_size_has_a_larger_error_and_its_gradient_leads_back(radius):
    config, near = RayConfig(), rays(SLOPE - 0.02, SLOPE - 0.005, SLOPE + 0.005, SLOPE + 0.02)
    errors = []
    for each in (RADIUS, radius):
        size = torch.tensor(each, requires_grad=True)
        depths = least_depths(ball(size), views(), near, config)
        (error,), (robust,) = residual_of(ball(size), views(), near, depths, config)
        errors.append(float(error))
        (slope,) = torch.autograd.grad(robust, size)
    assert errors[1] > 2 * errors[0]
    assert float(slope) * (radius - RADIUS) > 0


def test_hypotheses_are_judged_each_by_its_own_field():
    config, near = RayConfig(), rays(SLOPE - 0.02, SLOPE + 0.02)
    sizes = torch.tensor([0.3, 0.36])
    fields = ball(sizes[:, None])
    depths = least_depths(fields, views(2), near, config)
    together, _ = residual_of(fields, views(2), near, depths, config)
    for number, size in enumerate(sizes):
        (alone,), _ = residual_of(ball(size), views(), near, depths[number][None], config)
        torch.testing.assert_close(together[number], alone)


def test_rays_are_drawn_mostly_beside_the_outline_each_with_its_own_distance():
    side = 64
    steps = (torch.arange(side) + 0.5) * 2 / side - 1
    outline = (steps[None, :].square() + steps[:, None].square()).sqrt() - 0.5
    drawn = draw_rays([outline, outline], RayConfig(rays=300), torch.Generator().manual_seed(0))
    assert drawn.at.shape == (2, 300, 2)
    torch.testing.assert_close(drawn.at.norm(dim=-1) - 0.5, drawn.outside, atol=1e-5, rtol=0)
    near = drawn.outside.abs() < 2 * NEAR_OUTLINE
    everywhere = outline.abs() < 2 * NEAR_OUTLINE
    assert near.float().mean() > 1.5 * everywhere.float().mean()
    assert not near.all()


def test_of_a_small_picture_every_pixel_is_drawn_once():
    outline = torch.zeros(4, 4)
    drawn = draw_rays([outline], RayConfig(rays=200), torch.Generator().manual_seed(0))
    assert {(round(x, 2), round(y, 2)) for x, y in drawn.at[0].tolist()} == {
        (x, y) for x in (-0.75, -0.25, 0.25, 0.75) for y in (-0.75, -0.25, 0.25, 0.75)
    }
