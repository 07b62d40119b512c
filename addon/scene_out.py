"""From a mesh to the scene: one object, standing at its place, selected, or nothing at all."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ..core.errors import InputError
from ..core.frames import standing_at
from ..core.meshes import TriangleMesh

logger = logging.getLogger(__name__)

NAME_BYTES = 59
"""Blender's limit before 5.0 is 63 bytes, of which ".001" may need four."""

PropertyValue = str | Sequence[float] | Mapping[str, float]


@dataclass(frozen=True)
class Destination:
    """Where a result belongs. Names, not datablocks: an undo meanwhile replaces those."""

    name: str
    """Of the object; shortened and made unique as Blender wants it."""

    scene: str
    view_layer: str
    collection: str

    floor_m: tuple[float, float, float]
    """The point of the floor that the object stands on, its origin."""

    size_m: float
    """Length of the longest side."""


def destination_at_cursor(context: bpy.types.Context, name: str, size_m: float) -> Destination:
    """The 3D cursor and the active collection, as they are now."""
    return Destination(
        name=name,
        scene=context.scene.name,
        view_layer=context.view_layer.name,
        collection=context.collection.name,
        floor_m=tuple(context.scene.cursor.location),
        size_m=size_m,
    )


def insert(
    mesh: TriangleMesh, destination: Destination, properties: Mapping[str, PropertyValue]
) -> bpy.types.Object:
    """The new object: selected, active, smooth-shaded, with scale applied.

    Args:
        mesh: In the unit cube.
        destination: Where to put it. A view layer or collection that has gone meanwhile is
            replaced by the active one of the scene.
        properties: Kept as custom properties of the object; a sequence as an array of floats,
            a mapping as a group.

    Raises:
        InputError: The scene has gone, the size is not positive, or the mesh has no extent.
    """
    scene = bpy.data.scenes.get(destination.scene)
    if scene is None:
        raise InputError(f"the scene {destination.scene!r} is gone; start the job again in another")
    placement = standing_at((0.0, 0.0, 0.0), mesh.bounds, destination.size_m)
    placed = TriangleMesh(placement.to_scene(mesh.vertices), mesh.faces)
    view_layer = scene.view_layers.get(destination.view_layer) or scene.view_layers[0]
    collection = _collection(view_layer, destination.collection)
    data = thing = None
    is_done = False
    try:
        data = bpy.data.meshes.new(shortened(destination.name))
        fill(data, placed)
        thing = bpy.data.objects.new(shortened(destination.name), data)
        for key, value in properties.items():
            is_array = not isinstance(value, str | Mapping)
            thing[key] = np.asarray(value, np.float32) if is_array else value
        thing.location = destination.floor_m
        collection.objects.link(thing)
        for other in list(view_layer.objects.selected):
            other.select_set(False, view_layer=view_layer)
        thing.select_set(True, view_layer=view_layer)
        view_layer.objects.active = thing
        is_done = True
        return thing
    finally:
        if not is_done:
            _remove(thing, data)


def fill(data: bpy.types.Mesh, mesh: TriangleMesh) -> None:
    """Writes the triangles into the empty `data`, smooth-shaded; 200,000 take 40 ms.

    Blender's own check removes faces that are double or have no extent; a warning says so.
    """
    corners = np.ascontiguousarray(mesh.faces).ravel()
    data.vertices.add(len(mesh.vertices))
    data.loops.add(len(corners))
    data.polygons.add(len(mesh.faces))
    # the attributes are copied in one piece; `loops.foreach_set` takes 40 ms for as many
    data.attributes["position"].data.foreach_set("vector", mesh.vertices.ravel())
    data.attributes[".corner_vert"].data.foreach_set("value", corners)
    data.polygons.foreach_set("loop_start", np.arange(0, len(corners), 3, dtype=np.int32))
    data.validate()  # adds the edges as well
    if len(data.polygons) != len(mesh.faces):
        removed = len(mesh.faces) - len(data.polygons)
        logger.warning("%d of %d faces were double or empty", removed, len(mesh.faces))
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


def _remove(thing: bpy.types.Object | None, data: bpy.types.Mesh | None) -> None:
    if thing is not None:
        bpy.data.objects.remove(thing)
    if data is not None:
        bpy.data.meshes.remove(data)
