"""Which results somebody should look at before using them: one rule for all that show them."""

from collections.abc import Sequence

DOUBTFUL_BELOW = 0.45
"""Confidence under which a result is to be looked at before it is used: most reconstructions below
it are thrown away, most above it kept; see `operations.doubting`."""


def is_doubtful(confidence: float, warnings: Sequence[str]) -> bool:
    """Whether a result is to be looked at first: its confidence is low, or there is a warning.

    Args:
        confidence: That an artist would keep the result, in [0, 1].
        warnings: One sentence for everything that came out worse than asked.
    """
    return confidence < DOUBTFUL_BELOW or len(warnings) > 0
