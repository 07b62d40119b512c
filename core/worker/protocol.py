"""What crosses the process border: requests to the worker, its events, and their bytes.

One message is one line of `files.json_lines`. Requests travel on the worker's stdin, events in the
append-only `events.jsonl` of its folder, meshes as files of `files.arrays`, named in a message
once they are whole. What the jobs themselves ask and give is in `job_messages`.
"""

import typing
from dataclasses import dataclass
from typing import ClassVar

from ..files import json_lines
from .job_messages import Complete, Completed, Finished, Job, Matte, Matted, Reconstruct

EVENTS_NAME = "events.jsonl"
"""The file of events, in the worker's folder."""

LOG_NAME = "worker.log"
"""What the worker and its libraries print, in the worker's folder."""

CANNOT_RUN = 2
"""The exit status of a worker whose last printed line says what its Python lacks."""

CANNOT_WRITE = 3
"""The exit status of a worker whose folder takes no event, so that it cannot say anything."""


@dataclass(frozen=True)
class Cancel:
    """Asks to stop a job, queued or running; one that has ended already is left alone."""

    kind: ClassVar[str] = "cancel"

    job: str


@dataclass(frozen=True)
class Unload:
    """Asks to give the model's memory back after the jobs that were queued before."""

    kind: ClassVar[str] = "unload"


@dataclass(frozen=True)
class Ping:
    """Asks for a `Heartbeat`, answered even while a job runs."""

    kind: ClassVar[str] = "ping"


@dataclass(frozen=True)
class Quit:
    """Asks the worker to end at once; so does the end of its stdin."""

    kind: ClassVar[str] = "quit"


@dataclass(frozen=True)
class Ready:
    """The engine is imported; a job now costs its own time only, and once the model's loading."""

    kind: ClassVar[str] = "ready"

    versions: dict[str, str]
    """Of the worker's Python, of its operating system, and of the libraries that compute."""


@dataclass(frozen=True)
class Loaded:
    """The job's model is in memory."""

    kind: ClassVar[str] = "loaded"

    job: str

    device: str
    """That computes, where the request left the choice."""


@dataclass(frozen=True)
class Heartbeat:
    """The worker is alive."""

    kind: ClassVar[str] = "heartbeat"


@dataclass(frozen=True)
class StageProgress:
    """How far a stage of a job is."""

    kind: ClassVar[str] = "progress"

    job: str

    stage: str

    fraction: float
    """Done part of this stage, in [0, 1]."""

    eta_s: float | None
    """Seconds until this stage is done; None while there is nothing to guess from."""


@dataclass(frozen=True)
class Failed:
    """A job has ended without a result. `job` is empty where the fault is the worker's own."""

    kind: ClassVar[str] = "error"

    job: str

    sentence: str
    """For the user: what is wrong, the value found, what to do."""

    hint: str
    """Where to look further; may be empty."""

    remedy: str
    """One of `errors.REMEDIES` where a button can help; else empty."""


@dataclass(frozen=True)
class Stopped:
    """A job has ended because of a `Cancel`."""

    kind: ClassVar[str] = "cancelled"

    job: str


Request = Job | Cancel | Unload | Ping | Quit

REQUESTS: tuple[type[Request], ...] = (Reconstruct, Complete, Matte, Cancel, Unload, Ping, Quit)
"""What a line on the worker's stdin may be."""

Result = Finished | Completed | Matted
Event = Ready | Loaded | Heartbeat | StageProgress | Result | Failed | Stopped


def to_line(message: Request | Event) -> bytes:
    """One line of UTF-8 JSON, with its line end.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    return json_lines.line_of(message)


def request_from_line(line: bytes) -> Request:
    """The request of one line.

    Raises:
        WorkerError: The line is no JSON, of an unknown kind, or its fields are missing, unknown,
            of the wrong type or not allowed.
    """
    return json_lines.message_of(line, REQUESTS)


def event_from_line(line: bytes) -> Event:
    """The event of one line.

    Raises:
        WorkerError: The line is no JSON, of an unknown kind, or its fields are missing, unknown
            or of the wrong type.
    """
    return json_lines.message_of(line, typing.get_args(Event))
