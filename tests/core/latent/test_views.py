"""Cameras of framed pictures, and their search by the outline of a first guess."""

import math

import numpy as np
import pytest
import torch

from core.latent.views import Views, ViewSearchConfig, azimuth_between, search_views
from tests.core.latent.boxes import CAMERA, TRUE, box_fields, outline_of_box, prior_of


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


def test_the_prior_tells_a_box_from_its_half_turn():
    outline, prior = outline_of_box(TRUE), prior_of(azimuth_deviation=0.5)
    views, against = search_views(
        box_fields, [outline], TRUE, prior, count=2, config=ViewSearchConfig()
    )
    true = torch.tensor(CAMERA.azimuth_rad)
    assert azimuth_between(views.azimuths_rad[0, 0], true) < 2 * 2 * np.pi / 48
    likeliest = -prior.azimuth_log_prob.max()
    assert (against >= likeliest - 1e-6).all()


def test_views_that_are_found_differ_from_each_other():
    views, against = search_views(
        box_fields,
        [outline_of_box(TRUE)],
        TRUE,
        prior_of(),
        count=5,
        config=ViewSearchConfig(),
    )
    azimuths = views.azimuths_rad[:, 0]
    assert azimuths.shape == against.shape == (5,)
    # more than `views.APART_RAD`
    pairs = [(one, other) for one in range(5) for other in range(one)]
    assert all(azimuth_between(azimuths[one], azimuths[other]) > 0.3 for one, other in pairs)


@pytest.mark.parametrize(
    ("one", "other", "between"),
    [(0.0, 0.0, 0.0), (0.1, 2 * math.pi - 0.1, 0.2), (0.0, math.pi, math.pi), (1.0, 8.0, 0.716815)],
)
def test_an_angle_between_azimuths_goes_the_shorter_way(one, other, between):
    for first, second in ((one, other), (other, one)):
        found = azimuth_between(torch.tensor(first), torch.tensor(second))
        assert found == pytest.approx(between, abs=1e-5)


def test_rows_of_views_are_taken_with_all_their_parts():
    parts = [torch.arange(3.0)[:, None] + offset for offset in (0, 10, 20)]
    views = Views(*parts, torch.arange(6.0).reshape(3, 1, 2), torch.zeros(3, 1))
    taken = views[torch.tensor([2, 0])]
    assert taken.azimuths_rad.ravel().tolist() == [2, 0]
    assert taken.elevations_rad.ravel().tolist() == [12, 10]
    assert taken.log_distances.ravel().tolist() == [22, 20]
    assert taken.centres.reshape(2, 2).tolist() == [[4, 5], [0, 1]]
