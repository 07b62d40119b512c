"""Stages are timed and told, and stop between two steps."""

import pytest

from core.errors import Cancelled
from core.operations.stages import Stages


def test_every_stage_is_told_from_nought_to_one():
    told = []
    stages = Stages(lambda *each: told.append(each), None)
    with stages.run("field"):
        stages.tell("field", 0.5)
    with stages.run("surface"):
        pass
    assert told == [
        *(("field", 0.0), ("field", 0.5), ("field", 1.0)),
        *(("surface", 0.0), ("surface", 1.0)),
    ]


def test_the_seconds_of_a_stage_that_runs_twice_are_added(monkeypatch):
    now = iter([10.0, 11.0, 20.0, 22.5, 30.0, 30.25])
    monkeypatch.setattr("core.operations.stages.time.perf_counter", lambda: next(now))
    stages = Stages(None, None)
    for name in ("field", "field", "surface"):
        with stages.run(name):
            pass
    assert stages.seconds == {"field": 3.5, "surface": 0.25}


def test_a_cancel_is_heard_before_a_stage_begins_and_none_is_told():
    told = []
    stages = Stages(lambda *each: told.append(each), lambda: True)
    with pytest.raises(Cancelled, match="stopped as asked; nothing was changed"), stages.run("fit"):
        raise AssertionError("the stage has begun")
    assert (told, stages.seconds) == ([], {})


def test_a_cancel_is_heard_while_a_stage_tells_how_far_it_is():
    answers = iter([False, False, True])
    stages = Stages(None, lambda: next(answers))
    done = []

    def work():
        with stages.run("fit"):
            for number in range(5):
                stages.tell("fit", number / 5)
                done.append(number)

    with pytest.raises(Cancelled):
        work()
    assert done == [0]


def test_a_stage_that_fails_is_not_told_as_done():
    told = []
    stages = Stages(lambda *each: told.append(each), None)
    with pytest.raises(ZeroDivisionError), stages.run("fit"):
        _ = 1 / 0
    assert told == [("fit", 0.0)]
    assert stages.seconds == {}
