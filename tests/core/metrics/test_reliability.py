"""Reliability: bins, shares and intervals in closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.metrics.reliability import calibration_error, reliability_curve, reliability_table


def test_without_results_there_are_no_rows_and_no_error():
    assert reliability_curve([], []) == []
    assert calibration_error([]) == 0.0
    assert "over 0 results" in reliability_table([])


def test_a_row_holds_the_mean_confidence_and_the_good_share_of_its_bin():
    low, high = reliability_curve([0.1, 0.3, 0.9, 0.9], [False, True, True, True], bins=2)
    assert (low.low, low.high, low.count) == (0.0, 0.5, 2)
    assert (low.confidence, low.good) == (pytest.approx(0.2), 0.5)
    assert (high.low, high.high, high.count) == (0.5, 1.0, 2)
    assert (high.confidence, high.good) == (pytest.approx(0.9), 1.0)
    # two results differ by .3, two by .1
    assert calibration_error([low, high]) == pytest.approx(0.2)


def test_an_edge_belongs_to_the_bin_above_and_one_to_the_last():
    rows = reliability_curve([0.0, 0.2, 0.6, 1.0], [True] * 4, bins=5)
    assert [row.low for row in rows] == [0.0, 0.2, 0.6, 0.8]
    assert [row.count for row in rows] == [1, 1, 1, 1]


def test_bins_without_results_are_left_out():
    (only,) = reliability_curve([0.95, 0.97], [True, False], bins=10)
    assert (only.low, only.high) == (0.9, 1.0)


def test_the_interval_is_wilsons():
    # Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I, method 3:
    # 81 of 263 has .2553 to .3662, 0 of 20 has 0 to .1611
    (many,) = reliability_curve([0.3] * 263, [True] * 81 + [False] * 182)
    assert (many.good_least, many.good_most) == (
        pytest.approx(0.2553, abs=5e-5),
        pytest.approx(0.3662, abs=5e-5),
    )
    (none,) = reliability_curve([0.3] * 20, [False] * 20)
    assert (none.good_least, none.good_most) == (0.0, pytest.approx(0.1611, abs=5e-5))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans())), st.integers(1, 12))
def test_every_result_lies_in_one_bin_that_holds_it(results, bins):
    sure, good = [each for each, _ in results], [each for _, each in results]
    rows = reliability_curve(sure, good, bins)
    assert sum(row.count for row in rows) == len(results)
    assert sum(row.count * row.good for row in rows) == pytest.approx(sum(good))
    assert all(row.low - 1e-12 <= row.confidence <= row.high + 1e-12 for row in rows)
    assert all(0 <= row.good_least <= row.good + 1e-12 for row in rows)
    assert all(row.good - 1e-12 <= row.good_most <= 1 for row in rows)


def test_what_is_drawn_by_its_confidence_is_calibrated():
    drawn = np.random.default_rng(0)
    sure = drawn.random(40_000)
    rows = reliability_curve(sure, drawn.random(40_000) < sure)
    # a bin of 8,000 has a standard error of at most .0056
    assert calibration_error(rows) < 3 * 0.0056


def test_the_table_has_a_line_per_bin_and_the_error():
    table = reliability_table(reliability_curve([0.1, 0.9, 0.9], [False, True, True]))
    lines = table.splitlines()
    assert len(lines) == 4
    assert lines[1].split() == ["0.00-0.20", "1", "0.10", "0.00", "0.00", "to", "0.79"]
    assert lines[2].split()[:4] == ["0.80-1.00", "2", "0.90", "1.00"]
    assert lines[3] == "calibration error 0.100 over 3 results"


@pytest.mark.parametrize(
    ("sure", "good", "bins", "sentence"),
    [
        ([0.5, 0.5], [True], 5, r"confidences of shape \(2,\) and judgements of shape \(1,\)"),
        ([1.5], [True], 5, r"a confidence lies in \[0, 1\]; found 1\.5"),
        ([float("nan")], [True], 5, r"a confidence lies in \[0, 1\]; found nan"),
        ([0.5], [True], 0, "at least one bin; found 0"),
    ],
)
def test_what_is_no_curve_is_refused(sure, good, bins, sentence):
    with pytest.raises(ValueError, match=sentence):
        reliability_curve(sure, good, bins)
