"""A field averaged over reflections is its own mirror image."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.field.analytic import AnalyticField, box, sphere
from core.field.symmetric import SymmetricField

SIDEWAYS = np.array([[-1.0, 1.0, 1.0]])
BOTH = np.array([[-1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]])


def points(count: int = 500) -> torch.Tensor:
    return torch.rand(count, 3, generator=torch.Generator().manual_seed(0)) - 0.5


@AnalyticField
def wavy(places: torch.Tensor) -> torch.Tensor:
    """A ball with waves that differ from side to side."""
    return places.norm(dim=1) - 0.3 + 0.01 * torch.sin(30 * places).sum(dim=1)


@pytest.mark.parametrize("reflections", [SIDEWAYS, BOTH], ids=["one plane", "two planes"])
def test_the_mean_is_the_same_at_every_mirror_image(reflections):
    field, places = SymmetricField(wavy, reflections), points()
    for signs in reflections:
        image = places * torch.from_numpy(signs).float()
        torch.testing.assert_close(field(image), field(places), rtol=0, atol=1e-6)


def test_what_is_symmetric_stays_as_it_is():
    for own in (box((0.3, 0.2, 0.1), (0, 0, 0)), sphere(0.2, (0.0, 0.0, 0.1))):
        torch.testing.assert_close(SymmetricField(own, BOTH)(points()), own(points()))


@given(st.floats(-0.02, 0.02))
def test_a_plane_beside_the_middle_comes_to_lie_in_it(off):
    field = SymmetricField(
        AnalyticField(lambda places: places[:, 0].abs() + off * places[:, 0]), SIDEWAYS
    )
    torch.testing.assert_close(field(points()), points()[:, 0].abs(), rtol=0, atol=1e-6)


def test_without_reflections_it_is_the_field():
    field = SymmetricField(wavy, np.zeros((0, 3)))
    torch.testing.assert_close(field(points()), wavy(points()))


def test_what_is_known_of_it_is_known_of_the_field():
    limited = AnalyticField(lambda places: wavy(places).clamp(-0.05, 0.05), 1.5, clamp=0.05)
    assert SymmetricField(limited, SIDEWAYS).lipschitz == 1.5
    assert SymmetricField(limited, SIDEWAYS).clamp == 0.05
    assert SymmetricField(wavy, SIDEWAYS).clamp == float("inf")
