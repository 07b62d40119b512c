"""The panel "Batch": many inputs at once, and how far they are. Folded until it is wanted."""

import bpy

from .. import properties
from ..batch import settings as batch_settings
from ..classes import registration
from . import help
from .jobs import wrapped
from .main import InTab


class ISOFORM_PT_batch(InTab, bpy.types.Panel):
    """Source, output, button, and what becomes of the batch."""

    bl_label = "Batch"
    bl_order = 6
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads a set

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """Draws the help button."""
        help.draw_button(self.layout, "batch")

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the panel."""
        settings, layout = properties.settings_of(context.scene).batch, self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column()
        column.prop(settings, "source")
        column.prop(settings, "collection" if settings.source == "collection" else "folder")
        column.prop(settings, "output")
        if settings.source != "meshes":  # those become files
            column.prop(settings, "results")
        if settings.source == "meshes" or settings.results == "files":
            column.prop(settings, "format")
        column.prop(settings, "workers")
        column.prop(settings, "resume")
        layout.context_pointer_set("isoform_panel", settings)
        run = properties.run_of(context.window_manager).batch
        if run.is_running:
            layout.progress(text=run.status, factor=run.fraction)
            layout.operator("isoform.stop_batch", icon="X")
            return
        row = layout.row()
        row.scale_y = 1.5
        row.operator("isoform.batch", icon="FILE_FOLDER")
        _draw_outcome(context, layout, run)


def _draw_outcome(
    context: bpy.types.Context,
    layout: bpy.types.UILayout,
    run: batch_settings.ISOFORM_PG_batch_run,
) -> None:
    """The last batch's sentence, its last failures, and which results are doubtful."""
    if not run.status:
        return
    column = layout.box() if run.is_error else layout.column()
    icon = "ERROR" if run.is_error else "QUESTION" if run.doubts else "CHECKMARK"
    wrapped(context, column, f"{run.status}\n{run.hint}", icon)
    for line in run.doubts.splitlines():
        wrapped(context, column, line, "QUESTION")


CLASSES = (ISOFORM_PT_batch,)

register, unregister = registration(CLASSES)
