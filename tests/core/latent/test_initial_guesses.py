"""The starts of a search: at every yaw the encoder's code, and known ones like it."""

from functools import partial
from types import SimpleNamespace

import pytest
import torch

from core.latent.initial_guesses import GuessesConfig, initial_guesses_of
from core.latent.posed import PosePrior

ALL = torch.tensor([True, True])


def two_ways(observed, against_second):
    """An encoder that finds two yaws, half a turn apart, alike."""
    logits = torch.full((len(observed), 36), -9.0)
    logits[:, [0, 18]] = 0.0
    return SimpleNamespace(
        codes=torch.zeros(len(observed), 2),
        log_precision=torch.zeros(len(observed), 2),
        category_logits=torch.tensor([0.0, -against_second]).repeat(len(observed), 1),
        yaw_logits=logits,
        place=torch.zeros(len(observed), 4),
        place_log_precision=torch.full((len(observed), 4), 4.0),
    )


@pytest.fixture
def starts_with(observed_of, known):
    points = torch.rand(100, 3, generator=torch.Generator().manual_seed(0))

    def made(against_second=9.0, **options):
        generator = torch.Generator().manual_seed(0)
        config = GuessesConfig(**options)
        encode = partial(two_ways, against_second=against_second)
        return initial_guesses_of(
            encode, observed_of(points), known, ALL, config, generator=generator
        )

    return made


@pytest.mark.parametrize("neighbours", [2, 3, 20])
def test_the_nearest_known_codes_of_every_heading_also_fill_the_box(starts_with, known, neighbours):
    starts = starts_with(yaws=2, neighbours=neighbours, filling=2)
    columns = 1 + min(neighbours, int((known.categories == 0).sum()))
    plain, filling = starts[: 2 * columns], starts[2 * columns :]
    nearest = plain.numbers.reshape(2, columns)[:, 1:3].flatten()
    assert filling.numbers.tolist() == nearest.tolist()
    yaws = plain.poses.starts.yaws_rad.reshape(2, columns)[:, 1:3].flatten()
    expected = PosePrior.filling(yaws)
    assert torch.equal(filling.poses.starts.centres, expected.starts.centres)
    assert torch.equal(filling.poses.starts.yaws_rad, yaws)


def test_an_unlikely_category_gives_no_starts(starts_with):
    assert (starts_with(yaws=2, neighbours=4).categories == 0).all()


def test_other_likely_categories_give_half_as_many_starts_as_the_likeliest(starts_with, known):
    starts = starts_with(against_second=2.0, yaws=2, neighbours=4, filling=2)
    # at each yaw the encoder's, 4 and 2; 2 and 1 of these fill the box as well
    assert len(starts.codes) == 2 * (1 + 4 + 2 + 2 + 1)
    own = starts.numbers < 0
    assert (starts.categories[own] == 0).all()
    assert torch.equal(starts.categories[~own], known.categories[starts.numbers[~own]])
    assert torch.bincount(starts.categories).tolist() == [2 * (1 + 4 + 2), 2 * (2 + 1)]
    torch.testing.assert_close(starts.codes[~own], known.codes[starts.numbers[~own]])
    costs = starts.costs[starts.categories == 1] - starts.costs[starts.categories == 0][0]
    torch.testing.assert_close(costs, torch.full((6,), 2.0))


def test_the_encoder_s_own_code_never_fills_the_box(starts_with):
    starts = starts_with(yaws=2, neighbours=20, filling=2)
    assert (starts.numbers < 0).sum() == 2


def test_where_the_pose_is_known_nothing_else_is_tried(starts_with, known):
    starts = starts_with(yaws=None, move_pose=False, neighbours=20)
    assert len(starts.codes) == 1 + (known.categories == 0).sum()
    assert not starts.poses.starts.yaws_rad.any()
