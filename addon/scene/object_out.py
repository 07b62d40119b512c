"""From a mesh to the scene: one object, standing at its place, selected, or nothing at all."""

import logging
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import bpy

from ...core.errors import InputError
from ..words import said

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
    """Where a result belongs. Numbers and names: an undo meanwhile replaces datablocks."""

    name: str
    """Of the object; shortened and made unique as Blender wants it."""

    scene: str
    """As it was called then, to speak of it."""

    scene_uid: int
    """What finds it again, renamed or not, and never another one: a file that is opened later has
    other numbers even where its names are the same."""

    view_layer: str

    collection_uid: int
    """Likewise; names would not tell a linked collection from its override."""

    floor_m: tuple[float, float, float]
    """The point of the floor that the object stands on, its origin."""


class SceneGoneError(InputError):
    """The scene of a destination is not there any more."""


def destination_at_cursor(context: bpy.types.Context, name: str) -> Destination:
    """The 3D cursor and the active collection, as they are now.

    Raises:
        InputError: The scene cannot take any object.
    """
    if sentence := problem(context.scene):
        raise InputError(sentence)
    cursor = context.scene.cursor.location
    return Destination(
        name=name,
        scene=context.scene.name,
        scene_uid=context.scene.session_uid,
        view_layer=context.view_layer.name,
        collection_uid=context.collection.session_uid,
        floor_m=(cursor.x, cursor.y, cursor.z),
    )


def destination_here(context: bpy.types.Context, other: Destination) -> Destination:
    """The same place in the scene and the collection that are active now.

    Raises:
        InputError: The scene cannot take any object.
    """
    here = destination_at_cursor(context, other.name)
    return replace(here, floor_m=other.floor_m)


def destination_beside(context: bpy.types.Context, thing: bpy.types.Object) -> Destination:
    """The collection and the origin of `thing`, as they are now.

    Raises:
        InputError: The scene cannot take any object.
    """
    place = thing.matrix_world.translation
    here = replace(
        destination_at_cursor(context, f"{thing.name} completed"),
        floor_m=(place.x, place.y, place.z),
    )
    collections = sorted(thing.users_collection, key=lambda each: not takes_objects(each))
    return replace(here, collection_uid=collections[0].session_uid) if collections else here


def problem(scene: bpy.types.Scene) -> str:
    """Why nothing can be put into the scene; empty where something can. Costs nothing."""
    if takes_objects(scene.collection):
        return ""
    return said(
        "the scene {name!r} is linked from another file and takes no objects; "
        "switch to a scene of this file",
        name=scene.name,
    )


def takes_objects(collection: bpy.types.Collection) -> bool:
    """Whether objects of this file can be put into it: it is no other file's, and no override."""
    return collection.library is None and collection.override_library is None


def notes(destination: Destination) -> tuple[str, ...]:
    """What is to be said of where a result goes: that it is elsewhere than where it belongs.

    Raises:
        SceneGoneError: The scene has gone.
    """
    view_layer = view_layer_of(destination)
    wanted = _found(view_layer, destination.collection_uid)
    if wanted is None or takes_objects(wanted):
        return ()
    names = {"name": wanted.name, "other": _collection(view_layer, destination.collection_uid).name}
    if wanted.library is not None:
        return (
            said(
                "the collection {name!r} is linked from another file and takes no new objects; "
                "the result is in {other!r}",
                **names,
            ),
        )
    return (
        said(
            "the collection {name!r} is a library override and takes no new objects; "
            "the result is in {other!r}",
            **names,
        ),
    )


def insert(
    mesh: Triangles, destination: Destination, properties: Mapping[str, PropertyValue]
) -> bpy.types.Object:
    """The new object: selected, active, smooth-shaded, with scale applied.

    Args:
        mesh: In metres, standing on the origin.
        destination: Where to put it. A view layer or collection that has gone meanwhile is
            replaced by the active one of the scene, a collection that takes no objects by the
            scene's own.
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
    collection = _collection(view_layer_of(destination), destination.collection_uid)
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


def _collection(view_layer: bpy.types.ViewLayer, uid: int) -> bpy.types.Collection:
    """The collection of that number, or else one that takes objects and is shown."""
    wanted = _found(view_layer, uid) or view_layer.active_layer_collection.collection
    return wanted if takes_objects(wanted) else view_layer.layer_collection.collection


def _found(view_layer: bpy.types.ViewLayer, uid: int) -> bpy.types.Collection | None:
    """The collection of that number; None where the view layer has none or leaves it out."""
    waiting = [view_layer.layer_collection]
    while waiting:
        each = waiting.pop()
        if each.collection.session_uid == uid and not each.exclude:
            return each.collection
        waiting.extend(each.children)
    return None
