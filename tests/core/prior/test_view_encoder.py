"""The view encoder: what it answers, from pictures of which size, and from which cards."""

import pytest
import torch

from core.errors import ModelFileError
from core.prior.azimuths import AZIMUTHS
from core.prior.view_encoder import ViewEncoder, ViewEncoderConfig

SMALL = ViewEncoderConfig(picture_px=16, widths=(8, 8), hidden=16)


@pytest.fixture
def encoder():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return ViewEncoder(SMALL).eval()


@pytest.fixture
def pictures():
    return torch.rand(3, 4, 16, 16, generator=torch.Generator().manual_seed(1))


def test_every_picture_gets_azimuths_and_a_place(encoder, pictures):
    belief = encoder(pictures)
    assert belief.azimuth_logits.shape == (3, AZIMUTHS)
    assert belief.expected.shape == belief.log_precision.shape == (3, 2)


def test_larger_pictures_are_reduced_by_averaging(encoder, pictures):
    larger = pictures.repeat_interleave(4, dim=2).repeat_interleave(4, dim=3)
    torch.testing.assert_close(encoder(larger).expected, encoder(pictures).expected)


def test_a_picture_is_answered_alike_alone_and_in_a_batch(encoder, pictures):
    together = encoder(pictures).azimuth_logits
    alone = torch.cat([encoder(each[None]).azimuth_logits for each in pictures])
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=1e-4)


def test_every_channel_counts(encoder, pictures):
    for channel in range(4):
        moved = pictures.clone()
        moved[:, channel] += 0.5
        assert (encoder(moved).expected - encoder(pictures).expected).abs().max() > 0


def test_a_card_makes_the_same_encoder_again(encoder):
    again = ViewEncoder.from_card(encoder.card)
    again.load_state_dict(encoder.state_dict())
    assert again.config == encoder.config


@pytest.mark.parametrize("card", [{}, {"widths": 3}, {"widths": [8], "unknown": 1}])
def test_a_card_of_another_encoder_is_refused(card):
    with pytest.raises(ModelFileError, match="describes no view encoder"):
        ViewEncoder.from_card(card)
