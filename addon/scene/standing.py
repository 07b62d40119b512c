"""A new object stands exactly as another one stands: moved, turned, scaled, mirrored, sheared."""

from typing import cast

import bpy
from mathutils import Matrix

CHANNELS = (
    *("location", "rotation_mode", "rotation_euler", "rotation_quaternion"),
    *("rotation_axis_angle", "scale", "delta_location", "delta_rotation_euler"),
    *("delta_rotation_quaternion", "delta_scale"),
)
"""Of an object's own transform, below that of its parent."""

TOLERANCE = 1e-5
"""Of a matrix's entries, against the largest: float32 after a handful of operations."""


def stand_like(
    thing: bpy.types.Object,
    other: bpy.types.Object | None,
    matrix: Matrix,
    view_layer: bpy.types.ViewLayer,
) -> None:
    """Gives `thing` the parent and the transform of `other`, so that it goes on moving with it.

    Where constraints hold `other`, its place in the world is taken over instead, and what no
    transform can say (shear) goes into the mesh.

    Args:
        thing: New, with a mesh of its own.
        other: May have gone meanwhile.
        matrix: To the world, for that case.
        view_layer: That `thing` is in.
    """
    if other is not None:
        matrix = other.matrix_world.copy()
        if other.parent is not None:
            thing.parent, thing.parent_type = other.parent, other.parent_type
            thing.parent_bone, thing.parent_vertices = other.parent_bone, other.parent_vertices
            thing.matrix_parent_inverse = other.matrix_parent_inverse
        for name in CHANNELS:
            setattr(thing, name, getattr(other, name))
    view_layer.update()
    if other is not None and _is_close(thing.matrix_world, matrix):
        return
    thing.parent = None
    thing.matrix_world = matrix
    view_layer.update()
    if not _is_close(thing.matrix_world, matrix):
        cast(bpy.types.Mesh, thing.data).transform(thing.matrix_world.inverted() @ matrix)


def _is_close(one: Matrix, other: Matrix) -> bool:
    cells = [(row, column) for row in range(4) for column in range(4)]
    largest = max(abs(other[row][column]) for row, column in cells)
    return all(abs(one[i][j] - other[i][j]) <= TOLERANCE * largest for i, j in cells)
