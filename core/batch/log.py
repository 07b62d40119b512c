"""What became of every input of a batch: lines of JSON, appended to the output folder.

Before an input is worked on a line says "started" and names its output, so that a batch which was
killed knows its own files again; when it has ended another line says "done" or "failed". Of a line
that is damaged, or cut short by a power cut or a full disk, nothing is believed.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from ..doubts import is_doubtful
from ..errors import InputError, remedy_of
from ..operations.settings.setting import Value

LOG_NAME = "isoform_log.jsonl"

STARTED, DONE, FAILED = "started", "done", "failed"

WANTED = {
    **{"input": str, "status": str, "output": str, "hash": str, "seed": int},
    **{"settings": dict, "written": list},
}
"""What every line has, and what resuming needs; all else is for those who read the log."""

EMPTY = ("", 0, None, (), {})
"""Values of other fields that are left out."""


def now() -> str:
    """The time, UTC, as the log has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Entry:
    """One line: an input, and what became of it."""

    input: str
    """The file's path in the input folder, with forward slashes; or an object's name."""

    status: Literal["started", "done", "failed"]

    output: str
    """Name that the result was given, with its suffix; further shapes have numbers."""

    hash: str
    """SHA-256 of the input's content."""

    seed: int

    settings: Mapping[str, Value]
    """Everything else that the result depends on."""

    time: str = field(default_factory=now)
    """When the line was written, UTC."""

    written: tuple[str, ...] = ()
    """Names of the files or objects that were made."""

    seconds: Mapping[str, float] = field(default_factory=dict)
    """Time by stage, and "total" from start to end as the batch saw it."""

    category: str = ""
    faces: int = 0
    closed: bool | None = None
    confidence: float | None = None
    """That an artist would keep the result, in [0, 1]."""

    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What was done otherwise than asked, with as good a result."""

    error: str = ""
    """The sentence of a failure."""

    version: str = ""
    """Of Isoform."""

    @property
    def is_doubtful(self) -> bool:
        """Whether something was made that somebody should look at before using it."""
        is_made = self.status == DONE and self.faces > 0
        return is_made and is_doubtful(self.confidence or 0.0, self.warnings)


class BatchLog:
    """The log of one output folder, read when it is opened.

    Args:
        folder: Existing.

    Raises:
        InputError: The log is there and cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOG_NAME
        self._ended: dict[str, Entry] = {}
        self._outputs: dict[str, str] = {}
        self._is_torn = False
        try:
            content = self.path.read_bytes() if self.path.exists() else b""
        except OSError as error:
            raise InputError(
                f"the log {self.path} cannot be read ({error.strerror}); "
                "move it away or choose another folder"
            ) from error
        for line in content.splitlines():
            if (entry := _entry_of(line)) is not None:
                self._remember(entry)
        self._is_torn = content != b"" and not content.endswith(b"\n")

    @property
    def outputs(self) -> Mapping[str, str]:
        """The output's name that every input was given last."""
        return self._outputs

    def done(self, asked: Entry, defaults: Mapping[str, Value]) -> Entry | None:
        """The line of an input that was done with the content, seed and settings of `asked`.

        Args:
            asked: The line of what is to be done now.
            defaults: What a setting is taken for that the log does not tell: it was written
                before there was such a setting.
        """
        entry = self._ended.get(asked.input)
        if entry is None or entry.status != DONE:
            return None
        is_same = (entry.hash, entry.seed) == (asked.hash, asked.seed)
        return entry if is_same and {**defaults, **entry.settings} == dict(asked.settings) else None

    def append(self, entry: Entry) -> None:
        """Adds a line, on the disk when this returns.

        Raises:
            InputError: It cannot be written.
        """
        line = json.dumps(_told(entry), allow_nan=False).encode() + b"\n"
        start = b"\n" if self._is_torn else b""
        try:
            with self.path.open("ab") as file:
                self._is_torn = True
                file.write(start + line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise InputError(
                f"the log {self.path} cannot be written ({error.strerror}); free some disk space "
                "or choose another folder, and resume",
                remedy=remedy_of(error),
            ) from error
        self._is_torn = False
        self._remember(entry)

    def _remember(self, entry: Entry) -> None:
        self._outputs[entry.input] = entry.output
        if entry.status != STARTED:
            self._ended[entry.input] = entry


def _told(entry: Entry) -> dict[str, object]:
    """What the line says: nothing of what there is nothing to say about."""
    values = asdict(entry) | {"written": list(entry.written)}
    return {name: each for name, each in values.items() if name in WANTED or each not in EMPTY}


def _entry_of(line: bytes) -> Entry | None:
    """The entry, or None where the line is none."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict):
        return None
    if not all(isinstance(values.get(name), kind) for name, kind in WANTED.items()):
        return None
    if not all(isinstance(each, str) for each in values["written"]):
        return None
    known = {name: values[name] for name in WANTED} | {"written": tuple(values["written"])}
    if known["status"] not in (STARTED, DONE, FAILED):
        return None
    return Entry(**known, time=str(values.get("time", "")))
