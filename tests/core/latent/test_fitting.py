"""Fitting finds the code and the pose of shapes whose field is known in closed form."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import Cancelled, InputError
from core.latent.fitting import LEAST_POINTS, FitConfig, fit, score
from core.latent.latent_prior import CodePrior
from core.latent.posed import PosePrior

CONFIG = FitConfig(points=128)
SHARP = 0.2 * CONFIG.width
"""What a fit can be off: the prior's pull is 1 part in 5000, the last steps are short."""


def draw():
    return torch.Generator().manual_seed(0)


def lower(points):
    return points[:, 2] < 0


def fitted(fields_of, observed, starts, prior, poses=None, config=CONFIG, **options):
    poses = PosePrior.loose(poses) if poses else PosePrior.box(len(starts))
    return fit(
        fields_of, observed, starts, poses, prior, config=config, generator=draw(), **options
    )


@pytest.mark.parametrize("entry", [-1.5, 0.4, 1.0])
def test_the_radius_of_a_sphere_is_found_from_half_of_it(balls, surface_of, standard, entry):
    observed = surface_of(balls, torch.tensor([entry]), 400, keep=lower)
    found = fitted(balls, observed, torch.zeros(1, 1), standard(1, 1), move_pose=False)
    assert 0.05 * abs(found.codes.item() - entry) < SHARP
    assert found.errors.item() < SHARP


def test_a_sphere_s_size_and_place_are_found_from_half_of_it(
    balls, surface_of, placed, pose_of, standard
):
    pose = pose_of(0.0, (0.05, -0.04, 0.03), 1.1)
    observed = placed(surface_of(balls, torch.tensor([0.5]), 400, keep=lower), pose)
    found = fitted(balls, observed, torch.zeros(1, 1), standard(1, 1))
    # scale and code make one radius; only their product can be seen
    radius = (0.3 + 0.05 * found.codes[0, 0]) * found.poses.log_scales[0].exp()
    assert radius.item() == pytest.approx(1.1 * 0.325, abs=2e-3)
    np.testing.assert_allclose(found.poses.centres[0], pose.centres[0], atol=3e-3)


def test_half_of_a_shape_at_any_pose_explains_its_other_half(
    steps, surface_of, placed, pose_of, standard
):
    code, pose = torch.tensor([0.8, -0.6]), pose_of(0.3, (0.04, 0.02, -0.03), 1.05)
    observed = placed(surface_of(steps, code, 600, keep=lambda points: points[:, 0] < 0), pose)
    start = pose_of(0.1)
    found = fitted(steps, observed, torch.zeros(1, 2), standard(1, 2), start)
    hidden = placed(surface_of(steps, code, 300, keep=lambda points: points[:, 0] > 0.1), pose)
    values = steps(found.codes)(found.poses.to_unit(hidden.points[None]))
    # scale and width are told apart by the mirror image alone
    assert values.abs().mean() < 0.01
    assert steps(torch.zeros(1, 2))(start.to_unit(hidden.points[None])).abs().mean() > 0.03
    assert found.poses.yaws_rad.item() == pytest.approx(0.3, abs=0.02)


def test_a_fit_lowers_every_start_s_energy_and_keeps_their_order(steps, surface_of, standard):
    observed = surface_of(steps, torch.tensor([1.0, 0.0]), 300)
    starts, prior = torch.randn(4, 2, generator=draw()), standard(4, 2)
    poses = PosePrior.box(4)
    before = score(
        steps(starts), observed, starts, poses.starts, prior, config=CONFIG, expected=poses
    )
    after = fitted(steps, observed, starts, prior)
    assert (after.energies < before.energies).all()
    assert (after.errors < before.errors).all()
    torch.testing.assert_close(after[torch.tensor([2])].codes, after.codes[2:3])


def test_energy_is_the_misfit_and_what_the_prior_has_against_it(balls, pose_of, observed_of):
    unit = torch.nn.functional.normalize(torch.randn(64, 3, generator=draw()))
    observed = observed_of(0.3 * unit, unit)
    prior = CodePrior(torch.tensor([[1.0]]), torch.tensor([[[0.5]]]))
    pose, expected = pose_of(), PosePrior.loose(pose_of(0.7, (0.1, 0.0, 0.0), 1.2), 0.1)
    codes = torch.tensor([[0.2]])
    found = score(balls(codes), observed, codes, pose, prior, config=CONFIG, expected=expected)
    # every point is 0.01 inside, which is two widths; slopes are right
    residual = np.sqrt(1 + 4) - 1
    drift = 0.5 * ((np.log(1.2) / 0.1) ** 2 + 1)
    negative_log_posterior = CONFIG.evidence * residual + 0.5 * (0.8 / 0.5) ** 2 + drift
    assert found.negative_log_posteriors.item() == pytest.approx(negative_log_posterior, rel=1e-3)
    assert found.energies.item() == pytest.approx(negative_log_posterior, rel=1e-3)  # at scale 1
    assert found.errors.item() == pytest.approx(0.01, abs=1e-6)


