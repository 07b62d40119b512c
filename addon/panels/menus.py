"""Isoform in Blender's own menus: where an artist looks for it first."""

from collections.abc import Callable
from typing import Any

import bpy

from ..scene import hypotheses
from ..words import shown

Draw = Callable[[bpy.types.Menu, bpy.types.Context], None]


def draw_add(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    """Add > Mesh."""
    menu.layout.separator()
    text = shown("Isoform from Pictures...")
    menu.layout.operator("isoform.open_pictures", text=text, icon="IMAGE_DATA", translate=False)


def draw_object(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    """The context menu of objects."""
    layout, thing = menu.layout, context.active_object
    if thing is None or thing.type not in ("MESH", "CURVE", "SURFACE", "FONT", "META"):
        return
    layout.separator()
    text = shown("Complete with Isoform")
    layout.operator("isoform.complete", text=text, icon="MOD_MESHDEFORM", translate=False)
    if hypotheses.rank_of(thing) is not None:
        text = shown("Show Next Shape")
        layout.operator("isoform.pick_hypothesis", text=text, translate=False).step = 1
        text = shown("Show Previous Shape")
        layout.operator("isoform.pick_hypothesis", text=text, translate=False).step = -1
    if thing.get("isoform_settings") is not None:
        layout.operator("isoform.mark_asset")


def draw_faces(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    """The context menu of Edit Mode."""
    menu.layout.separator()
    text = shown("Complete from Selected Faces")
    menu.layout.operator("isoform.complete", text=text, icon="MOD_MESHDEFORM", translate=False)


def draw_image(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    """The menu Image of the Image Editor."""
    menu.layout.separator()
    menu.layout.operator("isoform.reconstruct_image", icon="MESH_MONKEY")


def _menus() -> tuple[tuple[Any, Draw], ...]:
    """Blender makes some of these types only when they are asked for."""
    types = bpy.types
    return (
        (types.VIEW3D_MT_mesh_add, draw_add),
        (types.VIEW3D_MT_object_context_menu, draw_object),
        (types.VIEW3D_MT_edit_mesh_context_menu, draw_faces),
        (types.IMAGE_MT_image, draw_image),
    )


def register() -> None:
    """Adds the entries."""
    for menu, draw in _menus():
        menu.append(draw)


def unregister() -> None:
    """Removes them."""
    for menu, draw in _menus():
        menu.remove(draw)
