"""The tab "Isoform" in the 3D View's sidebar; drawing changes nothing and asks nothing.

What an artist needs every time stands on top, the rest is folded. The panels of the cut-out and
of a result are in `panel_cut_out` and `panel_result`.
"""

import bpy

from ...core.operations.settings import CompleteSettings, ReconstructSettings
from .. import properties
from ..classes import registration
from ..runtime import models
from ..scene import hypotheses, mesh_in, views
from ..setting_properties import names_of
from ..words import shown
from . import help, jobs
from .wrapping import wrapped

FIRST_OF_PICTURES = ("resolution", "size_m")
FIRST_OF_MESHES = ("keep", "hypotheses", "resolution")
"""Settings that stand above the button; all others are folded under Options."""


class InTab(bpy.types.Panel):
    """Where all panels of this add-on are; not registered itself."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Isoform"


class ISOFORM_PT_reconstruct(InTab):
    """Picture, model, resolution, size, button, and what becomes of the job."""

    bl_label = "Reconstruct"
    bl_order = 1

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """Draws the help button."""
        help.draw_button(self.layout, "reconstruct")

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the panel."""
        settings = properties.settings_of(context.scene)
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.template_ID(settings, "picture", open="image.open")
        column = layout.column()
        for name in ("model", *FIRST_OF_PICTURES):
            column.prop(settings, name)
        layout.context_pointer_set("isoform_panel", settings)
        jobs.draw_job(context, layout, "reconstruct", "MESH_MONKEY")


class ISOFORM_PT_more_pictures(InTab):
    """Other views of the same object."""

    bl_label = "More Pictures"
    bl_parent_id = "ISOFORM_PT_reconstruct"
    bl_order = 1
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads a set

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the sub-panel."""
        settings, layout = properties.settings_of(context.scene), self.layout
        for slot, label, _tip in views.NAMES[1:]:
            column = layout.column(align=True)
            column.label(text=label)
            column.template_ID(settings, slot, open="image.open")


class ISOFORM_PT_options(InTab):
    """What few jobs need."""

    bl_label = "Options"
    bl_parent_id = "ISOFORM_PT_reconstruct"
    bl_order = 3
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads a set

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the sub-panel."""
        settings, layout = properties.settings_of(context.scene), self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in names_of(ReconstructSettings):
            if name not in FIRST_OF_PICTURES:
                layout.prop(settings, name)


class ISOFORM_PT_model(InTab):
    """What the chosen model says of itself."""

    bl_label = "About the Model"
    bl_parent_id = "ISOFORM_PT_reconstruct"
    bl_order = 4
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads a set

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """Draws the help button."""
        help.draw_button(self.layout, "models")

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the sub-panel."""
        layout = self.layout
        model = models.known(properties.settings_of(context.scene).model_name)
        if model.card is None:
            sentence = model.problem or shown("The model has not been read yet")
            wrapped(context, layout.box(), sentence, "ERROR")
        else:
            labels = [shown(models.label_of(each)) for each in model.card.categories]
            told = (
                (shown("Knows"), ", ".join(labels)),
                (shown("Trained on"), model.card.assets),
                (shown("Licence"), model.card.licence),
            )
            for title, words in told:
                if words:
                    wrapped(context, layout, f"{title}: {words}")
        column = layout.column(align=True)
        column.operator("isoform.open_models", icon="FILE_FOLDER")
        column.operator("isoform.refresh_models", icon="FILE_REFRESH")


class ISOFORM_PT_complete(InTab):
    """What is selected, what is to become of it, button, and what becomes of the job."""

    bl_label = "Complete"
    bl_order = 2

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """Draws the help button."""
        help.draw_button(self.layout, "complete")

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the panel."""
        settings, layout = properties.settings_of(context.scene).completion, self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        selected = mesh_in.described(context) or shown("Nothing selected")
        layout.label(text=selected, icon="MESH_DATA", translate=False)
        column = layout.column()
        column.prop(properties.settings_of(context.scene), "model")
        for name in FIRST_OF_MESHES:
            column.prop(settings, name)
        jobs.draw_job(context, layout, "complete", "MOD_MESHDEFORM")
        rank = hypotheses.rank_of(context.active_object)
        if rank is not None:
            row = layout.row(align=True)
            row.operator("isoform.pick_hypothesis", text="", icon="TRIA_LEFT").step = -1
            row.label(text=shown("Shape {rank} of {count}", rank=rank[0], count=rank[1]))
            row.operator("isoform.pick_hypothesis", text="", icon="TRIA_RIGHT").step = 1


class ISOFORM_PT_complete_options(InTab):
    """What few completions need."""

    bl_label = "Options"
    bl_parent_id = "ISOFORM_PT_complete"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads a set

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the sub-panel."""
        settings, layout = properties.settings_of(context.scene).completion, self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in names_of(CompleteSettings):
            if name not in FIRST_OF_MESHES:
                layout.prop(settings, name)


CLASSES = (
    ISOFORM_PT_reconstruct,
    ISOFORM_PT_more_pictures,
    ISOFORM_PT_options,
    ISOFORM_PT_model,
    ISOFORM_PT_complete,
    ISOFORM_PT_complete_options,
)

register, unregister = registration(CLASSES)
