"""Warped fields run through their anchors, and are themselves away from them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.field.analytic import box, plate, sphere
from core.field.warped import LONGEST_MOVE, WarpedField

RADIUS, MOVE, SUPPORT = 0.3, 0.02, 0.1
BALL = sphere(RADIUS)
ROUNDING = 2e-6
"""Of float32, after a few steps."""


def directions(count, seed=0):
    unit = np.random.default_rng(seed).normal(size=(count, 3))
    return (unit / np.linalg.norm(unit, axis=1, keepdims=True)).astype(np.float32)


def upper(count=3000, seed=0):
    unit = directions(2 * count, seed)
    return unit[unit[:, 2] > 0]


def values(field, points):
    return field(torch.from_numpy(points.astype(np.float32))).numpy()


def test_without_anchors_a_field_is_left_alone():
    points = np.random.default_rng(1).uniform(-0.5, 0.5, (500, 3)).astype(np.float32)
    warped = WarpedField(BALL, np.zeros((0, 3), np.float32))
    np.testing.assert_array_equal(values(warped, points), values(BALL, points))


def test_anchors_on_the_surface_change_nothing():
    points = np.random.default_rng(1).uniform(-0.5, 0.5, (500, 3)).astype(np.float32)
    warped = WarpedField(BALL, RADIUS * upper())
    np.testing.assert_allclose(values(warped, points), values(BALL, points), atol=ROUNDING)


@pytest.mark.parametrize("move", [-MOVE, MOVE])
def test_the_surface_runs_through_anchors_off_a_sphere(move):
    anchors = (RADIUS + move) * upper()
    warped = WarpedField(BALL, anchors)
    # at an anchor its own move counts nearly alone: 6 neighbours lie within the spacing
    # s = sqrt(2 pi / n) (R + move) of each other, and their moves turn by s / R
    turn = np.sqrt(2 * np.pi / len(anchors)) * 2
    assert np.abs(values(warped, anchors)).max() < MOVE * turn**2 + ROUNDING
    between = (RADIUS + move) * upper(seed=1)
    between = between[between[:, 2] > 0.2]
    assert np.abs(values(warped, between)).mean() < 0.1 * MOVE


def test_one_anchor_moves_the_surface_onto_itself_exactly():
    anchor = np.array([[0, 0, RADIUS + MOVE]], np.float32)
    assert abs(values(WarpedField(BALL, anchor), anchor)[0]) < ROUNDING


@settings(deadline=None, max_examples=30)
@given(share=st.floats(0, 1.5))
def test_the_move_fades_out_as_wendland_s_function(share):
    anchor = np.array([[0, 0, RADIUS + MOVE]], np.float32)
    warped = WarpedField(BALL, anchor, support=SUPPORT)
    above = anchor + np.float32([0, 0, share * SUPPORT])
    faded = (1 - share) ** 4 * (4 * share + 1) if share < 1 else 0.0
    expected = above[0, 2] - faded * MOVE - RADIUS
    assert values(warped, above)[0] == pytest.approx(expected, abs=ROUNDING)


@pytest.mark.parametrize("support", [0.05, 0.1])
def test_beyond_the_support_a_field_is_itself(support):
    anchors = (RADIUS + MOVE) * upper()
    warped = WarpedField(BALL, anchors, support=support)
    points = np.random.default_rng(1).uniform(-0.5, 0.5, (2000, 3)).astype(np.float32)
    apart = np.linalg.norm(points[:, None] - anchors[None], axis=2).min(axis=1)
    far = points[apart > support + 1e-6]
    near = points[apart < 0.2 * support]
    assert len(far) > 100
    np.testing.assert_array_equal(values(warped, far), values(BALL, far))
    assert np.abs(values(warped, near) - values(BALL, near)).min() > 0.3 * MOVE


@pytest.mark.parametrize("level", [-0.005, 0.01])
def test_a_field_has_the_level_that_was_asked_at_an_anchor(level):
    anchor = np.array([[0, 0, RADIUS + MOVE]], np.float32)
    warped = WarpedField(BALL, anchor, np.array([level]))
    assert values(warped, anchor)[0] == pytest.approx(level, abs=ROUNDING)


def test_a_thin_plate_is_shifted_not_thickened():
    thin = plate((0, 0, 1), 0.0, 0.02)
    spots = np.random.default_rng(0).uniform(-0.5, 0.5, (4000, 2))
    top = np.column_stack([spots, np.full(4000, 0.01 + MOVE)]).astype(np.float32)
    warped = WarpedField(thin, top)
    middle = top[np.abs(spots).max(axis=1) < 0.2][:50]
    for depth, expected in ((0.0, 0.0), (0.01, -0.01), (0.02, 0.0)):
        below = middle - np.float32([0, 0, depth])
        # the move fades by 10 (depth / support)^2 over the plate's thickness
        tolerance = 10 * (0.02 / SUPPORT) ** 2 * MOVE
        np.testing.assert_allclose(values(warped, below), expected, atol=tolerance)


def test_what_is_too_far_is_moved_no_further_than_allowed():
    anchor = np.array([[0, 0, RADIUS + 3 * LONGEST_MOVE]], np.float32)
    warped = WarpedField(BALL, anchor)
    assert values(warped, anchor)[0] == pytest.approx(2 * LONGEST_MOVE, abs=ROUNDING)


def test_noise_is_averaged_away_where_that_is_asked_for():
    noise = np.random.default_rng(4).normal(size=(2, 6000, 1)) * 0.01
    anchors, others = ((RADIUS + noise) * [directions(6000), directions(6000, 1)]).astype("f4")
    before = np.abs(noise[1]).mean()

    def error(smooth):
        clean = WarpedField(BALL, anchors, smooth=smooth).onto_surface(others)
        return np.abs(np.linalg.norm(clean, axis=1) - RADIUS).mean()

    assert error(True) < 0.5 * before
    assert error(True) < error(False) < before


def test_noisy_points_are_put_onto_the_warped_surface():
    noise = np.random.default_rng(4).normal(size=(6000, 1)) * 0.005
    unit = directions(6000)
    warped = WarpedField(BALL, (RADIUS + MOVE) * unit)
    clean = warped.onto_surface(((RADIUS + MOVE + noise) * unit).astype(np.float32))
    assert clean.dtype == np.float32
    share = np.abs(noise[:, 0]) / SUPPORT
    expected = RADIUS + MOVE * (1 - share) ** 4 * (4 * share + 1)
    # neighbours' moves point elsewhere by the angle between them, about 0.1
    tolerance = MOVE * 0.1**2 + ROUNDING
    np.testing.assert_allclose(np.linalg.norm(clean, axis=1), expected, atol=tolerance)


def test_the_clamp_is_the_field_s_own():
    anchors = RADIUS * upper(50)
    assert WarpedField(BALL, anchors).clamp == float("inf")

    clamped = replace(box((0.2, 0.2, 0.2)), clamp=0.05)
    assert WarpedField(clamped, anchors).clamp == 0.05


def test_it_may_be_a_third_steeper_than_the_field():
    learned = replace(BALL, lipschitz=1.5)
    assert WarpedField(learned, RADIUS * upper(50)).lipschitz == 2.0


def test_batches_change_no_value():
    warped = WarpedField(BALL, (RADIUS + MOVE) * upper())
    points = np.random.default_rng(1).uniform(-0.5, 0.5, (300, 3)).astype(np.float32)
    pieces = [values(warped, piece) for piece in np.array_split(points, 7)]
    np.testing.assert_array_equal(np.concatenate(pieces), values(warped, points))


def test_a_warped_field_works_where_gradients_are_off():
    with torch.inference_mode():
        warped = WarpedField(BALL, (RADIUS + MOVE) * upper(100))
        assert np.isfinite(values(warped, upper(100))).all()
