"""Doubting: how likely a reconstruction is good, and what speaks against it.

What the stages measure anyway is put together: how far the code lies from all that the model
was trained on, how sure the picture encoder is, how well the outlines are met, how sure the
category is, and how torn the surface is.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from ..doubts import DOUBTFUL_BELOW
from ..prior.code_prior import GaussianCode
from ..tensors import Code, CodeMetric, Codes

TORN = 1.0
"""Tear from which a part has come off or hangs in the air; see `thin_parts.tear_of`."""

UNMATCHED = 0.006
"""Mean error of the outline, unit-cube lengths, from which it is not that of the picture: 1 % of
good results and 20 % of others reach it."""

AMBIGUOUS = 0.6
"""Probability below which a category is not sure: 1 % of good results and 12 % of others."""

UNKNOWN = 1.8
"""Novelty from which a shape is like none of the training: 2 % of good results and 25 % of
others."""

TYPICAL_ERROR = 0.0076
"""Mean error of a first guess's outline, unit-cube lengths; of all 488 pictures."""

SOME = 256
"""Training codes whose nearest neighbours are looked for, to tell what is far."""


@dataclass(frozen=True)
class Evidence:
    """What the making of a reconstruction has measured."""

    novelty: float
    """Distance of the code to the nearest training code, in the median of the distances of
    training codes to their nearest neighbours."""

    certainty: float
    """Mean logarithm of the spread of training codes over the encoder's own deviation."""

    atypicality: float
    """Mean square of the first guess's code, in standard deviations of its category."""

    category_probs: Mapping[str, float]
    """Probability of every category, by the encoder."""

    tear: float
    """How torn the surface is; from 1 on it is."""

    first_error: float | None
    """Mean error of the first guess's outline, unit-cube lengths; None in a model without a view
    encoder."""

    error: float | None
    """The same of the fitted code."""


class TrainingCodes:
    """The codes of training shapes, to see how far another code lies from them.

    Args:
        codes: At least two.
        metric: How far apart shapes are whose codes differ, up to a factor.
    """

    def __init__(self, codes: Codes, metric: CodeMetric) -> None:
        values, axes = torch.linalg.eigh(metric.double())
        self._root = (axes * values.clamp_min(0).sqrt()).float()
        self._placed = codes.float() @ self._root
        self.deviations = codes.std(dim=0)
        """(code_size,) of every entry."""
        some = self._placed[:: max(1, len(codes) // SOME)]  # of all it takes longer, to 1 %
        nearest_two = torch.cdist(some, self._placed).topk(2, dim=1, largest=False).values
        self._typical = float(nearest_two[:, 1].median())

    def novelty(self, code: Code) -> float:
        """Of a code; see `Evidence.novelty`."""
        apart = torch.cdist((code.float() @ self._root)[None], self._placed)
        return float(apart.min()) / max(self._typical, torch.finfo(torch.float32).tiny)

    def certainty(self, belief: GaussianCode) -> float:
        """Of the encoder's belief; see `Evidence.certainty`."""
        spread = self.deviations.clamp_min(1e-8).log()
        return float((spread + belief.log_precision.float() / 2).mean())


def confidence_of(evidence: Evidence) -> float:
    """How likely it is, in [0, 1], that an artist would keep the result.

    A logistic regression of "the F-score at 2 % is 0.5 or more", fitted to pictures of unseen
    procedural shapes, of real ones of the same kinds and of real ones of other kinds (212, 163
    and 113, less a hundred that were kept for the eye), half of them over backgrounds. Fitted to
    one half of the families, it ranks a good result of the other half above another one in 91 of
    100 pairs. Of the hundred, somebody who saw neither confidence nor score called 55 unusable:
    with the other doubts 82 of 100 of these carry a warning, and 13 of 100 of the usable ones.
    `evaluate-confidence` prints the curve for any shapes.
    """
    first_error = TYPICAL_ERROR if evidence.first_error is None else evidence.first_error
    category_doubt = max(1 - max(evidence.category_probs.values()), 1e-3)
    log_odds = (
        -0.06
        - 0.94 * (evidence.novelty - 1.26)
        + 3.59 * (evidence.certainty - 0.565)
        - 0.255 * math.log(max(evidence.atypicality, 1e-6) / 0.55)
        - 1.90 * math.log(max(first_error, 1e-6) / TYPICAL_ERROR)
        - 0.48 * math.log10(category_doubt / 1e-3)
        - 1.36 * (evidence.tear >= TORN)
    )
    return 1 / (1 + math.exp(-max(log_odds, -700.0)))  # of less the exponential overflows


def doubts_of(evidence: Evidence, category: str, confidence: float) -> tuple[str, ...]:
    """One sentence for everything that speaks against a result.

    Args:
        evidence: What was measured.
        category: Of the result.
        confidence: From `confidence_of`.
    """
    found = []
    if evidence.tear >= TORN:
        found.append(
            "the shape is torn: a part came off or hangs in the air; try another picture, or a "
            "second one of the same object"
        )
    if evidence.error is not None and evidence.error >= UNMATCHED:
        found.append(
            f"the outline does not match the picture (it is off by {evidence.error:.1%} of the "
            "length in the mean); compare the cut-out with the result"
        )
    likely = sorted(evidence.category_probs.items(), key=lambda each: -each[1])[:2]
    if evidence.novelty >= UNKNOWN:
        found.append(
            f"the picture looks like nothing that the model knows ({evidence.novelty:.1f} times as "
            "far from all that it has learned as those are from each other); this is only the "
            f"nearest {category}"
        )
    elif likely[0][1] < AMBIGUOUS:
        kinds = " or ".join(f"{name} ({share:.0%})" for name, share in likely)
        found.append(f"the kind is not sure: {kinds}; choose the category if it is wrong")
    elif evidence.category_probs[category] < 1 - AMBIGUOUS:
        name, share = likely[0]
        found.append(
            f"the picture looks like another kind: {name} ({share:.0%}), not {category} "
            f"({evidence.category_probs[category]:.0%}); leave the category on auto"
        )
    if confidence < DOUBTFUL_BELOW and not found:
        found.append(
            f"the confidence is low ({confidence:.0%}): few results like this one are good; look "
            "at it from all sides, or give a second picture"
        )
    return tuple(found)
