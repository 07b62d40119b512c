"""The tab "Isoform" in the 3D View's sidebar; drawing changes nothing and asks nothing."""

import textwrap

import bpy

from . import hypotheses, mesh_in, properties

PIXELS_PER_LETTER = 7
"""Of Blender's interface font at scale 1, a little generous: lines may be short, never cut."""


HINT_LINES = 4
"""Of a dead worker's log; the last say what went wrong."""


class ISOFORM_PT_reconstruct(bpy.types.Panel):
    """Picture, category, resolution, size, button, and what becomes of the job."""

    bl_label = "Reconstruct"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Isoform"

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the panel."""
        settings = properties.settings_of(context.scene)
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.template_ID(settings, "picture", open="image.open")
        column = layout.column()
        column.prop(settings, "category")
        column.prop(settings, "resolution")
        column.prop(settings, "size_m")
        layout.context_pointer_set("isoform_panel", settings)
        _draw_job(context, layout, "reconstruct", "MESH_MONKEY")


class ISOFORM_PT_options(bpy.types.Panel):
    """What few jobs need."""

    bl_label = "Options"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Isoform"
    bl_parent_id = "ISOFORM_PT_reconstruct"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads a set

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the sub-panel."""
        settings, layout = properties.settings_of(context.scene), self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(settings, "face_limit")
        layout.prop(settings, "seed")


class ISOFORM_PT_complete(bpy.types.Panel):
    """What is selected, what is to become of it, button, and what becomes of the job."""

    bl_label = "Complete"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Isoform"

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the panel."""
        settings, layout = properties.settings_of(context.scene).completion, self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.label(text=mesh_in.described(context) or "Nothing selected", icon="MESH_DATA")
        column = layout.column()
        column.prop(settings, "keep")
        column.prop(settings, "category")
        column.prop(settings, "hypotheses")
        column.prop(settings, "resolution")
        _draw_job(context, layout, "complete", "MOD_MESHDEFORM")
        rank = hypotheses.rank_of(context.active_object)
        if rank is not None:
            row = layout.row(align=True)
            row.operator("isoform.pick_hypothesis", text="", icon="TRIA_LEFT").step = -1
            row.label(text=f"Shape {rank[0]} of {rank[1]}")
            row.operator("isoform.pick_hypothesis", text="", icon="TRIA_RIGHT").step = 1


class ISOFORM_PT_complete_options(bpy.types.Panel):
    """What few completions need."""

    bl_label = "Options"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Isoform"
    bl_parent_id = "ISOFORM_PT_complete"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads a set

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the sub-panel."""
        settings, layout = properties.settings_of(context.scene).completion, self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in ("pose", "empty", "noise", "seed"):
            layout.prop(settings, name)


def _draw_job(context: bpy.types.Context, layout: bpy.types.UILayout, kind: str, icon: str) -> None:
    """The button that starts a job, or how far it is; and what became of the last of its kind."""
    run = properties.run_of(context.window_manager)
    if run.is_running and run.kind == kind:
        layout.progress(text=run.status, factor=run.fraction)
        layout.operator("isoform.cancel", icon="X")
        return
    row = layout.row()
    row.scale_y = 1.5
    row.operator(f"isoform.{kind}", icon=icon)  # type: ignore[arg-type]
    if run.kind == kind:
        _draw_outcome(layout, run, context.region.width / context.preferences.system.ui_scale)


def _draw_outcome(layout: bpy.types.UILayout, run: properties.ISOFORM_PG_run, width: float) -> None:
    """The last job's sentence and where to look further, wrapped."""
    if not run.status:
        return
    letters = max(int(width / PIXELS_PER_LETTER) - 6, 12)
    column = (layout.box() if run.is_error else layout).column(align=True)
    first, *rest = textwrap.wrap(run.status, letters)
    column.label(text=first, icon="ERROR" if run.is_error else "CHECKMARK")
    for line in run.hint.splitlines()[-HINT_LINES:]:
        rest += textwrap.wrap(line, letters)
    for line in rest:
        column.label(text=line, icon="BLANK1")


CLASSES = (
    ISOFORM_PT_reconstruct,
    ISOFORM_PT_options,
    ISOFORM_PT_complete,
    ISOFORM_PT_complete_options,
)


def register() -> None:
    """Adds the panels."""
    for each in CLASSES:
        bpy.utils.register_class(each)


def unregister() -> None:
    """Removes them."""
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
