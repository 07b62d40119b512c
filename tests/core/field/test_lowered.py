"""A field minus a level."""

import math
from dataclasses import replace

import pytest
import torch

from core.field.analytic import sphere
from core.field.lowered import LoweredField


@pytest.mark.parametrize("level", [0.1, -0.1])
def test_the_surface_is_the_level_set_of_the_field(level: float) -> None:
    lowered = LoweredField(sphere(0.3), level)
    points = torch.tensor([[0.3 + level, 0.0, 0.0], [0.0, 0.0, 0.0]])
    torch.testing.assert_close(lowered(points), torch.tensor([0.0, -0.3 - level]))


@pytest.mark.parametrize("level", [0.02, -0.02])
def test_it_is_a_distance_less_far_than_the_field_unless_that_is_said(level: float) -> None:
    field = replace(sphere(0.3), lipschitz=1.5, clamp=0.05)
    lowered = LoweredField(field, level)
    assert (lowered.lipschitz, lowered.device) == (1.5, field.device)
    assert lowered.clamp == pytest.approx(0.03)
    assert LoweredField(field, level, clamp=math.inf).clamp == math.inf
