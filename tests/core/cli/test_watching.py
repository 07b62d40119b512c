"""What a person who watches a command sees."""

import json
import sys
import time

import pytest

from core.cli.watching import progress_bar
from tests.core.cli.doubt import Run


def test_a_watching_person_sees_progress(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    status, out, err = run("--json")
    assert status == 0
    assert "%" in err
    assert json.loads(out)["closed"]


def test_nobody_who_does_not_watch_is_shown_anything(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as progress:
        assert progress is None
    assert capsys.readouterr() == ("", "")


def test_the_bar_shows_the_stage_and_how_far_it_is_and_is_gone_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr("tqdm.std.tqdm.monitor_interval", 0)
    with progress_bar() as progress:
        for stage, fraction in (("prior", 0.0), ("surface", 0.25), ("surface", 1.0)):
            time.sleep(0.15)  # the bar is drawn ten times a second
            progress(stage, fraction)
    shown = capsys.readouterr().err.split("\r")
    assert any("surface" in each and " 25% |" in each for each in shown)
    assert any("surface" in each and "100% |" in each for each in shown)
    assert shown[-2].strip() == ""
