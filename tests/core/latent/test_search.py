"""The search finds shape, pose and category behind an encoder that is half right."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from core.errors import Cancelled, InputError
from core.latent.fitting import Fit, FitConfig
from core.latent.initial_guesses import GuessesConfig, initial_guesses_of
from core.latent.posed import Poses
from core.latent.search import SearchConfig, search, turned_by_field

QUICK = {
    "coarse": FitConfig(steps=15, points=128, pose_rate=0.015),
    "middle": FitConfig(steps=10, points=128, rate=0.1),
    "final": FitConfig(steps=40, points=256),
}
STEPS = 36
BOTH = torch.tensor([True, True])
AROUND = GuessesConfig(neighbours=2)
IN_PLACE = GuessesConfig(neighbours=2, yaws=None, move_pose=False)


@dataclass
class Told:
    codes: torch.Tensor
    log_precision: torch.Tensor
    category_logits: torch.Tensor
    yaw_logits: torch.Tensor
    place: torch.Tensor
    place_log_precision: torch.Tensor


def back_of(observed):
    """(b,) the angle at which the back, all that is high, stands around the middle."""
    high = observed[:, :, 2] > 0.25
    x, y, _ = (observed[:, :, :3] * high[..., None]).sum(dim=1).unbind(1)
    return torch.atan2(y, x)


class Misled:
    """Sees which way the seat looks, but finds the opposite likelier; knows the place."""

    def __init__(self, observed):
        low, high = observed.points.amin(dim=0), observed.points.amax(dim=0)
        side = (high - low).max()
        self.place = torch.cat([-(low + high) / 2 / side, -side.log()[None]])
        self.back = back_of((observed.points - (low + high) / 2)[None] / side)

    def __call__(self, observed):
        count = len(observed)
        turn = back_of(observed) - self.back
        number = (turn / (2 * np.pi) * STEPS).round().long() % STEPS
        logits = torch.full((count, STEPS), -9.0)
        rows = torch.arange(count)
        logits[rows, number], logits[rows, (number + STEPS // 2) % STEPS] = 0.0, 0.5
        return Told(
            torch.zeros(count, 2),
            torch.zeros(count, 2),
            torch.zeros(count, 2),
            logits,
            self.place.expand(count, -1),
            torch.full((count, 4), 4.0),
        )


CODE = torch.tensor([1.0, -1.0])
"""Of the second category's mean."""


@pytest.fixture
def right_half(steps, surface_of):
    return surface_of(steps, CODE, 800, keep=lambda points: points[:, 0] > -0.08)


def found_of(
    steps,
    observed,
    known,
    told=lambda *_: None,
    *,
    upright=None,
    allowed=BOTH,
    begin=AROUND,
    draws=None,
    **options,
):
    config = SearchConfig(starts=begin, **{**QUICK, **options})
    draw = torch.Generator().manual_seed(0)
    starts = initial_guesses_of(
        Misled(upright or observed), observed, known, allowed, begin, generator=draw
    )
    return search(steps, observed, starts, known, config, generator=draw, tell=told, draws=draws)


@pytest.mark.parametrize("yaw", [0.0, 2.0, 4.5])
def test_the_right_heading_wins_over_the_likelier_one(
    steps, right_half, known, placed, pose_of, surface_of, yaw
):
    pose = pose_of(yaw, (0.05, 0.0, 0.02), 1.03)
    found = found_of(steps, placed(right_half, pose), known, upright=right_half)
    turn = (found.fit.poses.yaws_rad[0].item() - yaw + np.pi) % (2 * np.pi) - np.pi
    assert abs(turn) < 0.05
    assert found.categories[0] == 1
    assert found.other_heading_rad is None
    hidden = placed(surface_of(steps, CODE, 200, keep=lambda points: points[:, 0] < -0.1), pose)
    values = steps(found.fit.codes[:1])(found.fit.poses[:1].to_unit(hidden.points[None]))
    assert values.abs().mean() < 0.015


def test_what_lies_in_the_unit_cube_keeps_its_pose_to_the_bit(steps, right_half, known):
    found = found_of(steps, right_half, known, begin=IN_PLACE)
    assert found.fit.poses.yaws_rad.tolist() == [0.0]
    assert not found.fit.poses.centres.any()
    assert not found.fit.poses.log_scales.any()
    np.testing.assert_allclose(0.05 * found.fit.codes[0], 0.05 * CODE, atol=2e-3)


@pytest.mark.parametrize("number", [0, 1])
def test_only_allowed_categories_come_into_question(steps, right_half, known, number):
    allowed = torch.arange(2) == number
    found = found_of(steps, right_half, known, allowed=allowed, begin=IN_PLACE)
    assert found.categories.tolist() == [number]


@pytest.mark.parametrize("likely", [[0], [0, 1]])
def test_every_likely_category_is_followed_until_the_last_fit(steps, right_half, known, likely):
    seen = []

    def recording(codes):
        seen.append(len(codes))
        return steps(codes)

    allowed = torch.tensor([number in likely for number in (0, 1)])
    narrow = {"followed": 1, "survivors": 1}
    found = found_of(recording, right_half, known, allowed=allowed, begin=IN_PLACE, **narrow)
    # fields are made once where only poses move; at every step, and once more, where codes do
    starts, coarse, turning, *fitted = seen
    assert starts > coarse == len(likely)
    assert turning == 1
    middle, final = QUICK["middle"].steps + 1, QUICK["final"].steps + 1
    assert fitted[: middle + final] == [len(likely)] * middle + [1] * final
    assert found.categories.tolist() == [max(likely)]


