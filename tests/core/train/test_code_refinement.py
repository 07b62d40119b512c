"""Codes fitted once more: only those that are wrong move, and they end where their shapes are."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.models.triplane import TriplaneConfig, TriplaneDecoder
from core.train.assets import load_asset
from core.train.code_refinement import CodeRefinement, CodeRefinementConfig, refined_codes

CPU = torch.device("cpu")
SMALL = TriplaneConfig(code_size=4, channels=(16, 16, 8), plane_channels=4, hidden=16)
CONFIG = CodeRefinementConfig(batch=4, descents=200, points=256, rate=0.3, checked_points=512)
FEW = replace(CONFIG, descents=2, points=64, checked_points=64, least_gain=-9.0)
"""Replaces every code, wherever its two descents end."""

SHARP = 0.002
"""Unit-cube lengths by which a size is off at the end; the last ten descents go less far."""
FLATTENED = 0.5 * (1 - np.cos(np.pi / 24))
"""By how much the middles of a can's 24 sides lie within its radius, where that is largest."""


class Blocks(TriplaneDecoder):
    """A decoder in closed form, so that what a fit must find does not hang on what was learned.

    A code is half the width, depth and height of a box or, where its last entry is 1, of a can.
    """

    def planes(self, codes):
        return codes

    def values(self, planes, points):
        x, y, z = points.unbind(-1)
        width, depth, height, is_can = planes[..., None].unbind(1)
        box = torch.maximum(x.abs() - width, y.abs() - depth)
        turns = ((x / width).square() + (y / depth).square() + 1e-12).sqrt()
        can = (turns - 1) * torch.minimum(width, depth)
        return torch.maximum(torch.lerp(box, can, is_can), z.abs() - height)


@pytest.fixture(scope="module")
def codes(packed):
    """Of the four boxes and the four cans, for `Blocks`."""
    sizes = [load_asset(asset).vertices.max(axis=0) for asset in packed.assets]
    is_can = [asset.category == "can" for asset in packed.assets]
    return torch.from_numpy(np.column_stack([sizes, is_can]).astype(np.float32))


def refined(packed, decoder, codes, config=CONFIG):
    refinement = CodeRefinement(packed, codes, decoder, config, CPU)
    losses = [refinement.step(number, 1.0) for number in range(refinement.steps)]
    return refinement.codes, losses


def test_a_code_of_another_shape_comes_back_and_the_others_stay(packed, codes):
    wrong = codes.clone()
    lowest, highest = 0, 3
    assert packed.assets[lowest].category == packed.assets[highest].category
    wrong[lowest] = codes[highest]
    found, losses = refined(packed, Blocks(SMALL), wrong)
    moved = (found != wrong).any(dim=1)
    assert moved.tolist() == [True] + [False] * 7
    np.testing.assert_allclose(found[lowest], codes[lowest], atol=SHARP)
    assert losses[0]["replaced"] == pytest.approx(1 / 4)
    # that shape's error alone is gone; what is left of it is less than a size's in clamps
    gone = losses[0]["before"] - losses[0]["after"]
    assert losses[0]["after"] < SHARP / SMALL.clamp < gone
    assert losses[1]["after"] == losses[1]["before"]


def test_the_decoder_is_left_alone(packed, codes):
    decoder = TriplaneDecoder(SMALL)
    before = {name: value.clone() for name, value in decoder.state_dict().items()}
    found, _ = refined(packed, decoder, codes, FEW)
    assert (found != codes).any(dim=1).all()
    for name, value in decoder.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_every_shape_is_fitted_once_also_when_they_do_not_fill_the_last_step(packed, codes):
    found, losses = refined(packed, Blocks(SMALL), codes, replace(FEW, batch=3))
    assert len(losses) == 3
    assert (found != codes).any(dim=1).all()


def test_new_shapes_find_their_codes_from_others_and_finished_codes_stay(packed, codes):
    order = [0, 1, 2, 3, 4, 7, 5, 6]
    assets = [packed.assets[row] for row in order]
    samples, lattice = packed.samples[order], packed.lattice[order]
    cans_between_last = replace(packed, assets=assets, samples=samples, lattice=lattice)
    truth, new = codes[order], [6, 7]
    start = truth.clone()
    start[new] = truth[4:6].mean(dim=0)
    assert (start[new] - truth[new]).abs().amax(dim=1).min() > 5 * (FLATTENED + SHARP)
    refinement = CodeRefinement(cans_between_last, start, Blocks(SMALL), CONFIG, CPU, finished=6)
    assert refinement.steps == 1
    refinement.step(0, 1.0)
    assert torch.equal(refinement.codes[:6], start[:6])
    np.testing.assert_allclose(refinement.codes[new], truth[new], atol=FLATTENED + SHARP)


def test_a_state_belongs_to_the_codes_that_it_began_from(packed, codes):
    refinement = CodeRefinement(packed, codes, Blocks(SMALL), CONFIG, CPU)
    refinement.codes = codes + 1
    state = refinement.state()
    assert torch.equal(refined_codes(state, codes), codes + 1)
    assert refined_codes(state, codes * 2) is None
    assert refined_codes(state, codes[:4]) is None


def test_points_are_drawn_by_the_seed(packed, codes):
    first, again = (refined(packed, Blocks(SMALL), codes, FEW)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    other, _ = refined(packed, Blocks(SMALL), codes, replace(FEW, seed=1))
    assert (other != first).any()
