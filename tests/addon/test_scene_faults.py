"""What happens meanwhile: files loaded, undo pressed, the add-on disabled, Blender closed.

Results go to the scene that they were asked for or are kept; nothing is inserted elsewhere by
itself, and nothing is lost.
"""

import ast
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.blender

SCRIPT = Path(__file__).parent / "closing_script.py"


def objects():
    import bpy

    return sorted(each.name for each in bpy.data.objects)


def rows():
    import bpy

    return [(row.name, row.look) for row in bpy.context.window_manager.isoform.jobs]


def new_file():
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    preferences = bpy.context.preferences.addons["isoform"].preferences
    preferences.python_path = sys.executable


def step(name):
    """Blender's undo or redo; a script has to name the window."""
    import bpy

    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen):
        getattr(bpy.ops.ed, name)()
    bpy.context.view_layer.update()


def panel():
    import bpy

    return bpy.context.window_manager.isoform


def test_a_file_that_is_loaded_leaves_the_jobs_at_work_and_its_own_scene_alone(
    isoform, worker, follow, picture
):
    import bpy

    jobs = [follow.start(picture(name)) for name in ("staged.png", "second.png")]
    follow.until(lambda: "inputs" in jobs[0].stage_starts)
    process = worker()
    new_file()
    assert bpy.context.scene.name == "Scene"  # as the one was called that is gone
    assert rows() == [("staged", "running"), ("second", "waiting")]
    follow.until(lambda: not panel().is_running)
    assert (worker().pid, objects()) == (process.pid, [])
    assert rows() == [("staged", "kept"), ("second", "kept")]
    assert "Insert Here" in panel().status
    bpy.context.scene.cursor.location = (1, 2, 3)
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.isoform.insert_here("EXEC_DEFAULT", True, number=jobs[0].number) == {"FINISHED"}
    assert tuple(bpy.data.objects["staged"].location) == (1, 2, 3)
    assert rows() == [("staged", "done"), ("second", "kept")]
    step("undo")
    assert objects() == []


def test_a_kept_result_survives_another_file_and_a_list_that_is_cleared(isoform, follow, picture):
    import bpy

    job = follow.start(picture("stool.png"))
    new_file()
    follow.until(lambda: not panel().is_running)
    bpy.ops.isoform.clear_jobs()
    new_file()
    assert rows() == [("stool", "kept")]
    bpy.ops.isoform.insert_here()
    assert (objects(), job.state) == (["stool"], "done")


def test_the_file_that_was_saved_while_a_job_ran_shows_the_jobs_of_now(
    isoform, follow, picture, tmp_path
):
    import bpy

    path = str(tmp_path / "saved.blend")
    job = follow.start(picture("slow.png"))
    follow.until(lambda: panel().fraction == 0.5)
    bpy.ops.wm.save_as_mainfile(filepath=path)
    isoform.scheduler.queue.cancel(job)
    follow.until(lambda: not panel().is_running)
    bpy.ops.isoform.clear_jobs()
    bpy.ops.wm.open_mainfile(filepath=path)
    assert (rows(), panel().is_running, panel().status) == ([], False, "")


def test_a_completion_whose_file_is_gone_is_inserted_where_the_original_stood(
    isoform, bowl, follow
):
    import bpy

    bowl(location=(4, 0, 0))
    job = follow.complete()
    new_file()
    follow.until(lambda: not panel().is_running)
    assert (job.state, objects()) == ("kept", [])
    bpy.context.scene.cursor.location = (9, 9, 9)
    bpy.ops.isoform.insert_here()
    thing = bpy.data.objects["Bowl completed"]
    assert tuple(thing.location) == (4, 0, 0)
    assert len(thing.data.polygons) == 5 + 4


def test_undo_during_a_job_takes_the_original_and_not_the_result(isoform, bowl, follow):
    import bpy

    bpy.ops.ed.undo_push(message="empty")
    bowl()
    bpy.ops.ed.undo_push(message="bowl")
    job = follow.complete(seed=0)
    step("undo")
    assert objects() == []
    follow.until(lambda: not panel().is_running)
    assert (job.state, objects()) == ("done", ["Bowl completed"])
    assert "an original object is gone; the result stands where it was" in panel().hint


def test_undo_and_redo_during_a_job_change_nothing(isoform, bowl, follow):
    import bpy

    bpy.ops.ed.undo_push(message="empty")
    bowl()
    bpy.ops.ed.undo_push(message="bowl")
    follow.complete()
    step("undo")
    isoform.scheduler._tick()
    step("redo")
    follow.until(lambda: not panel().is_running)
    assert objects() == ["Bowl", "Bowl completed"]
    assert [each.name for each in bpy.data.objects if each.visible_get()] == ["Bowl completed"]


def test_undo_that_takes_the_scene_away_keeps_the_result(isoform, follow, picture):
    import bpy

    bpy.ops.ed.undo_push(message="one scene")
    bpy.context.window.scene = bpy.data.scenes.new("Second")
    bpy.ops.ed.undo_push(message="two scenes")
    job = follow.start(picture("stool.png"))
    step("undo")
    assert [each.name for each in bpy.data.scenes] == ["Scene"]
    follow.until(lambda: not panel().is_running)
    assert (job.state, objects()) == ("kept", [])
    step("redo")
    bpy.ops.isoform.insert_here()
    assert objects() == ["stool"]


def test_a_result_goes_to_its_scene_while_another_is_looked_at(isoform, follow, picture):
    import bpy

    scene = bpy.context.scene
    follow.start(picture("stool.png"))
    bpy.context.window.scene = bpy.data.scenes.new("Other")
    follow.until(lambda: not panel().is_running)
    assert [each.name for each in scene.objects] == ["stool"]
    assert len(bpy.context.window.scene.objects) == 0


@pytest.fixture
def closed(staged, picture):
    """Runs a Blender of its own to its end, which its worker has not outlived by a second."""

    pytest.importorskip("bpy", reason="Blender's module is not installed")

    def run(way, name="slow.png"):
        command = [sys.executable, "-I", str(SCRIPT), str(staged), str(picture(name))]
        process = subprocess.Popen(
            [*command, sys.executable, way],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        output = process.communicate(timeout=60)[0]
        start = time.monotonic()
        lines = [line for line in output.splitlines() if line.startswith("{'worker'")]
        assert lines, output
        told = ast.literal_eval(lines[-1])
        while is_running(told["worker"]):
            assert time.monotonic() - start < 1.0, "the worker outlives Blender"
            time.sleep(0.01)
        return told

    return run


def is_running(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    status = Path(f"/proc/{pid}/stat")  # one that nobody has waited for yet has ended all the same
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


@pytest.mark.parametrize("way", ["end", "quit", "kill"])
@pytest.mark.skipif(os.name == "nt", reason="asks for processes as POSIX does")
def test_no_worker_outlives_blender_however_it_is_closed(closed, way):
    told = closed(way)
    if way != "kill":  # a killed one cannot clean up
        assert not Path(told["folder"]).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends between two steps")
def test_a_worker_that_cannot_listen_does_not_outlive_blender(closed):
    closed("kill", "gripping.png")


@pytest.mark.skipif(os.name == "nt", reason="asks for processes as POSIX does")
def test_disabling_ends_the_worker_and_enabling_offers_the_jobs_again(closed):
    told = closed("disable")
    assert told["ended"]
    assert told["rows"] == [("slow", "cancelled"), ("slow", "cancelled")]
