"""Many inputs through a few workers: fed, watched, logged, resumed; a bad one stops no other.

    items -> hashed -> left out where the log has them -> workers -> store, log

Whoever owns a `Batch` calls `advance` again and again until it says that all is over: the command
line in a loop, Blender from a timer. Between two calls it may be dropped at any moment, or killed;
the log then knows enough to go on.
"""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from ..errors import FREE_DISK, InputError, IsoformError
from ..operations.settings.setting import Value, declared_in, values_of
from ..worker.protocol import Completed, Failed, Finished, Job, Result, Stopped
from .log import DONE, FAILED, STARTED, BatchLog, Entry, now


@dataclass(frozen=True)
class Item:
    """One input."""

    name: str
    """In the log; unique in its batch."""

    output: str
    """Name of the result, with its suffix."""

    content: Callable[[], Iterator[bytes]]
    """Gives what is hashed, in pieces small enough for one tick."""

    request: Callable[[Path], Job]
    """Gives the job, whose files then lie in the folder given."""


@runtime_checkable
class BatchWorker(Protocol):
    """A worker that does one job at a time."""

    def start(self, request: Callable[[Path], Job]) -> None:
        """Starts a job, and a process where none is alive.

        Raises:
            InputError: The request cannot be made.
            WorkerError: No worker can be started.
        """

    def outcome(self) -> Result | Failed | Stopped | None:
        """How the job ended; None while it runs. Files of the job are there until `clear`."""

    def clear(self) -> None:
        """Throws the ended job's files away."""

    def stop(self) -> None:
        """Ends the process, and with it any job."""


@dataclass(frozen=True)
class Stored:
    """What has become of a result in its store."""

    written: tuple[str, ...] = ()
    """Names of what was made."""

    notes: tuple[str, ...] = ()
    """One sentence for everything that was done otherwise than asked."""


@runtime_checkable
class Store(Protocol):
    """Where results go."""

    def check(self) -> None:
        """Finds out whether there is room for another result.

        Raises:
            InputError: There is none.
        """

    def has(self, names: Sequence[str]) -> bool:
        """Whether results of these names are all there."""

    def take(self, item: Item, result: Result) -> Stored:
        """Puts a result in its place.

        Raises:
            IsoformError: It cannot be put there.
        """


@dataclass(frozen=True)
class _Work:
    """An input that a worker has."""

    item: Item
    entry: Entry
    start_s: float


