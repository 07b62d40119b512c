"""`isoform.reconstruct` from a script: runs to the end through a real worker process."""

import json
import logging
import os
import venv

import pytest

JOB_OPERATORS = (
    *("cancel", "retry_job", "fix_job", "insert_here", "move_job", "remove_job"),
    *("clear_jobs", "copy_report", "free_memory"),
)

BINARY = "Scripts/python.exe" if os.name == "nt" else "bin/python"

pytestmark = pytest.mark.blender


def names():
    import bpy

    blocks = (bpy.data.objects, bpy.data.meshes, bpy.data.collections, bpy.data.scenes)
    return [sorted(each.name for each in block) for block in blocks]


@pytest.fixture
def refused(isoform):
    """Asserts that a call is refused in one sentence and changes nothing."""
    import bpy

    def check(sentence, **options):
        before = names()
        with pytest.raises(RuntimeError, match=sentence) as caught:
            bpy.ops.isoform.reconstruct(**options)
        assert "\n" not in str(caught.value).strip()
        assert names() == before

    return check


def test_a_picture_becomes_an_object_before_the_operator_returns(isoform, picture):
    import bpy

    bpy.context.scene.cursor.location = (1, 2, 0)
    path = picture("stool.png")
    assert bpy.ops.isoform.reconstruct(filepath=str(path), size_m=3.0, seed=7) == {"FINISHED"}
    thing = bpy.context.active_object
    assert thing.name == "stool"
    assert tuple(thing.dimensions) == pytest.approx((1.5, 1.5, 3.0))
    assert tuple(thing.location) == (1, 2, 0)
    assert list(thing["isoform_code"]) == [128, 7, 0, 1]
    assert thing["isoform_model"] == "starter"
    assert thing["isoform_category"] == "chair"
    assert thing["isoform_seconds"].to_dict() == {"field": 0.25}
    assert thing["isoform_version"] == "0.1.0"
    assert json.loads(thing["isoform_settings"]) == {
        "pictures": ["stool.png"],
        "category": "auto",
        "resolution": 128,
        "target_faces": None,
        "seed": 7,
        "size_m": 3.0,
    }


def test_what_a_script_does_not_give_is_taken_from_the_panel(isoform, picture):
    import bpy

    settings = bpy.context.scene.isoform
    settings.picture = bpy.data.images.load(str(picture("seat.png")))
    settings.category, settings.resolution, settings.face_limit = "sofa", 64, 500
    bpy.ops.isoform.reconstruct(seed=3)
    thing = bpy.context.active_object
    assert thing.name == "seat"
    assert thing["isoform_category"] == "sofa"
    assert list(thing["isoform_code"]) == [64, 3, 500, 1]


def test_what_came_out_worse_than_asked_is_reported(isoform, picture, capfd):
    import bpy

    bpy.ops.isoform.reconstruct(filepath=str(picture("stool.png")), face_limit=4)
    assert "Warning: the mesh has more faces than asked" in capfd.readouterr().out


def test_one_undo_step_takes_the_result_away(isoform, picture):
    import bpy

    path = str(picture("stool.png"))
    bpy.ops.ed.undo_push(message="before")  # the module starts without an undo history
    before = names()
    bpy.ops.isoform.reconstruct("EXEC_DEFAULT", True, filepath=path)  # True: as from a menu
    after = names()
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen):
        bpy.ops.ed.undo()
    assert names() == before
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen):
        bpy.ops.ed.redo()
    assert names() == after


@pytest.mark.parametrize("size", [0.0, -1.0, float("nan"), float("inf")])
def test_a_size_that_is_no_length_is_refused(refused, picture, size):
    refused("size must be a positive number", filepath=str(picture("a.png")), size_m=size)


def test_bad_input_is_one_sentence_and_the_next_job_works(refused, picture):
    import bpy

    refused("no picture is chosen")
    refused("there is no picture /nowhere/a.png", filepath="/nowhere/a.png")
    refused("blank.png is fully transparent", filepath=str(picture("blank.png")))
    surprise = r"failed unexpectedly \(KeyError: 'surprise'\)"
    refused(surprise, filepath=str(picture("surprise.png")))
    assert bpy.ops.isoform.reconstruct(filepath=str(picture("a.png"))) == {"FINISHED"}


def test_an_unknown_category_is_refused_by_blender(isoform, picture):
    import bpy

    before = names()
    with pytest.raises(TypeError, match='enum "spoon" not found'):
        bpy.ops.isoform.reconstruct(filepath=str(picture("a.png")), category="spoon")
    assert names() == before


def test_a_fault_of_our_own_is_logged_and_said(isoform, refused, picture, monkeypatch, caplog):
    monkeypatch.setattr(isoform.reconstruction, "place", lambda *_, **__: {}["nothing"])
    with caplog.at_level(logging.ERROR):
        refused("KeyError: 'nothing'.*see the console", filepath=str(picture("a.png")))
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        ("/nowhere/python", "chosen in the preferences is not a file"),
        (__file__, "cannot be started"),
        ("/bin/false", r"ended unexpectedly \(exit status 1\)"),
        ("bare", r"cannot run Isoform \(it lacks NumPy and SciPy\); choose one that has torch"),
    ],
)
def test_a_python_that_cannot_be_used_is_said(
    isoform, refused, picture, python, sentence, tmp_path
):
    import bpy

    if python == "bare":
        venv.create(tmp_path / "bare", with_pip=False)
        python = str(tmp_path / "bare" / BINARY)
    isoform.scheduler.supervisor.stop()
    bpy.context.preferences.addons["isoform"].preferences.python_path = python
    refused(sentence, filepath=str(picture("a.png")))


def test_buttons_say_why_they_are_grey(isoform, picture):
    import bpy

    reconstruct = bpy.ops.isoform.reconstruct
    assert reconstruct.poll()
    assert not bpy.ops.isoform.cancel.poll()
    with pytest.raises(RuntimeError, match="No job is running"):
        bpy.ops.isoform.cancel()
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="switch to it first"):
        reconstruct(filepath=str(picture("a.png")))
    bpy.ops.object.mode_set(mode="OBJECT")


def test_tooltips_are_there_and_end_without_a_full_stop(isoform):
    import bpy

    tips = []
    operators = bpy.ops.isoform
    of_jobs = (getattr(operators, name) for name in JOB_OPERATORS)
    for operator in (operators.reconstruct, operators.complete, *of_jobs):
        tips.append(operator.get_rna_type().description)
    groups = (
        bpy.ops.isoform.reconstruct.get_rna_type(),
        bpy.ops.isoform.complete.get_rna_type(),
        bpy.ops.isoform.pick_hypothesis.get_rna_type(),
        bpy.context.scene.isoform.bl_rna,
        bpy.context.scene.isoform.completion.bl_rna,
        bpy.context.window_manager.isoform.bl_rna,
        isoform.rows.ISOFORM_PG_job.bl_rna,
        *(getattr(operators, name).get_rna_type() for name in JOB_OPERATORS),
        bpy.context.preferences.addons["isoform"].preferences.bl_rna,
    )
    for group in groups:
        own = [each for each in group.properties if each.identifier not in ("rna_type", "name")]
        tips += [each.description for each in own if each.identifier != "bl_idname"]
    assert all(tips)
    assert not [tip for tip in tips if tip.endswith(".")]
