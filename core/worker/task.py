"""A task as its supervisor knows it: what is asked of a worker, how far it is, how it ended."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from . import protocol
from .protocol import Failed, StageProgress, Stopped

State = Literal["waiting", "running", "ready", "kept", "done", "failed", "cancelled"]
"""A supervisor knows the first two; the others are those of a queue."""


@dataclass(eq=False)
class Task:
    """Something that a worker does."""

    request: protocol.Job
    """Its folder holds everything that was captured when it was asked for."""

    state: State = field(default="waiting", kw_only=True)

    progress: StageProgress | None = field(default=None, kw_only=True)
    """The last heard of."""

    outcome: protocol.Result | Failed | Stopped | None = field(default=None, kw_only=True)
    """None until the worker has ended it."""

    cancelled_s: float | None = field(default=None, kw_only=True)
    """When somebody asked to stop, on the monotonic clock."""

    deaths: int = field(default=0, kw_only=True)
    """Workers that have died of it."""

    device: str = field(default="", kw_only=True)
    """That computed it; empty until the worker has said so."""

    versions: dict[str, str] = field(default_factory=dict, kw_only=True)
    """Of the worker's Python and libraries; empty until it has said so."""

    log_tail: str = field(default="", kw_only=True)
    """The end of the worker's log, when it failed."""

    stage_starts: dict[str, float] = field(default_factory=dict, kw_only=True)
    """When each stage was first heard of, on the monotonic clock."""

    started_s: float = field(default=0.0, kw_only=True)
    ended_s: float = field(default=0.0, kw_only=True)

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return Path(self.request.folder)

    @property
    def failure(self) -> Failed | None:
        """Why it failed, where it did."""
        return self.outcome if isinstance(self.outcome, Failed) else None

    def begin(self, now: float) -> None:
        """Running: nothing is known yet."""
        self.state, self.started_s = "running", now
        self.progress = self.outcome = self.cancelled_s = None
        self.stage_starts, self.log_tail = {}, ""
