"""Silhouettes: cameras are found and codes fitted by outlines that are known in closed form."""

from dataclasses import replace

import pytest
import torch

from core.errors import Cancelled
from core.latent.latent_prior import CodePrior
from core.latent.silhouette import CodeGuess, Round, SilhouetteConfig, fit_silhouettes
from core.latent.views import ViewPrior
from tests.core.latent.boxes import BASE, CAMERA, TRUE, box_fields, outline_of_box, prior_of


def guess_at(mean, deviation=0.3, usual=None, spread=10.0):
    """A guess in a category of anything, unless told what is usual in it."""
    usual = torch.zeros(3) if usual is None else usual
    category = CodePrior(usual[None], spread * torch.eye(3)[None])
    return CodeGuess(mean, torch.full((3,), deviation), category)


def fit(outlines, prior, config=None, tell=lambda done: None, guess=None):
    guess = guess or guess_at(torch.zeros(3))
    config = config or SilhouetteConfig()
    return fit_silhouettes(
        box_fields,
        outlines,
        guess,
        prior,
        config=config,
        generator=torch.Generator().manual_seed(0),
        tell=tell,
    )


def test_an_outline_gives_the_sizes_of_a_box():
    found = fit([outline_of_box(TRUE)], prior_of(azimuth_deviation=0.2))
    assert found.error < 0.5 * found.first_error
    size, truth = BASE + 0.5 * found.code, BASE + 0.5 * TRUE
    # one picture fixes no absolute size: its proportions are compared
    guessed = (BASE / BASE.max() - truth / truth.max()).abs().max()
    assert (size / size.max() - truth / truth.max()).abs().max() < 0.5 * guessed


def test_two_outlines_tell_more_than_one():
    side = replace(CAMERA, azimuth_rad=CAMERA.azimuth_rad + 1.4)
    priors = [prior_of(camera, 0.2) for camera in (CAMERA, side)]
    both = ViewPrior(*(torch.cat(parts) for parts in zip(*priors, strict=True)))
    found = fit([outline_of_box(TRUE), outline_of_box(TRUE, side)], both)
    assert found.views.azimuths_rad.shape == (1, 2)
    assert found.error < 0.5 * found.first_error


def test_a_guess_that_explains_the_outline_hardly_moves():
    guess = guess_at(TRUE)
    found = fit([outline_of_box(TRUE)], prior_of(azimuth_deviation=0.2), guess=guess)
    assert (found.code - TRUE).abs().max() < 0.1


def test_a_code_that_is_sure_is_believed():
    guess = guess_at(torch.zeros(3), 1e-4)
    found = fit([outline_of_box(TRUE)], prior_of(azimuth_deviation=0.2), guess=guess)
    assert found.code.abs().max() < 1e-2


def test_what_the_outline_leaves_open_goes_to_what_is_usual():
    # from far in front, depth is hidden: the guess is unsure of it, the category is not
    front = replace(CAMERA, azimuth_rad=0.0, elevation_rad=0.0, distance=20.0)
    usual = torch.tensor([0.0, 0.1, 0.0])
    guesses = (guess_at(torch.zeros(3), 0.05, usual, 0.03), guess_at(torch.zeros(3), 0.05))
    outline = outline_of_box(torch.zeros(3), front)
    deep, left = (fit([outline], prior_of(front, 0.05), guess=guess).code for guess in guesses)
    # the product of both Gaussians
    assert deep[1] == pytest.approx(0.1 * 0.05**2 / (0.05**2 + 0.03**2), abs=0.03)
    assert abs(left[1]) < 0.05  # an outline from afar knows nothing of depth


def test_the_same_generator_gives_the_same_bits():
    outline = outline_of_box(TRUE)
    codes = [fit([outline], prior_of()).code for _ in range(2)]
    assert torch.equal(codes[0], codes[1])


def test_progress_rises_to_one_and_may_stop_the_fit():
    told = []
    config = SilhouetteConfig(rounds=(Round(2, 2, False), Round(1, 2, True)))
    fit([outline_of_box(TRUE)], prior_of(), config, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0

    def stop(done):
        if done > 0.5:
            raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        fit([outline_of_box(TRUE)], prior_of(), config, stop)
