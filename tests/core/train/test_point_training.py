"""The point encoder's training: what it is shown, what it is to answer, and that it learns."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.field.solid import solid_of
from core.frames import UprightPose
from core.prior.point_encoder import YAWS, PointEncoderConfig
from core.train.assets import load_asset
from core.train.auto_decoder import principal_codes
from core.train.point_training import (
    SMALL_TURN_RAD,
    PointTraining,
    PointTrainingConfig,
    observe_batch,
)
from core.train.preparation import STEP

CPU = torch.device("cpu")
SMALL = PointEncoderConfig(code_size=6, categories=2, widths=(8, 16, 16, 32), hidden=32)
CLEAN = PointTrainingConfig(batch=12, points=128, highest_noise=0.0)
SHAPES = np.arange(8)


def training(packed, **options):
    codes, scale = principal_codes(packed.lattice, 6)
    config = PointTrainingConfig(batch=32, points=64, rate=5e-3, **options)
    return PointTraining(
        packed, codes, scale, lambda: torch.eye(6), encoder_config=SMALL, config=config, device=CPU
    )


def observed(packed, turned=4, config=CLEAN, seed=0):
    return observe_batch(packed, SHAPES, turned, config, np.random.default_rng(seed))


def test_prepared_surface_points_lie_on_the_surface_with_its_normals(packed):
    surface = packed.surface[0].astype(np.float64)
    solid = solid_of(load_asset(packed.assets[0]))
    points, normals = surface[:, :3] * STEP, surface[:, 3:6] / 32767
    # rounding a point moves it by at most half the diagonal of a step
    assert np.abs(solid.signed_distance(points)).max() < STEP
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-4)
    ahead = solid.signed_distance(points + 0.01 * normals)
    np.testing.assert_allclose(ahead, 0.01, atol=1e-3)
    assert set(surface[:, 6]) == {0}


def test_observations_fill_their_box(packed):
    points = observed(packed).points[..., :3]
    assert points.shape == (8, 128, 3)
    low, high = points.amin(dim=1), points.amax(dim=1)
    torch.testing.assert_close((high - low).amax(dim=1), torch.ones(8))
    torch.testing.assert_close(low + high, torch.zeros(8, 3), atol=1e-5, rtol=0)


def test_the_place_brings_the_points_back_onto_the_shape(packed):
    batch = observed(packed, turned=0)
    for row, asset in enumerate(packed.assets):
        x, y, z, log_scale = (float(each) for each in batch.places[row])
        pose = UprightPose(0.0, np.exp(log_scale), (x, y, z))
        unit = pose.from_scene(batch.points[row, :, :3].double().numpy())
        away = np.abs(solid_of(load_asset(asset)).signed_distance(unit))
        # these are turned a little, which nobody tells
        assert away.max() < SMALL_TURN_RAD * 0.6


def test_headings_are_the_steps_by_which_observations_are_turned(packed):
    batch = observed(packed, turned=8)
    for row, asset in enumerate(packed.assets):
        if asset.category == "can":
            continue
        solid = solid_of(load_asset(asset))
        x, y, z, log_scale = (float(each) for each in batch.places[row])
        errors = []
        for yaw in range(YAWS):
            angle = yaw * 2 * np.pi / YAWS
            pose = UprightPose(angle, np.exp(log_scale), (x, y, z))
            unit = pose.from_scene(batch.points[row, :, :3].double().numpy())
            errors.append(np.abs(solid.signed_distance(unit)).mean())
        # a box turned by half looks the same, and a neighbouring step is nearly as good
        steps = (int(np.argmin(errors)) - int(batch.yaws[row])) % (YAWS // 2)
        assert min(steps, YAWS // 2 - steps) <= 1


def test_what_is_hardly_turned_is_of_step_nought(packed):
    batch = observed(packed, turned=0)
    near = torch.minimum(batch.yaws, YAWS - batch.yaws)
    assert near.max() <= 1
    assert (near == 0).float().mean() > 0.5


def test_normals_are_unit_or_missing_and_noise_is_drawn_by_observation(packed):
    noisy = PointTrainingConfig(points=128, highest_noise=0.05)
    batches = [observed(packed, config=noisy, seed=seed) for seed in range(8)]
    lengths = torch.cat([batch.points[..., 3:].norm(dim=2) for batch in batches])
    missing = (lengths == 0).all(dim=1)
    assert 0.02 < missing.float().mean() < 0.4
    torch.testing.assert_close(
        lengths[~missing], torch.ones_like(lengths[~missing]), atol=1e-3, rtol=0
    )


def test_the_same_generator_draws_the_same_batch(packed):
    one, other = (observed(packed, config=PointTrainingConfig(points=64)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_batch_that_comes_again_and_again_is_learned_by_heart(packed):
    small, steps = training(packed), 80
    # a rate that stays high ends in leaps, on every processor in others
    losses = [small.step(0, min(1.0, 2 * (1 - number / steps))) for number in range(steps)]
    assert losses[-1]["code"] < 0.5  # the error of the mean code is 1
    assert losses[-1]["shape"] < 0.5
    assert losses[-1]["place_error"] < losses[0]["place_error"]


def test_observations_are_to_answer_the_codes_of_their_own_shapes(packed):
    small = training(packed)
    seen = []
    small.encoder.register_forward_hook(lambda _, __, guess: seen.append(guess.codes))
    loss = small.step(0, 0.0)["code"]
    generator = np.random.default_rng([small.config.seed, 4, 0])
    shapes = generator.integers(0, len(packed.assets), small.config.batch)
    upright = slice(small.config.turned, None)
    errors = (seen[0].detach() - small.codes[shapes])[upright].square().sum(dim=1)
    expected = errors.mean() / small.codes.var(dim=0, correction=0).sum()
    assert loss == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.slow
def test_headings_of_shapes_that_have_a_front_are_learned(packed):
    surface = packed.surface.copy()
    # a handle: a tenth of the points stands out to +X
    surface[:, ::10, 0] = surface[:, ::10, 0] // 4 + round(0.4 / STEP)
    surface[:, ::10, 1:3] //= 4
    with_handles = replace(packed, surface=surface)
    codes, scale = principal_codes(packed.lattice, 6)
    config = PointTrainingConfig(batch=32, points=64, rate=2e-3, yaw_weight=3.0)
    sizes = replace(SMALL, widths=(16, 32, 32, 64), hidden=128)
    small = PointTraining(
        with_handles,
        codes,
        scale,
        lambda: torch.eye(6),
        encoder_config=sizes,
        config=config,
        device=CPU,
    )
    losses = [small.step(number, 1.0)["heading"] for number in range(800)]
    assert np.mean(losses[:20]) == pytest.approx(np.log(YAWS), abs=0.15)
    # what does not know any stays above; the mean of 20 batches wavers by 0.02
    assert np.mean(losses[-20:]) < np.log(YAWS) - 0.1


def test_a_metric_that_knows_one_entry_counts_that_entry_alone(packed):
    codes, scale = principal_codes(packed.lattice, 6)
    metric = torch.zeros(6, 6)
    metric[2, 2] = 5.0
    config = PointTrainingConfig(batch=32, points=64)
    one = PointTraining(
        packed, codes, scale, lambda: metric, encoder_config=SMALL, config=config, device=CPU
    )
    code = next(iter(one.encoder.code.parameters()))
    with torch.no_grad():
        code.zero_()
        one.encoder.code.bias.zero_()
    before = one.step(0, 0.0)["shape"]
    with torch.no_grad():
        one.encoder.code.bias[[0, 1, 3, 4, 5]] = 9.0
    assert one.step(0, 0.0)["shape"] == pytest.approx(before, rel=0.02)
    with torch.no_grad():
        one.encoder.code.bias[2] = 9.0
    assert one.step(0, 0.0)["shape"] > 5 * before


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_a_batch_holds_observations_of_both_kinds(batch):
    if batch == 1:
        with pytest.raises(ValueError, match="some of either kind"):
            PointTrainingConfig(batch=batch)
    else:
        assert 0 < PointTrainingConfig(batch=batch).turned < batch


def test_what_is_hardly_turned_teaches_no_heading(packed):
    small = training(packed)
    turned = small.config.turned
    seen = []
    small.encoder.register_forward_hook(lambda _, __, guess: seen.append(guess.yaw_logits))
    loss = small.step(0, 0.0)["heading"]
    generator = np.random.default_rng([small.config.seed, 4, 0])
    shapes = generator.integers(0, len(packed.assets), small.config.batch)
    told = observe_batch(packed, shapes, turned, small.config, generator).yaws[:turned]
    logits = seen[0][:turned].detach().float()
    expected = torch.nn.functional.cross_entropy(logits, told)
    assert loss == pytest.approx(float(expected), rel=1e-5)


def test_the_first_answer_is_the_mean_code_s(packed):
    codes, _ = principal_codes(packed.lattice, 6)
    small = training(packed)
    torch.testing.assert_close(small.encoder.code_mean, codes.mean(dim=0))
    # the error of the mean is the variance, and 1 in units of it
    assert small.step(0, 0.0)["code"] == pytest.approx(1, abs=0.6)
