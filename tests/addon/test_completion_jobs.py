"""A completion from the panel: undone in one step, and what happens in the scene meanwhile."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.blender


@pytest.fixture
def ended(follow, run):
    """Plays the timer until the job has ended."""
    return lambda: follow.until(lambda: not run.is_running)


def objects():
    import bpy

    return sorted(each.name for each in bpy.data.objects)


def folders():
    import bpy

    return sorted(Path(bpy.app.tempdir).glob("isoform_*"))


def shown():
    import bpy

    return sorted(each.name for each in bpy.data.objects if each.visible_get())


def step(name):
    """Blender's undo or redo; a script has to name the window."""
    import bpy

    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen):
        getattr(bpy.ops.ed, name)()
    bpy.context.view_layer.update()


def test_the_timer_inserts_the_result_and_tells_the_panel(isoform, bowl, follow, run, ended):
    bowl()
    follow.complete()
    assert (run.is_running, run.kind) == (True, "complete")
    ended()
    assert (objects(), shown()) == (["Bowl", "Bowl completed"], ["Bowl completed"])
    assert run.status == "Chair, doubtful: 14 faces, closed, 50 % sure, 0.2 s"
    assert (run.is_error, run.hint) == (False, "a guess")
    assert not isoform.scheduler.queue.jobs[0].folder.exists()


@pytest.mark.parametrize("keep", ["exact", "none"])
def test_one_undo_step_brings_all_back(bowl, follow, ended, keep):
    import bpy

    bowl("Other", location=(5, 0, 0))
    bowl()
    bpy.ops.ed.undo_push(message="before")  # the module starts without an undo history
    follow.complete(keep=keep, hypotheses=2)
    ended()
    after = ["Bowl", "Bowl completed", "Bowl completed.001", "Other"]
    for _ in range(2):
        assert (objects(), shown()) == (after, ["Bowl completed"])
        step("undo")
        assert (objects(), shown()) == (["Bowl", "Other"], ["Bowl", "Other"])
        assert not any(each.hide_render for each in bpy.data.objects)
        assert [each.name for each in bpy.data.meshes] == ["Bowl", "Other"]
        # undo brings Blender's own brushes where a test before was in a mode that paints
        blenders = bpy.utils.system_resource("DATAFILES")
        libraries = [each.filepath for each in bpy.data.libraries]
        assert [path for path in libraries if not path.startswith(blenders)] == []
        step("redo")
    assert list(bpy.data.objects["Bowl completed"]["isoform_code"]) == [64, 0, -1, 0, 0]


def test_one_undo_step_of_a_script_in_edit_mode_brings_all_back(bowl, isoform):
    import bpy

    bowl()
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.object.mode_set("EXEC_DEFAULT", True, mode="EDIT")
    bpy.ops.mesh.select_all("EXEC_DEFAULT", True, action="SELECT")
    bpy.ops.isoform.complete("EXEC_DEFAULT", True)  # True: as from a menu
    assert shown() == ["Bowl completed"]
    step("undo")
    assert (objects(), shown()) == (["Bowl"], ["Bowl"])
    assert bpy.data.objects["Bowl"].mode == "EDIT"


def test_a_mesh_that_is_complete_already_is_no_undo_step(follow, run, ended):
    import bpy

    bpy.ops.mesh.primitive_cube_add()
    follow.complete()
    ended()
    assert (objects(), shown()) == (["Cube"], ["Cube"])
    assert run.status == "Nothing was added; the mesh stays as it is"
    assert (run.is_error, run.hint) == (False, "the mesh is whole already")


def test_a_result_waits_for_object_mode(bowl, follow, run, ended):
    import bpy

    bowl()
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    follow.complete()
    follow.until(lambda: "back in Object Mode" in run.status)
    assert objects() == ["Bowl"]
    bpy.ops.mesh.delete(type="FACE")
    bpy.ops.object.mode_set(mode="OBJECT")
    ended()
    # what was selected then is kept, whatever became of it
    assert len(bpy.data.objects["Bowl completed"].data.polygons) == 5 + 4


def test_a_cancel_is_honoured_and_the_scene_untouched(isoform, bowl, follow, run, ended):
    import bpy

    bowl()
    follow.complete(seed=isoform.fake.SLOW)
    follow.until(lambda: run.fraction == 0.5)
    assert bpy.ops.isoform.cancel() == {"FINISHED"}
    ended()
    assert (run.status, objects(), shown()) == ("Cancelled", ["Bowl"], ["Bowl"])
    assert len(bpy.data.meshes) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_killed_worker_leaves_the_scene_untouched(isoform, bowl, follow, run, ended):
    import bpy

    bowl()
    job = follow.complete(seed=isoform.fake.SLOW)
    for deaths in (1, 2):
        follow.until(lambda: run.fraction == 0.5)
        os.kill(isoform.scheduler.supervisor._client._process.pid, signal.SIGKILL)
        follow.until(lambda: job.deaths == deaths)  # noqa: B023 - called here and now
        follow.until(lambda: run.fraction == 0.0)
    ended()
    assert run.status.startswith("The worker process ended unexpectedly (signal 9), twice")
    assert (objects(), shown(), len(bpy.data.meshes)) == (["Bowl"], ["Bowl"], 1)
    follow.complete()
    ended()
    assert shown() == ["Bowl completed"]


def test_a_renamed_and_moved_object_is_still_replaced_where_it_is(bowl, follow, ended):
    import bpy

    part = bowl()
    follow.complete()
    part.name, part.location = "Basin", (0, 0, 9)
    bowl("Bowl")
    bpy.context.view_layer.update()
    ended()
    assert shown() == ["Bowl", "Bowl completed"]
    assert tuple(bpy.data.objects["Bowl completed"].location) == (0, 0, 9)


def test_of_a_deleted_object_the_result_still_stands_where_it_was(bowl, follow, run, ended):
    import bpy

    part = bowl(location=(1, 2, 3), scale=(1, 2, 1))
    part.data.materials.append(bpy.data.materials.new("Wood"))
    follow.complete()
    data = part.data
    bpy.data.objects.remove(part)
    bpy.data.meshes.remove(data)
    ended()
    thing = bpy.data.objects["Bowl completed"]
    assert tuple(thing.location) == (1, 2, 3)
    assert np.allclose(thing.scale, (1, 2, 1))
    assert [each.name for each in thing.data.materials] == ["Wood"]
    assert run.hint.endswith("an original object is gone; the result stands where it was")


def test_a_scene_that_is_gone_is_said(bowl, follow, run, ended):
    import bpy

    bowl()
    other = bpy.data.scenes.new("Other")
    follow.complete()
    bpy.context.window.scene = other
    bpy.data.scenes.remove(bpy.data.scenes["Scene"])
    ended()
    assert run.status.startswith("Finished, but its scene is closed: Insert Here")
    assert objects() == ["Bowl"]
    assert bpy.ops.isoform.insert_here() == {"FINISHED"}
    assert shown() == ["Bowl completed"]


def test_a_refused_selection_leaves_no_folder(isoform, bowl):
    import bpy

    bowl(scale=(0, 1, 1))
    before = folders()
    with pytest.raises(RuntimeError, match="has no volume"):
        bpy.ops.isoform.complete()
    assert folders() == before


def test_buttons_say_why_they_are_grey(bowl):
    import bpy

    with pytest.raises(RuntimeError, match="No visible object is selected"):
        bpy.ops.isoform.complete()
    bowl()
    assert bpy.ops.isoform.complete.poll()
