"""What an artist does with jobs: cancelled, repeated, taken off the list, and memory given back."""

import pytest

pytestmark = pytest.mark.blender


def objects():
    import bpy

    return sorted(each.name for each in bpy.data.objects)


def test_free_memory_is_taken_without_a_worker_idle_and_busy(isoform, worker, follow, run, picture):
    import bpy

    isoform.scheduler.supervisor.stop()
    assert bpy.ops.isoform.free_memory() == {"FINISHED"}
    bpy.ops.isoform.reconstruct(filepath=str(picture("a.png")))
    process = worker()
    assert bpy.ops.isoform.free_memory() == {"FINISHED"}
    assert process.poll() is not None  # idle: all of it goes back at once
    job = follow.start(picture("slow.png"))
    follow.until(lambda: run.fraction == 0.5)
    assert bpy.ops.isoform.free_memory() == {"FINISHED"}
    isoform.scheduler.queue.cancel(job)
    follow.until(lambda: not run.is_running)
    assert worker().poll() is None
    bpy.ops.isoform.reconstruct(filepath=str(picture("b.png")))
    assert objects() == ["a", "b"]


def test_a_job_that_is_not_there_is_neither_fixed_nor_inserted_nor_removed(isoform, capfd):
    import bpy

    operators = bpy.ops.isoform
    for operator in (operators.fix_job, operators.insert_here):
        assert operator(number=99) == {"CANCELLED"}
    said = capfd.readouterr().out
    assert "There is no failed job that a button can fix" in said
    assert "There is no result that waits to be inserted" in said
    for operator in (operators.remove_job, operators.copy_report, operators.retry_job):
        assert operator(number=99) == {"CANCELLED"}


def test_a_job_that_has_ended_is_taken_off_the_list_and_one_that_waits_is_cancelled_first(
    isoform, follow, run, picture
):
    import bpy

    jobs = [follow.start(picture(name)) for name in ("slow.png", "second.png")]
    assert bpy.ops.isoform.remove_job(number=jobs[1].number) == {"FINISHED"}
    assert isoform.scheduler.queue.jobs == jobs[:1]
    bpy.ops.isoform.remove_job(number=jobs[0].number)
    assert jobs[0].cancelled_s is not None
    follow.until(lambda: not run.is_running)
    assert bpy.ops.isoform.clear_jobs() == {"FINISHED"}
    assert isoform.scheduler.queue.jobs == []
    assert not jobs[1].folder.exists()


def test_results_are_inserted_in_object_mode_alone(isoform, bowl):
    import bpy

    bowl()
    assert bpy.ops.isoform.insert_here.poll()
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="Results are placed in Object Mode: switch to it first"):
        bpy.ops.isoform.insert_here()
    bpy.ops.object.mode_set(mode="OBJECT")
