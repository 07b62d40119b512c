"""A job from the panel: advanced by the timer, cancelled, killed, kept waiting."""

import os
import signal
from pathlib import Path

import pytest

pytestmark = pytest.mark.blender


@pytest.fixture
def run(isoform):
    """What the panel shows."""
    import bpy

    return bpy.context.window_manager.isoform


def objects():
    import bpy

    return sorted(each.name for each in bpy.data.objects)


def worker_of(isoform):
    return isoform.jobs.supervisor._link._process


def test_the_timer_inserts_the_result_and_tells_the_panel(isoform, follow, run, picture):
    follow.start(picture("stool.png"))
    assert run.is_running
    follow.until(lambda: not run.is_running)
    assert objects() == ["stool"]
    assert run.status == "Chair: 12 faces, closed, 0.2 s"
    assert not run.is_error
    assert isoform.jobs.supervisor.job is None
    assert not list(isoform.jobs.supervisor._folder.glob("*/"))


def test_a_result_from_the_timer_is_one_undo_step(isoform, follow, run, picture):
    import bpy

    bpy.ops.mesh.primitive_cube_add()
    follow.start(picture("stool.png"))
    bpy.ops.ed.undo_push(message="before")  # the module starts without an undo history
    follow.until(lambda: not run.is_running)
    assert objects() == ["Cube", "stool"]
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen):
        bpy.ops.ed.undo()
    assert objects() == ["Cube"]
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen):
        bpy.ops.ed.redo()
    assert objects() == ["Cube", "stool"]
    assert list(bpy.data.objects["stool"]["isoform_code"]) == [64, 0, 0, 1]


def test_a_warning_is_shown_below_the_result(isoform, follow, run, picture):
    import bpy

    bpy.context.scene.isoform.face_limit = 4
    follow.start(picture("stool.png"))
    follow.until(lambda: not run.is_running)
    assert (run.is_error, run.hint) == (False, "the mesh has more faces than asked")


def test_the_panel_shows_stage_and_fraction(isoform, follow, run, picture):
    follow.start(picture("slow.png"))
    follow.until(lambda: run.fraction == 0.5)
    assert run.status.startswith("Field")
    follow.until(lambda: "s left" in run.status)


def test_one_worker_does_one_job_after_another(isoform, follow, run, picture):
    for name in ("first.png", "second.png"):
        follow.start(picture(name))
        process = worker_of(isoform).pid
        follow.until(lambda: not run.is_running)
    assert objects() == ["first", "second"]
    assert worker_of(isoform).pid == process


def test_a_cancel_is_honoured_and_the_scene_untouched(isoform, follow, run, picture):
    import bpy

    follow.start(picture("slow.png"))
    process = worker_of(isoform)
    follow.until(lambda: run.fraction == 0.5)
    assert bpy.ops.isoform.cancel() == {"FINISHED"}
    follow.until(lambda: not run.is_running)
    assert run.status == "Cancelled"
    assert objects() == []
    assert process.poll() is None


