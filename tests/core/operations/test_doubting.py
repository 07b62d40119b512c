"""Doubting: the confidence falls with everything that speaks against a result, and it is said."""

import math
import re
from dataclasses import replace

import pytest
import torch

from core.doubts import DOUBTFUL_BELOW
from core.operations.doubting import (
    AMBIGUOUS,
    TORN,
    UNKNOWN,
    UNMATCHED,
    Evidence,
    TrainingCodes,
    confidence_of,
    doubts_of,
)
from core.prior.code_prior import GaussianCode

SURE = Evidence(
    novelty=0.8,
    certainty=0.9,
    atypicality=0.3,
    category_probs={"chair": 0.999, "lamp": 0.001},
    tear=0.0,
    first_error=0.005,
    error=0.002,
)


def doubts(evidence, category="chair"):
    return doubts_of(evidence, category, confidence_of(evidence))


def test_nothing_is_said_against_a_result_that_nothing_speaks_against():
    assert confidence_of(SURE) > 0.75
    assert doubts(SURE) == ()


@pytest.mark.parametrize(
    "worse",
    [
        {"novelty": 1.2},
        {"certainty": 0.5},
        {"atypicality": 0.6},
        {"category_probs": {"chair": 0.8, "lamp": 0.2}},
        {"tear": TORN},
        {"first_error": 0.01},
    ],
)
def test_the_confidence_falls_with_every_piece_of_evidence(worse):
    assert confidence_of(replace(SURE, **worse)) < confidence_of(SURE)


@pytest.mark.parametrize(
    ("worse", "words"),
    [
        ({"tear": TORN}, "is torn"),
        ({"error": UNMATCHED}, "outline does not match"),
        ({"novelty": UNKNOWN}, "looks like nothing that the model knows"),
        (
            {"category_probs": {"chair": AMBIGUOUS - 0.02, "lamp": 0.42}},
            r"not sure: chair \(58%\) or lamp \(42%\)",
        ),
    ],
)
def test_every_doubt_has_a_sentence_of_its_own(worse, words):
    (sentence,) = doubts(replace(SURE, **worse))
    assert re.search(words, sentence)


def test_a_category_that_was_chosen_against_the_picture_is_said():
    (sentence,) = doubts(SURE, "lamp")
    assert "another kind: chair (100%), not lamp (0%)" in sentence


def test_a_low_confidence_never_goes_without_a_word():
    vague = replace(SURE, certainty=-0.5, novelty=UNKNOWN - 0.1)
    assert confidence_of(vague) < DOUBTFUL_BELOW
    (sentence,) = doubts(vague)
    assert "the confidence is low" in sentence


def test_a_model_without_a_view_encoder_has_a_confidence_too():
    assert 0 < confidence_of(replace(SURE, first_error=None, error=None)) < 1


def test_the_confidence_stays_a_probability_for_any_measurement():
    for value in (0.0, 1e-30, 1e30):
        odd = replace(SURE, novelty=value, atypicality=value, first_error=value, tear=value)
        assert 0 <= confidence_of(odd) <= 1
    assert math.isfinite(confidence_of(replace(SURE, certainty=-1e30)))


def line_of_codes():
    """Codes 0, 1, ... 9 on a line of three dimensions, of which the metric sees the first."""
    codes = torch.zeros(10, 3)
    codes[:, 0] = torch.arange(10.0)
    codes[:, 1] = torch.tensor([0.0, 5.0] * 5)
    return TrainingCodes(codes, torch.diag(torch.tensor([4.0, 0.0, 0.0])))


def test_novelty_counts_in_distances_between_neighbours_by_the_metric():
    known = line_of_codes()
    assert known.novelty(torch.tensor([3.0, 77.0, -2.0])) == pytest.approx(0, abs=1e-3)
    assert known.novelty(torch.tensor([12.0, 0.0, 0.0])) == pytest.approx(3, rel=1e-5)
    assert known.novelty(torch.tensor([4.5, 0.0, 0.0])) == pytest.approx(0.5, rel=1e-4)


def test_certainty_is_how_much_narrower_the_belief_is_than_the_codes():
    known = line_of_codes()
    spread = known.deviations.clamp_min(1e-8).double()
    as_wide = GaussianCode(torch.zeros(3, dtype=torch.float64), -2 * spread.log())
    assert known.certainty(as_wide) == pytest.approx(0, abs=1e-5)
    narrower = GaussianCode(as_wide.mean, as_wide.log_precision + 2 * math.log(3))
    assert known.certainty(narrower) == pytest.approx(math.log(3), rel=1e-5)
