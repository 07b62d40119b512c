"""Several shapes: all at the same place, one shown, exchanged without losing any."""

import pytest

pytestmark = pytest.mark.blender


@pytest.fixture
def three(isoform, bowl):
    """The names of three completed shapes, best first."""
    import bpy

    bowl()
    bpy.ops.isoform.complete(hypotheses=3)
    things = [each for each in bpy.data.objects if "isoform_group" in each]
    return [each.name for each in sorted(things, key=lambda each: each["isoform_rank"])]


def shown():
    import bpy

    return [each.name for each in bpy.data.objects if each.visible_get() and not each.hide_render]


def test_the_best_is_shown_and_the_others_stand_hidden_at_its_place(three, isoform):
    import bpy

    best, *others = (bpy.data.objects[each] for each in three)
    assert shown() == [best.name]
    assert bpy.context.view_layer.objects.active == best
    assert [isoform.hypotheses.rank_of(each) for each in (best, *others)] == [
        *((1, 3), (2, 3), (3, 3)),
    ]
    for rank, each in enumerate((best, *others)):
        assert each.matrix_world == best.matrix_world
        assert each["isoform_group"] == best["isoform_group"]
        assert each.data.vertices[8].co.z == 2.0 + rank
        assert not each.visible_get() or each == best


def test_the_button_goes_round_and_back(three):
    import bpy

    first, second, third = three
    for step, name in ((1, second), (1, third), (1, first), (-1, third), (-2, first)):
        assert bpy.ops.isoform.pick_hypothesis(step=step) == {"FINISHED"}
        assert shown() == [name]
        assert [each.name for each in bpy.context.selected_objects] == [name]


def test_a_deleted_shape_is_passed_over(three):
    import bpy

    first, second, third = three
    bpy.data.objects.remove(bpy.data.objects[second])
    bpy.ops.isoform.pick_hypothesis()
    assert shown() == [third]
    bpy.data.objects.remove(bpy.data.objects[first])
    bpy.ops.isoform.pick_hypothesis()
    assert shown() == [third]


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


def test_a_single_shape_belongs_to_no_group(isoform):
    assert isoform.hypotheses.membership("1", 1, 1) == {}
