"""What the list says of every job, and that its rows are written where they differ alone."""

from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.blender


@pytest.fixture
def job(isoform):
    """Makes a job that was not asked of anybody."""
    numbers = iter(range(1, 100))

    def make(state="waiting", name="chair", **known):
        settings = isoform.settings.ReconstructSettings()
        request = isoform.job_messages.template(isoform.messages.Reconstruct, settings)
        made = isoform.job.Job(request, place=None, name=name, state=state, **known)
        made.number = next(numbers)
        return made

    return make


class Jobs(list):
    """A collection as Blender has it, that tells what was written into it."""

    def __init__(self):
        super().__init__()
        self.written = []

    def add(self):
        jobs = self

        class Item:
            def __setattr__(self, name, value):
                object.__setattr__(self, name, value)
                if name == "number":
                    jobs.written.append(value)

        self.append(Item())

    def remove(self, index):
        del self[index]


@pytest.fixture
def shown(isoform):
    """Gives the rows of these jobs, and what of them was written just now."""
    group, rows = SimpleNamespace(jobs=Jobs(), active_job=0), isoform.rows.Rows()
    changes = iter(range(100))

    def write(*jobs, changed=True):
        if changed:
            group.changes = next(changes)
        running = next((each for each in jobs if each.state == "running"), None)
        queue = SimpleNamespace(jobs=list(jobs), running=running, changes=group.changes)
        group.jobs.written.clear()
        is_news = rows.write(group, queue)
        return is_news, [each.name for each in group.jobs], [*group.jobs.written]

    write.group, write.rows = group, rows
    return write


def test_of_no_jobs_there_are_no_rows(shown):
    assert shown() == (True, [], [])
    assert shown.group.active_job == 0


def test_rows_are_the_jobs_in_their_order_without_helpers(job, shown):
    one, helper, two = job(name="one"), job(name="helper", is_listed=False), job(name="")
    assert shown(one, helper, two)[1] == ["one", "Reconstruct"]


def test_where_only_the_progress_has_changed_one_row_is_written(isoform, job, shown):
    running, waiting = job("running"), job()
    shown(running, waiting)
    assert shown(running, waiting, changed=False) == (False, ["chair", "chair"], [])
    running.progress = isoform.messages.StageProgress("1", "surface", 0.5, None)
    is_news, _, written = shown(running, waiting, changed=False)
    assert (is_news, written) == (True, [running.number])
    assert (shown.group.jobs[0].fraction, shown.group.jobs[0].status) == (0.5, "Surface")


def test_a_helper_that_goes_on_is_news_and_no_row(isoform, job, shown):
    helper = job("running", is_listed=False)
    shown(helper)
    assert shown(helper, changed=False) == (True, [], [])
    assert shown(helper, changed=False) == (False, [], [])
    helper.progress = isoform.messages.StageProgress("1", "inputs", 0.5, None)
    assert shown(helper, changed=False) == (True, [], [])


def test_the_active_job_stays_the_active_one_where_it_is_still_there(job, shown):
    jobs = [job(name=name) for name in ("one", "two", "three")]
    shown(*jobs)
    shown.group.active_job = 2
    shown(jobs[2], *jobs[:2])
    assert shown.group.active_job == 0
    shown(*jobs[:2])
    assert shown.group.active_job == 1  # it is gone: the last one


def test_rows_of_another_file_are_all_written_again(job, shown):
    jobs = [job(name=name) for name in ("one", "two")]
    shown(*jobs)
    assert shown(*jobs)[2] == []
    shown.rows.forget()
    assert shown(*jobs)[2] == [each.number for each in jobs]


@pytest.mark.parametrize(
    ("known", "short", "whole"),
    [
        ({"state": "waiting"}, "Waiting", "Waiting"),
        (
            {"state": "waiting", "deaths": 1},
            "Waiting",
            "The engine ended by itself; trying once more",
        ),
        ({"state": "running"}, "Starting the engine", "Starting the engine"),
        ({"state": "running", "deaths": 1}, *["Starting the engine once more"] * 2),
        ({"state": "running", "cancelled_s": 1.0}, "Cancelling", "Cancelling"),
        (
            {"state": "ready"},
            "Finished",
            "Finished; placed as soon as you are back in Object Mode",
        ),
        (
            {"state": "kept"},
            "Kept",
            "Finished, but its scene is closed: Insert Here places it in the open one",
        ),
        ({"state": "kept", "note": "Save it first"}, "Kept", "Save it first"),
        ({"state": "cancelled"}, "Cancelled", "Cancelled"),
    ],
)
def test_every_state_has_a_word_and_a_sentence(isoform, job, known, short, whole):
    made = job(**known)
    assert isoform.rows.short_status_of(made) == short
    assert isoform.rows.status_of(made) == whole


def test_a_failed_job_says_why_and_a_done_one_what_became_of_it(isoform, job):
    failed, done = job("failed"), job("done")
    failed.outcome = isoform.messages.Failed("1", "there is no memory", "", "")
    assert isoform.rows.status_of(failed) == "There is no memory"
    done.placed = isoform.job.Placed("Chair", "Chair: 12 faces", ())
    done.outcome = SimpleNamespace(is_doubtful=True)
    assert isoform.rows.status_of(done) == "Chair: 12 faces"
    assert isoform.rows.short_status_of(done) == "Doubtful"


def test_a_running_job_says_its_stage_and_how_long_it_takes(isoform, job):
    running = job("running")
    running.progress = isoform.messages.StageProgress("1", "latent", 0.5, 3.4)
    assert isoform.rows.status_of(running) == "Fitting, 3 s left"
    running.progress = isoform.messages.StageProgress("1", "something", 0.0, None)
    assert isoform.rows.status_of(running) == "Something"
