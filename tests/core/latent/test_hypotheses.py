"""Hypotheses differ where nothing was observed, and agree where something was."""

import numpy as np
import pytest
import torch

from core.latent.fitting import Fit, FitConfig, fit
from core.latent.hypotheses import distinct_hypotheses, other_heading, turn_between
from core.latent.latent_prior import LatentPrior
from core.latent.posed import PosePrior, Poses
from core.latent.posterior import posterior_of

CONFIG = FitConfig(steps=20, points=128)


@pytest.fixture
def below(halves, surface_of):
    return surface_of(halves, torch.zeros(2), 400, keep=lambda points: points[:, 2] < 0)


def explained(halves, below, count):
    """The best hypothesis and others, of the sphere whose upper half nobody saw."""
    known = LatentPrior(
        torch.zeros(1, 2), torch.zeros(1, dtype=torch.long), torch.zeros(1, 2), torch.eye(2)[None]
    )
    numbers, box = torch.zeros(1, dtype=torch.long), PosePrior.box(1)
    draw = torch.Generator().manual_seed(0)
    prior = known.prior(numbers)
    found = fit(
        halves, below, torch.zeros(1, 2), box, prior, config=CONFIG, generator=draw, move_pose=False
    )
    posterior = posterior_of(halves, below, found.codes[0], found.poses, prior, config=CONFIG)
    return found, *distinct_hypotheses(
        halves,
        below,
        found,
        categories=numbers,
        posterior=posterior,
        known=known,
        middle=CONFIG,
        final=CONFIG,
        count=count,
        generator=draw,
    )


@pytest.mark.parametrize("count", [2, 4])
def test_hypotheses_fit_alike_and_differ_where_nothing_was_observed(halves, below, count):
    found, chosen, categories = explained(halves, below, count)
    assert len(chosen.codes) == len(categories) == count
    torch.testing.assert_close(chosen.codes[0], found.codes[0])
    # the lower half is fixed to well within the width; the upper one spreads as the prior does
    assert (0.05 * chosen.codes[:, 0].abs()).max() < CONFIG.width
    assert chosen.errors.max() < CONFIG.width
    upper = chosen.codes[:, 1]
    apart = (upper[:, None] - upper[None]).abs() + 9 * torch.eye(count)
    assert apart.min() > 0.2
    assert upper.std() > 0.5


def test_the_others_come_best_first(halves, below):
    _, chosen, _ = explained(halves, below, 4)
    others = chosen.energies[1:]
    assert torch.equal(others, others.sort().values)


def test_more_hypotheses_reach_further(halves, below):
    reach = [explained(halves, below, count)[1].codes[:, 1] for count in (2, 6)]
    spans = [float(upper.max() - upper.min()) for upper in reach]
    assert 0.5 < spans[0] < spans[1]


def hypotheses(codes, yaws, energies, centre=(0.0, 0.0, 0.0)):
    count = len(codes)
    poses = Poses(torch.tensor(yaws), torch.tensor(centre).expand(count, -1), torch.zeros(count))
    return Fit(torch.tensor(codes), poses, torch.tensor(energies), *torch.zeros(2, count))


@pytest.mark.parametrize(
    ("one", "other", "angle"),
    [(0.0, 0.5, 0.5), (0.1, -0.1, 0.2), (0.0, 2 * np.pi, 0.0), (3.0, -3.0, 2 * np.pi - 6)],
)
def test_the_turn_between_two_is_the_shorter_way_round(one, other, angle):
    found = hypotheses([[0.0]] * 2, [one, float(other)], [0.0, 0.0])
    assert turn_between(found, 0, 1) == pytest.approx(angle, abs=1e-6)
    assert turn_between(found, 1, 0) == pytest.approx(angle, abs=1e-6)


def rival(fields_of, codes, yaws, energies):
    found = hypotheses(codes, yaws, energies)
    return other_heading(fields_of, found[found.energies.argsort()])


def test_a_turned_shape_that_fits_as_well_is_another_heading(steps):
    codes, turned = [[0.0, 0.0]] * 2, 0.2 + np.pi / 2
    assert rival(steps, codes, [0.2, turned], [1.0, 1.5]) == pytest.approx(turned)
    assert rival(steps, codes, [0.2, turned], [1.5, 1.0]) == pytest.approx(0.2)


def test_a_turned_shape_that_fits_much_worse_is_none(steps):
    assert rival(steps, [[0.0, 0.0]] * 2, [0.0, np.pi], [1.0, 100.0]) is None


def test_a_shape_hardly_turned_is_none(steps):
    assert rival(steps, [[0.0, 0.0]] * 2, [0.0, 0.1], [1.0, 1.0]) is None


def test_a_ball_has_no_other_heading(balls):
    assert rival(balls, [[0.0]] * 2, [0.0, np.pi], [1.0, 1.0]) is None
