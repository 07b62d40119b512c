"""A new object stands exactly as the other one: parent, transform, mirror and shear."""

import numpy as np
import pytest

pytestmark = pytest.mark.blender


@pytest.fixture
def copied(isoform, bowl):
    """A copy of an object's mesh that was made to stand like it."""
    import bpy

    def copy(other, matrix=None):
        thing = bpy.data.objects.new("Copy", bowl("Source").data.copy())
        bpy.context.collection.objects.link(thing)
        layer = bpy.context.view_layer
        isoform.standing.stand_like(thing, other, matrix or other.matrix_world.copy(), layer)
        layer.update()
        return thing

    return copy


def in_world(thing):
    return np.array([thing.matrix_world @ each.co for each in thing.data.vertices])


def test_the_transform_is_taken_over_number_by_number(bowl, copied):
    angles = {"rotation_mode": "ZYX", "rotation_euler": (1, 2, 3)}
    other = bowl(location=(0.1, 0.2, 0.3), scale=(-1, 2, 3), delta_location=(0, 0, 1), **angles)
    thing = copied(other)
    assert (thing.location, thing.scale) == (other.location, other.scale)
    assert (thing.rotation_mode, thing.rotation_euler) == ("ZYX", other.rotation_euler)
    assert thing.matrix_world == other.matrix_world


def test_a_sheared_child_stays_the_child_of_its_parent(bowl, copied):
    parent = bowl("Parent", scale=(1, 3, 1))
    other = bowl(parent=parent, rotation_euler=(0, 0, 0.7), location=(1, 2, 3))
    thing = copied(other)
    assert thing.parent == parent
    assert thing.matrix_world == other.matrix_world


def test_what_constraints_do_is_taken_over(bowl, copied):
    import bpy

    target = bowl("Target", location=(7, 8, 9))
    other = bowl()
    other.constraints.new("COPY_LOCATION").target = target
    bpy.context.view_layer.update()
    thing = copied(other)
    assert tuple(thing.matrix_world.translation) == (7, 8, 9)
    assert thing.parent is None


def test_of_an_object_that_is_gone_the_place_is_kept_shear_and_all(bowl, copied):
    from mathutils import Matrix

    shear = Matrix.Shear("XY", 4, (0.5, 0.25))
    matrix = Matrix.Translation((1, 2, 3)) @ shear
    thing = copied(None, matrix)
    expected = [matrix @ each.co for each in bowl("Fresh").data.vertices]
    np.testing.assert_allclose(in_world(thing), expected, atol=1e-5)
    assert tuple(thing.location) == pytest.approx((1, 2, 3))
