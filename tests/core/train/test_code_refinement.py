"""Codes fitted once more: only those that are wrong move, and they end where their shapes are."""

import numpy as np
import pytest
import torch

from core.field.triplane import TriplaneConfig
from core.train.auto_decoder import AutoDecoderConfig, AutoDecoderTraining
from core.train.code_refinement import CodeRefinement, CodeRefinementConfig, refined_codes

CPU = torch.device("cpu")
SMALL = TriplaneConfig(code_size=6, channels=(16, 16, 8), plane_channels=4, hidden=16)
CONFIG = CodeRefinementConfig(batch=4, descents=200, points=256, rate=0.3, checked_points=512)


@pytest.fixture(scope="module")
def learned(packed):
    """A decoder and the codes of eight shapes that it was trained on."""
    config = AutoDecoderConfig(batch=8, points=400)
    training = AutoDecoderTraining(packed, SMALL, config, CPU)
    for number in range(200):
        training.step(number, 1.0)
    return training.decoder, (training.codes.weight * training.scale).detach()


def refined(packed, decoder, codes, config=CONFIG):
    refinement = CodeRefinement(packed, codes, decoder, config, CPU)
    losses = [refinement.step(number, 1.0) for number in range(refinement.steps)]
    return refinement.codes, losses


def misplaced(packed, decoder, codes, shape):
    """Share of points that a code puts on the wrong side of its shape's surface."""
    points, distances = packed.batch(np.array([shape]), 600, np.random.default_rng(7))
    with torch.no_grad():
        values = decoder.values(decoder.planes(codes[[shape]]), points)
    return ((values > 0) != (distances > 0)).float().mean()


def test_a_code_of_another_shape_comes_back_and_the_others_stay(packed, learned):
    decoder, codes = learned
    wrong = codes.clone()
    lowest, highest = 0, 3
    assert packed.assets[lowest].category == packed.assets[highest].category
    wrong[lowest] = codes[highest]
    found, losses = refined(packed, decoder, wrong)
    moved = (found != wrong).any(dim=1)
    assert moved.tolist() == [True] + [False] * 7
    assert misplaced(packed, decoder, found, lowest) < 0.5 * misplaced(
        packed, decoder, wrong, lowest
    )
    assert losses[0]["replaced"] == pytest.approx(1 / 4)
    assert losses[0]["after"] < losses[0]["before"]
    assert losses[1]["after"] == losses[1]["before"]


def test_the_decoder_is_left_alone(packed, learned):
    decoder, codes = learned
    before = {name: value.clone() for name, value in decoder.state_dict().items()}
    refined(packed, decoder, codes.flip(0))
    for name, value in decoder.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_every_shape_is_fitted_once_also_when_they_do_not_fill_the_last_step(packed, learned):
    decoder, codes = learned
    config = CodeRefinementConfig(
        batch=3, descents=1, points=64, checked_points=64, least_gain=-9.0
    )
    found, losses = refined(packed, decoder, codes, config)
    assert len(losses) == 3
    assert (found != codes).any(dim=1).all()


def test_new_shapes_find_their_codes_from_others_and_finished_codes_stay(packed, learned):
    decoder, codes = learned
    start, new = codes.clone(), np.array([6, 7])
    assert {packed.assets[row].category for row in new} == {packed.assets[5].category}
    start[new] = codes[4:6].mean(dim=0)
    refinement = CodeRefinement(packed, start, decoder, CONFIG, CPU, finished=6)
    assert refinement.steps == 1
    refinement.step(0, 1.0)
    assert torch.equal(refinement.codes[:6], codes[:6])
    for row in new:
        after = misplaced(packed, decoder, refinement.codes, row)
        assert after < 0.7 * misplaced(packed, decoder, start, row)


def test_a_state_belongs_to_the_codes_that_it_began_from(packed, learned):
    decoder, codes = learned
    refinement = CodeRefinement(packed, codes, decoder, CONFIG, CPU)
    refinement.codes = codes + 1
    state = refinement.state()
    assert torch.equal(refined_codes(state, codes), codes + 1)
    assert refined_codes(state, codes * 2) is None
    assert refined_codes(state, codes[:4]) is None


def test_points_are_drawn_by_the_seed(packed, learned):
    decoder, codes = learned
    few = CodeRefinementConfig(batch=8, descents=2, points=64, checked_points=64, least_gain=-9.0)
    first, again = (refined(packed, decoder, codes, few)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)
