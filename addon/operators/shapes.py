"""The operators that make shapes: reconstruct, complete."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, cast

import bpy

from ...core.errors import InputError, IsoformError
from ...core.operations.settings import CompleteSettings, ReconstructSettings
from ...core.operations.settings.common import CATEGORY, MODEL
from ...core.operations.settings.setting import Kind
from .. import properties
from ..classes import registration
from ..jobs import scheduler
from ..runtime import models
from ..scene import completion, mesh_in, object_out, reconstruction, views
from ..setting_properties import OPTIONS, names_of, settings_from, with_arguments
from ..words import said, sentence

logger = logging.getLogger(__name__)

Outcome = set[Literal["RUNNING_MODAL", "CANCELLED", "FINISHED", "PASS_THROUGH", "INTERFACE"]]
"""What Blender accepts of an operator."""


def _categories(operator: bpy.types.Operator, context: bpy.types.Context) -> list[models.Item]:
    """Of the model that the script names, which is set first, or of the panel's."""
    given = operator.model  # type: ignore[attr-defined]
    if given:
        models.refresh([given])
    scene = context.scene if context else bpy.context.scene
    return models.category_items(given or properties.settings_of(scene).model_name)


class JobOperator(bpy.types.Operator):
    """What operators that start a job share; not registered itself."""

    comes_first = False
    """Whether its job is done before the others that wait, because it is short."""

    def order(self, context: bpy.types.Context) -> scheduler.Order:
        """What the artist asks for; overridden.

        Raises:
            InputError: Something that is needed is not given.
        """
        raise NotImplementedError

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> Outcome:
        """From the panel: has the job wait its turn; a timer inserts the result."""
        if bpy.app.background:
            return self.execute(context)

        def add_only() -> bool:
            job = scheduler.add(context, self.order(context), first=self.comes_first)
            scheduler.follow()
            if job.failure is not None:  # there is no worker to be had
                self.report({"ERROR"}, job.failure.sentence)
            return job.failure is None

        # INTERFACE: handled, and nothing to undo yet
        return {"INTERFACE"} if self._attempt(add_only) else {"CANCELLED"}

    def execute(self, context: bpy.types.Context) -> Outcome:
        """From a script, or without a window: runs to the end."""
        manager = context.window_manager

        def run() -> bool:
            job = scheduler.add(context, self.order(context), first=True)
            manager.progress_begin(0.0, 1.0)
            try:
                placed = scheduler.run_to_end(job, manager.progress_update)
            finally:
                manager.progress_end()
            for warning in placed.remarks:
                self.report({"WARNING"}, warning)
            self.report({"INFO"}, placed.summary)
            return placed.name != "" or "UNDO" not in self.bl_options

        return {"FINISHED"} if self._attempt(run) else {"CANCELLED"}

    def given(self, settings: bpy.types.PropertyGroup, names: tuple[str, ...]) -> dict[str, Any]:
        """What the script gave, and of what it did not give the panel's."""
        is_given = self.properties.is_property_set
        return {name: getattr(self if is_given(name) else settings, name) for name in names}

    def _attempt(self, action: Callable[[], bool]) -> bool:
        """What `action` says, or False where it failed; one sentence is then reported."""
        try:
            return action()
        except IsoformError as error:
            self.report({"ERROR"}, str(error))
        except Exception as error:
            logger.exception("%s failed", self.bl_idname)
            words = {"kind": type(error).__name__, "error": error}
            self.report(
                {"ERROR"},
                said("Isoform failed unexpectedly ({kind}: {error}); see the console", **words),
            )
        return False


class ModelOperator(JobOperator):
    """What operators share that ask a model for a shape; not registered itself."""

    model: bpy.props.StringProperty(
        name=MODEL.label,
        description="Name of a shipped model, or the path of a model file",
        options=OPTIONS,
    )
    category: bpy.props.EnumProperty(
        name=CATEGORY.label,
        description=CATEGORY.help,
        items=_categories,
        options=OPTIONS,
    )

    def settings(self, kind: type[Kind], panel: bpy.types.PropertyGroup) -> Kind:
        """What the script gave, and of what it did not give the panel's.

        Args:
            kind: Class of the operation's settings.
            panel: Holds those of the panel.

        Raises:
            InputError: A value is not allowed.
        """
        scene = cast(bpy.types.Scene, panel.id_data)
        model = self.model or properties.settings_of(scene).model_name
        return settings_from(kind, self.given(panel, names_of(kind)), model)


@with_arguments(ReconstructSettings)
class ISOFORM_OT_reconstruct(ModelOperator):
    """Make a mesh of the object in the picture, standing at the 3D cursor"""

    bl_idname = "isoform.reconstruct"
    bl_label = "Reconstruct"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads a set

    filepath: bpy.props.StringProperty(
        name="Picture",
        description="The picture's file. What a script does not give is taken from the panel",
        subtype="FILE_PATH",
        options=OPTIONS,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether a job may start; says why not."""
        settings = properties.settings_of(context.scene)
        if context.mode != "OBJECT":
            cls.poll_message_set(said("Results are placed in Object Mode: switch to it first"))
        elif problem := object_out.problem(context.scene):
            cls.poll_message_set(sentence(problem))
        elif getattr(context, "isoform_panel", None) and not views.filled(settings):
            cls.poll_message_set(said("Choose a picture first"))
        else:
            return True
        return False

    def order(self, context: bpy.types.Context) -> scheduler.Order:
        """The picture and what its mesh is to be like.

        Raises:
            InputError: No picture is chosen.
        """
        settings = properties.settings_of(context.scene)
        asked = self.settings(ReconstructSettings, settings)
        if self.filepath:
            picture = Path(os.path.abspath(bpy.path.abspath(self.filepath)))
            return reconstruction.Order(asked, picture)
        slots = views.filled(settings)
        if not slots:
            raise InputError(
                said("no picture is chosen; choose one in the panel or give filepath= in a script")
            )
        first, *more = [getattr(settings, each) for each in slots]
        masks = [views.mask_of(settings, each) for each in slots]
        corrections = tuple(views.correction_of(each) for each in masks)
        return reconstruction.Order(asked, first, tuple(more), corrections)


@with_arguments(CompleteSettings)
class ISOFORM_OT_complete(ModelOperator):
    """Make the whole shape that the selection is a part of; the original is hidden"""

    bl_idname = "isoform.complete"
    bl_label = "Complete"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads a set

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether a job may start; says why not."""
        if problem := mesh_in.problem(context) or object_out.problem(context.scene):
            cls.poll_message_set(sentence(problem))
        else:
            return True
        return False

    def order(self, context: bpy.types.Context) -> scheduler.Order:
        """What the whole shape of the selection is to be like."""
        own = properties.settings_of(context.scene).completion
        return completion.Order(self.settings(CompleteSettings, own))


CLASSES = (
    ISOFORM_OT_reconstruct,
    ISOFORM_OT_complete,
)

register, unregister = registration(CLASSES)
