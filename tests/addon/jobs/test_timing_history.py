"""How far a whole job is: the stage alone at first, all stages once one of the kind has ended."""

import pytest

pytestmark = pytest.mark.blender

SECONDS = {"inputs": 1.0, "prior": 2.0, "surface": 4.0, "finish": 1.0}


@pytest.fixture
def expectation(isoform):
    return isoform.timing_history


def progress(isoform, stage, fraction, eta_s=None):
    return isoform.messages.StageProgress("1", stage, fraction, eta_s)


def test_without_experience_the_stage_stands_for_the_job(isoform, expectation):
    seen = progress(isoform, "surface", 0.25, 3.0)
    assert expectation.TimingHistory().expected_s("reconstruct", 128) == {}
    assert expectation.whole_fraction(seen, {}) == 0.25
    assert expectation.whole_left_s(seen, {}) == 3.0
    assert expectation.whole_left_s(progress(isoform, "surface", 0.0), {}) is None


@pytest.mark.parametrize(
    ("stage", "fraction", "eta_s", "whole", "left_s"),
    [
        ("model", 0.0, None, 0.0, 8.0),
        ("inputs", 0.0, None, 0.0, 8.0),
        ("prior", 0.5, None, 0.25, 6.0),
        ("surface", 0.5, None, 0.625, 3.0),
        ("surface", 0.5, 10.0, 0.625, 11.0),
        ("finish", 1.0, None, 1.0, 0.0),
    ],
)
def test_with_it_all_stages_count(isoform, expectation, stage, fraction, eta_s, whole, left_s):
    seen = progress(isoform, stage, fraction, eta_s)
    assert expectation.whole_fraction(seen, SECONDS) == pytest.approx(whole)
    assert expectation.whole_left_s(seen, SECONDS) == pytest.approx(left_s)


def test_experience_is_of_a_kind_and_grows_with_the_resolution(expectation):
    history = expectation.TimingHistory()
    history.learn("reconstruct", 128, SECONDS)
    assert history.expected_s("complete", 128) == {}
    expected = {"inputs": 1.0, "prior": 2.0, "surface": 16.0, "finish": 4.0}
    assert history.expected_s("reconstruct", 256) == expected
    history.learn("reconstruct", 64, {"inputs": 3.0})
    assert history.expected_s("reconstruct", 64) == {"inputs": 3.0}


def test_the_second_job_of_a_kind_is_told_as_a_whole(isoform, follow, run, picture):
    follow.start(picture("stool.png"))
    follow.until(lambda: not run.is_running)
    job = follow.start(picture("slow.png"))
    assert job.expected_s == {"field": 0.25}
    follow.until(lambda: run.fraction == 0.5)
    follow.until(lambda: "s left" in run.status)
