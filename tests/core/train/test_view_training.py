"""The view encoder's training: cameras are known, mirrored, and learned."""

import numpy as np
import pytest
import torch

from core.frames import Camera
from core.prior.azimuths import AZIMUTHS
from core.prior.view_encoder import ViewBelief, ViewEncoderConfig
from core.train.assets import Asset, load_render_cameras
from core.train.pictures import draw_pictures
from core.train.view_training import ViewTraining, ViewTrainingConfig, view_losses

SMALL = ViewEncoderConfig(picture_px=32, widths=(8, 16), hidden=32)
CPU = torch.device("cpu")


def training(packed, **options):
    return ViewTraining(packed, SMALL, ViewTrainingConfig(batch=16, **options), CPU)


def position_of(azimuth_rad, elevation_rad, distance):
    camera = Camera(azimuth_rad, elevation_rad, 1.0, distance)
    return torch.from_numpy(camera.position.astype(np.float32))[None]


def test_a_belief_in_the_true_camera_costs_least():
    number = 7
    position = position_of(number * 2 * np.pi / AZIMUTHS, 0.3, 2.0)
    expected = torch.tensor([[0.3, np.log(2.0)]]).float()

    def losses(shift):
        logits = torch.zeros(1, AZIMUTHS)
        logits[0, (number + shift) % AZIMUTHS] = 5.0
        return view_losses(ViewBelief(logits, expected, torch.zeros(1, 2)), position, 1.0)

    right = losses(0)
    assert right["elevation"] < 1e-6
    assert right["log distance"] < 1e-6
    assert right["azimuth"] < losses(1)["azimuth"] < losses(4)["azimuth"]
    # beyond three deviations all azimuths are equally wrong
    torch.testing.assert_close(losses(10)["azimuth"], losses(24)["azimuth"])


def test_mirrored_pictures_are_seen_from_the_other_side(packed):
    shapes = np.zeros(24, np.int64)
    generators = [np.random.default_rng(4) for _ in range(2)]
    straight, mirrored = (
        draw_pictures(packed, shapes, np.full(len(packed.assets), allowed), generator)
        for allowed, generator in zip((False, True), generators, strict=True)
    )
    flipped = (straight.positions[:, 0] != mirrored.positions[:, 0]) & (
        straight.positions[:, 0] != 0
    )
    assert flipped.any()
    for row in torch.nonzero(flipped)[:, 0].tolist():
        assert torch.equal(straight.pictures[row].flip(-1), mirrored.pictures[row])
        assert straight.positions[row, 0] == -mirrored.positions[row, 0]
    assert torch.equal(straight.positions[:, 1:], mirrored.positions[:, 1:])


def test_a_batch_that_comes_again_and_again_is_learned_by_heart(packed):
    learning, steps = training(packed), 60
    # a rate that stays high ends in leaps, on every processor in others
    rows = [learning.step(0, min(1.0, 2 * (1 - number / steps))) for number in range(steps)]
    assert rows[-1]["elevation"] < 0.5 * rows[0]["elevation"]
    assert rows[-1]["log distance"] < 0.5 * rows[0]["log distance"]
    assert rows[-1]["azimuth"] < rows[0]["azimuth"]


def test_renders_tell_their_cameras(tmp_path):
    asset = Asset("box", "one", tmp_path / "one.ply")
    assert load_render_cameras(asset) is None
    angles = {"azimuth": [90.0, 0.0], "elevation": [0.0, 30.0], "distance": [2.0, 1.0]}
    np.savez(tmp_path / "one.views.npz", webp_len=[1, 1], **angles)
    expected = [[2, 0, 0], [0, -np.cos(np.pi / 6), 0.5]]
    np.testing.assert_allclose(load_render_cameras(asset), expected, atol=1e-6)


def test_renders_that_do_not_tell_are_zeros(tmp_path):
    np.savez(tmp_path / "one.views.npz", webp_len=[1, 1, 1])
    cameras = load_render_cameras(Asset("box", "one", tmp_path / "one.ply"))
    np.testing.assert_array_equal(cameras, np.zeros((3, 3)))


@pytest.mark.parametrize("known", [True, False])
def test_views_know_where_they_were_cast_from(packed, known):
    batch = draw_pictures(
        packed, np.arange(8), np.zeros(8, bool), np.random.default_rng(1)
    ).positions
    # the library's renders tell no cameras: the second half of a batch
    half = batch[:4] if known else batch[4:]
    assert half.any(dim=1).all() == known
