"""The loop of a batch: every input is tried once, logged, and left out when it is done already."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from core.batch.log import BatchLog, Entry
from core.batch.running import Batch, Item, Stored, settings_of
from core.errors import FREE_DISK, EmptySurfaceError, InputError, WorkerError
from core.operations.settings import CompleteSettings, ReconstructSettings
from core.worker.job_messages import MeshCheck, template
from core.worker.protocol import Complete, Failed, Finished, Job, Reconstruct, Result, Stopped

TEMPLATE = Reconstruct(
    job="",
    folder="",
    pictures=(),
    category="auto",
    resolution=64,
    target_faces=None,
    seed=5,
    size_m=1.0,
    model="starter",
    device="cpu",
)


def finished(name: str) -> Finished:
    """The end of the job of the input `name`."""
    check = MeshCheck(pieces=1, open_edges=0, crowded_edges=0, flipped_edges=0)
    sure = 0.25 if name == "unsure" else 0.75
    return Finished(
        job="1",
        mesh="",
        code=(),
        category="chair",
        confidence=sure,
        seconds={"surface": 0.25},
        vertices=4,
        faces=4,
        closed=True,
        check=check,
        warnings=("rough",) if name == "rough" else (),
        written=(f"{name}.glb",),
        notes=("the CPU did the work",) if name == "noted" else (),
    )


class FakeWorker:
    """Ends every job at the second look, with what its input's name says."""

    def __init__(self, busy: list[int]) -> None:
        self.busy, self.looks, self.name, self.is_stopped = busy, 0, "", False

    def start(self, request: Callable[[Path], Job]) -> None:
        self.name = request(Path("/nowhere")).pictures[0]
        if self.name == "no worker":
            raise WorkerError("no Python with torch was found; choose one")
        self.looks = 0
        self.busy.append(self.busy[-1] + 1)

    def outcome(self) -> Result | Failed | Stopped | None:
        self.looks += 1
        if self.looks < 2:
            return None
        self.busy.append(self.busy[-1] - 1)
        if self.name == "bad":
            return Failed("1", "the picture is blank; choose another", "", "")
        if self.name == "full":
            return Failed("1", "the disk is full; free some space", "", FREE_DISK)
        return finished(self.name)

    def clear(self) -> None:
        self.name = ""

    def stop(self) -> None:
        self.is_stopped = True


class FakeStore:
    """Remembers what it was given."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.is_full = False

    def check(self) -> None:
        if self.is_full:
            raise InputError("the disk is full; free some space", remedy=FREE_DISK)

    def has(self, names: Sequence[str]) -> bool:
        return set(names) <= set(self.names)

    def take(self, item: Item, result: Result) -> Stored:
        if item.name == "empty":
            raise EmptySurfaceError("the result has no faces; try another")
        self.names += result.written
        return Stored(result.written, ("it is elsewhere",) if item.name == "noted" else ())


class Bench:
    """A folder, a store, and batches over them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.store = folder, FakeStore()
        self.busy, self.told = [0], []
        self.workers: list[FakeWorker] = []

    def batch(self, *names: str, workers: int = 1, is_resumed: bool = False) -> Batch:
        self.workers = [FakeWorker(self.busy) for _ in range(workers)]
        return Batch(
            [item(each) for each in names],
            self.workers,
            BatchLog(self.folder),
            self.store,
            TEMPLATE,
            is_resumed=is_resumed,
            version="1.2.3",
            tell=self.told.append,
        )

    def run(self, *names: str, workers: int = 1, is_resumed: bool = False) -> Batch:
        batch = self.batch(*names, workers=workers, is_resumed=is_resumed)
        to_end(batch)
        return batch

    def lines(self) -> list[dict]:
        return [json.loads(each) for each in BatchLog(self.folder).path.read_text().splitlines()]


def to_end(batch: Batch) -> None:
    while batch.advance(1.0):
        pass


def item(name: str) -> Item:
    def content() -> Iterator[bytes]:
        if name == "unreadable":
            raise PermissionError(13, "Permission denied")
        yield name.encode()

    def request(folder: Path) -> Job:
        if name == "refused":
            raise InputError("the object has no faces; select another")
        return Reconstruct(**{**vars(TEMPLATE), "pictures": (name,)})

    return Item(name, f"{name}.glb", content, request)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def counts(batch: Batch) -> tuple[int, int, int]:
    return batch.done, batch.failed, batch.skipped


def test_every_input_becomes_a_result_and_two_lines(bench: Bench) -> None:
    batch = bench.run("a", "b", "c")
    assert counts(batch) == (3, 0, 0)
    assert batch.ended == batch.total == 3
    assert bench.store.names == ["a.glb", "b.glb", "c.glb"]
    assert [(each["input"], each["status"]) for each in bench.lines()] == [
        *(("a", "started"), ("a", "done")),
        *(("b", "started"), ("b", "done")),
        *(("c", "started"), ("c", "done")),
    ]


def test_a_line_tells_seed_settings_seconds_and_what_came_out(bench: Bench) -> None:
    bench.run("rough")
    line = bench.lines()[-1]
    assert line["seed"] == 5
    assert line["settings"] == dict(settings_of(TEMPLATE))
    assert line["settings"] == {
        **{"kind": "reconstruct", "category": "auto", "resolution": 64, "target_faces": None},
        **{"size_m": 1.0, "model": "starter", "device": "cpu"},
    }
    assert line["seconds"]["surface"] == 0.25
    assert line["seconds"]["total"] >= 0
    assert (line["category"], line["faces"], line["closed"]) == ("chair", 4, True)
    assert (line["confidence"], line["warnings"]) == (0.75, ["rough"])
    assert line["version"] == "1.2.3"
    assert line["hash"] == "f811eb5c56eeb90a48b9dfc01b860424a8c7b4bd349119d07a8969dd7811b127"


