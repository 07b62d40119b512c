"""A task on its way: what is known of it, and what is forgotten when it begins once more."""

from dataclasses import replace
from pathlib import Path

from core.operations.settings import CompleteSettings
from core.worker.job_messages import Complete, template
from core.worker.protocol import Failed, StageProgress, Stopped
from core.worker.task import Task

REQUEST = template(Complete, CompleteSettings())


def test_a_new_task_waits_and_nothing_is_known_of_it():
    task = Task(REQUEST)
    assert (task.state, task.progress, task.outcome, task.failure) == ("waiting", None, None, None)
    assert (task.deaths, task.stage_starts, task.versions) == (0, {}, {})


def test_a_task_fails_by_a_failure_and_by_nothing_else():
    task, failed = Task(REQUEST), Failed("1", "no memory", "", "")
    task.outcome = Stopped("1")
    assert task.failure is None
    task.outcome = failed
    assert task.failure is failed


def test_its_files_lie_where_its_request_says():
    task = Task(replace(REQUEST, folder="/jobs/7"))
    assert task.folder == Path("/jobs/7")


def test_a_task_that_begins_once_more_forgets_how_it_went_but_not_its_dead_workers():
    task = Task(REQUEST, state="failed", deaths=1, versions={"torch": "2.9"}, log_tail="oh")
    task.progress = StageProgress("1", "fit", 0.5, None)
    task.outcome, task.cancelled_s = Stopped("1"), 3.0
    task.stage_starts["fit"] = 2.0
    task.begin(10.0)
    assert (task.state, task.started_s, task.deaths) == ("running", 10.0, 1)
    assert (task.progress, task.outcome, task.cancelled_s) == (None, None, None)
    assert (task.stage_starts, task.log_tail) == ({}, "")


def test_tasks_of_the_same_request_are_two():
    one, other = Task(REQUEST), Task(REQUEST)
    assert one != other
    assert one.stage_starts is not other.stage_starts
