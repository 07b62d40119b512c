"""How models are chosen: a file that lies elsewhere, or those in the artist's own folder."""

from pathlib import Path

import bpy

from ...core.errors import IsoformError
from .. import properties
from ..classes import registration
from ..runtime import models
from ..words import said, sentence
from .shapes import Outcome


class ISOFORM_OT_choose_model(bpy.types.Operator):
    """Choose a model file that lies elsewhere; it is read where it lies, and never changed"""

    bl_idname = "isoform.choose_model"
    bl_label = "Choose Model"
    bl_options = {"UNDO"}  # noqa: RUF012 - Blender reads a set

    filepath: bpy.props.StringProperty(
        name="Model File",
        description="A .safetensors file",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )
    filter_glob: bpy.props.StringProperty(
        name="Filter",
        description="Which files are shown",
        default=f"*{models.SUFFIX}",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> Outcome:
        """Opens the file selector."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Reads the model's card and takes the model."""
        path = Path(bpy.path.abspath(self.filepath)).absolute()
        try:
            properties.settings_of(context.scene).model_name = models.choose(path)
        except IsoformError as error:
            self.report({"ERROR"}, sentence(str(error)))
            return {"CANCELLED"}
        return {"FINISHED"}


class ISOFORM_OT_refresh_models(bpy.types.Operator):
    """Look for models again, in the extension and in the folder for models of your own"""

    bl_idname = "isoform.refresh_models"
    bl_label = "Refresh Models"

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Reads what has changed."""
        models.refresh([properties.settings_of(context.scene).model_name])
        return {"FINISHED"}


class ISOFORM_OT_open_models(bpy.types.Operator):
    """Open the folder for models of your own, which outlives an update of the extension"""

    bl_idname = "isoform.open_models"
    bl_label = "Open Models Folder"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Whether there is such a folder; says why not."""
        if models.own_folder() is None:
            cls.poll_message_set(said("Only an installed extension has a folder of its own"))
            return False
        return True

    def execute(self, _context: bpy.types.Context) -> Outcome:
        """Makes the folder where it is missing, and has the system show it."""
        folder = models.own_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror
            self.report({"ERROR"}, said("The folder cannot be made: {reason}", reason=reason))
            return {"CANCELLED"}
        if not bpy.app.background:
            bpy.ops.wm.path_open(filepath=str(folder))
        return {"FINISHED"}


CLASSES = (ISOFORM_OT_choose_model, ISOFORM_OT_refresh_models, ISOFORM_OT_open_models)

register, unregister = registration(CLASSES)