RECONSTRUCTED = {"kind": "reconstruct", "category": "auto", "resolution": 128}
RECONSTRUCTED |= {"target_faces": 500, "size_m": 1.0, "model": "starter", "device": "auto"}
COMPLETED = {"kind": "complete", "category": "sofa", "pose": "auto", "keep": "exact"}
COMPLETED |= {"hypotheses": 2, "empty": "none", "noise": None, "resolution": 64}
COMPLETED |= {"model": "starter", "device": "cpu", "anyway": False}


@pytest.mark.parametrize(
    ("logged", "asked"),
    [
        (RECONSTRUCTED, template(Reconstruct, ReconstructSettings(target_faces=500))),
        (
            COMPLETED,
            template(
                Complete,
                CompleteSettings(
                    category="sofa", keep="exact", hypotheses=2, resolution=64, device="cpu"
                ),
            ),
        ),
    ],
    ids=["pictures", "meshes"],
)
def test_what_version_0_1_0_has_logged_is_not_done_again(
    tmp_path: Path, logged: dict[str, object], asked: Job
) -> None:
    line = {"input": "a", "status": "done", "output": "a.glb", "seed": 0, "settings": logged}
    line |= {"hash": hashlib.sha256(b"a").hexdigest(), "written": ["a.glb"], "version": "0.1.0"}
    log = BatchLog(tmp_path)
    log.path.write_text(json.dumps(line) + "\n")
    store = FakeStore()
    store.names.append("a.glb")
    options = {"is_resumed": True, "version": "0.1.0", "tell": lambda _: None}
    batch = Batch([item("a")], [FakeWorker([0])], BatchLog(tmp_path), store, asked, **options)
    to_end(batch)
    assert counts(batch) == (0, 0, 1)


def test_doubtful_results_are_counted_and_a_note_alone_makes_none(bench: Bench) -> None:
    batch = bench.run("a", "rough", "unsure", "bad", "noted")
    assert (batch.done, batch.failed, batch.doubtful) == (4, 1, 2)
    assert [each.input for each in bench.told if each.is_doubtful] == ["rough", "unsure"]
    assert bench.lines()[-1]["notes"] == ["the CPU did the work", "it is elsewhere"]


def test_a_bad_input_stops_no_other(bench: Bench) -> None:
    batch = bench.run("a", "bad", "unreadable", "refused", "empty", "z")
    assert counts(batch) == (2, 4, 0)
    assert bench.store.names == ["a.glb", "z.glb"]
    errors = {each.input: each.error for each in bench.told if each.status == "failed"}
    assert errors == {
        "bad": "the picture is blank; choose another",
        "unreadable": "unreadable cannot be read ([Errno 13] Permission denied); give another",
        "refused": "the object has no faces; select another",
        "empty": "the result has no faces; try another",
    }


def test_all_workers_work_at_once_and_no_more(bench: Bench) -> None:
    batch = bench.run(*"abcdefgh", workers=3)
    assert counts(batch) == (8, 0, 0)
    assert max(bench.busy) == 3
    assert sorted(bench.store.names) == [f"{each}.glb" for each in "abcdefgh"]


def test_a_resumed_batch_leaves_out_what_is_done_and_tries_failures_again(bench: Bench) -> None:
    bench.run("a", "bad", "b")
    bench.store.names.remove("b.glb")
    batch = bench.run("a", "bad", "b", "new", is_resumed=True)
    assert counts(batch) == (2, 1, 1)
    assert sorted(bench.store.names) == ["a.glb", "b.glb", "new.glb"]


def test_without_resume_everything_is_done_again(bench: Bench) -> None:
    bench.run("a")
    assert counts(bench.run("a")) == (1, 0, 0)


def test_a_full_disk_stops_the_batch_which_can_be_resumed(bench: Bench) -> None:
    batch = bench.batch("a", "full", "b")
    with pytest.raises(InputError, match="the disk is full") as caught:
        to_end(batch)
    assert caught.value.remedy == FREE_DISK
    batch.stop()
    assert bench.workers[0].is_stopped
    assert counts(bench.run("a", "b", is_resumed=True)) == (1, 0, 1)


def test_a_store_without_room_stops_the_batch_before_any_work(bench: Bench) -> None:
    bench.store.is_full = True
    with pytest.raises(InputError, match="the disk is full"):
        bench.run("a")
    assert bench.busy == [0]


def test_no_worker_at_all_stops_the_batch(bench: Bench) -> None:
    with pytest.raises(WorkerError, match="no Python with torch"):
        bench.run("no worker", "b")


def test_a_batch_that_is_dropped_in_the_middle_is_resumed(bench: Bench) -> None:
    batch = bench.batch(*"abcd", workers=2)
    while len(bench.store.names) < 2:
        batch.advance(1.0)
    batch.stop()
    assert not batch.advance(1.0)
    done = len(bench.store.names)
    assert counts(bench.run(*"abcd", is_resumed=True)) == (4 - done, 0, done)


def test_reading_ahead_takes_no_longer_than_it_may(bench: Bench) -> None:
    names = [str(each) for each in range(50)]
    bench.run(*names)
    batch = bench.batch(*names, is_resumed=True)
    assert batch.advance(0.0)
    assert batch.skipped <= 1
    assert batch.advance(10.0) is False
    assert batch.skipped == 50


def test_entries_are_told_as_they_end(bench: Bench) -> None:
    bench.run("a", "bad")
    assert [type(each) for each in bench.told] == [Entry, Entry]
    assert [each.status for each in bench.told] == ["done", "failed"]
