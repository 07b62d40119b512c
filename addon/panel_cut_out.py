"""The panel of the cut-out: what the engine would see, and how it is corrected."""

import bpy

from . import cut_out, help, panel_jobs, properties, views
from .panel import InTab
from .panel_jobs import wrapped

PREVIEW = 8.0
"""Of the cut-out, in rows of the panel."""


class ISOFORM_PT_cut_out(InTab, bpy.types.Panel):
    """The preview, and a way to correct it."""

    bl_label = "Cut-Out"
    bl_parent_id = "ISOFORM_PT_reconstruct"
    bl_order = 2
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads a set

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """Draws the help button."""
        help.draw_button(self.layout, "cut_out")

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the sub-panel."""
        settings, layout = properties.settings_of(context.scene), self.layout
        slots = views.filled(settings)
        if len(slots) > 1 or settings.view != "picture":
            layout.row().prop(settings, "view", expand=True)
        picture = getattr(settings, settings.view)
        panel_jobs.draw_job(context, layout, "matte", "IMAGE_ALPHA")
        shown = cut_out.gallery.of(settings.view, picture)
        if shown is not None:
            layout.box().template_icon(cut_out.gallery.icon(shown), scale=PREVIEW)
            wrapped(context, layout, cut_out.found(shown.matted))
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        mask = views.mask_of(settings, settings.view)
        for name in ("grow_px", "largest_only"):
            column.prop(mask, name)
        sides = column.column(align=True)
        for name in ("crop_left", "crop_right", "crop_top", "crop_bottom"):
            sides.prop(mask, name)
        layout.operator("isoform.edit_mask", icon="BRUSH_DATA")
        if cut_out.original_of(picture) is not None:
            row = layout.row(align=True)
            row.operator("isoform.mask_brush", text="Erase").brush = "ERASE_ALPHA"
            row.operator("isoform.mask_brush", text="Restore").brush = "ADD_ALPHA"
            layout.operator("isoform.restore_picture", icon="LOOP_BACK")


def register() -> None:
    """Adds the panel."""
    bpy.utils.register_class(ISOFORM_PT_cut_out)


def unregister() -> None:
    """Removes it."""
    bpy.utils.unregister_class(ISOFORM_PT_cut_out)
