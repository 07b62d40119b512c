"""Encoders' weights as 8-bit integers: how far off they come back, and what is left alone."""

import pytest
import torch

from core.models.rounding import HIGHEST, STEPS, rounded, unrounded

WEIGHT = "image_encoder.weight"


def weight(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", [(5, 7), (4, 3, 3, 3)])
def test_a_weight_comes_back_within_half_a_step_of_its_own_output(shape):
    given = weight(*shape) * torch.logspace(-3, 3, shape[0]).reshape(-1, *[1] * (len(shape) - 1))
    stored = rounded({WEIGHT: given})
    assert stored[WEIGHT].dtype == torch.int8
    back = unrounded(stored)
    assert list(back) == [WEIGHT]
    greatest = given.flatten(1).abs().amax(dim=1)
    off = (back[WEIGHT] - given).flatten(1).abs().amax(dim=1)
    # 1e-5: the steps are float32
    assert (off <= greatest / HIGHEST / 2 * (1 + 1e-5)).all()


def test_the_greatest_weight_of_an_output_comes_back_itself():
    given = weight(5, 7)
    back = unrounded(rounded({WEIGHT: given}))[WEIGHT]
    at = given.abs().argmax(dim=1, keepdim=True)
    torch.testing.assert_close(back.gather(1, at), given.gather(1, at), rtol=1e-6, atol=0)


def test_an_output_of_zeros_stays_one():
    assert not unrounded(rounded({WEIGHT: torch.zeros(2, 3)}))[WEIGHT].any()


def test_rounding_what_was_rounded_changes_no_bit():
    once = rounded({WEIGHT: weight(5, 7)})
    twice = rounded(unrounded(once))
    assert torch.equal(once[WEIGHT], twice[WEIGHT])


def test_decoders_biases_and_whole_numbers_are_not_rounded_to_bytes():
    given = {
        "decoder.weight": weight(5, 7),
        "image_encoder.bias": weight(5),
        "image_encoder.count": torch.tensor([[1, 2]]),
    }
    stored = rounded(given)
    assert {name: each.dtype for name, each in stored.items()} == {
        "decoder.weight": torch.float16,
        "image_encoder.bias": torch.float16,
        "image_encoder.count": torch.int64,
    }
    back = unrounded(stored)
    assert torch.equal(back["decoder.weight"], given["decoder.weight"].half().float())
    assert torch.equal(back["image_encoder.count"], given["image_encoder.count"])


def test_a_rounded_weight_needs_one_step_for_every_output():
    stored = rounded({WEIGHT: weight(5, 7)})
    with pytest.raises(ValueError, match="has not one step for every output"):
        unrounded(stored | {WEIGHT + STEPS: torch.ones(4)})
    del stored[WEIGHT + STEPS]
    with pytest.raises(KeyError, match="steps"):
        unrounded(stored)
