"""The operators that make shapes: reconstruct, complete."""

import logging
import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import bpy

from ...core.errors import InputError, IsoformError
from .. import properties
from ..classes import registration
from ..jobs import scheduler
from ..runtime import models
from ..scene import completion, mesh_in, object_out, reconstruction, views
from ..words import said, sentence

logger = logging.getLogger(__name__)

Outcome = set[Literal["RUNNING_MODAL", "CANCELLED", "FINISHED", "PASS_THROUGH", "INTERFACE"]]
"""What Blender accepts of an operator."""

OPTIONS = {"SKIP_SAVE"}
"""Blender would otherwise repeat a script's values when the button is pressed."""


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
        name="Model",
        description="Name of a shipped model, or the path of a model file",
        options=OPTIONS,
    )
    category: bpy.props.EnumProperty(
        name="Category",
        description=properties.CATEGORY,
        items=_categories,
        options=OPTIONS,
    )


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
    resolution: bpy.props.IntProperty(
        name="Resolution", description=properties.RESOLUTION, default=128, options=OPTIONS
    )
    size_m: bpy.props.FloatProperty(
        name="Size", description=properties.SIZE, default=1.0, unit="LENGTH", options=OPTIONS
    )
    face_limit: bpy.props.IntProperty(
        name="Face Limit", description=properties.FACE_LIMIT, options=OPTIONS
    )
    seed: bpy.props.IntProperty(name="Seed", description=properties.SEED, options=OPTIONS)

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
        names = ("category", "resolution", "size_m", "face_limit", "seed")
        asked = self.given(settings, names)
        asked["model"] = self.model or settings.model_name
        if self.filepath:
            picture = Path(os.path.abspath(bpy.path.abspath(self.filepath)))
            return reconstruction.Order(picture=picture, **asked)
        slots = views.filled(settings)
        if not slots:
            raise InputError(
                said("no picture is chosen; choose one in the panel or give filepath= in a script")
            )
        first, *more = [getattr(settings, each) for each in slots]
        masks = [views.mask_of(settings, each) for each in slots]
        corrections = tuple(views.correction_of(each) for each in masks)
        return reconstruction.Order(
            picture=first, more_pictures=tuple(more), corrections=corrections, **asked
        )


class ISOFORM_OT_complete(ModelOperator):
    """Make the whole shape that the selection is a part of; the original is hidden"""

    bl_idname = "isoform.complete"
    bl_label = "Complete"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads a set

    pose: bpy.props.EnumProperty(
        name="Pose", description=properties.POSE, items=properties.POSES, options=OPTIONS
    )
    keep: bpy.props.EnumProperty(
        name="Keep", description=properties.KEEP, items=properties.KEEPS, options=OPTIONS
    )
    hypotheses: bpy.props.IntProperty(
        name="Hypotheses", description=properties.HYPOTHESES, default=1, options=OPTIONS
    )
    empty: bpy.props.EnumProperty(
        name="Empty Space", description=properties.EMPTY, items=properties.EMPTIES, options=OPTIONS
    )
    noise: bpy.props.FloatProperty(
        name="Noise", description=properties.NOISE, unit="LENGTH", options=OPTIONS
    )
    resolution: bpy.props.IntProperty(
        name="Resolution", description=properties.RESOLUTION, default=128, options=OPTIONS
    )
    seed: bpy.props.IntProperty(
        name="Seed", description=properties.HYPOTHESES_SEED, options=OPTIONS
    )
    anyway: bpy.props.BoolProperty(
        name="Complete Anyway", description=properties.ANYWAY, options=OPTIONS
    )

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
        scene_settings = properties.settings_of(context.scene)
        names = [each.name for each in fields(completion.Order) if each.name != "model"]
        asked = self.given(scene_settings.completion, tuple(names))
        return completion.Order(**asked, model=self.model or scene_settings.model_name)


CLASSES = (
    ISOFORM_OT_reconstruct,
    ISOFORM_OT_complete,
)

register, unregister = registration(CLASSES)
