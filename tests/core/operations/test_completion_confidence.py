"""The confidence of completions: what it is made of, in closed form, and that faults lower it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.field.analytic import AnalyticField, sphere
from core.field.solid import SHEET_THICKNESS
from core.operations.completion_confidence import (
    FARTHEST,
    MOST_NOISE,
    CompletionEvidence,
    confidence_of,
    doubt_of,
    residual_of,
)

RADIUS = 0.4
BALL = sphere(RADIUS)

evidences = st.builds(
    CompletionEvidence,
    residual=st.floats(0, FARTHEST),
    invented_share=st.floats(0, 1),
    floating_share=st.floats(0, 1),
    doubt=st.floats(0, 1),
    is_turnable=st.booleans(),
)


def on_ball(radius: float = RADIUS, count: int = 4000) -> np.ndarray:
    normals = np.random.default_rng(0).normal(size=(count, 3))
    return radius * normals / np.linalg.norm(normals, axis=1, keepdims=True)


def residual(points: np.ndarray, noise: float = 0.0, thickness: float = np.inf, field=BALL):
    return residual_of(field, points, np.full(len(points), thickness), noise)


@given(evidences)
def test_a_confidence_is_a_probability(evidence):
    assert 0 < confidence_of(evidence) < 1


@given(
    evidences,
    st.sampled_from(["residual", "invented_share", "floating_share", "doubt"]),
    st.floats(0.01, 1),
)
def test_every_fault_lowers_the_confidence(evidence, name, more):
    worse = replace(evidence, **{name: getattr(evidence, name) + more})
    assert confidence_of(worse) < confidence_of(evidence)


def test_another_heading_that_fits_as_well_lowers_the_confidence():
    sure = confidence_of(CompletionEvidence(0.001))
    assert confidence_of(CompletionEvidence(0.001, is_turnable=True)) < sure


def test_what_fits_well_and_hangs_together_is_likely_good_and_what_floats_is_not():
    half = CompletionEvidence(residual=0.001, invented_share=0.5, doubt=0.05)
    assert confidence_of(half) > 0.75
    assert confidence_of(replace(half, floating_share=0.4)) < confidence_of(half) - 0.1
    assert confidence_of(replace(half, residual=0.02)) < 0.05


def test_points_of_the_surface_are_explained():
    # float32: 2^-24 of the radius in every coordinate, twice that in the field
    assert residual(on_ball()) < 1e-6


@pytest.mark.parametrize("off", [-0.02, 0.005, 0.03])
def test_points_off_the_surface_are_as_far_as_they_are(off):
    # slopes are differences over 0.008: a sphere of 0.4 bends by 3e-5 of them
    assert residual(on_ball(RADIUS + off)) == pytest.approx(abs(off), rel=1e-3)


def test_distances_count_up_to_the_farthest():
    assert residual(on_ball(3 * RADIUS)) == pytest.approx(FARTHEST)


def test_a_field_that_is_nearly_flat_does_not_explain_what_it_is_small_at():
    @AnalyticField
    def flat(points: torch.Tensor) -> torch.Tensor:
        return 0.2 * BALL(points)

    assert residual(on_ball(RADIUS + 0.02), field=flat) == pytest.approx(0.02, rel=1e-3)


def test_noise_explains_what_is_off_by_it_and_no_more():
    noise = MOST_NOISE / 2
    shifts = noise * np.random.default_rng(1).normal(size=4000)
    noisy = on_ball() * (1 + shifts[:, None] / RADIUS)
    unexplained = residual(noisy)
    assert unexplained == pytest.approx(np.sqrt(2 / np.pi) * noise, rel=0.05)
    # the mean of 2,000 distances is known to 1.7 %, so what is left is under a quarter of it
    assert residual(noisy, noise) < 0.25 * unexplained
    assert residual(on_ball(RADIUS + 0.03), noise) > 0.029


def test_more_noise_than_scans_have_is_no_excuse():
    points = np.random.default_rng(2).uniform(-0.5, 0.5, (3000, 3))
    assert residual(points, noise=10.0) == residual(points, noise=MOST_NOISE)


def test_thin_walls_lie_below_the_surface_to_which_they_were_filled_up():
    inside = (SHEET_THICKNESS - 0.004) / 2
    sheet = on_ball(RADIUS - inside)
    assert residual(sheet) == pytest.approx(inside, rel=1e-3)
    assert residual(sheet, thickness=0.004) < 1e-6
    assert residual(sheet, thickness=np.nan) < 1e-6


def unstructured() -> dict[str, np.ndarray]:
    """Points without any surface, in boxes whose longest side is 1."""
    drawn = np.random.default_rng(3)
    directions = drawn.normal(size=(3000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    clouds = {
        "cube": drawn.random((3000, 3)),
        "ball": directions * drawn.random((3000, 1)) ** (1 / 3),
        "blob": drawn.normal(size=(3000, 3)),
        "walk": drawn.normal(size=(3000, 3)).cumsum(axis=0),
    }
    return {
        name: (each - each.mean(axis=0)) / np.ptp(each, axis=0).max()
        for name, each in clouds.items()
    }


@pytest.mark.parametrize("name", ["cube", "ball", "blob", "walk"])
def test_no_sphere_explains_points_without_a_surface(name):
    points = unstructured()[name]
    least = min(
        residual(points, noise=10.0, field=sphere(radius)) for radius in np.linspace(0.1, 0.5, 9)
    )
    assert confidence_of(CompletionEvidence(least)) < 0.05


def test_doubt_is_what_is_open_of_what_was_invented():
    certainty = np.array([1, 1, 0.5, 0.25], np.float32)
    assert doubt_of(certainty, np.array([True, True, False, False])) == pytest.approx(0.625)
    assert doubt_of(certainty, np.ones(4, bool)) == 0.0
