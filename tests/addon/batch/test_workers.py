"""A supervised worker of a batch: started, lost, stopped."""

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

pytestmark = pytest.mark.blender


@pytest.fixture
def worker(isoform, tmp_path):
    """A worker with the fake engine, whose jobs lie in folders that are counted."""
    count = iter(range(100))

    def new_folder():
        folder = tmp_path / f"folder_{next(count)}"
        folder.mkdir()
        return folder

    supervisor = isoform.supervision.Supervisor(lambda: Path(sys.executable), new_folder)
    worker = isoform.pool.PoolWorker(supervisor, new_folder)
    yield worker
    worker.stop()
    assert list(tmp_path.glob("folder_*")) == []


@pytest.fixture
def asking(isoform, picture):
    """Makes the request of a picture."""
    settings = __import__("bpy").context.scene.isoform
    template = isoform.batch_operators.pictures_asked(settings, "cpu")

    def asking(name):
        path = str(picture(name))
        return lambda folder: replace(
            template, job=folder.name, folder=str(folder), pictures=(path,)
        )

    return asking


def end_of(worker):
    end = time.monotonic() + 30
    while (outcome := worker.outcome()) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    return outcome


def test_one_worker_does_one_job_after_another(isoform, worker, asking):
    worker.start(asking("a.png"))
    process = worker._supervisor._client._process
    assert isinstance(end_of(worker), isoform.messages.Finished)
    worker.clear()
    worker.start(asking("blank.png"))
    assert isinstance(end_of(worker), isoform.messages.Failed)
    assert worker._supervisor._client._process is process
    worker.clear()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_job_that_loses_its_worker_is_tried_once_more(isoform, worker, asking):
    worker.start(asking("slow.png"))
    process = worker._supervisor._client._process
    while worker._task.progress is None:
        assert worker.outcome() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    while worker._supervisor._client is None or worker._supervisor._client._process is process:
        assert worker.outcome() is None
    assert worker._task.state == "running"


def test_a_request_that_cannot_be_made_leaves_no_folder(isoform, worker, tmp_path):
    def refuse(folder):
        raise isoform.errors.InputError("the object is gone; bring it back")

    with pytest.raises(isoform.errors.InputError, match="the object is gone"):
        worker.start(refuse)
    assert list(tmp_path.glob("folder_*")) == []


def test_stopping_ends_the_worker_and_its_job(worker, asking):
    worker.start(asking("slow.png"))
    process = worker._supervisor._client._process
    worker.stop()
    assert process.poll() is not None
