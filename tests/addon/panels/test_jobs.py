"""What the panels draw of jobs that have ended."""

from types import SimpleNamespace

import pytest

from ..layouts import Layout

pytestmark = pytest.mark.blender


def test_a_good_result_is_told_from_a_doubtful_one(isoform, follow, run, picture, context):
    import bpy

    icons, seen = isoform.panel_jobs.ICONS, {}
    for name in ("stool.png", "doubtful.png"):
        job = follow.start(picture(name))
        follow.until(lambda: not run.is_running)
        row, layout = run.jobs[-1], Layout()
        isoform.panel_jobs._draw_ended(context, layout, job)
        seen[name] = (row.look, row.status, layout.drawn[0][0])
    assert seen == {
        "stool.png": ("done", "Done", icons["done"]),
        "doubtful.png": ("doubtful", "Doubtful", icons["doubtful"]),
    }
    assert run.status == "Chair, doubtful: 12 faces, closed, 25 % sure, 0.2 s"
    assert bpy.data.objects["doubtful"]["isoform_confidence"] == 0.25
    assert bpy.data.objects["stool"]["isoform_confidence"] == 0.75


def test_the_list_repeats_no_warning_of_the_job_that_is_shown_above_it(
    isoform, follow, run, picture, context
):
    import bpy

    bpy.context.scene.isoform.face_limit = 4
    drawn = []
    for name in ("first.png", "second.png"):
        follow.start(picture(name))
        follow.until(lambda: not run.is_running)
    for index in range(2):
        run.active_job = index
        panel = SimpleNamespace(layout=Layout())
        place = SimpleNamespace(window_manager=bpy.context.window_manager, **vars(context))
        isoform.panel_jobs.ISOFORM_PT_jobs.draw(panel, place)
        drawn.append(panel.layout.sentences("ERROR"))
    assert drawn == [["The mesh has more faces than asked"], []]


def test_a_completion_that_added_nothing_looks_neither_good_nor_doubtful(
    isoform, bowl, follow, run, context
):
    import bpy

    bowl()
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.fill_holes()
    bpy.ops.object.mode_set(mode="OBJECT")
    job, layout = follow.complete(), Layout()
    follow.until(lambda: not run.is_running)
    isoform.panel_jobs._draw_ended(context, layout, job)
    assert (run.jobs[-1].look, run.jobs[-1].status) == ("unchanged", "Unchanged")
    assert layout.sentences("ERROR") == []
    *_, why = layout.sentences("INFO")
    assert why == "The mesh is whole already"


def test_more_warnings_than_a_log_has_lines_are_all_drawn(isoform, follow, run, picture, context):
    job, layout = follow.start(picture("stool.png")), Layout()
    follow.until(lambda: not run.is_running)
    warnings = tuple(f"warning {number}" for number in range(isoform.panel_jobs.HINT_LINES + 3))
    job.placed = isoform.job.Placed("stool", "Chair", warnings, ("it is elsewhere",))
    isoform.panel_jobs._draw_ended(context, layout, job)
    assert layout.sentences("ERROR") == [each.capitalize() for each in warnings]
    assert layout.sentences("INFO") == ["It is elsewhere"]


def test_jobs_that_an_update_has_ended_are_named(isoform, run, context, monkeypatch):
    import bpy

    place = SimpleNamespace(window_manager=bpy.context.window_manager, **vars(context))
    assert not isoform.panel_jobs.ISOFORM_PT_jobs.poll(place)
    monkeypatch.setattr(isoform.scheduler, "lost", ["stool", "bowl"])
    assert isoform.panel_jobs.ISOFORM_PT_jobs.poll(place)
    panel = SimpleNamespace(layout=Layout())
    isoform.panel_jobs.ISOFORM_PT_jobs.draw(panel, place)
    (said,) = panel.layout.sentences("ERROR")
    assert said == (
        "Isoform was updated before these jobs were done; start them again: stool, bowl"
    )
