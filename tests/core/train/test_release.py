"""From the trainings to one model file."""

import numpy as np
import torch

from core.models.checkpoint import read_model_file
from core.models.rounding import rounded, unrounded
from core.models.triplane import TriplaneDecoder
from core.prior.image_encoder import ImageEncoder
from core.prior.point_encoder import PREFIX, PointEncoder
from core.train.auto_decoder import principal_codes
from core.train.release import SHRINKAGE, Licences, Trained, category_statistics, release
from tests.core.train.trainings import (
    SMALL_DECODER,
    SMALL_ENCODER,
    SMALL_POINTS,
    decoder_training,
    encoder_training,
    point_training,
)


def test_a_released_model_holds_the_point_encoder_s_average(packed, tmp_path):
    codes, _ = principal_codes(packed.lattice, 6)
    decoder, image, points = (
        make(packed) for make in (decoder_training, encoder_training, point_training)
    )
    for number in range(3):
        points.step(number, 1.0)
    path = tmp_path / "small.safetensors"
    card = release(
        path,
        codes,
        decoder=Trained(decoder.state(), TriplaneDecoder(SMALL_DECODER)),
        image_encoder=Trained(image.state(), ImageEncoder(SMALL_ENCODER)),
        point_encoder=Trained(points.state(), PointEncoder(SMALL_POINTS)),
        view_encoder=None,
        metric=torch.diag(torch.arange(1.0, 7.0)),
        train=packed.assets,
        test=[],
        licences=Licences("made here", "CC0"),
    )
    stored = read_model_file(path)
    assert stored.card.point_encoder["code_size"] == 6
    assert stored.card.view_encoder == {}
    assert stored.card.trained_on["train"] == [asset.key for asset in packed.assets]
    assert card.name == stored.card.name == "small"
    encoder = PointEncoder.from_card(stored.card.point_encoder)
    stored.load_into(encoder, PREFIX)
    assert encoder.config == SMALL_POINTS
    averages = points.average.module.state_dict()
    kept = unrounded(rounded({PREFIX + name: value for name, value in averages.items()}))
    for name, value in encoder.state_dict().items():
        assert torch.equal(value, kept[PREFIX + name]), name
    assert stored.tensors["codes"].shape == (8, 6)
    expected = torch.diag(torch.arange(1.0, 7.0) / 3.5)
    torch.testing.assert_close(stored.tensors["code_metric"], expected, atol=1e-3, rtol=0)
    assert sorted(stored.card.statistics) == ["box", "can"]


def test_statistics_are_the_means_and_the_shrunk_covariances_of_categories():
    wide, flat = torch.tensor([[2.0, 0], [-2, 0]]), torch.tensor([[5.0, 1], [5, 3]])
    codes = torch.cat([wide, flat])
    found = category_statistics(codes, np.array([0, 0, 1, 1]), ["wide", "flat"])
    assert found["wide"].mean.tolist() == [0, 0]
    assert found["flat"].mean.tolist() == [5, 2]
    pooled = torch.diag(torch.tensor([2.0, 0.5]))  # of both spreads together
    own = {"wide": torch.diag(torch.tensor([4.0, 0])), "flat": torch.diag(torch.tensor([0, 1.0]))}
    for name, covariance in own.items():
        expected = (1 - SHRINKAGE) * covariance + SHRINKAGE * pooled
        torch.testing.assert_close(found[name].covariance, expected)


def test_a_category_of_one_shape_still_spreads_as_the_others_do():
    codes = torch.tensor([[1.0, 0], [-1, 0], [7, 7]])
    lone = category_statistics(codes, np.array([0, 0, 1]), ["pair", "lone"])["lone"]
    torch.testing.assert_close(
        lone.covariance, SHRINKAGE * torch.diag(torch.tensor([2.0 / 3, 0.0]))
    )
