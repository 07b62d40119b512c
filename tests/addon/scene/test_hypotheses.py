"""Several shapes: all at the same place, one shown, exchanged without losing any."""

import pytest

from ..completed_shapes import names_of_three, shown

pytestmark = pytest.mark.blender


@pytest.fixture
def three(bowl):
    return names_of_three(bowl)


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


def test_a_deleted_shape_is_passed_over(three):
    import bpy

    first, second, third = three
    bpy.data.objects.remove(bpy.data.objects[second])
    bpy.ops.isoform.pick_hypothesis()
    assert shown() == [third]
    bpy.data.objects.remove(bpy.data.objects[first])
    bpy.ops.isoform.pick_hypothesis()
    assert shown() == [third]


def test_a_single_shape_belongs_to_no_group(isoform):
    assert isoform.hypotheses.membership("1", 1, 1) == {}
