"""A supervised worker as a lane: its end and its death are seen, the next job works."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from core.errors import WorkerError
from core.operations.settings import Correction
from core.worker import supervision
from core.worker.client import AS_THIS_ONE, WorkerClient
from core.worker.pool import WorkerLane
from core.worker.protocol import Failed, Job, Matte, Result, Stopped
from core.worker.supervision import Supervisor

WORKER = r"""
import json, sys, time
from pathlib import Path

folder = Path(sys.argv[1])
print("words that are no events", flush=True)
if (folder.parent / "cannot").exists():
    sys.stderr.write("the Python lacks torch; choose one\n")
    raise SystemExit(2)
for line in sys.stdin:
    job = json.loads(line)
    if job["picture"] == "slow":
        time.sleep(60)
    event = {"kind": "error", "job": job["job"], "sentence": job["picture"]}
    with (folder / "events.jsonl").open("a") as events:
        events.write(json.dumps({"kind": "heartbeat"}) + "\n")
        events.write(json.dumps(event | {"hint": "", "remedy": ""}) + "\n")
"""
"""Fails every job with the picture's name for a sentence."""


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Where the lane's folders are made."""
    (tmp_path / "folders").mkdir()
    return tmp_path / "folders"


@pytest.fixture
def lane(tmp_path: Path, folders: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerLane]:
    """A lane with the worker above, whose folders are numbered from 0 on."""
    script = tmp_path / "server.py"
    script.write_text(WORKER)
    count = iter(range(100))

    def new_folder() -> Path:
        folder = folders / str(next(count))
        try:
            folder.mkdir()
        except OSError as error:
            raise WorkerError(
                f"the folder {folder} cannot be made; free some disk space"
            ) from error
        return folder

    monkeypatch.setattr(supervision, "WorkerClient", partial(WorkerClient, script=script))
    lane = WorkerLane(Supervisor(lambda: Path(sys.executable), new_folder, AS_THIS_ONE), new_folder)
    yield lane
    lane.stop()
    assert [each for each in folders.iterdir() if each.is_dir()] == []


def asking(picture: str) -> Callable[[Path], Job]:
    return lambda folder: Matte(
        job=folder.name,
        folder=str(folder),
        picture=picture,
        correction=Correction(),
        model="starter",
        device="cpu",
    )


def wait_for(lane: WorkerLane) -> Result | Failed | Stopped:
    end = time.monotonic() + 20
    while (outcome := lane.outcome()) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    return outcome


def end_of(lane: WorkerLane) -> Result | Failed | Stopped:
    outcome = wait_for(lane)
    lane.clear()
    return outcome


def process_of(lane: WorkerLane) -> object:
    return lane._supervisor._client._process


def test_one_process_does_one_job_after_another(lane: WorkerLane, folders: Path) -> None:
    lane.start(asking("one"))
    process = process_of(lane)
    assert end_of(lane) == Failed("0", "one", "", "")
    lane.start(asking("two"))
    assert end_of(lane) == Failed("2", "two", "", "")
    assert process_of(lane) is process
    assert [each.name for each in folders.iterdir()] == ["1"]  # the worker's own


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_job_whose_workers_are_killed_twice_fails_and_the_next_has_a_new_one(
    lane: WorkerLane,
) -> None:
    lane.start(asking("slow"))
    for _ in range(2):
        assert lane.outcome() is None
        process = process_of(lane)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        while lane._task.outcome is None and process_of(lane) is process:
            lane.outcome()
    outcome = end_of(lane)
    assert isinstance(outcome, Failed)
    assert outcome.sentence.startswith("the worker process ended unexpectedly (signal 9), twice;")
    lane.start(asking("next"))
    assert end_of(lane).sentence == "next"


def test_a_python_that_cannot_run_a_worker_is_said(lane: WorkerLane, folders: Path) -> None:
    (folders / "cannot").touch()
    lane.start(asking("one"))
    with pytest.raises(WorkerError, match=r"^the Python lacks torch; choose one$"):
        end_of(lane)


def test_stopping_ends_a_busy_process(lane: WorkerLane) -> None:
    lane.start(asking("slow"))
    process = process_of(lane)
    lane.stop()
    assert process.poll() is not None
    lane.stop()


def test_a_folder_that_cannot_be_made_is_said(lane: WorkerLane, folders: Path) -> None:
    lane.start(asking("one"))
    end_of(lane)
    (folders / "2").touch()
    with pytest.raises(WorkerError, match="cannot be made"):
        lane.start(asking("two"))
