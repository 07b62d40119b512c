"""Confidence: how likely a completion is good, from what can be measured of it.

Good means that the F-score of the missing region at 2 % of the longest side is 0.6 or more; see
`evaluate.confidence`. The confidence is a logistic regression over few measures, each of
which may only lower it. None of them hangs on a single draw: they are means over thousands of
points, which are the same for every order in which a shape is listed.

Source:
    Platt, Probabilistic Outputs for Support Vector Machines, 1999, for a logistic function fitted
    to what came out. Ours has several inputs and no weight that would let a fault help.
    Taubin, Estimation of Planar Curves, Surfaces, and Nonplanar Space Curves Defined by Implicit
    Equations, 1991 (doi:10.1109/34.103273), section 4, for the first-order distance.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..field.solid import SHEET_THICKNESS
from ..tensors import Field

ASKED_POINTS = 2048
"""Given points whose distance from the fitted surface is asked."""

STEP = 0.004
"""Unit-cube lengths to either side between which the field's slope is measured."""

LEAST_SLOPE = 0.05
"""Of a field that is a distance it is 1. Where it is less than this, the field has no surface that
could be told from what is beside it."""

FARTHEST = 0.1
"""Unit-cube lengths: distances count up to this one."""

MOST_NOISE = 0.015
"""Unit-cube lengths: a standard deviation beyond this one is no excuse for a distance. With 1 % of
the longest side shapes are still completed well; what has more shows no surface."""

INTERCEPT, RESIDUAL, INVENTED, FLOATING, DOUBT = 4.6, 310.0, 4.6, 2.0, 4.2
"""Logarithm of the odds without any fault, and what each measure takes away from it.

Fitted to 82 cut shapes: 43 real ones of the nine kinds that the starter knows, 22 procedural ones
that it was not trained on, 11 real ones of other kinds, half of whose weight they have, and six
clouds without any surface with .3 of it. Cut by planes, seen from one side, without parts, 35 to
65 % gone, an eighth of them given as points. Fitted to three quarters of the families, it ranks a
good completion of the last quarter above another one in 89 of 100 pairs (what was there before, in
76); the calibration error is .08 (.29), of the real ones .07 (.34).
"""

TURNABLE = 0.5
"""The same of another yaw: too rare among what was fitted to be fitted as well."""


@dataclass(frozen=True)
class CompletionEvidence:
    """What was measured of one completion; all of it speaks against, nothing for it."""

    residual: float
    """Mean distance of the given points from the fitted surface, beyond what their noise explains;
    unit-cube lengths."""

    invented_share: float = 0.0
    """Share of the area that was invented, in [0, 1]."""

    floating_share: float = 0.0
    """Share of the area in invented pieces that hang together with nothing given, in [0, 1]."""

    doubt: float = 0.0
    """Mean of what the posterior leaves open about invented vertices, in [0, 1]."""

    is_turnable: bool = False
    """Whether another shape at another yaw fits nearly as well."""


def confidence_of(evidence: CompletionEvidence) -> float:
    """How likely it is that the completion is good, in [0, 1]."""
    logit = (
        INTERCEPT
        - RESIDUAL * evidence.residual
        - INVENTED * evidence.invented_share
        - FLOATING * evidence.floating_share
        - DOUBT * evidence.doubt
        - TURNABLE * evidence.is_turnable
    )
    return 1 / (1 + math.exp(-logit))


def residual_of(
    field: Field,
    points: NDArray[np.float64],
    thickness: NDArray[np.float64],
    noise: float,
) -> float:
    """Mean first-order distance of points from a field's surface, beyond what noise explains.

    A fit may have small values at points that it does not explain at all: where its slope is small
    as well. A distance takes note of that.

    Args:
        field: Of the fitted code.
        points: (n, 3) given, not smoothed, in the unit cube.
        thickness: (n,) of the walls behind them there; see `inputs.partial.Observation`.
        noise: Standard deviation of the points, unit-cube lengths.
    """
    every, device = max(1, len(points) // ASKED_POINTS), field.device
    asked = torch.from_numpy(points[::every]).float().to(device)
    steps = STEP * torch.eye(3, device=device)
    values = field(asked)
    slopes = [(field(asked + step) - field(asked - step)) / (2 * STEP) for step in steps]
    slope = torch.stack(slopes).square().sum(dim=0).sqrt().clamp(min=LEAST_SLOPE)
    # thin walls were filled up when the decoder was trained, so its surface lies outside of theirs
    filled = np.nan_to_num(thickness[::every], nan=0.0, posinf=SHEET_THICKNESS)
    lowest = torch.from_numpy((filled - SHEET_THICKNESS).clip(max=0) / 2).float().to(device)
    off = (values - torch.maximum(torch.minimum(values, torch.zeros_like(values)), lowest)).abs()
    mean = float((off / slope).clamp(max=FARTHEST).mean())
    # the mean distance of a Gaussian is sqrt(2 / pi) deviations
    expected = math.sqrt(2 / math.pi) * min(noise, MOST_NOISE)
    return math.sqrt(max(0.0, mean**2 - expected**2))


def doubt_of(certainty: NDArray[np.float32], is_observed: NDArray[np.bool_]) -> float:
    """Mean of what is open about invented vertices; 0 where there are none.

    Args:
        certainty: (V,) how narrow the posterior is at each vertex, in [0, 1].
        is_observed: (V,) which vertices are given.
    """
    open_shares = 1 - certainty[~is_observed].astype(np.float64)
    return float(open_shares.mean()) if len(open_shares) else 0.0
