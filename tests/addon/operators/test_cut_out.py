"""The cut-out as an image of its own: painted on, and taken back."""

import pytest

pytestmark = pytest.mark.blender


def shown(isoform, settings):
    return isoform.cut_out.gallery.of(settings.view, getattr(settings, settings.view))


def test_the_mask_becomes_a_packed_image_in_the_slot(isoform, settings):
    import bpy

    original = settings.picture
    settings.mask.grow_px = 3
    bpy.ops.isoform.matte()
    assert bpy.ops.isoform.edit_mask() == {"FINISHED"}
    image = settings.picture
    assert image.name == "mug cut-out"
    assert tuple(image.size) == (4, 2)
    assert (image.packed_file is not None, image.alpha_mode) == (True, "STRAIGHT")
    assert image.pixels[4 * 4 + 3] == 0.0  # the second row from below begins transparent
    assert settings.mask.grow_px == 0
    isoform.cut_out.gallery.clear()  # the image does not need the file
    image.reload()
    assert tuple(image.size) == (4, 2)
    bpy.ops.isoform.restore_picture()
    assert settings.picture == original
    with pytest.raises(RuntimeError, match="The picture is no cut-out"):
        bpy.ops.isoform.restore_picture()


def test_a_cut_out_of_a_cut_out_remembers_the_first_picture(isoform, settings):
    import bpy

    original = settings.picture
    for _ in range(2):
        bpy.ops.isoform.matte()
        bpy.ops.isoform.edit_mask()
    bpy.ops.isoform.restore_picture()
    assert settings.picture == original


def test_a_gallery_whose_file_is_gone_says_so(isoform, settings):
    import bpy

    bpy.ops.isoform.matte()
    shown(isoform, settings).path.unlink()
    with pytest.raises(RuntimeError, match="is gone"):
        bpy.ops.isoform.edit_mask()
