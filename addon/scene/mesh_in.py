"""From the scene to the job's folder: the selected surface, as triangles and as Blender keeps it.

In Object Mode that is the selected objects with their modifiers, in Edit Mode the selected faces
without: what can be selected is what is trusted. Several objects are parts of one shape; they
are joined in the frame of the first. The scene itself is only read.
"""

import math
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import bmesh
import bpy
from mathutils import Matrix

from ...core.errors import InputError
from ...core.files.arrays import write_arrays
from ..words import said, shown

WITH_SURFACE = ("MESH", "CURVE", "SURFACE", "FONT", "META")
"""Kinds of objects that Blender can make a mesh of."""

WITH_INSTANCES = ("NODES", "PARTICLE_SYSTEM")
"""Kinds of modifiers that may show other objects, which are then no part of the mesh."""

FLAT = 1e-9
"""A matrix that shrinks a volume so much against its longest axis cannot be undone in float32."""


def problem(context: bpy.types.Context) -> str:
    """Why nothing can be completed; empty where something can. Costs nothing.

    In parts: what is wrong, what was found, what to do.
    """
    if context.mode == "EDIT_MESH":
        if not _with_selected_faces(context):
            return said("no face is selected; select the faces to trust, or leave Edit Mode")
        return ""
    if context.mode != "OBJECT":
        return said("completing works in Object Mode and in Edit Mode; switch to one of them")
    if not context.selected_objects:
        return said("no visible object is selected; select the mesh to complete")
    for each in context.selected_objects:
        if each.instance_type == "COLLECTION" and each.type == "EMPTY":
            return said(
                "the object {name!r} shows instances of a collection; "
                "make them real (Object > Apply > Make Instances Real)",
                name=each.name,
            )
        if each.type not in WITH_SURFACE:
            return said(
                "the object {name!r} has no surface (it is of type {kind}); deselect it",
                name=each.name,
                kind=each.type.replace("_", " ").lower(),
            )
    return ""


def described(context: bpy.types.Context) -> str:
    """What would be completed, for the panel; empty where nothing can be."""
    if problem(context):
        return ""
    if context.mode == "EDIT_MESH":
        count = sum(_selected_faces(each) for each in context.objects_in_mode_unique_data)
        return shown("One selected face") if count == 1 else shown("{n:,} selected faces", n=count)
    things = context.selected_objects
    return things[0].name if len(things) == 1 else shown("{n} objects, as one", n=len(things))


def is_part(context: bpy.types.Context) -> bool:
    """Whether only some faces of what is in Edit Mode are selected: a part of a mesh."""
    if context.mode != "EDIT_MESH":
        return False
    editing = context.objects_in_mode_unique_data
    return any(_selected_faces(each) < _faces(each) for each in editing)


