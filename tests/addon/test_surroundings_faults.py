"""Real faults around the worker: garbage from it, no disk, no folder, no memory, a clock set back.

Blender goes on, the scene stays as it was, one sentence says what happened, the next job works.
"""

import ast
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.blender

ADDON = Path(__file__).parents[2] / "addon"


def objects():
    import bpy

    return sorted(each.name for each in bpy.data.objects)


GARBAGE = {
    "no JSON": b"nonsense\n",
    "binary": bytes(range(256)) + b"\n",
    "another kind": b'{"kind": "surprise"}\n',
    "no object": b"[1, 2]\n",
    "missing fields": b'{"kind": "progress", "job": "1"}\n',
    "not a number": b'{"kind": "progress", "job": "1", "stage": "a", "fraction": NaN, '
    b'"eta_s": null}\n',
    "deep": b"[" * 20_000 + b"\n",
    "endless": b"x" * (1 << 16),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_a_worker_that_talks_nonsense_is_replaced_and_the_job_is_done(
    isoform, worker, follow, run, picture, monkeypatch, name
):
    monkeypatch.setattr(isoform.client, "LONGEST_LINE_BYTES", 1 << 15)
    job = follow.start(picture("staged.png"))
    follow.until(lambda: "inputs" in job.stage_starts)
    process = worker()
    with (isoform.scheduler.supervisor._client.folder / "events.jsonl").open("ab") as events:
        events.write(GARBAGE[name])
    follow.until(lambda: job.deaths == 1)
    assert process.wait(2) is not None
    follow.until(lambda: not run.is_running)
    assert objects() == ["staged"]


def test_an_events_file_that_is_cut_off_twice_is_said(
    isoform, follow, run, picture, next_job_works
):
    job = follow.start(picture("slow.png"))
    for deaths in (1, 2):
        follow.until(lambda: run.fraction == 0.5)
        os.truncate(isoform.scheduler.supervisor._client.folder / "events.jsonl", 0)
        follow.until(lambda: job.deaths == deaths)  # noqa: B023 - called here and now
        follow.until(lambda: run.fraction == 0.0)
    assert "events.jsonl was cut off while the worker wrote it, twice" in run.status
    next_job_works()


@pytest.mark.skipif(os.name == "nt", reason="Windows holds open files")
def test_a_temporary_folder_that_was_cleaned_up_is_made_again(isoform, follow, run, picture):
    import bpy

    isoform.scheduler.supervisor.stop()
    shutil.rmtree(bpy.app.tempdir)
    follow.start(picture("stool.png"))
    follow.until(lambda: not run.is_running)
    assert objects() == ["stool"]


@pytest.mark.skipif(os.name == "nt", reason="Windows holds open files")
def test_a_worker_whose_folder_is_deleted_still_ends_its_job(isoform, follow, run, picture):
    job = follow.start(picture("staged.png"))
    follow.until(lambda: "prior" in job.stage_starts)
    shutil.rmtree(isoform.scheduler.supervisor._client.folder)
    follow.until(lambda: not run.is_running)
    assert objects() == ["staged"]


def test_a_job_whose_folder_is_deleted_fails_in_one_sentence(
    isoform, follow, run, picture, next_job_works
):
    job = follow.start(picture("staged.png"))
    follow.until(lambda: "prior" in job.stage_starts)
    shutil.rmtree(job.folder)
    follow.until(lambda: not run.is_running)
    assert run.status.startswith("A file of the job cannot be written")
    next_job_works()


@pytest.fixture
def small_disk(isoform, tmp_path):
    """Blender's temporary folder on a real disk of 1 MB."""
    import bpy

    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "isoform-test", str(disk)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user cannot mount a disk of 1 MB")
    isoform.scheduler.supervisor.stop()
    paths = bpy.context.preferences.filepaths
    before, paths.temporary_directory = paths.temporary_directory, str(disk)
    try:
        assert bpy.app.tempdir.startswith(str(disk))
        yield disk
    finally:
        isoform.scheduler.queue.clear()
        paths.temporary_directory = before
        subprocess.run(["umount", str(disk)], check=True)


def fill(disk):
    """A file that takes all that is left."""
    path = disk / "full"
    with path.open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 10, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return path


@pytest.mark.parametrize("when", ["asked", "starting", "running", "writing"])
def test_a_full_disk_is_said_with_its_remedy_and_the_job_is_done_once_there_is_room(
    isoform, small_disk, worker, follow, run, picture, when
):
    import bpy

    if when == "asked":
        full = fill(small_disk)
        with pytest.raises(isoform.errors.IsoformError, match="free some disk space") as caught:
            follow.start(picture("large.png"))
        assert caught.value.remedy == "free_disk"
        full.unlink()
        follow.start(picture("chair.png"))
    elif when == "starting":
        job = follow.start(picture("slow.png"))
        waiting = follow.start(picture("chair.png"))
        full = fill(small_disk)
        isoform.scheduler.supervisor.stop()
        job.outcome, job.state = isoform.messages.Stopped("1"), "cancelled"
        follow.until(lambda: not run.is_running)
        assert (waiting.failure.remedy, objects()) == ("free_disk", [])
        full.unlink()
        bpy.ops.isoform.retry_job(number=waiting.number)
    else:
        job = follow.start(picture("slow.png" if when == "running" else "large.png"))
        if when == "running":
            follow.until(lambda: run.fraction == 0.5)
            full = fill(small_disk)
        follow.until(lambda: not run.is_running)
        assert (job.state, job.failure.remedy) == ("failed", "free_disk")
        assert "free some disk space" in run.status
        assert isoform.remedies.label(job) == "Choose Another Folder..."
        assert objects() == []
        if when == "running":
            full.unlink()
        follow.start(picture("chair.png"))
    follow.until(lambda: not run.is_running)
    assert objects() == ["chair"]


def test_a_clock_that_is_set_back_changes_nothing(isoform, follow, run, picture, monkeypatch):
    """The worker's clock is set to 1970 by the picture, Blender's by each look."""
    wall = iter(range(10**9, 0, -1000))
    monkeypatch.setattr(time, "time", lambda: float(next(wall)))
    job = follow.start(picture("wallclock.png"))
    follow.until(lambda: not run.is_running)
    assert objects() == ["wallclock"]
    slow = follow.start(picture("slow.png"))
    follow.until(lambda: "s left" in run.status)
    isoform.scheduler.queue.cancel(slow)
    follow.until(lambda: not run.is_running)
    assert (job.state, slow.state) == ("done", "cancelled")
    assert job.seconds
    assert all(each >= 0 for each in job.seconds.values())


def test_nothing_of_the_jobs_asks_the_clock_on_the_wall():
    core = ADDON.parent / "core"
    files = [*(ADDON / "jobs").glob("*.py"), *(core / "worker").glob("*.py")]
    assert len(files) > 10
    faults = []
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                asked = f"{node.value.id}.{node.attr}"
                if asked in ("time.time", "datetime.now", "datetime.utcnow"):
                    faults.append(f"{path.name}:{node.lineno}: {asked}")
    assert faults == []


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's here")
def test_a_worker_without_memory_fails_in_one_sentence(isoform, failed_by_memory):
    job = failed_by_memory
    assert job.failure.remedy == "smaller_resolution"
    assert isoform.remedies.label(job) == "Use 48 Instead of 64"
    assert objects() == []


@pytest.fixture
def failed_by_memory(follow, run, picture):
    """A job that the worker has tried with ever less memory."""
    job = follow.start(picture("hungry.png"))
    follow.until(lambda: not run.is_running)
    return job
