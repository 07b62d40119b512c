"""Random observations: what each kind of cut takes away, and what it leaves."""

import numpy as np
import pytest

from core.train.observing import (
    LEAST_POINTS,
    half_space,
    holes,
    missing_parts,
    one_view,
    random_observation,
)

COUNT = 4000
BALL = np.random.default_rng(0).normal(size=(COUNT, 3)).astype(np.float32)
BALL *= 0.5 / np.linalg.norm(BALL, axis=1, keepdims=True)
PARTS = np.random.default_rng(1).choice(6, COUNT, p=[0.4, 0.3, 0.1, 0.1, 0.06, 0.04])
SEEDS = range(12)


def drawn(seed):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75])
def test_a_half_space_takes_the_share_that_was_asked(share):
    for seed in SEEDS:
        seen = half_space(BALL, share, drawn(seed))
        assert seen.mean() == pytest.approx(1 - share, abs=2 / COUNT)


def test_a_half_space_ends_at_a_plane():
    for seed in SEEDS:
        seen = half_space(BALL, 0.3, drawn(seed))
        # Archimedes: a cap of 30 % of a ball's area begins at a height of 0.2; the cap's mean
        # direction is its axis
        axis = BALL[~seen].mean(axis=0)
        along = BALL @ (axis / np.linalg.norm(axis))
        assert along[seen].max() < 0.2 + 0.05
        assert along[~seen].min() > 0.2 - 0.05


def test_one_view_of_a_ball_is_the_half_that_looks_at_it():
    many = np.random.default_rng(0).normal(size=(20_000, 3)).astype(np.float32)
    many *= 0.5 / np.linalg.norm(many, axis=1, keepdims=True)
    for seed in SEEDS:
        seen = one_view(many, drawn(seed))
        axis = many[seen].mean(axis=0)
        along = many @ (axis / np.linalg.norm(axis))
        assert along[seen].min() > -0.05
        # a ball falls off by less than the tolerance within a pixel where its slope is below
        # 0.04 / (sqrt(2) 1.8 / 48), which is from a height of 0.4 on
        assert seen[along > 0.41].all()


def test_what_stands_behind_a_wall_is_not_seen():
    spots = drawn(0).uniform(-0.5, 0.5, (COUNT, 2))
    wall = np.stack([spots[:, 0], spots[:, 1], 0 * spots[:, 0] + 0.5], axis=1)
    both = np.concatenate([wall, wall * [0.5, 0.5, 0]]).astype(np.float32)
    hidden = [
        1 - one_view(both, drawn(seed))[COUNT:].mean()
        for seed in range(40)
        if one_view(both, drawn(seed))[:COUNT].all()
    ]
    assert max(hidden) > 0.9


def test_whole_parts_go_and_no_more_than_a_third_too_much():
    for seed in SEEDS:
        for share in (0.1, 0.4, 0.8):
            stays = missing_parts(PARTS, share, drawn(seed))
            for part in range(6):
                assert stays[part == PARTS].all() or not stays[part == PARTS].any()
            assert (~stays).mean() <= 1.3 * share


def test_of_one_part_nothing_goes():
    assert missing_parts(np.zeros(100, int), 0.5, drawn(0)).all()


def test_holes_are_round_and_few():
    for seed in SEEDS:
        left = holes(BALL, drawn(seed))
        # six caps of at most 0.25 around points of a ball of 0.5 take 1 / 16 of it each
        assert 1 - 6 / 16 - 0.03 < left.mean() < 1


def test_an_observation_shows_enough_and_repeats_with_its_seed():
    shares = []
    for seed in range(60):
        seen = random_observation(BALL, PARTS, drawn(seed))
        assert seen.dtype == bool
        assert seen.sum() >= LEAST_POINTS
        assert np.array_equal(seen, random_observation(BALL, PARTS, drawn(seed)))
        shares.append(seen.mean())
    assert min(shares) < 0.3
    assert max(shares) == 1.0  # now and then everything is there
    assert np.std(shares) > 0.15


def test_of_too_few_points_all_are_shown():
    few = BALL[: LEAST_POINTS - 1]
    for seed in SEEDS:
        assert random_observation(few, PARTS[: len(few)], drawn(seed)).all()
