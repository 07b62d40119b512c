"""What is done with a result by a button, and why the button is grey."""

import pytest

from ..completed_shapes import names_of_three, shown

pytestmark = pytest.mark.blender


@pytest.fixture
def three(bowl):
    return names_of_three(bowl)


def test_the_button_goes_round_and_back(three):
    import bpy

    first, second, third = three
    for step, name in ((1, second), (1, third), (1, first), (-1, third), (-2, first)):
        assert bpy.ops.isoform.pick_hypothesis(step=step) == {"FINISHED"}
        assert shown() == [name]
        assert [each.name for each in bpy.context.selected_objects] == [name]


def test_the_button_says_why_it_is_grey(isoform, three, bowl):
    import bpy

    bowl("Other")
    with pytest.raises(RuntimeError, match="Select one of several completed shapes first"):
        bpy.ops.isoform.pick_hypothesis()
    bpy.context.view_layer.objects.active = None
    assert isoform.hypotheses.rank_of(bpy.context.active_object) is None
    bpy.context.view_layer.objects.active = bpy.data.objects[three[0]]
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="exchanged in Object Mode"):
        bpy.ops.isoform.pick_hypothesis()
    bpy.ops.object.mode_set(mode="OBJECT")
