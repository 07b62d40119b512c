"""The layered model: pictures of any number become the field of the surest one."""

import numpy as np
import pytest
import torch

from core.models.layered import THINNEST, LayeredModel, crossings_of, seen_both_ways
from core.models.protocol import Decoder, PictureModel
from core.prior.view_network import ViewNetwork, ViewNetworkConfig
from core.tensors import Field

SMALL = ViewNetworkConfig(
    kinds=("box", "can"), picture_px=32, stem=8, widths=(8, 16, 24), blocks=(1, 1, 1), hidden=16
)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(3)
    return ViewNetwork(SMALL).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def model(network):
    return LayeredModel(network, torch.device("cpu"))


def framed(seed=0, side=48):
    generator = np.random.default_rng(seed)
    picture = np.zeros((side, side, 4), np.float32)
    inner = slice(side // 8, -side // 8)
    picture[inner, inner, :3] = generator.random((1, 1, 3))
    picture[inner, inner, 3] = 1
    return picture


def test_it_is_a_model_without_codes(model):
    assert isinstance(model, PictureModel)
    assert not isinstance(model, Decoder)


def test_an_answer_is_a_field_a_kind_and_a_confidence(model):
    answer = model.answer([framed()])
    assert isinstance(answer.field, Field)
    assert answer.category in SMALL.kinds
    assert 0 <= answer.confidence <= 1


def test_the_order_of_pictures_does_not_matter(model):
    points = torch.rand(500, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    one = model.answer([framed(1), framed(2)])
    other = model.answer([framed(2), framed(1)])
    torch.testing.assert_close(one.field(points), other.field(points), atol=1e-5, rtol=1e-4)
    assert one.confidence == pytest.approx(other.confidence, abs=1e-5)


def test_rays_beside_the_object_enter_nothing(model):
    empty = framed()
    empty[:, :24] = 0
    field = model.answer([empty]).field
    assert (field._rows[:-1].reshape(16, 16, 6)[:, :7, 4:] == 0).all()


def test_what_is_entered_is_left_behind_it(network):
    answer = network(torch.rand(1, 3, 32, 32))
    crossings = crossings_of(answer, torch.ones(1, 16, 16))
    for enter in (0, 2):
        thick = crossings.depths[enter + 1] - crossings.depths[enter]
        assert (thick >= THINNEST - 1e-6).all()


def test_a_mirrored_picture_gives_the_mirrored_answer(network):
    pictures = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    answer, mirrored = (seen_both_ways(network, each) for each in (pictures, pictures.flip(-1)))
    torch.testing.assert_close(mirrored.depths, answer.depths.flip(-1), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(mirrored.matte_logits, answer.matte_logits.flip(-1))
    turned = answer.azimuth_logits.flip(1).roll(1, dims=1)
    torch.testing.assert_close(mirrored.azimuth_logits, turned)
    aside = torch.tensor([1.0, 1.0, 1.0, -1.0, 1.0])
    torch.testing.assert_close(mirrored.place, answer.place * aside)
    across = torch.tensor([-1.0, 1.0, 1.0])[:, None, None]
    torch.testing.assert_close(
        mirrored.normals, answer.normals.flip(-1) * across, atol=1e-5, rtol=1e-4
    )
