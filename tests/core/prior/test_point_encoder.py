"""The point encoder: what it answers, in which units, and from which cards."""

import pytest
import torch

from core.errors import ModelFileError
from core.prior.point_encoder import YAWS, PointEncoder, PointEncoderConfig

SMALL = PointEncoderConfig(code_size=6, categories=3, widths=(8, 16, 16, 24), hidden=16)


@pytest.fixture
def encoder():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return PointEncoder(SMALL).eval()


@pytest.fixture
def points():
    return torch.randn(4, 50, 6, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("count", [1, 16, 300])
def test_any_number_of_points_gets_an_answer_of_every_kind(encoder, count):
    guess = encoder(torch.zeros(5, count, 6))
    assert guess.codes.shape == guess.log_precision.shape == (5, 6)
    assert guess.category_logits.shape == (5, 3)
    assert guess.yaw_logits.shape == (5, YAWS)
    assert guess.place.shape == guess.place_log_precision.shape == (5, 4)


def test_the_order_of_points_does_not_matter(encoder, points):
    order = torch.randperm(50, generator=torch.Generator().manual_seed(2))
    for one, other in zip(encoder(points), encoder(points[:, order]), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_points_that_are_given_twice_change_nothing(encoder, points):
    for one, other in zip(encoder(points), encoder(points.repeat(1, 2, 1)), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_every_point_and_every_normal_counts(encoder, points):
    for entry in range(6):
        moved = points.clone()
        moved[:, 7, entry] += 0.5
        assert (encoder(moved).codes - encoder(points).codes).abs().max() > 0


def test_an_observation_is_answered_alike_alone_and_in_a_batch(encoder, points):
    together = encoder(points)
    alone = [encoder(each[None]) for each in points]
    for number, whole in enumerate(together):
        one_by_one = torch.cat([guess[number] for guess in alone])
        torch.testing.assert_close(one_by_one, whole, atol=1e-5, rtol=1e-4)


def test_the_answer_is_the_same_bits_while_it_learns(encoder, points):
    learning = encoder(points)
    with torch.no_grad():
        asked = encoder(points)
    for one, other in zip(learning, asked, strict=True):
        assert torch.equal(one.detach(), other)


def test_codes_are_answered_in_the_units_of_the_training_codes(encoder, points):
    plain = encoder(points)
    encoder.code_scale.fill_(3.0)
    encoder.code_mean.fill_(7.0)
    scaled = encoder(points)
    torch.testing.assert_close(scaled.codes, 3 * plain.codes + 7)
    # a precision is one over a squared length
    torch.testing.assert_close(scaled.log_precision.exp(), plain.log_precision.exp() / 9)
    torch.testing.assert_close(scaled.place, plain.place)


def test_learning_the_precision_leaves_the_code_alone(encoder, points):
    encoder(points).log_precision.sum().backward()
    assert encoder.local[0].weight.grad is None
    assert encoder.code.weight.grad is None
    assert encoder.log_precision.weight.grad.abs().sum() > 0


def test_an_encoder_of_the_same_sizes_comes_from_its_card(encoder, points):
    again = PointEncoder.from_card(encoder.card)
    again.load_state_dict(encoder.state_dict())
    assert again.config == SMALL
    assert torch.equal(again(points).codes, encoder(points).codes)


@pytest.mark.parametrize(
    "card",
    [{}, {"layers": 12}, {"widths": 3}, {"widths": [8, 16]}, {"widths": [8] * 4, "depth": 2}],
)
def test_a_card_of_another_encoder_or_of_none_is_refused(card):
    with pytest.raises(ModelFileError, match=r"describes no point encoder .* cannot complete"):
        PointEncoder.from_card(card)


def test_a_card_that_names_no_blocks_has_none(encoder):
    card = {name: value for name, value in encoder.card.items() if name != "blocks"}
    assert len(PointEncoder.from_card(card).blocks) == 0


def test_blocks_change_nothing_before_they_have_learned(encoder, points):
    card = {**encoder.card, "blocks": 0}
    without = PointEncoder.from_card(card)
    without.load_state_dict(encoder.state_dict(), strict=False)
    for one, other in zip(encoder(points), without(points), strict=True):
        assert torch.equal(one, other)
