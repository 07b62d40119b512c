"""A supervised worker of a pool: its end and its death are seen, the next job works."""

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
from core.worker.pool import PoolWorker
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
    """Where the worker's folders are made."""
    (tmp_path / "folders").mkdir()
    return tmp_path / "folders"


@pytest.fixture
def worker(tmp_path: Path, folders: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PoolWorker]:
    """A worker with the script above, whose folders are numbered from 0 on."""
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
    worker = PoolWorker(
        Supervisor(lambda: Path(sys.executable), new_folder, AS_THIS_ONE), new_folder
    )
    yield worker
    worker.stop()
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


def wait_for(worker: PoolWorker) -> Result | Failed | Stopped:
    end = time.monotonic() + 20
    while (outcome := worker.outcome()) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    return outcome


def end_of(worker: PoolWorker) -> Result | Failed | Stopped:
    outcome = wait_for(worker)
    worker.clear()
    return outcome


def process_of(worker: PoolWorker) -> object:
    return worker._supervisor._client._process


def test_one_process_does_one_job_after_another(worker: PoolWorker, folders: Path) -> None:
    worker.start(asking("one"))
    process = process_of(worker)
    assert end_of(worker) == Failed("0", "one", "", "")
    worker.start(asking("two"))
    assert end_of(worker) == Failed("2", "two", "", "")
    assert process_of(worker) is process
    assert [each.name for each in folders.iterdir()] == ["1"]  # the worker's own


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_job_whose_workers_are_killed_twice_fails_and_the_next_has_a_new_one(
    worker: PoolWorker,
) -> None:
    worker.start(asking("slow"))
    for _ in range(2):
        assert worker.outcome() is None
        process = process_of(worker)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        while worker._task.outcome is None and process_of(worker) is process:
            worker.outcome()
    outcome = end_of(worker)
    assert isinstance(outcome, Failed)
    assert outcome.sentence.startswith("the worker process ended unexpectedly (signal 9), twice;")
    worker.start(asking("next"))
    assert end_of(worker).sentence == "next"


def test_a_python_that_cannot_run_a_worker_is_said(worker: PoolWorker, folders: Path) -> None:
    (folders / "cannot").touch()
    worker.start(asking("one"))
    with pytest.raises(WorkerError, match=r"^the Python lacks torch; choose one$"):
        end_of(worker)


def test_stopping_ends_a_busy_process(worker: PoolWorker) -> None:
    worker.start(asking("slow"))
    process = process_of(worker)
    worker.stop()
    assert process.poll() is not None
    worker.stop()


def test_a_folder_that_cannot_be_made_is_said(worker: PoolWorker, folders: Path) -> None:
    worker.start(asking("one"))
    end_of(worker)
    (folders / "2").touch()
    with pytest.raises(WorkerError, match="cannot be made"):
        worker.start(asking("two"))
