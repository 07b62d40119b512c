"""The posterior: in closed form where the field is linear in the code."""

import numpy as np
import pytest
import torch

from core.latent.fitting import FitConfig
from core.latent.latent_prior import CodePrior
from core.latent.posed import PosePrior
from core.latent.posterior import posterior_of

CONFIG = FitConfig()
RAISED = 0.05
"""By how much an entry of `halves` raises the field."""


@pytest.fixture
def below(halves, surface_of):
    """The lower half of the unraised sphere."""
    return surface_of(halves, torch.zeros(2), 500, keep=lambda points: points[:, 2] < 0)


@pytest.fixture
def posterior(halves, below, standard):
    pose = PosePrior.box(1).starts
    return posterior_of(
        halves, below, torch.tensor([0.0, 1.0]), pose, standard(1, 2), config=CONFIG
    )


SEEN = 1 / np.sqrt(1 + CONFIG.evidence * (RAISED / CONFIG.width) ** 2)
"""Deviation of an entry that every observed point depends on, by MacKay's formula."""

PLACES = torch.tensor([[0.1, 0.2, -0.3], [0.0, 0.0, -0.1], [0.1, 0.2, 0.3], [0.0, 0.0, 0.1]])


def test_what_was_observed_is_sure_and_what_was_not_is_as_wide_as_the_prior(posterior):
    expected = RAISED * np.array([SEEN, SEEN, 1, 1])
    np.testing.assert_allclose(posterior.deviations(PLACES), expected, rtol=1e-3)


def test_draws_vary_where_nothing_was_observed_and_explain_the_rest(posterior):
    draws = posterior.draw(4000, torch.Generator().manual_seed(0))
    assert draws.shape == (4000, 2)
    np.testing.assert_allclose(draws.mean(dim=0), [0, 1], atol=4 / 4000**0.5)
    np.testing.assert_allclose(draws.std(dim=0), [SEEN, 1], rtol=4 / 8000**0.5)


def test_draws_are_the_generator_s(posterior):
    one, other = (posterior.draw(3, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(one, other)


def test_a_narrower_prior_leaves_less_open(halves, below):
    prior = CodePrior(torch.tensor([[0.3, -0.2]]), torch.diag(torch.tensor([0.5, 0.1]))[None])
    pose = PosePrior.box(1).starts
    found = posterior_of(halves, below, torch.tensor([0.3, 0.0]), pose, prior, config=CONFIG)
    np.testing.assert_allclose(found.deviations(PLACES)[2:], 0.1 * RAISED, rtol=1e-3)
    draws = found.draw(2000, torch.Generator().manual_seed(0))
    np.testing.assert_allclose(draws[:, 1].std(), 0.1, rtol=0.07)
    np.testing.assert_allclose(draws.mean(dim=0), [0.3, 0.0], atol=0.01)


def test_more_evidence_makes_it_surer(halves, below, standard):
    pose, code = PosePrior.box(1).starts, torch.zeros(2)
    found = [
        posterior_of(halves, below, code, pose, standard(1, 2), config=config).deviations(PLACES)[0]
        for config in (CONFIG, FitConfig(evidence=4 * CONFIG.evidence), FitConfig(width=0.02))
    ]
    assert found[1].item() == pytest.approx(found[0].item() / 2, rel=1e-3)
    assert found[2].item() == pytest.approx(found[0].item() * 4, rel=1e-2)


def test_it_is_sure_of_the_same_points_wherever_the_observation_lies(
    halves, below, standard, placed, pose_of
):
    pose = pose_of(0.7, (0.1, 0.0, -0.2), 1.3)
    moved = placed(below, pose)
    found = posterior_of(halves, moved, torch.zeros(2), pose, standard(1, 2), config=CONFIG)
    expected = RAISED * np.array([SEEN, SEEN, 1, 1])
    np.testing.assert_allclose(found.deviations(PLACES), expected, rtol=1e-2)
