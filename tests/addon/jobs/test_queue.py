"""The list of jobs: in order, moved, cancelled, tried again, fixed, reported, forgotten."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.blender


def objects():
    import bpy

    return sorted(each.name for each in bpy.data.objects)


def rows():
    import bpy

    return [(row.name, row.look) for row in bpy.context.window_manager.isoform.jobs]


@pytest.fixture
def three(isoform, follow, picture):
    """A running job and two that wait."""
    return [follow.start(picture(name)) for name in ("slow.png", "second.png", "third.png")]


def test_jobs_wait_behind_the_one_that_runs_and_are_done_in_order(follow, run, picture):
    names = ("one.png", "two.png", "three.png")
    jobs = [follow.start(picture(name)) for name in names]
    assert rows() == [("one", "running"), ("two", "waiting"), ("three", "waiting")]
    follow.until(lambda: not run.is_running)
    assert [job.state for job in jobs] == ["done"] * 3
    assert objects() == ["one", "three", "two"]
    assert jobs[0].ended_s <= jobs[1].ended_s <= jobs[2].ended_s


def test_what_was_captured_counts_and_not_what_becomes_of_it(isoform, follow, run, picture):
    import bpy

    follow.start(picture("slow.png"))
    path = picture("chair.png")
    bpy.context.scene.cursor.location = (1, 2, 3)
    bpy.context.scene.isoform.face_limit = 4
    job = follow.start(path)
    kept = Path(job.request.pictures[0])
    assert (kept.parents[1], kept.name) == (job.folder, "chair.png")
    assert kept.read_bytes() == path.read_bytes()
    path.unlink()
    bpy.context.scene.cursor.location = (9, 9, 9)
    bpy.context.scene.isoform.face_limit = 0
    bpy.ops.isoform.cancel()
    follow.until(lambda: not run.is_running)
    thing = bpy.data.objects["chair"]
    assert (tuple(thing.location), list(thing["isoform_code"])) == ((1, 2, 3), [64, 0, 4, 1])


def test_waiting_jobs_move_and_the_running_one_does_not(isoform, three, run):
    import bpy

    run.active_job = 2
    assert bpy.ops.isoform.move_job(step=-1) == {"FINISHED"}
    assert [name for name, _ in rows()] == ["slow", "third", "second"]
    assert run.jobs[run.active_job].name == "third"  # the same job is still the active one
    bpy.ops.isoform.move_job(step=-1)
    bpy.ops.isoform.move_job(step=1)
    bpy.ops.isoform.move_job(step=1)
    assert [name for name, _ in rows()] == ["slow", "second", "third"]
    run.active_job = 0
    assert not bpy.ops.isoform.move_job.poll()


def test_a_waiting_job_is_cancelled_at_once_and_the_others_go_on(three, follow, run):
    import bpy

    bpy.ops.isoform.cancel(number=three[1].number)
    assert rows() == [("slow", "running"), ("second", "cancelled"), ("third", "waiting")]
    bpy.ops.isoform.cancel(number=three[0].number)
    follow.until(lambda: not run.is_running)
    assert [job.state for job in three] == ["cancelled", "cancelled", "done"]
    assert objects() == ["third"]


def test_a_cancelled_job_is_done_when_tried_again(isoform, three, follow, run):
    import bpy

    for job in three[:2]:
        bpy.ops.isoform.cancel(number=job.number)
    follow.until(lambda: not run.is_running)
    assert bpy.ops.isoform.retry_job(number=three[1].number) == {"FINISHED"}
    follow.until(lambda: not run.is_running)
    assert three[1].state == "done"
    assert objects() == ["second", "third"]
    assert bpy.ops.isoform.retry_job(number=three[1].number) == {"CANCELLED"}
    # one that a worker was told to stop, in the same worker
    bpy.ops.isoform.retry_job(number=three[0].number)
    follow.until(lambda: run.fraction == 0.5)


def test_removing_forgets_the_job_and_its_files(three, follow, run):
    import bpy

    folders = [job.folder for job in three]
    bpy.ops.isoform.remove_job(number=three[2].number)
    assert [name for name, _ in rows()] == ["slow", "second"]
    bpy.ops.isoform.remove_job(number=three[0].number)  # runs: cancelled first
    follow.until(lambda: not run.is_running)
    assert rows() == [("slow", "cancelled"), ("second", "done")]
    bpy.ops.isoform.clear_jobs()
    assert rows() == []
    assert not any(folder.exists() for folder in folders)


def test_jobs_that_have_ended_do_not_pile_up(isoform, follow, run, picture, monkeypatch):
    monkeypatch.setattr(isoform.queue, "ENDED_SHOWN", 2)
    failed = [follow.start(picture("blank.png")) for _ in range(3)]
    done = [follow.start(picture("stool.png")) for _ in range(4)]
    follow.until(lambda: not run.is_running)
    assert [state for _, state in rows()] == ["failed", "failed", "done", "done"]
    assert isoform.scheduler.queue.jobs == [*failed[1:], *done[2:]]
    assert not failed[0].folder.exists()


def test_a_cut_out_comes_before_what_waits_and_is_not_listed(isoform, three, follow, picture):
    import bpy

    settings = bpy.context.scene.isoform
    correction = isoform.cut_out.Correction()
    order = isoform.cut_out.Order("picture", settings.picture, correction, "starter")
    job = isoform.scheduler.add(bpy.context, order, first=True)
    assert isoform.scheduler.queue.jobs == [three[0], job, *three[1:]]
    bpy.ops.isoform.cancel(number=three[0].number)
    follow.until(lambda: job.state == "done")
    assert [name for name, _ in rows()] == ["slow", "second", "third"]


def test_a_script_is_done_next_and_the_others_stay_in_the_list(isoform, three, follow, picture):
    import bpy

    isoform.scheduler.queue.cancel(three[0])
    bpy.ops.isoform.reconstruct(filepath=str(picture("script.png")))
    assert objects() == ["script"]
    assert rows() == [("slow", "cancelled"), ("second", "waiting"), ("third", "waiting")]
