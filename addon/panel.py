"""The tab "Isoform" in the 3D View's sidebar; drawing changes nothing and asks nothing."""

import textwrap

import bpy

PIXELS_PER_LETTER = 7
"""Of Blender's interface font at scale 1, a little generous: lines may be short, never cut."""


class _Tab:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Isoform"


class ISOFORM_PT_reconstruct(_Tab, bpy.types.Panel):
    """Picture, category, resolution, size, button, and what becomes of the job."""

    bl_label = "Reconstruct"

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the panel."""
        settings, run = context.scene.isoform, context.window_manager.isoform
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.template_ID(settings, "picture", open="image.open")
        column = layout.column()
        column.prop(settings, "category")
        column.prop(settings, "resolution")
        column.prop(settings, "size_m")
        if run.is_running:
            layout.progress(text=run.status, factor=run.fraction)
            layout.operator("isoform.cancel", icon="X")
        else:
            row = layout.row()
            row.scale_y = 1.5
            row.context_pointer_set("isoform_panel", settings)
            row.operator("isoform.reconstruct", icon="MESH_MONKEY")
            _draw_outcome(layout, run, context.region.width / context.preferences.system.ui_scale)


class ISOFORM_PT_options(_Tab, bpy.types.Panel):
    """What few jobs need."""

    bl_label = "Options"
    bl_parent_id = "ISOFORM_PT_reconstruct"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads a set

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the sub-panel."""
        settings, layout = context.scene.isoform, self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(settings, "face_limit")
        layout.prop(settings, "seed")


def _draw_outcome(layout: bpy.types.UILayout, run: bpy.types.PropertyGroup, width: float) -> None:
    """The last job's sentence, wrapped; of a failure also where to look further."""
    if not run.status:
        return
    letters = max(int(width / PIXELS_PER_LETTER) - 6, 12)
    column = (layout.box() if run.is_error else layout).column(align=True)
    icon = "ERROR" if run.is_error else "CHECKMARK"
    for line in textwrap.wrap(run.status, letters):
        column.label(text=line, icon=icon)
        icon = "BLANK1"
    for line in run.hint.splitlines()[-4:]:
        column.label(text=line[:letters], icon="BLANK1")


CLASSES = (ISOFORM_PT_reconstruct, ISOFORM_PT_options)


def register() -> None:
    """Adds the panels."""
    for each in CLASSES:
        bpy.utils.register_class(each)


def unregister() -> None:
    """Removes them."""
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
