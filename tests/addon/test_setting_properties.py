"""Settings in Blender: the same properties as ever, and settings from what they hold."""

import pytest

pytestmark = pytest.mark.blender


def limits(each):
    return each.type, each.hard_min, each.hard_max


SAVED = {
    "reconstruct": {"resolution", "size_m", "face_limit", "seed"},
    "complete": {"pose", "keep", "hypotheses", "empty", "noise", "resolution", "seed", "anyway"},
}
"""Names that .blend files hold and scripts write: they never change."""


def test_names_that_files_and_scripts_hold_have_not_changed(isoform):
    import bpy

    settings = bpy.context.scene.isoform
    by_hand = {"category", "category_name"}
    for group, name in ((settings, "reconstruct"), (settings.completion, "complete")):
        assert (SAVED[name] | by_hand) <= set(group.bl_rna.properties.keys())
        operator = getattr(bpy.ops.isoform, name).get_rna_type()
        assert (SAVED[name] | {"category", "model"}) <= set(operator.properties.keys())


def test_properties_have_the_declared_limits_and_arguments_have_none(isoform):
    import bpy

    properties = bpy.context.scene.isoform.bl_rna.properties
    assert limits(properties["resolution"]) == ("INT", 8, 1024)
    assert properties["resolution"].soft_max == 512
    assert limits(properties["face_limit"])[:2] == ("INT", 0)
    size = properties["size_m"]
    assert (size.hard_min, size.soft_max, size.unit) == (pytest.approx(0.001), 10, "LENGTH")
    arguments = bpy.ops.isoform.reconstruct.get_rna_type().properties
    assert arguments["resolution"].hard_min < 0
    assert arguments["resolution"].default == 128
    assert arguments["size_m"].unit == "LENGTH"


def test_what_the_panel_holds_becomes_settings_and_a_zero_none(isoform):
    import bpy

    settings = bpy.context.scene.isoform
    wanted = isoform.settings.ReconstructSettings
    names = isoform.setting_properties.names_of(wanted)
    assert set(names) == SAVED["reconstruct"] | {"category"}
    settings.face_limit, settings.seed = 0, 3
    values = {name: getattr(settings, name) for name in names}
    made = isoform.setting_properties.settings_from(wanted, values, "mine")
    assert made == wanted(model="mine", seed=3, target_faces=None)
    settings.face_limit = 12
    values = {name: getattr(settings, name) for name in names}
    assert isoform.setting_properties.settings_from(wanted, values, "mine").target_faces == 12


def test_a_choice_that_the_panel_does_not_offer_is_not_among_its_items(isoform):
    import bpy

    group = bpy.context.scene.isoform.completion
    keys = [each.identifier for each in group.bl_rna.properties["keep"].enum_items]
    assert keys == ["exact", "fused", "none"]
    assert group.keep == "exact"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"resolution": 4}, "the resolution must lie between 8 and 1024; found 4"),
        ({"face_limit": 3}, "number of faces must be at least 4; found 3"),
        ({"seed": -1}, "the seed must not be negative; found -1"),
    ],
)
def test_a_scripts_number_that_is_not_allowed_is_refused_in_a_sentence(
    isoform, picture, options, sentence
):
    import bpy

    with pytest.raises(RuntimeError, match=sentence):
        bpy.ops.isoform.reconstruct(filepath=str(picture("a.png")), **options)
