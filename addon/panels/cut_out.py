"""The panel of the cut-out: what the engine would see, and how it is corrected."""

import bpy

from .. import properties
from ..classes import registration
from ..jobs import scheduler
from ..scene import cut_out, doubts, views
from ..words import shown
from . import help
from . import jobs as panel_jobs
from .main import InTab
from .wrapping import wrapped

PREVIEW = 8.0
"""Of the cut-out, in rows of the panel."""


class ISOFORM_PT_cut_out(InTab):
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
        _draw_button(context, layout)
        mask = views.mask_of(settings, settings.view)
        found = cut_out.gallery.of(settings.view, picture)
        if found is not None:
            layout.box().template_icon(cut_out.gallery.icon(found), scale=PREVIEW)
            is_old = found.correction != views.correction_of(mask)
            old = shown("The corrections have changed: show the cut-out again")
            wrapped(context, layout, old if is_old else cut_out.found(found.matted))
            if not is_old:
                doubts.draw(context, layout, found.matted.warnings, found.matted.notes)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
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


def _draw_button(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    """The button and its job; what a job that ended well has found stands below the preview."""
    job = scheduler.job_to_show("matte")
    if job is None or job.state != "done":
        panel_jobs.draw_job(context, layout, "matte", "IMAGE_ALPHA")
        return
    row = layout.row()
    row.scale_y = 1.5
    row.operator("isoform.matte", icon="IMAGE_ALPHA")


register, unregister = registration((ISOFORM_PT_cut_out,))