def test_several_hypotheses_come_with_the_best_first(steps, surface_of, known):
    seat = surface_of(steps, CODE, 600, keep=lambda points: points[:, 2] < -0.02)
    found = found_of(steps, seat, known, hypotheses=3, begin=IN_PLACE)
    assert 2 <= len(found.fit.codes) <= 3
    assert len(found.categories) == len(found.fit.codes)
    assert (found.fit.errors < 0.01).all()
    backs = 0.05 * found.fit.codes[:, 0]
    assert backs.max() - backs.min() > 0.02  # nobody saw how high the back is


def test_other_draws_change_the_hypotheses_after_the_first_alone(steps, surface_of, known):
    seat = surface_of(steps, CODE, 600, keep=lambda points: points[:, 2] < -0.02)
    one, other = (
        found_of(
            *(steps, seat, known),
            hypotheses=3,
            begin=IN_PLACE,
            draws=torch.Generator().manual_seed(seed),
        ).fit
        for seed in (1, 2)
    )
    assert torch.equal(one.codes[0], other.codes[0])
    assert not torch.equal(one.codes[1], other.codes[1])


def test_the_same_seed_finds_the_same_to_the_bit(steps, right_half, known):
    one, same = (found_of(steps, right_half, known) for _ in range(2))
    assert torch.equal(one.fit.codes, same.fit.codes)
    assert torch.equal(one.fit.poses.centres, same.fit.poses.centres)


def test_progress_is_told_in_order_and_may_stop_the_search(steps, right_half, known):
    told: list[float] = []
    found_of(steps, right_half, known, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0

    def stop(_done):
        raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        found_of(steps, right_half, known, stop)


def searched_again(steps, observed, known, limits, first, second, told=lambda _: None):
    """What is found where every search starts from one category; and what more was asked for."""
    config = SearchConfig(starts=IN_PLACE, **limits, **QUICK)
    draw = torch.Generator().manual_seed(0)
    asked = []

    def begin(how, only):
        asked.append(how)
        allowed = torch.arange(2) == only
        return initial_guesses_of(Misled(observed), observed, known, allowed, how, generator=draw)

    starts = begin(config.starts, first)
    found = search(
        steps,
        observed,
        starts,
        known,
        config,
        generator=draw,
        tell=told,
        begin_again=lambda how: begin(how, second),
    )
    return found, asked[1:]


ALWAYS, NEVER = -np.inf, np.inf


def test_what_is_surprising_is_searched_once_more_and_the_better_kept(steps, right_half, known):
    told: list[float] = []
    limits = {"surprising": ALWAYS, "astonishing": NEVER}
    found, again = searched_again(steps, right_half, known, limits, 0, 1, told.append)
    assert found.categories.tolist() == [1]
    assert [how.neighbours for how in again] == [8]
    assert told == sorted(told)
    found, again = searched_again(steps, right_half, known, limits, 1, 0)
    assert found.categories.tolist() == [1]
    assert len(again) == 1


def test_what_stays_astonishing_is_searched_a_third_time(steps, right_half, known):
    told: list[float] = []
    limits = {"surprising": ALWAYS, "astonishing": ALWAYS}
    found, again = searched_again(steps, right_half, known, limits, 0, 1, told.append)
    assert found.categories.tolist() == [1]
    assert [how.neighbours for how in again] == [8, 20]
    assert told == sorted(told)


def test_what_is_no_surprise_is_searched_only_once(steps, right_half, known):
    limits = {"surprising": NEVER, "astonishing": NEVER}
    found, again = searched_again(steps, right_half, known, limits, 0, 1)
    assert found.categories.tolist() == [0]
    assert again == []


def test_a_wider_search_asks_for_all_headings_unless_one_is_known():
    assert SearchConfig(starts=AROUND).wider().starts.least_share == 0
    for how in (SearchConfig(starts=IN_PLACE).wider(), SearchConfig(starts=IN_PLACE).deeper()):
        assert how.starts.yaws is None
        assert not how.starts.move_pose


def test_too_few_points_are_refused(steps, known, observed_of):
    with pytest.raises(InputError, match="only 15 points were observed"):
        found_of(steps, observed_of(torch.rand(15, 3)), known)


def test_parts_that_are_turned_inside_out_are_turned_back(steps, surface_of, observed_of):
    observed = surface_of(steps, CODE, 600)
    parts = (observed.points[:, 2] > 0).long() + 2 * (observed.points[:, 2] < -0.25).long()
    inverted = torch.where((parts == 1)[:, None], -observed.normals, observed.normals)
    given = observed_of(observed.points, inverted, parts=parts)
    still = Poses(torch.zeros(1), torch.zeros(1, 3), torch.zeros(1))
    best = Fit(CODE[None], still, *torch.zeros(3, 1))
    turned = turned_by_field(steps, given, best)
    torch.testing.assert_close(turned.normals, observed.normals)
    assert torch.equal(turned.points, given.points)
    again = turned_by_field(steps, turned, best)
    assert torch.equal(again.normals, turned.normals)


def test_parts_are_turned_wherever_the_shape_lies(steps, surface_of, placed, pose_of):
    pose = pose_of(2.0, (0.1, 0.2, 0.0), 1.4)
    observed = placed(surface_of(steps, CODE, 400), pose)
    best = Fit(CODE[None], pose, *torch.zeros(3, 1))
    assert torch.equal(turned_by_field(steps, observed, best).normals, observed.normals)
