"""The jobs as rows of Blender's properties, for lists to draw; and what each row says.

The queue is the truth. Rows are written where they differ from it, and never read back.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import bpy

from ..words import sentence, shown
from .job import Job
from .queue import Queue

KEPT = "Finished, but its scene is closed: Insert Here places it in the open one"
SHORT = {
    "waiting": "Waiting",
    "ready": "Finished",
    "kept": "Kept",
    "done": "Done",
    "doubtful": "Doubtful",
    "unchanged": "Unchanged",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
"""What the list says of a job that does not run; the whole sentence stands below it."""

STAGES = {
    "model": "Loading",
    "inputs": "Reading",
    "prior": "Guessing",
    "latent": "Fitting",
    "surface": "Surface",
    "finish": "Finishing",
}
"""What the bar says of the engine's stages."""

AGAIN = "The engine ended by itself; trying once more"


class ISOFORM_PG_job(bpy.types.PropertyGroup):
    """What the list shows of one job."""

    number: bpy.props.IntProperty(description="Which job it is")
    look: bpy.props.StringProperty(description="Where the job is on its way, or how it ended")
    status: bpy.props.StringProperty(description="A word about the job, or what its bar says")
    fraction: bpy.props.FloatProperty(description="How far the job is", min=0.0, max=1.0)


class RowsGroup(Protocol):
    """Blender's properties that hold the rows."""

    jobs: Any  # a collection of `ISOFORM_PG_job`, which Blender's stubs do not know
    active_job: int


@dataclass(frozen=True)
class Row:
    """The same in Python."""

    number: int
    name: str
    look: str
    status: str
    fraction: float


class Rows:
    """Writes rows, and knows what it has written: properties are slow to read."""

    def __init__(self) -> None:
        self._written: list[Row] | None = None
        self._unlisted: Row | None = None
        self._changes = -1

    def forget(self) -> None:
        """Another file has been loaded, and its rows with it."""
        self._written = None

    def write(self, group: RowsGroup, queue: Queue) -> bool:
        """Brings the rows up to date; whether that changed any.

        Args:
            group: Has the collection `jobs` and the index `active_job`.
            queue: With any number of jobs; where only the progress has changed, one is looked at.
        """
        if self._written is None or self._changes != queue.changes:
            self._changes = queue.changes
            self._write_all(group, [row_of(job) for job in queue.jobs if job.is_listed])
            return True
        running = queue.running
        if running is None:
            return False
        row = row_of(running)
        places = [index for index, each in enumerate(self._written) if each.number == row.number]
        if not places:
            is_news, self._unlisted = row != self._unlisted, row
            return is_news
        if self._written[places[0]] == row:
            return False
        self._written[places[0]] = row
        _fill(group.jobs[places[0]], row)
        return True

    def _write_all(self, group: RowsGroup, rows: list[Row]) -> None:
        before = self._written
        if before == rows:
            return
        chosen = _number_of_active(before, group.active_job)
        if before is None:
            group.jobs.clear()
        while len(group.jobs) > len(rows):
            group.jobs.remove(len(group.jobs) - 1)
        while len(group.jobs) < len(rows):
            group.jobs.add()
        for index, row in enumerate(rows):
            if before is None or index >= len(before) or before[index] != row:
                _fill(group.jobs[index], row)
        self._written = rows
        numbers = [row.number for row in rows]
        group.active_job = numbers.index(chosen) if chosen in numbers else max(len(rows) - 1, 0)


def row_of(job: Job) -> Row:
    """What the list shows of it."""
    name = job.name or job.request.kind.capitalize()
    return Row(job.number, name, job.look, short_status_of(job), job.fraction)


def short_status_of(job: Job) -> str:
    """A word or two for the list; of a running job what its bar says."""
    return _running(job) if job.state == "running" else shown(SHORT[job.look])


def status_of(job: Job) -> str:
    """One sentence about the job."""
    if job.state == "running":
        return _running(job)
    if job.state == "done":
        return job.placed.summary
    if job.state == "failed":
        return sentence(job.failure.sentence)
    if job.state == "waiting":
        return shown(AGAIN if job.deaths else "Waiting")
    if job.state == "ready":
        return shown("Finished; placed as soon as you are back in Object Mode")
    return shown((job.note or KEPT) if job.state == "kept" else "Cancelled")


def _running(job: Job) -> str:
    if job.cancelled_s is not None:
        return shown("Cancelling")
    if job.progress is None:
        return shown("Starting the engine once more" if job.deaths else "Starting the engine")
    stage = shown(STAGES.get(job.progress.stage, job.progress.stage.capitalize()))
    left = job.left_s
    return stage if left is None else shown("{stage}, {left:.0f} s left", stage=stage, left=left)


def _number_of_active(rows: list[Row] | None, index: int) -> int:
    return rows[index].number if rows and 0 <= index < len(rows) else 0


def _fill(item: Any, row: Row) -> None:
    item.number, item.name, item.look = row.number, row.name, row.look
    item.status, item.fraction = row.status, row.fraction
