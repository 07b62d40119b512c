"""Reliability: whether of results with confidence c a share c is good.

Source:
    Guo et al., On Calibration of Modern Neural Networks, 2017 (arXiv:1706.04599), section 2,
    the reliability diagram in bins of one width, and the expected calibration error.
    Wilson, Probable Inference, the Law of Succession, and Statistical Inference, 1927
    (doi:10.1080/01621459.1927.10502953), the interval of a share, which also holds for few.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

Z95 = 1.959964
"""Standard deviations of a Gaussian between which 95 % of it lie, to either side."""


@dataclass(frozen=True)
class ReliabilityRow:
    """The results whose confidence lies in one bin."""

    low: float
    """Least confidence of the bin."""

    high: float
    """Greatest confidence of the bin; it belongs to the next one, but for the last bin's, 1."""

    count: int
    """Number of results; never 0."""

    confidence: float
    """Mean confidence of these results."""

    good: float
    """Share of these results that are good, in [0, 1]."""

    good_least: float
    """Lower end of the share's 95 % interval."""

    good_most: float
    """Upper end of the share's 95 % interval."""


def reliability_curve(
    confidences: ArrayLike, is_good: ArrayLike, bins: int = 5
) -> list[ReliabilityRow]:
    """The bins in which there are results, the least confident first.

    Args:
        confidences: (n,) in [0, 1]; empty gives no rows.
        is_good: (n,) whether each result is good.
        bins: Number of bins, all of one width; together they are [0, 1].

    Raises:
        ValueError: The lengths differ, a confidence is no number in [0, 1], or there is no bin.
    """
    sure, good = np.asarray(confidences, np.float64), np.asarray(is_good, bool)
    if sure.ndim != 1 or sure.shape != good.shape:
        raise ValueError(
            f"there are confidences of shape {sure.shape} and judgements of shape {good.shape}; "
            "give one of either for every result"
        )
    if outside := [value for value in sure.tolist() if not 0 <= value <= 1]:
        raise ValueError(f"a confidence lies in [0, 1]; found {outside[0]:g}; clip or mend it")
    if bins < 1:
        raise ValueError(f"a curve has at least one bin; found {bins}; 5 is a good start")
    edges = np.arange(bins + 1) / bins
    number = np.searchsorted(edges[1:-1], sure, side="right")
    rows = []
    for index in np.unique(number):
        here = number == index
        count, share = int(here.sum()), float(good[here].mean())
        interval = _interval(share, count)
        mean = float(sure[here].mean())
        rows.append(
            ReliabilityRow(
                float(edges[index]), float(edges[index + 1]), count, mean, share, *interval
            )
        )
    return rows


def calibration_error(rows: Sequence[ReliabilityRow]) -> float:
    """Mean over the results of the difference between confidence and share that is good.

    That of each bin counts as often as there are results in it; 0 without rows.
    """
    total = sum(row.count for row in rows)
    apart = sum(row.count * abs(row.confidence - row.good) for row in rows)
    return apart / total if total else 0.0


def reliability_table(rows: Sequence[ReliabilityRow]) -> str:
    """A line per bin, and the calibration error below."""
    lines = [f"{'confidence':>12}{'results':>9}{'mean':>7}{'good':>7}  95 % interval"]
    lines += [
        f"{f'{row.low:.2f}-{row.high:.2f}':>12}{row.count:>9}{row.confidence:>7.2f}{row.good:>7.2f}"
        f"  {row.good_least:.2f} to {row.good_most:.2f}"
        for row in rows
    ]
    total = sum(row.count for row in rows)
    lines.append(f"calibration error {calibration_error(rows):.3f} over {total} results")
    return "\n".join(lines) + "\n"


def _interval(share: float, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share that was seen among `count`."""
    weight = Z95**2 / count
    middle = (share + weight / 2) / (1 + weight)
    half = Z95 * math.sqrt(share * (1 - share) / count + weight / (4 * count)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)