def test_of_scales_that_explain_as_much_the_smaller_is_believed(observed_of, pose_of):
    def floor(codes):
        return lambda points: points[..., 2] + 0 * codes[:, :1]

    points = torch.rand(64, 3, generator=draw()) - 0.5
    points[:, 2] = 0
    observed = observed_of(points, torch.tensor([[0.0, 0.0, 1.0]]).expand(64, 3))
    codes, prior = torch.zeros(1, 1), CodePrior(torch.zeros(1, 1), torch.ones(1, 1, 1))
    same, half, twice = (
        score(
            floor(codes),
            observed,
            codes,
            pose,
            prior,
            config=CONFIG,
            expected=PosePrior.loose(pose),
        )
        for pose in (pose_of(scale=scale) for scale in (1.0, 0.5, 2.0))
    )
    octave = CONFIG.evidence * CONFIG.spread * np.log(2)
    assert (twice.energies - same.energies).item() == pytest.approx(octave, rel=1e-4)
    assert (same.energies - half.energies).item() == pytest.approx(octave, rel=1e-4)
    assert twice.negative_log_posteriors.item() == pytest.approx(
        same.negative_log_posteriors.item(), abs=1e-4
    )
    found = fitted(floor, observed, codes, prior, pose_of(scale=1.0))
    assert found.poses.log_scales.item() < -0.05


def test_fitted_alone_a_pose_leaves_the_code_as_it_was(steps, surface_of, placed, pose_of):
    code, pose = torch.tensor([[0.8, -0.6]]), pose_of(0.25, (0.05, 0.0, 0.02), 1.06)
    observed = placed(surface_of(steps, code[0], 500), pose)
    prior = CodePrior(torch.tensor([[0.1, 0.2]]), torch.tensor([[[0.7, 0.0], [0.2, 0.9]]]))
    found = fitted(steps, observed, code, prior, move_code=False, config=FitConfig(pose_rate=0.01))
    torch.testing.assert_close(found.codes, code)
    assert found.poses.yaws_rad.item() == pytest.approx(0.25, abs=5e-3)
    np.testing.assert_allclose(found.poses.centres, pose.centres, atol=3e-3)
    assert found.poses.log_scales.item() == pytest.approx(np.log(1.06), abs=5e-3)


def test_a_pose_that_is_not_to_move_stays_to_the_bit(steps, surface_of, pose_of, standard):
    observed = surface_of(steps, torch.tensor([1.0, 0.0]), 300)
    pose = pose_of(0.1, (0.02, 0.0, 0.0), 1.1)
    before = pose.detached()
    for options in ({}, {"move_code": False}):
        found = fitted(
            steps, observed, torch.zeros(1, 2), standard(1, 2), pose, move_pose=False, **options
        )
        for part in ("yaws_rad", "centres", "log_scales"):
            assert torch.equal(getattr(found.poses, part), getattr(before, part))
    torch.testing.assert_close(found.codes, torch.zeros(1, 2))


def test_nothing_that_is_given_is_changed(steps, surface_of, pose_of, standard):
    observed = surface_of(steps, torch.tensor([1.0, 0.0]), 300)
    starts, pose = torch.zeros(1, 2), pose_of(0.1)
    fitted(steps, observed, starts, standard(1, 2), pose)
    assert not starts.any()
    assert not starts.requires_grad
    assert torch.equal(pose.yaws_rad, pose_of(0.1).yaws_rad)


def test_known_empty_space_shrinks_what_it_cuts(steps, surface_of, standard):
    low = surface_of(steps, torch.tensor([0.0, 0.0]), 400, keep=lambda points: points[:, 2] < 0.05)
    above = torch.rand(300, 3, generator=draw()) * torch.tensor([0.4, 0.2, 0.3])
    empty = replace(low, empty=above + torch.tensor([-0.2, 0.1, 0.15]))
    prior = CodePrior(torch.tensor([[1.0, 0.0]]), 2 * torch.eye(2)[None])
    options = {"move_pose": False, "config": CONFIG}
    kept = fitted(steps, low, torch.ones(1, 2), prior, **options)
    shrunk = fitted(steps, empty, torch.ones(1, 2), prior, **options)
    top_kept, top = 0.3 + 0.05 * kept.codes[0, 0], 0.3 + 0.05 * shrunk.codes[0, 0]
    assert top_kept.item() == pytest.approx(0.35, abs=5e-3)  # nothing was said: the prior's
    assert top < 0.16


def test_a_fifth_of_outliers_does_not_move_a_sphere(balls, surface_of, standard):
    observed = surface_of(balls, torch.tensor([1.0]), 400)
    points, normals = observed.points.clone(), observed.normals.clone()
    points[::5] = 1.5 * torch.rand(80, 3, generator=draw()) - 0.75
    normals[::5] = 0
    rough = replace(observed, points=points, normals=normals)
    found = fitted(balls, rough, torch.zeros(1, 1), standard(1, 1), move_pose=False)
    off = abs(0.05 * (found.codes.item() - 1.0))
    mean = abs(points.norm(dim=1).mean().item() - 0.35)
    assert off < 3e-3 < 0.2 * mean


