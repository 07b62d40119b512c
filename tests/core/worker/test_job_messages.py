"""What requests and results tell beside their fields."""

from dataclasses import replace

import pytest

from core.doubts import DOUBTFUL_BELOW
from core.operations.settings import CompleteSettings, ReconstructSettings
from core.operations.settings.setting import settings_in
from core.worker.job_messages import template
from core.worker.protocol import Complete, Reconstruct
from tests.core.worker.answers import COMPLETED, FINISHED, HYPOTHESIS


def test_a_low_confidence_or_a_warning_makes_a_result_doubtful_and_a_note_does_not():
    good = replace(FINISHED, warnings=())
    assert not good.is_doubtful
    assert FINISHED.is_doubtful
    assert replace(good, confidence=DOUBTFUL_BELOW - 0.01).is_doubtful
    assert not replace(good, confidence=DOUBTFUL_BELOW).is_doubtful


def test_a_completion_is_doubtful_for_its_best_shape_and_never_where_nothing_was_added():
    torn, whole = HYPOTHESIS, replace(HYPOTHESIS, warnings=())
    assert replace(COMPLETED, hypotheses=(torn, whole)).is_doubtful
    assert not replace(COMPLETED, hypotheses=(whole, torn)).is_doubtful
    assert replace(COMPLETED, hypotheses=(whole,), confidence=0.25).is_doubtful
    nothing = replace(COMPLETED, hypotheses=(), unchanged=True, confidence=0.0, warnings=("whole",))
    assert not nothing.is_doubtful


def test_the_warnings_of_a_shape_are_the_common_ones_and_its_own_once():
    best = replace(HYPOTHESIS, warnings=("it is torn", "it has a gap"))
    other = replace(HYPOTHESIS, warnings=("it has a gap", "it is flat"))
    # those of the best are among the completion's as well
    common = ("the pose is ambiguous", "it is torn", "it has a gap")
    completed = replace(COMPLETED, hypotheses=(best, other), warnings=common)
    assert completed.warnings_of(0) == common
    assert completed.warnings_of(1) == ("the pose is ambiguous", "it has a gap", "it is flat")


@pytest.mark.parametrize("own", [(), ("nothing is missing",)])
def test_of_a_completion_without_shapes_the_warnings_are_its_own(own):
    assert replace(COMPLETED, hypotheses=(), warnings=own).warnings_of(3) == own


def test_a_template_has_the_settings_and_lacks_the_input():
    settings = ReconstructSettings(category="lamp", resolution=64, size_m=2.0, device="cpu")
    asked = template(Reconstruct, settings)
    assert settings_in(ReconstructSettings, asked) == settings
    assert (asked.job, asked.folder, asked.pictures, asked.output) == ("", "", (), "")
    assert template(Complete, CompleteSettings(keep="none")).mesh == ""


def test_a_template_of_a_request_leaves_its_job_and_its_input_behind():
    asked = replace(template(Complete, CompleteSettings(hypotheses=3)), job="8", mesh="a.npz")
    assert template(Complete, asked) == replace(asked, job="", mesh="")
