"""The tab "Isoform" in the 3D View's sidebar; drawing changes nothing and asks nothing."""

import bpy

from . import hypotheses, mesh_in, panel_jobs, properties


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
        panel_jobs.draw_job(context, layout, "reconstruct", "MESH_MONKEY")


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
        panel_jobs.draw_job(context, layout, "complete", "MOD_MESHDEFORM")
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
