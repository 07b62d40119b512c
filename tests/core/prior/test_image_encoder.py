"""The picture encoder: what it answers, in which units, and from which cards."""

import math

import pytest
import torch

from core.errors import ModelFileError
from core.prior.image_encoder import ImageEncoder, ImageEncoderConfig, seen_both_ways

SMALL = ImageEncoderConfig(
    code_size=6, categories=3, widths=(8, 8, 16, 16), blocks=(1, 1, 1, 1), hidden=16
)


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return ImageEncoder(SMALL).eval()


def test_every_picture_gets_a_code_a_precision_and_logits(encoder):
    codes, log_precision, logits = encoder(torch.rand(5, 4, 128, 128))
    assert codes.shape == log_precision.shape == (5, 6)
    assert logits.shape == (5, 3)


def test_codes_are_answered_in_the_units_of_the_training_codes(encoder):
    pictures = torch.rand(2, 4, 128, 128)
    plain, plain_precision, _ = encoder(pictures)
    encoder.code_scale.fill_(3.0)
    encoder.code_mean.fill_(7.0)
    scaled, scaled_precision, _ = encoder(pictures)
    torch.testing.assert_close(scaled, 3 * plain + 7)
    # a precision is one over a squared length
    torch.testing.assert_close(scaled_precision.exp(), plain_precision.exp() / 9)


def test_learning_the_precision_leaves_the_code_alone(encoder):
    encoder(torch.rand(2, 4, 128, 128))[1].sum().backward()
    assert encoder.joined.weight.grad is None
    assert encoder.log_precision.weight.grad.abs().sum() > 0


def test_a_picture_is_answered_alike_alone_and_in_a_batch(encoder):
    pictures = torch.rand(4, 4, 128, 128)
    with torch.no_grad():
        together = encoder(pictures)[0]
        alone = torch.cat([encoder(picture[None])[0] for picture in pictures])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)


def test_answers_that_agree_are_the_mean_of_a_picture_s_and_its_mirror_image_s(encoder):
    pictures = torch.rand(2, 4, 128, 128)
    unsure(encoder, 1e3)
    with torch.no_grad():
        codes, _, logits = seen_both_ways(encoder, pictures)
        both = [encoder(each) for each in (pictures, pictures.flip(-1))]
    torch.testing.assert_close(codes, (both[0][0] + both[1][0]) / 2)
    torch.testing.assert_close(logits, (both[0][2] + both[1][2]) / 2)
    assert not torch.allclose(codes, both[0][0])


def test_answers_that_lie_apart_are_the_picture_s_own(encoder):
    pictures = torch.rand(2, 4, 128, 128)
    unsure(encoder, 1e-6)
    with torch.no_grad():
        for seen, own in zip(seen_both_ways(encoder, pictures), encoder(pictures), strict=True):
            torch.testing.assert_close(seen, own)


def unsure(encoder, deviation):
    """Make the encoder expect errors of this size."""
    with torch.no_grad():
        encoder.log_precision.weight.zero_()
        encoder.log_precision.bias.fill_(-2 * math.log(deviation))


def test_an_encoder_of_the_same_sizes_comes_from_its_card(encoder):
    again = ImageEncoder.from_card(encoder.card)
    again.load_state_dict(encoder.state_dict())
    assert again.config == SMALL


def test_a_card_of_another_encoder_is_refused():
    with pytest.raises(ModelFileError, match="describes no picture encoder"):
        ImageEncoder.from_card({"layers": 12})
