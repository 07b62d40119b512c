"""What crosses the process border: requests to the worker, its events, and their bytes.

One message is one line of JSON with a `kind` and exactly the fields of its class. Requests
travel on the worker's stdin, events in the append-only `events.jsonl` of its folder, meshes
as files of `array_files.py`, named in an event once they are whole.
"""

import functools
import json
import types
import typing
from dataclasses import asdict, dataclass, fields
from typing import ClassVar

from .errors import WorkerError

EVENTS_NAME = "events.jsonl"
"""The file of events, in the worker's folder."""

LOG_NAME = "worker.log"
"""What the worker and its libraries print, in the worker's folder."""


@dataclass(frozen=True)
class Reconstruct:
    """Asks for the mesh of the one object that the pictures show."""

    kind: ClassVar[str] = "reconstruct"

    job: str
    """Names this job in its events; unique in the life of a worker."""

    folder: str
    """Existing folder for the job's files."""

    pictures: tuple[str, ...]
    """Picture files of one object; at least one."""

    category: str
    """A category of the model, or "auto"."""

    resolution: int
    """Lattice samples per axis."""

    target_faces: int | None
    """Wanted number of faces; None keeps all."""

    seed: int
    """Of everything random in the job."""

    size_m: float
    """Length of the result's longest side, in metres."""

    model: str
    """A shipped model's name, or a model file."""

    device: str
    """"auto" or a torch device's name."""


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

    python: str
    """Version of the worker's Python."""


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
class Finished:
    """A job has ended well."""

    kind: ClassVar[str] = "result"

    job: str

    mesh: str
    """File of the arrays `vertices` (V, 3) and `faces` (F, 3), for `array_files.read_arrays`.

    In metres, of the size asked for, standing on the floor at the origin; front -Y, +Z up.
    """

    code: tuple[float, ...]
    """The latent code."""

    category: str
    """The category given, or the one that was recognised."""

    seconds: dict[str, float]
    """Time by stage."""

    vertices: int

    faces: int

    closed: bool
    """Whether the mesh is closed."""

    warnings: tuple[str, ...]
    """One sentence for everything that came out worse than asked."""


@dataclass(frozen=True)
class Failed:
    """A job has ended without a result. `job` is empty where the fault is the worker's own."""

    kind: ClassVar[str] = "error"

    job: str

    sentence: str
    """For the user: what is wrong, the value found, what to do."""

    hint: str
    """Where to look further; may be empty."""


@dataclass(frozen=True)
class Stopped:
    """A job has ended because of a `Cancel`."""

    kind: ClassVar[str] = "cancelled"

    job: str


Request = Reconstruct | Cancel | Unload | Ping | Quit
Event = Ready | Heartbeat | StageProgress | Finished | Failed | Stopped


def to_line(message: Request | Event) -> bytes:
    """One line of UTF-8 JSON, with its line end.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    text = json.dumps({"kind": message.kind} | asdict(message), allow_nan=False)
    return text.encode() + b"\n"


def request_from_line(line: bytes) -> Request:
    """The request of one line.

    Raises:
        WorkerError: The line is no JSON, of an unknown kind, or its fields are missing, unknown
            or of the wrong type.
    """
    return _message_from_line(line, typing.get_args(Request))


def event_from_line(line: bytes) -> Event:
    """The event of one line.

    Raises:
        WorkerError: The line is no JSON, of an unknown kind, or its fields are missing, unknown
            or of the wrong type.
    """
    return _message_from_line(line, typing.get_args(Event))


def _message_from_line(line: bytes, classes: tuple[type, ...]) -> typing.Any:
    try:
        values = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _garbage(line, f"no JSON: {error}") from error
    if not isinstance(values, dict):
        raise _garbage(line, "no JSON object")
    kind = values.pop("kind", None)
    found = [each for each in classes if each.kind == kind]
    if not found:
        raise _garbage(line, f"unknown kind {kind!r}")
    expected = _expected(found[0])
    if missing := sorted(expected.keys() - values.keys()):
        raise _garbage(line, f"missing {', '.join(missing)}")
    if unknown := sorted(values.keys() - expected.keys()):
        raise _garbage(line, f"unknown {', '.join(unknown)}")
    try:
        return found[0](**{name: _checked(values[name], hint) for name, hint in expected.items()})
    except TypeError as error:
        raise _garbage(line, str(error)) from error


@functools.cache
def _expected(message: type) -> dict[str, object]:
    """Names and types of the fields."""
    hints = typing.get_type_hints(message)
    return {field.name: hints[field.name] for field in fields(message)}


def _checked(value: object, hint: object) -> object:
    """`value` as the field's type: JSON's lists become tuples, its integers floats.

    Raises:
        TypeError: The value is of another type.
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        return None if value is None else _checked(value, arguments[0])
    if origin is tuple and isinstance(value, list):
        return tuple(_checked(each, arguments[0]) for each in value)
    if origin is dict and isinstance(value, dict):
        return {name: _checked(each, arguments[1]) for name, each in value.items()}
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise TypeError(f"{value!r} where {hint} was expected")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not allowed")


def _garbage(line: bytes, why: str) -> WorkerError:
    return WorkerError(
        f"a message between Blender and the worker cannot be read ({why}: {line[:80]!r}); "
        "start the job again"
    )