def chosen(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The objects that hold parts of the shape, the active one first where it is one of them.

    Raises:
        InputError: Nothing is selected, or something that cannot be used.
    """
    if sentence := problem(context):
        raise InputError(sentence)
    is_editing = context.mode == "EDIT_MESH"
    things = _with_selected_faces(context) if is_editing else list(context.selected_objects)
    things.sort(key=lambda each: each != context.view_layer.objects.active)
    depsgraph = context.evaluated_depsgraph_get()
    for each in things:
        _check_size(each)
        if not is_editing:
            _check_instances(each, depsgraph)
    return things


@contextmanager
def joined(context: bpy.types.Context, things: list[bpy.types.Object]) -> Iterator[bpy.types.Mesh]:
    """A mesh of all parts in the frame of `things[0]`, removed at the end.

    A single object's vertices are its own to the bit. Faces, with as many corners as they have,
    materials and all attributes are kept.

    Raises:
        InputError: There are no faces.
    """
    depsgraph = context.evaluated_depsgraph_get()
    parts: list[bpy.types.Mesh] = []
    try:
        for each in things:
            parts.append(_part(each, context, depsgraph))
        for each, part in zip(things[1:], parts[1:], strict=True):
            _move(part, things[0].matrix_world.inverted() @ each.matrix_world)
        if len(parts) > 1:
            _join(context, parts)
        mesh = parts[0]
        if len(mesh.polygons) == 0:
            raise InputError(
                said(
                    "the selection has no faces (only {vertices} vertices and {edges} edges); "
                    "select a mesh that has",
                    vertices=len(mesh.vertices),
                    edges=len(mesh.edges),
                )
            )
        yield mesh
    finally:
        bpy.data.batch_remove(parts)


def write_triangles(mesh: bpy.types.Mesh, to_sent: Matrix, path: Path) -> None:
    """Writes the mesh's triangles, all of its vertices and the faces, for `read_arrays`.

    Two million triangles take a quarter of a second.

    Args:
        mesh: Changed: it is in the sent frame afterwards.
        to_sent: From the mesh's frame to the one it is sent in; may mirror.
        path: Of the file.

    Raises:
        InputError: Vertices are NaN or infinite, or the file cannot be written.
    """
    mesh.transform(to_sent)
    count = len(mesh.vertices)
    vertices = array("f", bytes(12 * count))
    # fake-bpy-module does not know what an attribute of a type holds
    mesh.attributes["position"].data.foreach_get("vector", vertices)  # type: ignore[attr-defined]
    if not math.isfinite(sum(vertices)):
        bad = len({i // 3 for i, each in enumerate(vertices) if not math.isfinite(each)})
        raise InputError(
            said(
                "{bad} of {count} vertices of the selection are NaN or infinite; delete them",
                **{"bad": bad, "count": count},
            )
        )
    corners = _triangle_corners(mesh)
    if to_sent.determinant() < 0:
        turn(corners)
    arrays = {"vertices": rows_of_three(vertices), "faces": rows_of_three(corners)}
    try:
        write_arrays(path, arrays)
    except OSError as error:
        raise InputError(
            said(
                "the mesh cannot be written for the engine ({why}); free some disk space", why=error
            )
        ) from error


def turn(corners: array) -> None:
    """Turns triangles inside out, three corners after each other."""
    corners[1::3], corners[2::3] = corners[2::3], corners[1::3]


def rows_of_three(numbers: array) -> memoryview:
    """The buffer of 32-bit numbers, three in a row."""
    data = memoryview(numbers).cast("B")
    shape = (len(numbers) // 3, 3)
    return data.cast("f", shape) if numbers.typecode == "f" else data.cast("i", shape)  # type: ignore


def is_flat(matrix: Matrix) -> bool:
    """Whether `matrix` has no inverse that is good for anything, or is not finite."""
    longest = max(each.length for each in matrix.to_3x3().col)
    return not abs(matrix.determinant()) > FLAT * longest**3


def _with_selected_faces(context: bpy.types.Context) -> list[bpy.types.Object]:
    return [each for each in context.objects_in_mode_unique_data if _selected_faces(each) > 0]


def _selected_faces(thing: bpy.types.Object) -> int:
    """How many faces are selected of a mesh in Edit Mode."""
    return cast(bpy.types.Mesh, thing.data).total_face_sel


def _faces(thing: bpy.types.Object) -> int:
    """How many faces a mesh in Edit Mode has now."""
    return len(bmesh.from_edit_mesh(cast(bpy.types.Mesh, thing.data)).faces)


def _check_size(thing: bpy.types.Object) -> None:
    """Holds the object's scale to be one that can be undone.

    Raises:
        InputError: It cannot.
    """
    if is_flat(thing.matrix_world):
        scale = "{:g}, {:g}, {:g}".format(*thing.matrix_world.to_scale()[:])
        raise InputError(
            said(
                "the object {name!r} has no volume (its scale in the world is {scale}); "
                "give it a scale other than zero",
                name=thing.name,
                scale=scale,
            )
        )


def _check_instances(thing: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> None:
    """Holds the object to show nothing but its own mesh.

    Raises:
        InputError: It shows instances.
    """
    if not thing.is_instancer and not any(m.type in WITH_INSTANCES for m in thing.modifiers):
        return
    for each in depsgraph.object_instances:
        if each.is_instance and each.parent.original == thing:
            raise InputError(
                said(
                    "the object {name!r} shows instances, which are no part of its mesh; make them "
                    "real (Object > Apply > Make Instances Real, or the node Realize Instances)",
                    name=thing.name,
                )
            )


def _part(
    thing: bpy.types.Object, context: bpy.types.Context, depsgraph: bpy.types.Depsgraph
) -> bpy.types.Mesh:
    """A new mesh of what is selected of one object, with the materials that it shows."""
    if context.mode == "EDIT_MESH":
        thing.update_from_editmode()
        mesh = bpy.data.meshes.new_from_object(thing)
        _keep_selected(mesh)
    else:
        mesh = bpy.data.meshes.new_from_object(
            thing.evaluated_get(depsgraph), preserve_all_data_layers=True, depsgraph=depsgraph
        )
    for index, slot in enumerate(thing.material_slots):
        if slot.link == "OBJECT" and index < len(mesh.materials):
            mesh.materials[index] = slot.material
    return mesh


def _keep_selected(mesh: bpy.types.Mesh) -> None:
    """Deletes all but the selected faces; these keep their vertices, order and attributes."""
    cut = bmesh.new()
    try:
        cut.from_mesh(mesh)
        rest = [each for each in cut.faces if not each.select]
        bmesh.ops.delete(cut, geom=rest, context="FACES_ONLY")
        loose = [each for each in cut.verts if not each.link_faces]
        bmesh.ops.delete(cut, geom=loose, context="VERTS")
        wires = [each for each in cut.edges if not each.link_faces]
        bmesh.ops.delete(cut, geom=wires, context="EDGES")
        cut.to_mesh(mesh)
    finally:
        cut.free()


def _move(mesh: bpy.types.Mesh, matrix: Matrix) -> None:
    """Into another frame, with the faces still outside out."""
    mesh.transform(matrix)
    if matrix.determinant() < 0:
        mesh.flip_normals()


def _join(context: bpy.types.Context, parts: list[bpy.types.Mesh]) -> None:
    """Joins all into the first, as Blender does it: materials and attributes are merged."""
    made = [bpy.data.objects.new("Isoform", each) for each in parts]
    names = [each.name for each in made]
    try:
        for each in made:
            context.scene.collection.objects.link(each)
        with context.temp_override(
            active_object=made[0],
            object=made[0],
            selected_objects=made,
            selected_editable_objects=made,
        ):
            bpy.ops.object.join()
    finally:
        left = [bpy.data.objects[each] for each in names if each in bpy.data.objects]
        bpy.data.batch_remove(left)


def _triangle_corners(mesh: bpy.types.Mesh) -> array:
    """The vertices of all triangles, one after another."""
    if len(mesh.loops) == 3 * len(mesh.polygons):  # no face has fewer corners, so all have three
        corners = array("i", bytes(4 * len(mesh.loops)))
        mesh.attributes[".corner_vert"].data.foreach_get("value", corners)  # type: ignore[attr-defined]
        return corners
    mesh.calc_loop_triangles()
    corners = array("i", bytes(12 * len(mesh.loop_triangles)))
    mesh.loop_triangles.foreach_get("vertices", corners)
    return corners
