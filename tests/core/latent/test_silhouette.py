"""Silhouettes: cameras are found and codes fitted by outlines that are known in closed form."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import Cancelled
from core.frames import Camera
from core.latent.latent_prior import CodePrior
from core.latent.silhouette import CodeGuess, Round, SilhouetteConfig, fit_silhouettes
from core.latent.views import ViewPrior, Views, ViewSearchConfig, azimuth_between, search_views

SIDE = 64
CAMERA = Camera(azimuth_rad=0.8, elevation_rad=0.35, fov_rad=0.6, distance=2.2)
TRUE = torch.tensor([0.12, 0.3, -0.1])
"""Half the sizes, but for the base of `box_fields`, of the box that is seen."""
BASE = torch.tensor([0.2, 0.15, 0.45])


def box_fields(codes):
    """Signed distances of boxes; a code adds to the half sizes of a narrow high one."""
    half = (BASE + 0.5 * codes)[:, None]

    def values(points):
        apart = points.abs() - half
        outside = apart.clamp(min=0).square().sum(dim=-1).add(1e-12).sqrt()
        return outside + apart.amax(dim=-1).clamp(max=0)

    return values


def outline_of_box(code, camera=CAMERA):
    """The outline's signed distance in a framed picture, from dense rays against the box."""
    from scipy.ndimage import distance_transform_edt

    half = (BASE + 0.5 * code).numpy()
    corners = np.stack(np.meshgrid(*([[-1, 1]] * 3)), axis=-1).reshape(-1, 3) * half
    local = (corners - camera.position) @ camera.rotation.T
    plane = local[:, :2] / local[:, 2:]
    low, high = plane.min(axis=0), plane.max(axis=0)
    size = (high - low).max() / 2 / 0.8
    steps = ((np.arange(SIDE) + 0.5) / SIDE * 2 - 1) * size
    middle = (low + high) / 2
    y, x = np.meshgrid(steps + middle[1], steps + middle[0], indexing="ij")
    right, down, forward = camera.rotation
    rays = x[..., None] * right + y[..., None] * down + forward
    ends = (np.array([[-1.0], [1.0]]) * half - camera.position)[:, None, None] / rays
    enter, leave = ends.min(axis=0).max(axis=-1), ends.max(axis=0).min(axis=-1)
    hit = enter < leave
    pixels = distance_transform_edt(~hit) - distance_transform_edt(hit)
    return torch.from_numpy((pixels * 2 / SIDE).astype(np.float32))


def prior_of(camera=CAMERA, azimuth_deviation=None):
    logits = torch.zeros(1, 48)
    if azimuth_deviation is not None:
        turns = torch.arange(48) * 2 * torch.pi / 48 - camera.azimuth_rad
        logits = -0.5 * (turns / azimuth_deviation).square()[None]
    expected = torch.tensor([[camera.elevation_rad, np.log(camera.distance)]]).float()
    return ViewPrior(logits.log_softmax(dim=1), expected, torch.full((1, 2), 0.05))


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


def test_views_look_as_the_cameras_of_the_frames_do():
    parts = [torch.tensor([[value]]).float() for value in (0.8, 0.35, np.log(2.2))]
    views = Views(*parts, torch.zeros(1, 1, 2), torch.zeros(1, 1))
    position, *axes = (part[0, 0].numpy() for part in views.axes())
    np.testing.assert_allclose(position, CAMERA.position, atol=1e-6)
    np.testing.assert_allclose(np.stack(axes), CAMERA.rotation, atol=1e-6)


def test_the_camera_of_a_known_shape_is_found_by_its_outline_alone():
    outline = outline_of_box(TRUE)
    views, _ = search_views(
        box_fields, [outline], TRUE, prior_of(), count=4, config=ViewSearchConfig()
    )
    # a box looks the same after half a turn
    turns = [
        azimuth_between(views.azimuths_rad[row, 0], torch.tensor(CAMERA.azimuth_rad + half))
        for row in range(4)
        for half in (0.0, np.pi)
    ]
    # within two of the azimuths that are tried
    assert min(turns[:2]) < 2 * 2 * np.pi / 48


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
