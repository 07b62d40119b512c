"""Raised fields: moved outwards near the given places, themselves elsewhere."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.field.analytic import box, sphere
from core.field.offset import FADED, WHOLLY, OffsetField

LEVEL = 0.01
PLACE = np.array([[0.3, -0.1, 0.2]], np.float32)
CELL = 1.1 / 64


def around(distance, count=200):
    directions = torch.randn(count, 3, generator=torch.Generator().manual_seed(0))
    return torch.from_numpy(PLACE) + distance * torch.nn.functional.normalize(directions, dim=1)


def test_the_field_is_lower_by_the_level_near_a_place_and_itself_far_from_it():
    field = sphere(0.4, (0.0, 0.0, 0.0))
    raised = OffsetField(field, LEVEL, PLACE)
    near, far = around(WHOLLY - 2 * CELL), around(FADED + 2 * CELL)
    torch.testing.assert_close(raised(near), field(near) - LEVEL)
    torch.testing.assert_close(raised(far), field(far))


def test_in_between_it_is_raised_by_less_the_further_off():
    field = box((0.4, 0.4, 0.4), (0.0, 0.0, 0.0))
    raised = OffsetField(field, LEVEL, PLACE)
    means = []
    for distance in np.linspace(0, FADED + 2 * CELL, 12):
        points = around(distance)
        by = field(points) - raised(points)
        assert by.min() >= -1e-6
        assert by.max() <= LEVEL + 1e-6
        means.append(float(by.mean()))
    assert means == sorted(means, reverse=True)


def test_places_outside_the_lattice_count_where_it_ends():
    outside = np.array([[0.9, 0.0, 0.0]], np.float32)
    field = sphere(0.4, (0.0, 0.0, 0.0))
    edge = torch.tensor([[0.54, 0.0, 0.0]])
    raised = OffsetField(field, LEVEL, outside)
    torch.testing.assert_close(raised(edge), field(edge) - LEVEL)


def test_it_may_be_steeper_than_the_field():
    raised = OffsetField(replace(sphere(0.4), lipschitz=1.5), LEVEL, PLACE)
    assert raised.lipschitz == pytest.approx(1.95)
