"""How far a whole job is and when it will be done, from how long the last one of its kind took.

The worker tells how far a stage is. What the stages after it take it cannot know; the artist's own
machine has shown it at the last job.
"""

from collections.abc import Mapping

from ...core.worker.protocol import StageProgress

GROWING = ("surface", "finish")
"""Stages whose time grows with the square of the resolution; that of others hardly does."""


class TimingHistory:
    """Seconds by stage of the last job of every kind."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, dict[str, float]]] = {}

    def learn(self, kind: str, resolution: int, seconds: Mapping[str, float]) -> None:
        """A job of that kind has ended well."""
        self._last[kind] = resolution, dict(seconds)

    def expected_s(self, kind: str, resolution: int) -> dict[str, float]:
        """What each stage will take; empty where none of the kind has ended yet."""
        known, seconds = self._last.get(kind, (1, {}))
        growth = (resolution / known) ** 2 if known else 1.0
        return {
            stage: each * growth if stage in GROWING else each for stage, each in seconds.items()
        }


def whole_fraction(progress: StageProgress, expected_s: Mapping[str, float]) -> float:
    """How far the whole job is, in [0, 1]; of the stage alone where nothing is expected."""
    whole = sum(expected_s.values())
    if whole <= 0:
        return progress.fraction
    if progress.stage not in expected_s:  # the model is loaded before the first stage
        return 0.0
    before = _before(progress.stage, expected_s)
    return min((before + progress.fraction * expected_s[progress.stage]) / whole, 1.0)


def whole_left_s(progress: StageProgress, expected_s: Mapping[str, float]) -> float | None:
    """Seconds until the job is done; None where nobody can say."""
    if not expected_s:
        return progress.eta_s
    whole = sum(expected_s.values())
    if progress.stage not in expected_s:
        return whole
    own = expected_s[progress.stage]
    after = whole - _before(progress.stage, expected_s) - own
    left = (1 - progress.fraction) * own if progress.eta_s is None else progress.eta_s
    return after + left


def _before(stage: str, expected_s: Mapping[str, float]) -> float:
    stages = list(expected_s)
    return sum(expected_s[each] for each in stages[: stages.index(stage)])
