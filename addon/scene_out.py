"""From a mesh to the scene: one object, standing at its place, selected, or nothing at all."""

import logging
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import bpy

from ..core.errors import InputError
from .words import said

logger = logging.getLogger(__name__)

NAME_BYTES = 59
"""Blender's limit before 5.0 is 63 bytes, of which ".001" may need four."""

PropertyValue = str | float | int | Sequence[float] | Mapping[str, float]


@dataclass(frozen=True)
class Triangles:
    """A mesh as buffers, which need no NumPy."""

    vertices: memoryview
    """(V, 3) floats."""

    faces: memoryview
    """(F, 3) integers, counter-clockwise seen from outside."""


@dataclass(frozen=True)
class Destination:
    """Where a result belongs. Names, not datablocks: an undo meanwhile replaces those."""

    name: str
    """Of the object; shortened and made unique as Blender wants it."""

    scene: str
    """As it was called then, to speak of it."""

    scene_uid: int
    """What finds it again, renamed or not, and never another one: a file that is opened later has
    other numbers even where its names are the same."""

    view_layer: str
    collection: str

    floor_m: tuple[float, float, float]
    """The point of the floor that the object stands on, its origin."""


class SceneGoneError(InputError):
    """The scene of a destination is not there any more."""


def destination_at_cursor(context: bpy.types.Context, name: str) -> Destination:
    """The 3D cursor and the active collection, as they are now."""
    cursor = context.scene.cursor.location
    return Destination(
        name=name,
        scene=context.scene.name,
        scene_uid=context.scene.session_uid,
        view_layer=context.view_layer.name,
        collection=context.collection.name,
        floor_m=(cursor.x, cursor.y, cursor.z),
    )


def destination_here(context: bpy.types.Context, other: Destination) -> Destination:
    """The same place in the scene and the collection that are active now."""
    here = destination_at_cursor(context, other.name)
    return replace(here, floor_m=other.floor_m)


def destination_beside(context: bpy.types.Context, thing: bpy.types.Object) -> Destination:
    """The collection and the origin of `thing`, as they are now."""
    place = thing.matrix_world.translation
    collections: tuple[bpy.types.Collection, ...] = thing.users_collection
    here = destination_at_cursor(context, f"{thing.name} completed")
    collection = collections[0].name if collections else here.collection
    return replace(here, collection=collection, floor_m=(place.x, place.y, place.z))


def insert(
    mesh: Triangles, destination: Destination, properties: Mapping[str, PropertyValue]
) -> bpy.types.Object:
    """The new object: selected, active, smooth-shaded, with scale applied.

    Args:
        mesh: In metres, standing on the origin.
        destination: Where to put it. A view layer or collection that has gone meanwhile is
            replaced by the active one of the scene.
        properties: Kept as custom properties of the object; a sequence as an array of floats,
            a mapping as a group.

    Raises:
        SceneGoneError: The scene has gone.
        InputError: The mesh has no faces.
    """
    if len(mesh.faces) == 0:
        raise InputError(
            said("the result has no faces; try another picture or a higher resolution")
        )
    view_layer = view_layer_of(destination)
    with all_or_nothing() as made:
        data = bpy.data.meshes.new(shortened(destination.name))
        made.append(data)
        fill(data, mesh)
        thing = add(data, destination, properties, made)
        select_only(thing, view_layer)
    return thing


@contextmanager
def all_or_nothing() -> Iterator[list[bpy.types.ID]]:
    """A list for what is made inside, removed again where that fails in the middle."""
    made: list[bpy.types.ID] = []
    is_done = False
    try:
        yield made
        is_done = True
    finally:
        if not is_done:
            bpy.data.batch_remove(made)


def view_layer_of(destination: Destination) -> bpy.types.ViewLayer:
    """The view layer that was active then, or the scene's first.

    Raises:
        SceneGoneError: The scene has gone, or is not in the file that is open.
    """
    uid = destination.scene_uid
    scene = next((each for each in bpy.data.scenes if each.session_uid == uid), None)
    if scene is None:
        raise SceneGoneError(
            said(
                "the scene {name!r} is not open any more; insert the result in another",
                name=destination.scene,
            )
        )
    return scene.view_layers.get(destination.view_layer) or scene.view_layers[0]


def add(
    data: bpy.types.Mesh,
    destination: Destination,
    properties: Mapping[str, PropertyValue],
    made: list[bpy.types.ID],
) -> bpy.types.Object:
    """A new object of `data` at its place, neither selected nor active.

    Args:
        data: Its mesh.
        destination: As for `insert`.
        properties: As for `insert`.
        made: The list of `all_or_nothing`; the object is added to it.

    Raises:
        SceneGoneError: The scene has gone.
    """
    collection = _collection(view_layer_of(destination), destination.collection)
    thing = bpy.data.objects.new(shortened(destination.name), data)
    made.append(thing)
    for key, value in properties.items():
        is_array = not isinstance(value, str | float | int | Mapping)
        thing[key] = array("f", value) if is_array else value  # type: ignore[arg-type]
    thing.location = destination.floor_m
    collection.objects.link(thing)
    return thing


def select_only(thing: bpy.types.Object, view_layer: bpy.types.ViewLayer) -> None:
    """Makes `thing` the one that is selected, and active."""
    for other in list(view_layer.objects.selected):
        other.select_set(False, view_layer=view_layer)
    thing.select_set(True, view_layer=view_layer)
    view_layer.objects.active = thing


def fill(data: bpy.types.Mesh, mesh: Triangles) -> None:
    """Writes the triangles into the empty `data`, smooth-shaded; 200,000 take 40 ms.

    Blender's own check removes faces that are double or have no extent; a warning says so.
    """
    face_count = len(mesh.faces)
    data.vertices.add(len(mesh.vertices))
    data.loops.add(3 * face_count)
    data.polygons.add(face_count)
    # the attributes are copied in one piece; `loops.foreach_set` takes 40 ms for as many
    position, corner = data.attributes["position"], data.attributes[".corner_vert"]
    position.data.foreach_set("vector", mesh.vertices.cast("B").cast("f"))  # type: ignore[attr-defined]
    corner.data.foreach_set("value", mesh.faces.cast("B").cast("i"))  # type: ignore[attr-defined]
    data.polygons.foreach_set("loop_start", array("i", range(0, 3 * face_count, 3)))
    data.validate()  # adds the edges as well
    if removed := face_count - len(data.polygons):
        logger.warning("%d of %d faces were double or empty", removed, face_count)
    data.shade_smooth()
    data.update()


def shortened(name: str) -> str:
    """`name` cut between two characters to the bytes that Blender can keep."""
    encoded = name.encode(errors="replace")[:NAME_BYTES]
    return encoded.decode(errors="ignore").strip() or "Shape"


def _collection(view_layer: bpy.types.ViewLayer, name: str) -> bpy.types.Collection:
    waiting = [view_layer.layer_collection]
    while waiting:
        each = waiting.pop()
        if each.collection.name == name and not each.exclude and each.collection.is_editable:
            return each.collection
        waiting.extend(each.children)
    active = view_layer.active_layer_collection.collection
    return active if active.is_editable else view_layer.layer_collection.collection
