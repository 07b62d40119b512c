"""A worker as the command line drives it: its end and its death are seen, the next job works."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.commands import lanes
from core.errors import WorkerError
from core.messages import Failed, Job, Matte, Result, Stopped
from core.operations.settings import Correction

WORKER = r"""
import json, sys, time
from pathlib import Path

folder = Path(sys.argv[1])
print("words that are no events", flush=True)
if folder.name == "cannot":
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
def lane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[lanes.WorkerLane]:
    """A lane with the worker above."""
    script, folder = tmp_path / "worker.py", tmp_path / "lane"
    script.write_text(WORKER)
    folder.mkdir()
    monkeypatch.setattr(lanes, "SCRIPT", script)
    lane = lanes.WorkerLane(folder)
    yield lane
    lane.stop()


def asking(picture: str) -> Callable[[Path], Job]:
    return lambda folder: Matte(
        job=folder.name,
        folder=str(folder),
        picture=picture,
        correction=Correction(),
        model="starter",
        device="cpu",
    )


def end_of(lane: lanes.WorkerLane) -> Result | Failed | Stopped:
    end = time.monotonic() + 20
    while (outcome := lane.outcome()) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    lane.clear()
    return outcome


def test_one_process_does_one_job_after_another(lane: lanes.WorkerLane) -> None:
    lane.start(asking("one"))
    process = lane._process
    assert end_of(lane) == Failed("1", "one", "", "")
    lane.start(asking("two"))
    assert end_of(lane) == Failed("2", "two", "", "")
    assert lane._process is process
    assert not list(lane._folder.glob("*/"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_killed_worker_fails_its_job_and_the_next_has_a_new_one(lane: lanes.WorkerLane) -> None:
    lane.start(asking("slow"))
    assert lane.outcome() is None
    os.kill(lane._process.pid, signal.SIGKILL)
    outcome = end_of(lane)
    assert isinstance(outcome, Failed)
    assert outcome.sentence.startswith("the worker process ended unexpectedly (signal 9); try")
    assert outcome.remedy == ""
    lane.start(asking("next"))
    assert end_of(lane).sentence == "next"


def test_a_python_that_cannot_run_a_worker_is_said(lane: lanes.WorkerLane, tmp_path: Path) -> None:
    (tmp_path / "cannot").mkdir()
    other = lanes.WorkerLane(tmp_path / "cannot")
    other.start(asking("one"))
    with pytest.raises(WorkerError, match=r"^the Python lacks torch; choose one$"):
        end_of(other)
    other.stop()


def test_stopping_ends_a_busy_process(lane: lanes.WorkerLane) -> None:
    lane.start(asking("slow"))
    process = lane._process
    lane.stop()
    assert process.poll() is not None
    lane.stop()


def test_a_folder_that_is_gone_is_said(lane: lanes.WorkerLane) -> None:
    lane.start(asking("one"))
    end_of(lane)
    (lane._folder / "2").mkdir()
    with pytest.raises(WorkerError, match="cannot be made"):
        lane.start(asking("two"))
