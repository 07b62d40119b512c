"""Pictures that are dropped, opened, or shown in the Image Editor fill the slots and start."""

from pathlib import Path
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.blender


def slots(isoform):
    import bpy

    settings = bpy.context.scene.isoform
    pictures = [getattr(settings, slot) for slot in isoform.views.SLOTS]
    return [each and each.name for each in pictures]


def files(*paths):
    return {"directory": str(paths[0].parent), "files": [{"name": each.name} for each in paths]}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.png"], ["a.png", None, None, None]),
        (["back.png"], ["back.png", None, None, None]),
        (["a.png", "b.jpg"], ["a.png", "b.jpg", None, None]),
        (
            ["mug_Back.png", "mug_front.png", "mug-left.png"],
            ["mug_front.png", "mug-left.png", "mug_Back.png", None],
        ),
        (["side1.png", "side2.png"], ["side2.png", "side1.png", None, None]),
        ([f"{n}.png" for n in "abcde"], ["a.png", "b.png", "c.png", "d.png"]),
    ],
)
def test_names_say_which_slot_is_meant(isoform, names, expected):
    paths = [Path(each) for each in names]
    assert isoform.picture_operators.in_slots(paths, names) == expected


def test_a_dropped_picture_fills_the_slots_and_waits(isoform, picture):
    import bpy

    bpy.context.scene.isoform.picture_back = bpy.data.images.new("Old", 4, 4)
    given = files(picture("one.png"), picture("two.png"))
    assert bpy.ops.isoform.drop_pictures(**given) == {"FINISHED"}
    assert slots(isoform) == ["one.png", "two.png", None, None]
    assert not bpy.data.objects


def test_a_script_may_drop_and_run(isoform, picture):
    import bpy

    given = files(picture("one.png"), picture("two.png"))
    bpy.ops.isoform.drop_pictures(**given, run=True)
    assert bpy.context.active_object.name == "one"
    assert bpy.context.active_object["isoform_code"][3] == 2


def test_a_picture_is_loaded_once(isoform, picture):
    import bpy

    given = files(picture("one.png"))
    bpy.ops.isoform.drop_pictures(**given)
    bpy.ops.isoform.open_pictures(**given)
    assert len(bpy.data.images) == 1


def test_what_is_no_picture_is_refused(isoform, picture, tmp_path):
    import bpy

    (tmp_path / "mesh.obj").write_text("")
    with pytest.raises(RuntimeError, match="Give at least one picture"):
        bpy.ops.isoform.drop_pictures(**files(tmp_path / "mesh.obj"))
    with pytest.raises(RuntimeError, match="Cannot read"):
        bpy.ops.isoform.drop_pictures(**files(tmp_path / "gone.png"))
    bpy.ops.isoform.drop_pictures(**files(tmp_path / "mesh.obj", picture("a.png")))
    assert slots(isoform)[0] == "a.png"


def test_only_pictures_over_the_3d_view_are_taken(isoform):
    handler = isoform.picture_operators.ISOFORM_FH_picture
    assert handler.poll_drop(SimpleNamespace(area=SimpleNamespace(type="VIEW_3D")))
    assert not handler.poll_drop(SimpleNamespace(area=SimpleNamespace(type="NODE_EDITOR")))
    assert not handler.poll_drop(SimpleNamespace(area=None))
    assert handler.bl_file_extensions.split(";") == list(isoform.picture_operators.SUFFIXES)


def test_the_shown_image_alone_is_reconstructed(isoform, picture, monkeypatch):
    import bpy

    bpy.ops.isoform.drop_pictures(**files(picture("one.png"), picture("two.png")))
    area = bpy.context.window_manager.windows[0].screen.areas[0]
    kind, area.type = area.type, "IMAGE_EDITOR"
    try:
        window = bpy.context.window_manager.windows[0]
        with bpy.context.temp_override(window=window, area=area):
            assert not bpy.ops.isoform.reconstruct_image.poll()
            area.spaces.active.image = bpy.data.images["two.png"]
            bpy.ops.isoform.reconstruct_image()
    finally:
        area.type = kind
    assert slots(isoform) == ["two.png", None, None, None]
    assert bpy.context.active_object.name == "two"


def test_pictures_that_blender_alone_holds_do_not_overwrite_each_other(isoform, tmp_path):
    import bpy

    images = [bpy.data.images.new(name, 4, 4) for name in ("One", "Two")]
    paths = [isoform.picture_in.picture_file(each, tmp_path, each.name) for each in images]
    assert len({*paths}) == 2
    assert all(each.is_file() for each in paths)
