"""A job's report for an issue: all that is needed, and nothing private."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.blender


def test_a_report_says_all_that_an_issue_needs_and_nothing_private(isoform, failed, monkeypatch):
    import bpy

    monkeypatch.setattr(Path, "home", lambda: job.folder.parent)
    job = failed("surprise.png")
    text = isoform.report.report(job, "5.0.1", "0.1.0")
    assert text.startswith("### Isoform: reconstruct, failed\n\n> the engine failed unexpectedly")
    for part in (
        *("- Isoform: 0.1.0", "- Blender: 5.0.1", "- System: ", "- Worker's Python: 3."),
        *("- Worker's numpy: ", "- Device: auto (asked for: auto)", '"resolution": 64'),
        *("KeyError: 'surprise'", "Traceback", "surprise.png", "- Seconds by stage: model"),
    ):
        assert part in text, part
    assert str(job.folder.parent) not in text
    assert "~/" in text
    assert bpy.ops.isoform.copy_report(number=job.number) == {"FINISHED"}


def test_a_home_of_windows_is_shortened_however_it_is_written(isoform):
    home = "C:\\Users\\Ann"
    text = 'C:\\Users\\Ann\\a.png and "C:\\\\Users\\\\Ann\\\\b.png" and C:/Users/Ann/c.png'
    expected = '~\\a.png and "~\\\\b.png" and ~/c.png'
    assert isoform.report.shortened(text, home) == expected
    assert isoform.report.shortened("/a/b", "/") == "/a/b"
    assert isoform.report.shortened("/home/ann/a /home/anna", "/home/ann") == "~/a /home/anna"
