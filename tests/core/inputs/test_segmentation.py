"""The colour model of the background and the random walk, against closed forms."""

import numpy as np

from core.inputs.segmentation import SURE_DIFFERENCE, object_probability


def test_a_square_on_white_is_told_to_the_pixel() -> None:
    rgb = np.ones((120, 120, 3), np.float32)
    rgb[40:80, 30:90] = [0.8, 0.1, 0.1]
    wanted = np.zeros((120, 120), bool)
    wanted[40:80, 30:90] = True
    probability, difference = object_probability(rgb)
    assert probability.min() >= 0.0
    assert probability.max() <= 1.0
    # the smoothing of the colours may move the outline by one pixel
    wrong = (probability > 0.5) != wanted
    assert wrong.sum() <= 2 * (40 + 60)
    assert not wrong[42:78, 32:88].any()
    assert (difference[wanted] > SURE_DIFFERENCE).all()
    assert difference[:25].max() < 1.0


def test_a_quadratic_background_is_explained() -> None:
    y, x = np.mgrid[-1:1:100j, -1:1:100j]
    grey = 0.8 - 0.3 * (x**2 + 0.5 * y**2 + 0.2 * x * y)
    _, difference = object_probability(np.repeat(grey[..., None], 3, axis=2).astype(np.float32))
    assert difference.max() < SURE_DIFFERENCE


def test_an_object_that_touches_the_border_is_found() -> None:
    rgb = np.full((100, 100, 3), 0.9, np.float32)
    rgb[50:, 40:60] = [0.1, 0.3, 0.2]
    probability, _ = object_probability(rgb)
    assert (probability[55:95, 43:57] > 0.5).all()
    assert (probability[:, :35] < 0.5).all()


def test_grain_is_not_taken_for_the_object() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, (120, 120, 3))
    rgb = 0.7 + noise
    rgb[40:80, 40:80] = [0.4, 0.4, 0.45] + noise[40:80, 40:80]
    probability, _ = object_probability(np.clip(rgb, 0, 1).astype(np.float32))
    wanted = np.zeros((120, 120), bool)
    wanted[40:80, 40:80] = True
    assert ((probability > 0.5) & wanted).sum() / ((probability > 0.5) | wanted).sum() > 0.9
