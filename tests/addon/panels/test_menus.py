"""Isoform's entries in Blender's menus name operators that exist, where they make sense."""

from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.blender


class Layout:
    """Remembers what was drawn."""

    def __init__(self):
        self.drawn = []

    def separator(self):
        pass

    def operator(self, name, **_):
        self.drawn.append(name)
        return SimpleNamespace()


@pytest.fixture
def drawn(isoform):
    """Draws one of our entries and gives its operators."""
    import bpy

    def draw(function):
        menu = SimpleNamespace(layout=Layout())
        getattr(isoform.menus, function)(menu, bpy.context)
        for each in menu.layout.drawn:
            getattr(bpy.ops.isoform, each.split(".")[1]).get_rna_type()
        return menu.layout.drawn

    return draw


def test_entries_stand_in_blenders_menus(isoform):
    import bpy

    for name, draw in (
        ("VIEW3D_MT_mesh_add", isoform.menus.draw_add),
        ("VIEW3D_MT_object_context_menu", isoform.menus.draw_object),
        ("VIEW3D_MT_edit_mesh_context_menu", isoform.menus.draw_faces),
        ("IMAGE_MT_image", isoform.menus.draw_image),
    ):
        assert draw in getattr(bpy.types, name).draw._draw_funcs


def test_entries_start_what_they_say(drawn):
    assert drawn("draw_add") == ["isoform.open_pictures"]
    assert drawn("draw_faces") == ["isoform.complete"]
    assert drawn("draw_image") == ["isoform.reconstruct_image"]


def test_the_object_s_menu_fits_the_object(drawn, bowl):
    import bpy

    assert drawn("draw_object") == []
    thing = bowl()
    assert drawn("draw_object") == ["isoform.complete"]
    bpy.ops.isoform.complete(hypotheses=2)
    assert drawn("draw_object") == [
        *("isoform.complete", "isoform.pick_hypothesis", "isoform.pick_hypothesis"),
        "isoform.mark_asset",
    ]
    bpy.ops.object.camera_add()
    assert drawn("draw_object") == []
    assert thing.hide_get()
