import math

import pytest
import torch

from core.errors import Cancelled, InputError
from core.field.analytic import AnalyticField, box, sphere
from core.surface.blocks import near_tiles
from core.surface.lattice import LatticeConfig, Sampler, sample_lattice
from core.surface.tiles import SIZE


def sampler_of(field, config, cancelled=None):
    return Sampler(field, config, 0.0, None, cancelled)


def signs_by_tile(field, config):
    """(t, t, t, 512) signs of the dense lattice; the resolution must be a multiple of 8."""
    per_axis = config.resolution // SIZE
    inside = sample_lattice(field, config) < 0
    split = inside.view(per_axis, SIZE, per_axis, SIZE, per_axis, SIZE)
    return split.permute(0, 2, 4, 1, 3, 5).reshape(per_axis, per_axis, per_axis, -1)


@pytest.mark.parametrize("resolution", [32, 64, 128])
@pytest.mark.parametrize("field", [sphere(0.4), box((0.3, 0.2, 0.02), (0.1, 0.0, 0.05))])
def test_every_tile_with_both_signs_is_near_and_all_others_have_one_sign(field, resolution):
    config = LatticeConfig(resolution)
    tiles = near_tiles(sampler_of(field, config), math.inf)
    signs = signs_by_tile(field, config)
    near = torch.zeros(signs.shape[:3], dtype=torch.bool)
    near.view(-1)[tiles.numbers] = True
    assert torch.equal(signs.all(-1)[~near], tiles.inside_elsewhere[~near])
    assert not signs.any(-1)[~near & ~tiles.inside_elsewhere].any()


def test_most_tiles_of_a_fine_lattice_are_left_out_with_few_points():
    config = LatticeConfig(256)
    sampler = sampler_of(sphere(0.4), config)
    tiles = near_tiles(sampler, math.inf)
    assert len(tiles.numbers) < 32**3 / 8
    assert sampler.evaluations < 32**3


def test_nothing_is_left_out_beyond_the_clamp():
    config = LatticeConfig(64)
    sampler = sampler_of(sphere(0.4), config)
    assert len(near_tiles(sampler, clamp=0.05).numbers) == 8**3
    assert sampler.evaluations == 0


def test_an_inside_that_leaves_the_lattice_is_near_at_its_border():
    config = LatticeConfig(64)
    tiles = near_tiles(sampler_of(sphere(5.0), config), math.inf)
    assert len(tiles.numbers) == 8**3 - 6**3


def test_tiles_that_contradict_each_other_are_near_however_steep_the_field():
    steep = AnalyticField(lambda points: 100 * sphere(0.3)(points))
    tiles = near_tiles(sampler_of(steep, LatticeConfig(64)), math.inf)
    assert len(tiles.numbers) > 0


def test_nan_is_refused():
    nowhere = AnalyticField(lambda points: points[:, 0] * torch.nan)
    with pytest.raises(InputError, match="not a number"):
        near_tiles(sampler_of(nowhere, LatticeConfig(64)), math.inf)


def test_cancelling_is_honoured():
    with pytest.raises(Cancelled, match="stopped"):
        near_tiles(sampler_of(sphere(0.3), LatticeConfig(64), lambda: True), math.inf)
