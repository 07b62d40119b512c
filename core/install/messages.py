"""What crosses the border between Blender and the installer's process, as lines of JSON.

One installer serves one request, told on its stdin. `Progress` events follow, and at last one
answer: `Runtime`, `Tidied`, `Refused` or `Abandoned`. `Cancel` on stdin stops it, and so does
the end of stdin.
"""

import typing
from dataclasses import dataclass
from typing import ClassVar

from ..files import json_lines


@dataclass(frozen=True)
class Install:
    """Asks for a new runtime from what pip can fetch."""

    kind: ClassVar[str] = "install"

    folder: str
    """Of all runtimes; made when missing."""

    backend: str
    """What PyTorch is to compute on; one of `machine.BACKENDS`."""

    wheel_index: str
    """Address of the index that has PyTorch's build; empty: pip's own configuration."""


@dataclass(frozen=True)
class InstallBundle:
    """Asks for a new runtime from a folder that `build.py bundle` made; no network is touched."""

    kind: ClassVar[str] = "install_bundle"

    folder: str
    """Of all runtimes; made when missing."""

    bundle: str
    """The folder with `bundle.json`."""

    models: str
    """Where the bundle's models go that the extension does not ship; made when needed."""


@dataclass(frozen=True)
class Probe:
    """Asks what a Python can do."""

    kind: ClassVar[str] = "probe"

    python: str
    """The interpreter's file."""


@dataclass(frozen=True)
class Tidy:
    """Asks to remove old and unfinished runtimes."""

    kind: ClassVar[str] = "tidy"

    folder: str
    """Of all runtimes."""

    everything: bool
    """Remove the current one as well."""


@dataclass(frozen=True)
class Cancel:
    """Asks to stop; what was there before stays."""

    kind: ClassVar[str] = "cancel"


@dataclass(frozen=True)
class Progress:
    """How far the installation is."""

    kind: ClassVar[str] = "progress"

    stage: str
    """In words, for the user."""

    fraction: float
    """Done part of the whole, in [0, 1]."""

    eta_s: float | None
    """Seconds until the whole is done; None while there is nothing to guess from."""


@dataclass(frozen=True)
class Runtime:
    """A Python that can run the engine, and what it can do."""

    kind: ClassVar[str] = "runtime"

    python: str
    """The interpreter's file."""

    version: str
    """Of Python."""

    torch: str
    """Version of torch, which names its build."""

    devices: tuple[str, ...]
    """Devices that torch can use, fastest first; the last is "cpu"."""

    device_name: str
    """Of the first device."""

    memory_bytes: int | None
    """Of the first device; None where it cannot be told."""

    disk_bytes: int | None
    """Taken by the runtime; None where it is not Isoform's own."""


@dataclass(frozen=True)
class Tidied:
    """What was to be removed is removed, as far as the operating system lets go of it."""

    kind: ClassVar[str] = "tidied"

    remaining: int
    """Folders that are still in use."""


@dataclass(frozen=True)
class Refused:
    """What was asked cannot be done; nothing was changed."""

    kind: ClassVar[str] = "refused"

    sentence: str
    """For the user: what is wrong, the value found, what to do."""


@dataclass(frozen=True)
class Abandoned:
    """It was stopped because of a `Cancel`; nothing was changed."""

    kind: ClassVar[str] = "abandoned"


Request = Install | InstallBundle | Probe | Tidy
Event = Progress | Runtime | Tidied | Refused | Abandoned


def request_from_line(line: bytes) -> Request | Cancel:
    """The request of one line.

    Raises:
        WorkerError: The line is no request.
    """
    return json_lines.message_of(line, (*typing.get_args(Request), Cancel))


def event_from_line(line: bytes) -> Event:
    """The event of one line.

    Raises:
        WorkerError: The line is no event.
    """
    return json_lines.message_of(line, typing.get_args(Event))


def runtime_from_line(line: bytes) -> Runtime:
    """The runtime of one line.

    Raises:
        WorkerError: The line is no runtime.
    """
    return json_lines.message_of(line, (Runtime,))
