"""A job as the queue knows it: what is asked, how far it is, how it ended. Knows no bpy.

waiting -> running -> ready -> done
              |         `----> kept      its scene is gone: nothing is thrown away
              |-> failed, cancelled      may be tried again
"""

from dataclasses import dataclass, field
from typing import Protocol, cast

from ...core.worker import protocol
from ...core.worker.task import Task
from .timing_history import whole_fraction, whole_left_s

UNDER_WAY = ("waiting", "running", "ready")
"""States that end by themselves."""


@dataclass(frozen=True)
class Placed:
    """What has become of a result in the scene."""

    name: str
    """Of the new object; empty where nothing had to be inserted."""

    summary: str
    """One sentence for the panel."""

    warnings: tuple[str, ...]
    """One sentence for everything that came out worse than asked."""

    notes: tuple[str, ...] = ()
    """One sentence for everything that was done otherwise than asked, with as good a result."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """Everything that is to be said beside the summary."""
        return (*self.warnings, *self.notes)


class Place(Protocol):
    """Inserts a result as one change of the scene."""

    def __call__(
        self, request: protocol.Job, result: protocol.Result, *, here: bool = False
    ) -> Placed:
        """Where it was asked for, or, `here`, in the scene that is open.

        Raises:
            SceneGoneError: The scene that it was asked for is not open any more.
            IsoformError: The result cannot be inserted.
        """


@dataclass(eq=False)
class Job(Task):
    """Something that the worker does, and that the artist sees."""

    place: Place

    name: str = ""
    """What the artist recognises it by."""

    is_listed: bool = True
    """Whether the artist sees it among the jobs; helpers of the panel are not."""

    number: int = 0
    """Its name in this Blender; given by the queue."""

    placed: Placed | None = None

    note: str = ""
    """What is to be said of a result that is kept, where it is not that its scene is closed."""

    expected_s: dict[str, float] = field(default_factory=dict)
    """By stage, as the last one of its kind went; empty where there was none."""

    @property
    def is_under_way(self) -> bool:
        """Whether it ends by itself."""
        return self.state in UNDER_WAY

    @property
    def look(self) -> str:
        """What the artist is to see at a glance: the state, or of what is done, what it is like."""
        if self.state != "done" or isinstance(self.outcome, protocol.Matted):
            return self.state
        result = cast(protocol.Finished | protocol.Completed, self.outcome)
        if isinstance(result, protocol.Completed) and result.unchanged:
            return "unchanged"
        return "doubtful" if result.is_doubtful else "done"

    @property
    def fraction(self) -> float:
        """How far it is; 0 where it does not run."""
        if self.progress is None or self.state != "running":
            return 0.0
        return whole_fraction(self.progress, self.expected_s)

    @property
    def left_s(self) -> float | None:
        """Seconds until it is done; None where nobody can say."""
        return None if self.progress is None else whole_left_s(self.progress, self.expected_s)

    @property
    def resolution(self) -> int | None:
        """Lattice samples per axis; None where it makes no surface."""
        return getattr(self.request, "resolution", None)

    @property
    def seconds(self) -> dict[str, float]:
        """By stage: as the worker measured them, or else as they were heard of."""
        if isinstance(self.outcome, protocol.Result):
            return dict(self.outcome.seconds)
        ends = [*list(self.stage_starts.values())[1:], self.ended_s]
        pairs = zip(self.stage_starts.items(), ends, strict=True) if self.stage_starts else ()
        return {stage: max(end - start, 0.0) for (stage, start), end in pairs}

    def begin(self, now: float) -> None:
        """Running: nothing is known yet."""
        super().begin(now)
        self.placed = None
