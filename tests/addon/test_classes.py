"""Classes are registered in their order, and unregistered in reverse."""

import pytest

pytestmark = pytest.mark.blender


@pytest.fixture
def classes(isoform):
    """A group of properties, and one that holds it and so must come after it."""
    import bpy

    class ISOFORM_PG_inner(bpy.types.PropertyGroup):
        __annotations__ = {"number": bpy.props.IntProperty(default=3)}

    class ISOFORM_PG_outer(bpy.types.PropertyGroup):
        __annotations__ = {"inner": bpy.props.PointerProperty(type=ISOFORM_PG_inner)}

    return ISOFORM_PG_inner, ISOFORM_PG_outer


def test_a_class_that_needs_another_comes_after_it_and_goes_before_it(isoform, classes):
    register, unregister = isoform.classes.registration(classes)
    for _ in range(2):  # an add-on may be enabled again
        register()
        assert [each.is_registered for each in classes] == [True, True]
        unregister()
        assert [each.is_registered for each in classes] == [False, False]


def test_of_no_classes_nothing_is_registered(isoform):
    register, unregister = isoform.classes.registration(())
    register()
    unregister()
