"""What the artist sees of a job, from its request, its progress and its outcome."""

from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.blender


@pytest.fixture
def job(isoform):
    """Makes a job that was not asked of anybody."""

    def make(resolution=128, **known):
        settings = isoform.settings.ReconstructSettings(resolution=resolution)
        request = isoform.job_messages.template(isoform.messages.Reconstruct, settings)
        return isoform.job.Job(request, place=None, **known)

    return make


@pytest.mark.parametrize("state", ["waiting", "running", "ready"])
def test_what_ends_by_itself_is_under_way(job, state):
    assert job(state=state).is_under_way


@pytest.mark.parametrize("state", ["kept", "done", "failed", "cancelled"])
def test_what_has_ended_is_not(job, state):
    assert not job(state=state).is_under_way


@pytest.mark.parametrize("state", ["waiting", "running", "kept", "failed", "cancelled"])
def test_until_it_is_done_a_job_looks_as_its_state(job, state):
    assert job(state=state).look == state


@pytest.mark.parametrize(("is_doubtful", "look"), [(False, "done"), (True, "doubtful")])
def test_what_is_done_looks_as_its_result(job, is_doubtful, look):
    done = job(state="done")
    done.outcome = SimpleNamespace(is_doubtful=is_doubtful)
    assert done.look == look


def test_a_cut_out_is_done_and_never_doubtful(isoform, job):
    done = job(state="done")
    done.outcome = isoform.messages.Matted("1", "a.png", 0.0, True, 9, {}, ("it is torn",))
    assert done.look == "done"


def test_only_a_running_job_is_somewhere_on_its_way(isoform, job):
    seen = isoform.messages.StageProgress("1", "surface", 0.5, 3.0)
    running, waiting = job(state="running"), job(state="waiting")
    assert (running.fraction, running.left_s) == (0.0, None)
    running.progress = waiting.progress = seen
    assert (running.fraction, running.left_s) == (0.5, 3.0)
    assert waiting.fraction == 0.0
    running.expected_s = {"inputs": 2.0, "surface": 2.0, "finish": 4.0}
    assert running.fraction == pytest.approx(3 / 8)


def test_a_cut_out_has_no_resolution(isoform, job):
    assert job(resolution=64).resolution == 64
    request = isoform.messages.Matte(
        job="1",
        folder="",
        picture="a.png",
        correction=isoform.settings.Correction(),
        model="starter",
        device="cpu",
    )
    assert isoform.job.Job(request, place=None).resolution is None


def test_seconds_are_those_between_the_stages_until_the_worker_has_measured_them(isoform, job):
    failed = job(state="failed")
    assert failed.seconds == {}
    failed.stage_starts, failed.ended_s = {"inputs": 10.0, "prior": 10.5, "surface": 12.0}, 13.0
    assert failed.seconds == {"inputs": 0.5, "prior": 1.5, "surface": 1.0}
    failed.outcome = isoform.messages.Matted("1", "a.png", 0.5, False, 1, {"inputs": 0.25})
    assert failed.seconds == {"inputs": 0.25}


def test_a_job_that_begins_once_more_is_nowhere_in_the_scene(isoform, job):
    again = job(state="failed")
    again.placed = isoform.job.Placed("Chair", "Chair", ("it is torn",), ("it is elsewhere",))
    assert again.placed.remarks == ("it is torn", "it is elsewhere")
    again.begin(5.0)
    assert (again.placed, again.state, again.started_s) == (None, "running", 5.0)
