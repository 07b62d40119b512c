"""The slots for pictures of one object, and how their cut-outs are corrected."""

import pytest

pytestmark = pytest.mark.blender


def test_all_slots_count_with_their_corrections(isoform, picture, monkeypatch):
    import bpy

    settings = bpy.context.scene.isoform
    settings.picture_side = bpy.data.images.load(str(picture("side.png")))
    settings.picture_other = bpy.data.images.load(str(picture("other.png")))
    settings.mask_other.grow_px, settings.mask_other.crop_left = 3, 25.0
    bpy.ops.isoform.reconstruct()
    thing = bpy.context.active_object
    assert thing.name == "side"
    assert thing["isoform_code"][3] == 2
    assert '"grow_px": 3' in thing["isoform_settings"]
    assert '"crop": [0.25, 0.0, 0.0, 0.0]' in thing["isoform_settings"]


def test_a_crop_is_a_percentage_for_artists_and_a_share_for_the_engine(isoform):
    import bpy

    settings = bpy.context.scene.isoform
    correction = isoform.settings.Correction
    assert isoform.views.correction_of(settings.mask) == correction()
    mask = settings.mask_back
    mask.crop_left, mask.crop_right, mask.crop_top, mask.crop_bottom = 50, 25, 12.5, 0
    mask.largest_only, mask.grow_px = True, -4
    expected = correction((0.5, 0.25, 0.125, 0.0), True, -4)
    assert isoform.views.correction_of(mask) == expected


def test_every_slot_has_a_mask_of_its_own(isoform):
    import bpy

    settings = bpy.context.scene.isoform
    for number, slot in enumerate(isoform.views.SLOTS):
        isoform.views.mask_of(settings, slot).grow_px = number + 1
    masks = (settings.mask, settings.mask_side, settings.mask_back, settings.mask_other)
    assert [each.grow_px for each in masks] == [1, 2, 3, 4]


def test_slots_are_filled_that_hold_a_picture_in_the_panel_s_order(isoform):
    import bpy

    settings = bpy.context.scene.isoform
    assert isoform.views.filled(settings) == []
    settings.picture_other = settings.picture = bpy.data.images.new("Chair", 4, 4)
    assert isoform.views.filled(settings) == ["picture", "picture_other"]
