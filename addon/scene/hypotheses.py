"""Several shapes for one part: all at the same place, one of them shown, exchanged by a button.

They know each other by custom properties, which survive saving, undo and the add-on's removal:
`isoform_group` names the job, `isoform_rank` is 1 for the best of `isoform_count`.
"""

import bpy

from . import object_out


def membership(group: str, rank: int, count: int) -> dict[str, object_out.PropertyValue]:
    """The custom properties of one of several; of a single shape none."""
    if count < 2:
        return {}
    return {"isoform_group": group, "isoform_rank": rank, "isoform_count": count}


def rank_of(thing: bpy.types.Object | None) -> tuple[int, int] | None:
    """Which one of how many `thing` is; None where it is not one of several."""
    if thing is None or thing.get("isoform_group") is None:
        return None
    return thing.get("isoform_rank", 1), thing.get("isoform_count", 1)


def show_next(
    view_layer: bpy.types.ViewLayer, thing: bpy.types.Object, step: int
) -> bpy.types.Object:
    """Hides `thing` and shows the one `step` further on, selected and active.

    Those that the artist has deleted are passed over; after the last comes the first.
    """
    group = thing["isoform_group"]
    all_of_it = [each for each in view_layer.objects if each.get("isoform_group") == group]
    all_of_it.sort(key=lambda each: each.get("isoform_rank", 1))
    shown = all_of_it[(all_of_it.index(thing) + step) % len(all_of_it)]
    for each in all_of_it:
        hide(each, view_layer, each != shown)
    object_out.select_only(shown, view_layer)
    return shown


def hide(thing: bpy.types.Object, view_layer: bpy.types.ViewLayer, is_hidden: bool) -> None:
    """Hides or shows an object in the viewport, as the key H does, and in renders.

    Both are undone with the step that they are a part of. What is linked from another file
    can only be hidden in the viewport.
    """
    if not is_hidden or thing.visible_get(view_layer=view_layer):
        thing.hide_set(is_hidden, view_layer=view_layer)
    if thing.is_editable:
        thing.hide_render = is_hidden
