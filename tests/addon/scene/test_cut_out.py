"""The cut-out is asked of the worker, shown, corrected, painted on, and taken back."""

import pytest

pytestmark = pytest.mark.blender


def shown(isoform, settings):
    return isoform.cut_out.gallery.of(settings.view, getattr(settings, settings.view))


def test_the_cut_out_is_shown_and_the_scene_is_not_changed(isoform, settings):
    import bpy

    before = {*bpy.data.images, *bpy.data.objects}
    assert shown(isoform, settings) is None
    assert bpy.ops.isoform.matte() == {"FINISHED"}
    found = shown(isoform, settings)
    assert found.path.read_bytes() == isoform.fake.PNG
    assert isoform.cut_out.gallery.icon(found) >= 0  # without a window there are no icons
    assert {*bpy.data.images, *bpy.data.objects} == before
    sentence = isoform.cut_out.found(found.matted)
    assert sentence == "The object covers 25 % of the picture; it is in 2 pieces"


def test_a_cut_out_is_shown_while_a_mesh_is_edited_and_a_mesh_waits(
    isoform, settings, follow, bowl
):
    import bpy

    bowl()
    bpy.ops.object.mode_set(mode="EDIT")
    follow.start(bpy.path.abspath(settings.picture.filepath))
    view, picture = settings.view, settings.picture
    order = isoform.cut_out.Order(
        view, picture, isoform.views.correction_of(settings.mask), "starter"
    )
    isoform.scheduler.add(bpy.context, order)
    isoform.scheduler.follow()
    follow.until(lambda: shown(isoform, settings) is not None)
    assert len(bpy.data.objects) == 1
    bpy.ops.object.mode_set(mode="OBJECT")
    follow.until(lambda: len(bpy.data.objects) == 2)


def test_corrections_reach_the_engine(isoform, settings):
    import bpy

    settings.mask.grow_px, settings.mask.largest_only = 10, True
    bpy.ops.isoform.matte()
    sentence = isoform.cut_out.found(shown(isoform, settings).matted)
    assert sentence == "The object covers 35 % of the picture"


def test_an_object_at_the_edge_is_said(isoform, settings, picture):
    import bpy

    settings.view = "picture_back"
    settings.picture_back = bpy.data.images.load(str(picture("cropped.png")))
    bpy.ops.isoform.matte()
    assert "touches the picture's edge" in isoform.cut_out.found(shown(isoform, settings).matted)


def test_another_picture_has_no_cut_out_yet(isoform, settings, picture):
    import bpy

    bpy.ops.isoform.matte()
    settings.picture = bpy.data.images.load(str(picture("other.png")))
    assert shown(isoform, settings) is None
    with pytest.raises(RuntimeError, match="Show the cut-out first"):
        bpy.ops.isoform.edit_mask()


def test_a_picture_that_cannot_be_cut_out_is_said(isoform, settings, picture):
    import bpy

    settings.picture = bpy.data.images.load(str(picture("blank.png")))
    with pytest.raises(RuntimeError, match=r"blank\.png is fully transparent"):
        bpy.ops.isoform.matte()
    assert shown(isoform, settings) is None
    settings.picture = None
    with pytest.raises(RuntimeError, match="Choose a picture first"):
        bpy.ops.isoform.matte()


def test_a_result_of_a_cut_out_is_named_after_the_picture(isoform, settings):
    import bpy

    bpy.ops.isoform.matte()
    bpy.ops.isoform.edit_mask()
    bpy.ops.isoform.reconstruct()
    assert bpy.context.active_object.name == "mug"


def test_what_was_painted_is_what_the_engine_gets(isoform, settings, tmp_path):
    import bpy
    from PIL import Image

    bpy.ops.isoform.matte()
    bpy.ops.isoform.edit_mask()
    image = settings.picture
    image.pixels[3] = 0.0  # as the brush does: the lowest left pixel
    image.update()
    path = isoform.picture_in.picture_file(image, tmp_path)
    with Image.open(path) as saved:
        alpha = saved.getchannel("A")
        assert [alpha.getpixel(each) for each in ((0, 0), (0, 1), (1, 1))] == [0, 0, 255]


def test_another_file_clears_the_gallery(isoform, settings):
    import bpy

    bpy.ops.isoform.matte()
    folder = shown(isoform, settings).path.parent
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert not folder.exists()


def test_a_full_temporary_folder_is_one_sentence(isoform, settings, monkeypatch):
    import bpy

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(isoform.cut_out.shutil, "copyfile", full)
    with pytest.raises(RuntimeError, match="No space left on device"):
        bpy.ops.isoform.matte()
