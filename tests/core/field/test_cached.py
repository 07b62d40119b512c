"""A field that remembers a lattice: the same values, asked for once."""

import math

import pytest
import torch

from core.field.analytic import sphere
from core.field.cached import CachedField
from core.surface.lattice import LatticeConfig, sample_lattice
from core.surface.marching_cubes import extract_surface

CPU = torch.device("cpu")
BALL = sphere(0.4, (0.01, 0.02, 0.03))


class Counting:
    """A field that counts the points it is asked for."""

    def __init__(self, field):
        self.field, self.count = field, 0
        self.device, self.clamp, self.lipschitz = CPU, math.inf, 1.5

    def __call__(self, points):
        self.count += len(points)
        return self.field(points)


@pytest.mark.parametrize(("resolution", "half_extent"), [(9, 0.55), (40, 0.55), (33, 0.81)])
def test_every_sample_of_the_lattice_has_the_field_s_value(resolution, half_extent):
    lattice = LatticeConfig(resolution, half_extent)
    field = CachedField(BALL, resolution, half_extent)
    for _ in range(2):
        assert torch.equal(sample_lattice(field, lattice), sample_lattice(BALL, lattice))


def test_no_sample_is_asked_for_twice():
    asked = Counting(BALL)
    lattice = LatticeConfig(40)
    field = CachedField(asked, 40, lattice.half_extent)
    extract_surface(field, lattice)
    first = asked.count
    extract_surface(field, lattice)
    assert asked.count == first
    extract_surface(field, lattice, iso=0.01)
    assert first < asked.count < 1.6 * first


def test_a_surface_of_it_is_the_field_s_to_the_last_bit():
    lattice = LatticeConfig(48)
    one = extract_surface(BALL, lattice)
    other = extract_surface(CachedField(BALL, 48, lattice.half_extent), lattice)
    assert (one.vertices == other.vertices).all()
    assert (one.faces == other.faces).all()


def test_the_limit_of_its_distances_is_the_field_s():
    limited = Counting(BALL)
    limited.clamp = 0.05
    assert CachedField(limited, 16, 0.55).clamp == 0.05
    assert CachedField(limited, 16, 0.55).lipschitz == 1.5