def test_a_worker_that_ignores_a_cancel_is_terminated(isoform, follow, run, picture):
    follow.start(picture("deaf.png"))
    process = worker_of(isoform)
    follow.until(lambda: run.fraction == 0.5)
    isoform.jobs.cancel()
    follow.until(lambda: not run.is_running)
    assert process.poll() is not None
    assert (run.status, run.is_error) == ("Cancelled", False)
    follow.start(picture("next.png"))
    follow.until(lambda: not run.is_running)
    assert objects() == ["next"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_worker_that_ignores_a_termination_is_killed(isoform, follow, run, picture, monkeypatch):
    monkeypatch.setattr(isoform.supervisor, "TERMINATE_AFTER_S", 0.2)
    monkeypatch.setattr(isoform.supervisor, "KILL_AFTER_S", 0.4)
    follow.start(picture("slow.png"))
    follow.until(lambda: run.fraction == 0.5)
    process = worker_of(isoform)
    process.send_signal(signal.SIGSTOP)  # hears neither the message nor the termination
    isoform.jobs.cancel()
    follow.until(lambda: not run.is_running)
    assert process.wait(1) == -signal.SIGKILL


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_killed_worker_is_noticed_at_once_and_the_next_job_works(isoform, follow, run, picture):
    follow.start(picture("slow.png"))
    follow.until(lambda: run.fraction == 0.5)
    (isoform.jobs.supervisor._folder / "worker.log").write_text("a\nthe last words\n")
    os.kill(worker_of(isoform).pid, signal.SIGKILL)
    follow.until(lambda: not run.is_running)
    assert run.is_error
    assert run.status.startswith("The worker process ended unexpectedly (signal 9); start")
    assert run.hint == "a\nthe last words"
    assert objects() == []
    follow.start(picture("next.png"))
    follow.until(lambda: not run.is_running)
    assert objects() == ["next"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_worker_that_hangs_is_given_up(isoform, follow, run, picture, monkeypatch):
    monkeypatch.setattr(isoform.supervisor, "PING_EVERY_S", 0.1)
    monkeypatch.setattr(isoform.supervisor, "HUNG_AFTER_S", 1.0)
    follow.start(picture("slow.png"))
    follow.until(lambda: run.fraction == 0.5)
    worker_of(isoform).send_signal(signal.SIGSTOP)
    follow.until(lambda: not run.is_running)
    assert "has not answered for 1 s" in run.status


def test_a_worker_that_talks_nonsense_is_ended(isoform, follow, run, picture):
    follow.start(picture("slow.png"))
    follow.until(lambda: run.fraction == 0.5)
    process = worker_of(isoform)
    with (isoform.jobs.supervisor._folder / "events.jsonl").open("ab") as events:
        events.write(b"nonsense\n")
    follow.until(lambda: not run.is_running)
    assert "cannot be read (no JSON" in run.status
    assert process.wait(2) is not None


def test_a_result_that_cannot_be_placed_is_said(isoform, follow, run, picture):
    import bpy

    other = bpy.data.scenes.new("other")
    follow.start(picture("stool.png"))
    bpy.context.window.scene = other
    bpy.data.scenes.remove(bpy.data.scenes["Scene"])
    follow.until(lambda: not run.is_running)
    assert run.status.startswith("The scene 'Scene' is gone")
    assert objects() == []


def test_a_fault_while_placing_ends_the_job_and_is_raised(
    isoform, follow, run, picture, monkeypatch
):
    monkeypatch.setattr(isoform.reconstruction, "place", lambda *_: {}["nothing"])
    follow.start(picture("stool.png"))
    with pytest.raises(KeyError, match="nothing"):
        follow.until(lambda: not run.is_running)
    assert (run.is_running, run.is_error) == (False, True)
    assert run.status == "The result could not be placed; see the console"
    assert isoform.jobs.supervisor.job is None


def test_a_result_waits_for_object_mode(isoform, follow, run, picture):
    import bpy

    bpy.ops.mesh.primitive_cube_add()
    follow.start(picture("stool.png"))
    bpy.ops.object.mode_set(mode="EDIT")
    follow.until(lambda: "back in Object Mode" in run.status)
    assert objects() == ["Cube"]
    bpy.ops.object.mode_set(mode="OBJECT")
    follow.until(lambda: not run.is_running)
    assert objects() == ["Cube", "stool"]


def test_a_cancel_reaches_a_result_that_waits(isoform, follow, run, picture):
    import bpy

    bpy.ops.mesh.primitive_cube_add()
    follow.start(picture("stool.png"))
    bpy.ops.object.mode_set(mode="EDIT")
    follow.until(lambda: "back in Object Mode" in run.status)
    isoform.jobs.cancel()
    follow.until(lambda: not run.is_running)
    bpy.ops.object.mode_set(mode="OBJECT")
    assert (objects(), run.status) == (["Cube"], "Cancelled")


def test_another_file_ends_the_job(isoform, follow, run, picture):
    import bpy

    follow.start(picture("slow.png"))
    follow.until(lambda: run.fraction == 0.5)
    process = worker_of(isoform)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert process.poll() is not None
    assert not bpy.context.window_manager.isoform.is_running
    assert isoform.jobs._tick() is None


def test_free_memory_is_taken_without_a_worker_and_with_one(isoform, picture):
    import bpy

    isoform.jobs.supervisor.stop()
    assert bpy.ops.isoform.free_memory() == {"FINISHED"}
    bpy.ops.isoform.reconstruct(filepath=str(picture("a.png")))
    assert bpy.ops.isoform.free_memory() == {"FINISHED"}
    bpy.ops.isoform.reconstruct(filepath=str(picture("b.png")))
    assert objects() == ["a", "b"]


def test_stopping_leaves_no_process_and_no_file(isoform, follow, run, picture):
    follow.start(picture("slow.png"))
    follow.until(lambda: run.fraction == 0.5)
    process, folder = worker_of(isoform), Path(isoform.jobs.supervisor._folder)
    isoform.jobs.supervisor.stop()
    assert process.poll() is not None
    assert not folder.exists()
    assert isoform.jobs._tick() is None
