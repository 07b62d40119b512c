"""The view network: maps of half the picture's side, whole answers, and its card."""

import pytest
import torch

from core.errors import ModelFileError
from core.prior.azimuths import AZIMUTHS
from core.prior.view_network import ViewNetwork, ViewNetworkConfig

SMALL = ViewNetworkConfig(
    kinds=("box", "can", "hat"),
    picture_px=32,
    stem=8,
    widths=(8, 16, 24),
    blocks=(1, 1, 1),
    hidden=16,
)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return ViewNetwork(SMALL).eval()


def pictures(count):
    return torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def test_maps_are_half_as_wide_as_the_picture(network):
    answer = network(pictures(2))
    assert answer.matte_logits.shape == (2, 16, 16)
    assert answer.depths.shape == answer.crossing_logits.shape == (2, 4, 16, 16)
    assert answer.normals.shape == (2, 3, 16, 16)
    assert answer.kind_logits.shape == (2, 3)
    assert answer.azimuth_logits.shape == (2, AZIMUTHS)
    assert answer.place.shape == answer.place_log_precisions.shape == (2, 5)


def test_normals_are_unit(network):
    lengths = network(pictures(1)).normals.norm(dim=1)
    torch.testing.assert_close(lengths, torch.ones_like(lengths))


def test_a_picture_is_seen_alike_alone_and_in_company(network):
    both = network(pictures(2))
    alone = network(pictures(2)[1:])
    torch.testing.assert_close(alone.depths[0], both.depths[1], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(alone.place[0], both.place[1], atol=1e-5, rtol=1e-4)


def test_every_weight_learns(network):
    with torch.no_grad():  # blocks begin as nothing
        for weight in network.parameters():
            weight += 0.01
    answer = network(pictures(2))
    sum(value.float().sum() for value in vars(answer).values()).backward()
    still = [name for name, weight in network.named_parameters() if not weight.grad.any()]
    assert still == []


def test_the_card_makes_the_same_network_again(network):
    again = ViewNetwork.from_card(network.card)
    again.load_state_dict(network.state_dict())
    assert torch.equal(again.eval()(pictures(1)).depths, network(pictures(1)).depths)


@pytest.mark.parametrize("card", [{}, {"widths": 3}, {"kinds": ["box"], "colour": "red"}])
def test_a_card_of_something_else_is_refused(card):
    with pytest.raises(ModelFileError, match="describes no view network"):
        ViewNetwork.from_card(card)


def test_for_other_kinds_it_answers_all_else_as_before(network):
    other = network.for_kinds(("hat", "pen", "box")).eval()
    answer, changed = network(pictures(2)), other(pictures(2))
    assert torch.equal(changed.depths, answer.depths)
    assert torch.equal(changed.azimuth_logits, answer.azimuth_logits)
    assert torch.equal(changed.place, answer.place)
    assert torch.equal(changed.kind_logits[:, [2, 0]], answer.kind_logits[:, [0, 2]])
