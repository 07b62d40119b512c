"""First guesses, of an encoder that knows the truth."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest
import torch

from core.latent.pose import FirstGuesses, first_guesses
from core.latent.posed import PosePrior

STEPS = 36
CORNERS = torch.tensor([[x, y, z] for x, y, z in product((-0.2, 0.2), (-0.1, 0.3), (-0.5, 0.1))])
"""Of the observed part in the shape's unit cube; its middle lies at (0, 0.1, -0.2)."""

MIDDLE, SIDE = torch.tensor([0.0, 0.1, -0.2]), 0.6
MARK = torch.tensor([[0.0, -0.1, -0.2]])
"""In the middle of the front; there are so many of it that it shows the yaw."""


@dataclass
class Told:
    codes: torch.Tensor
    log_precision: torch.Tensor
    category_logits: torch.Tensor
    yaw_logits: torch.Tensor
    place: torch.Tensor
    place_log_precision: torch.Tensor


class Knowing:
    """Reads the yaw from where the most points lie, and knows where the whole shape is."""

    def __init__(self, also=(), sharpness=20.0):
        self.also, self.sharpness, self.asked = also, sharpness, 0

    def __call__(self, observed):
        count = len(observed)
        self.asked += count
        front = observed[:, :, :3].mean(dim=1)
        turn = torch.atan2(front[:, 1], front[:, 0]) + np.pi / 2
        number = (turn / (2 * np.pi) * STEPS).round().long() % STEPS
        logits = torch.zeros(count, STEPS)
        for row in range(count):
            logits[row, number[row]] = self.sharpness
            for steps, logit in self.also:
                logits[row, (number[row] + steps) % STEPS] = logit
        place = torch.cat([-MIDDLE / SIDE, -torch.tensor([SIDE]).log()])
        return Told(
            turn[:, None].expand(-1, 2).clone(),
            torch.zeros(count, 2),
            torch.zeros(count, 3),
            logits,
            place.expand(count, -1),
            torch.full((count, 4), 4.0),
        )


@pytest.fixture
def corners(observed_of):
    points = torch.cat([CORNERS.repeat(40, 1), MARK.repeat(400, 1)])
    return observed_of(points, torch.nn.functional.normalize(points))


def draw():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("step", [0, 1, 8, 9, 20, 35])
def test_heading_place_and_scale_are_those_that_the_encoder_knows(corners, placed, pose_of, step):
    pose = pose_of(step * 2 * np.pi / STEPS, (0.3, -0.2, 0.1), 1.7)
    guesses = first_guesses(Knowing(), placed(corners, pose), draw(), yaws=6)
    assert len(guesses.codes) == 1
    found = guesses.poses.starts
    assert found.yaws_rad.item() == pytest.approx(pose.yaws_rad.item(), abs=1e-5)
    np.testing.assert_allclose(found.centres, pose.centres, atol=1e-5)
    np.testing.assert_allclose(found.log_scales, pose.log_scales, atol=1e-5)
    unit = found.to_unit(placed(corners, pose).points[None])[0]
    np.testing.assert_allclose(unit, corners.points, atol=1e-5)


def test_a_heading_between_two_steps_is_found_to_half_a_step(corners, placed, pose_of):
    pose = pose_of(1.0)
    guesses = first_guesses(Knowing(), placed(corners, pose), draw(), yaws=1)
    assert abs(guesses.poses.starts.yaws_rad.item() - 1.0) <= np.pi / STEPS + 1e-5


def test_what_faces_the_front_is_asked_once(corners):
    encoder = Knowing()
    guesses = first_guesses(encoder, corners, draw(), yaws=None)
    assert encoder.asked == 1
    assert guesses.poses.starts.yaws_rad.tolist() == [0.0]
    assert guesses.log_prob.tolist() == [0.0]
    np.testing.assert_allclose(guesses.poses.starts.centres, torch.zeros(1, 3), atol=1e-6)


@pytest.mark.parametrize(("yaws", "expected"), [(1, [5]), (2, [5, 23]), (6, [5, 23, 14])])
def test_headings_come_likeliest_first_and_no_more_than_asked(
    corners, placed, pose_of, yaws, expected
):
    also = ((18, 19.0), (9, 18.0), (1, 19.5), (27, 5.0))
    pose = pose_of(5 * 2 * np.pi / STEPS)
    guesses = first_guesses(Knowing(also), placed(corners, pose), draw(), yaws=yaws)
    found = guesses.poses.starts.yaws_rad * STEPS / (2 * np.pi)
    # one step beside the likeliest is no other yaw, and the last is much too unlikely
    np.testing.assert_allclose(found, expected, atol=1e-4)
    odds = {5: 0.0, 23: -1.0, 14: -2.0}
    np.testing.assert_allclose(guesses.log_prob, [odds[each] for each in expected], atol=1e-4)


def test_the_observation_is_shown_turned_back(corners, placed, pose_of):
    pose = pose_of(8 * 2 * np.pi / STEPS)
    guesses = first_guesses(Knowing(), placed(corners, pose), draw(), yaws=1)
    # the code is the turn that is left to see; a random part shows it less exactly
    np.testing.assert_allclose(guesses.codes, torch.zeros(1, 2), atol=np.pi / STEPS)


def test_the_same_seed_shows_the_same_points(corners):
    one, other = (first_guesses(Knowing(), corners, draw(), yaws=6) for _ in range(2))
    assert torch.equal(one.poses.starts.centres, other.poses.starts.centres)


def guesses_of(codes, log_precision):
    count = len(codes)
    return FirstGuesses(
        PosePrior.box(count), codes, log_precision, torch.zeros(count), torch.zeros(count, 2)
    )


def test_neighbours_are_the_nearest_known_codes_in_the_encoder_s_own_deviations():
    generator = draw()
    codes = torch.randn(3, 5, generator=generator)
    log_precision = torch.randn(3, 5, generator=generator)
    known = torch.randn(40, 5, generator=generator)
    allowed = torch.rand(40, generator=generator) < 0.7
    numbers = guesses_of(codes, log_precision).neighbours(known, allowed, 4)
    for row in range(3):
        apart = ((known - codes[row]).square() * log_precision[row].exp()).sum(dim=1)
        expected = torch.where(allowed, apart, torch.inf).argsort()[:4]
        assert numbers[row].tolist() == expected.tolist()


def test_there_are_no_more_neighbours_than_known_codes():
    known, allowed = torch.zeros(6, 2), torch.tensor([True, False] * 3)
    numbers = guesses_of(torch.ones(1, 2), torch.zeros(1, 2)).neighbours(known, allowed, 5)
    assert sorted(numbers[0].tolist()) == [0, 2, 4]


def test_an_unsure_encoder_leaves_the_pose_more_room(corners):
    class Unsure(Knowing):
        def __call__(self, observed):
            told = super().__call__(observed)
            return replace(told, place_log_precision=told.place_log_precision - 3)

    sure, unsure = (
        first_guesses(encoder, corners, draw(), yaws=None).poses
        for encoder in (Knowing(), Unsure())
    )
    assert (unsure.centre_deviations > sure.centre_deviations).all()
    assert (unsure.log_scale_deviations > sure.log_scale_deviations).all()
    torch.testing.assert_close(unsure.expected.centres, sure.expected.centres)