def test_starts_fitted_together_end_as_they_do_alone(steps, surface_of, standard):
    observed = surface_of(steps, torch.tensor([1.0, -0.5]), 300)
    starts = torch.randn(3, 2, generator=draw())
    config = FitConfig(points=128, steps=15)
    together = fitted(steps, observed, starts, standard(3, 2), config=config)
    for row in range(3):
        alone = fitted(steps, observed, starts[row : row + 1], standard(1, 2), config=config)
        torch.testing.assert_close(alone.codes[0], together.codes[row], atol=1e-3, rtol=0)
        torch.testing.assert_close(
            alone.poses.centres[0], together.poses.centres[row], atol=1e-4, rtol=0
        )


def test_the_same_seed_gives_the_same_fit_to_the_bit(steps, surface_of, standard):
    observed = surface_of(steps, torch.tensor([1.0, -0.5]), 300)
    config = FitConfig(points=128, steps=10)
    one, other = (
        fitted(steps, observed, torch.zeros(2, 2), standard(2, 2), config=config) for _ in range(2)
    )
    assert torch.equal(one.codes, other.codes)
    assert torch.equal(one.energies, other.energies)


def test_progress_is_told_after_every_step_and_may_stop_the_fit(balls, surface_of, standard):
    observed, told = surface_of(balls, torch.tensor([1.0]), 100), []
    config = FitConfig(steps=5)
    fitted(balls, observed, torch.zeros(1, 1), standard(1, 1), config=config, tell=told.append)
    np.testing.assert_allclose(told, [0.2, 0.4, 0.6, 0.8, 1.0])

    def stop(done):
        raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        fitted(balls, observed, torch.zeros(1, 1), standard(1, 1), tell=stop)


@pytest.mark.parametrize(("thickness", "z"), [(0.004, 0.002), (torch.nan, 0.0), (torch.nan, 0.006)])
def test_walls_that_were_filled_up_in_training_cost_nothing(observed_of, pose_of, thickness, z):
    """The field of a wall of the least thickness, seen at its own surface or along its middle."""

    def wall(codes):
        return lambda points: points[..., 2].abs() - CONFIG.least_wall / 2 + 0 * codes[:, :1]

    points = torch.rand(64, 3, generator=draw()) - 0.5
    points[:, 2] = z
    up = torch.tensor([[0.0, 0.0, 1.0]]).expand(64, 3)
    observed = replace(observed_of(points, up), thickness=torch.full((64,), thickness))
    prior = CodePrior(torch.zeros(1, 1), torch.ones(1, 1, 1))
    expected = PosePrior.box(1)
    codes = torch.zeros(1, 1)
    found = score(
        wall(codes), observed, codes, expected.starts, prior, config=CONFIG, expected=expected
    )
    assert found.errors.item() == pytest.approx(0, abs=1e-6)
    assert found.energies.item() == pytest.approx(0, abs=1e-4)


def test_too_few_points_are_refused(balls, surface_of, standard):
    observed = surface_of(balls, torch.tensor([1.0]), LEAST_POINTS - 1)
    with pytest.raises(InputError, match=r"only 15 points were observed; 16 are the least"):
        fitted(balls, observed, torch.zeros(1, 1), standard(1, 1))


def test_points_without_normals_are_fitted_as_well(balls, surface_of, standard):
    observed = surface_of(balls, torch.tensor([1.0]), 400, keep=lower)
    bare = replace(observed, normals=0 * observed.normals)
    found = fitted(balls, bare, torch.zeros(1, 1), standard(1, 1), move_pose=False)
    assert 0.05 * abs(found.codes.item() - 1) < SHARP


def test_the_width_falls_from_its_start_to_its_end_by_half_time():
    config = FitConfig(width=0.01, start_width=0.04)
    widths = [config.width_at(done) for done in (0.0, 0.25, 0.5, 0.75, 1.0)]
    np.testing.assert_allclose(widths, [0.04, 0.02, 0.01, 0.01, 0.01])


def test_the_kernel_grows_from_nothing_to_its_whole_by_half_time():
    config = FitConfig(kernel=0.4)
    found = [config.kernel_at(done) for done in (0.0, 0.25, 0.5, 0.75, 1.0)]
    np.testing.assert_allclose(found, [0.0, 0.2, 0.4, 0.4, 0.4])


def test_the_first_half_of_the_steps_asks_a_share_of_the_points(balls, surface_of, standard):
    observed = surface_of(balls, torch.tensor([0.4]), 400)
    asked = []

    def counting(codes):
        field = balls(codes)

        def values(points):
            asked.append(points.shape[1])
            return field(points)

        return values

    config = FitConfig(steps=7, points=60, early=0.5)
    fitted(counting, observed, torch.zeros(1, 1), standard(1, 1), config=config)
    # each point is asked at three places; the last time all are, for the energy
    assert asked == [3 * 30] * 4 + [3 * 60] * 3 + [3 * 400]
