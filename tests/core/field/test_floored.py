"""A field that ends at a floor."""

from dataclasses import replace

import numpy as np
import torch

from core.field.analytic import sphere
from core.field.floored import FlooredField
from core.surface.lattice import LatticeConfig
from core.surface.marching_cubes import extract_surface


def test_a_ball_above_a_floor_is_closed_and_ends_there() -> None:
    lattice = LatticeConfig(48)
    mesh = extract_surface(FlooredField(sphere(0.3), -0.1), lattice)
    assert mesh.is_closed
    # between samples a corner is cut off, and never reaches below
    assert mesh.vertices[:, 2].min() >= -0.1 - 1e-6
    assert mesh.vertices[:, 2].min() < -0.1 + lattice.cell
    assert np.isclose(mesh.vertices[:, 2].max(), 0.3, atol=lattice.cell**2)


def test_values_are_the_larger_of_both_and_say_how_far_they_are_known() -> None:
    field = FlooredField(sphere(0.3), -0.1)
    points = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, -0.2], [0.0, 0.0, 0.5]])
    assert torch.allclose(field(points), torch.tensor([-0.1, 0.1, 0.2]))
    assert field.clamp == float("inf")


def test_it_is_as_steep_as_the_steeper_of_both() -> None:
    for own, expected in ((0.5, 1.0), (2.0, 2.0)):
        assert FlooredField(replace(sphere(0.3), lipschitz=own), -0.1).lipschitz == expected