class Batch:
    """A batch on its way.

    Args:
        items: All inputs, in their order.
        workers: Workers; inputs are spread over them as they get free.
        log: Of the output folder.
        store: Takes the results.
        template: The request that lacks its input, for the log.
        is_resumed: Whether inputs are left out that the log has as done.
        version: Isoform's, for the log.
        tell: Called with the line of every input that has ended.
    """

    def __init__(
        self,
        items: Sequence[Item],
        workers: Sequence[BatchWorker],
        log: BatchLog,
        store: Store,
        template: Job,
        *,
        is_resumed: bool,
        version: str,
        tell: Callable[[Entry], None],
    ) -> None:
        self.total = len(items)
        self.done = self.failed = self.skipped = 0
        self.doubtful = 0
        """Of those that are done."""

        self._workers, self._log, self._store, self._tell = workers, log, store, tell
        self._template, self._is_resumed, self._version = template, is_resumed, version
        self._running: dict[int, _Work] = {}
        self._waiting: deque[_Work] = deque()
        self._preparing: Iterator[_Work | None] | None = self._prepared(items)

    @property
    def ended(self) -> int:
        """How many inputs need no more work."""
        return self.done + self.failed + self.skipped

    def advance(self, budget_s: float) -> bool:
        """One look at all workers; whether there is anything left to do.

        Args:
            budget_s: How long it may go on reading and hashing inputs that are not needed yet.

        Raises:
            InputError: The output folder cannot be written any more; `stop` is still to be called.
            WorkerError: No worker can be started.
        """
        for number, worker in enumerate(self._workers):
            if number in self._running and (outcome := worker.outcome()) is not None:
                self._conclude(self._running.pop(number), outcome)
                worker.clear()
        self._prepare(time.perf_counter() + budget_s)
        for number, worker in enumerate(self._workers):
            while number not in self._running and self._waiting:
                self._begin(number, worker, self._waiting.popleft())
        return bool(self._running or self._waiting or self._preparing)

    def stop(self) -> None:
        """Ends all workers; what they were at is begun anew when the batch is resumed."""
        self._preparing = None
        self._waiting.clear()
        self._running.clear()
        for worker in self._workers:
            worker.stop()

    def _prepare(self, end_s: float) -> None:
        """Reads and hashes as many inputs as there are workers ahead of them."""
        while self._preparing is not None and len(self._waiting) < len(self._workers):
            try:
                work = next(self._preparing)
            except StopIteration:
                self._preparing = None
                return
            if work is not None:
                self._waiting.append(work)
            if time.perf_counter() >= end_s:
                return

    def _prepared(self, items: Sequence[Item]) -> Iterator[_Work | None]:
        """Every input that must be worked on; None for every piece that was read on the way."""
        settings, seed = settings_of(self._template), values_of(self._template).get("seed", 0)
        declared = {each.name: each.default for each in declared_in(type(self._template))}
        defaults = {name: each for name, each in declared.items() if name in settings}
        for item in items:
            entry = Entry(
                input=item.name,
                status=STARTED,
                output=item.output,
                hash="",
                seed=seed,
                settings=settings,
                version=self._version,
            )
            digest = hashlib.sha256()
            try:
                for piece in item.content():
                    digest.update(piece)
                    yield None
            except (OSError, InputError) as error:
                sentence = f"{item.name} cannot be read ({error}); give another"
                self._end(replace(entry, status=FAILED, error=sentence))
                continue
            work = _Work(item, replace(entry, hash=digest.hexdigest()), 0.0)
            known = self._log.done(work.entry, defaults) if self._is_resumed else None
            if known is not None and self._store.has(known.written):
                self.skipped += 1
                yield None
            else:
                yield work

    def _begin(self, number: int, worker: BatchWorker, work: _Work) -> None:
        self._store.check()
        self._log.append(replace(work.entry, time=now()))
        try:
            worker.start(work.item.request)
        except InputError as error:
            self._end(replace(work.entry, status=FAILED, error=str(error)))
        else:
            self._running[number] = replace(work, start_s=time.monotonic())

    def _conclude(self, work: _Work, outcome: Result | Failed | Stopped) -> None:
        """Stores and logs how an input ended.

        Raises:
            InputError: The disk is full.
        """
        total_s = round(time.monotonic() - work.start_s, 3)
        entry = replace(work.entry, status=FAILED, seconds={"total": total_s})
        if isinstance(outcome, Failed | Stopped):
            sentence = outcome.sentence if isinstance(outcome, Failed) else "it was stopped"
            if isinstance(outcome, Failed) and outcome.remedy == FREE_DISK:
                raise InputError(sentence, remedy=FREE_DISK)
            self._end(replace(entry, error=sentence))
            return
        try:
            stored = self._store.take(work.item, outcome)
        except IsoformError as error:
            self._end(replace(entry, error=str(error)))
            return
        stages = {stage: round(each, 4) for stage, each in outcome.seconds.items()}
        done = replace(
            entry,
            status=DONE,
            written=stored.written,
            seconds={**stages, "total": total_s},
            warnings=outcome.warnings,
            notes=tuple(dict.fromkeys((*outcome.notes, *stored.notes))),
        )
        self._end(_with_facts(done, outcome))

    def _end(self, entry: Entry) -> None:
        entry = replace(entry, time=now())
        self._log.append(entry)
        self.done += entry.status == DONE
        self.doubtful += entry.is_doubtful
        self.failed += entry.status == FAILED
        self._tell(entry)


def settings_of(template: Job) -> Mapping[str, Value]:
    """What a result depends on beside its input and the seed, as JSON keeps it."""
    values = values_of(template)
    values.pop("seed", None)  # it has a place of its own in the log
    return {"kind": template.kind, **values}


def _with_facts(entry: Entry, result: Result) -> Entry:
    """The line, with what there is to tell of the result's mesh."""
    if not isinstance(result, Finished | Completed):
        return entry
    entry = replace(entry, category=result.category, confidence=round(result.confidence, 4))
    if isinstance(result, Finished):
        return replace(entry, faces=result.faces, closed=result.closed)
    entry = replace(entry, warnings=result.warnings_of(0))
    if not result.hypotheses:
        return entry
    best = result.hypotheses[0]
    return replace(entry, faces=best.faces, closed=best.closed)
