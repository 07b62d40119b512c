"""The operators: reconstruct, cancel, free memory."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import bpy

from ..core.errors import InputError, IsoformError
from . import jobs, properties

logger = logging.getLogger(__name__)

Outcome = set[Literal["RUNNING_MODAL", "CANCELLED", "FINISHED", "PASS_THROUGH", "INTERFACE"]]
"""What Blender accepts of an operator."""

OPTIONS = {"SKIP_SAVE"}
"""Blender would otherwise repeat a script's values when the button is pressed."""


class ISOFORM_OT_reconstruct(bpy.types.Operator):
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
    category: bpy.props.EnumProperty(
        name="Category",
        description=properties.CATEGORY,
        items=properties.CATEGORIES,
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
        if properties.run_of(context.window_manager).is_running:
            cls.poll_message_set("A reconstruction is running: wait for it or cancel it")
        elif context.mode != "OBJECT":
            cls.poll_message_set("Results are placed in Object Mode: switch to it first")
        elif getattr(context, "isoform_panel", None) and settings.picture is None:
            cls.poll_message_set("Choose a picture first")
        else:
            return True
        return False

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> Outcome:
        """From the panel: starts the job and returns; a timer inserts the result."""
        if bpy.app.background:
            return self.execute(context)

        def start_only() -> None:
            jobs.start(context, self._order(context))
            jobs.follow()

        # INTERFACE: handled, and nothing to undo yet
        return {"INTERFACE"} if self._attempt(start_only) else {"CANCELLED"}

    def execute(self, context: bpy.types.Context) -> Outcome:
        """From a script, or without a window: runs to the end."""
        manager = context.window_manager

        def run() -> None:
            jobs.start(context, self._order(context))
            manager.progress_begin(0.0, 1.0)
            try:
                finished = jobs.run_to_end(manager.progress_update)
            finally:
                manager.progress_end()
            for sentence in finished.warnings:
                self.report({"WARNING"}, sentence)
            self.report({"INFO"}, jobs.summary(finished))

        return {"FINISHED"} if self._attempt(run) else {"CANCELLED"}

    def _attempt(self, action: Callable[[], None]) -> bool:
        """Whether `action` went well; if not, one sentence is reported."""
        try:
            action()
        except IsoformError as error:
            self.report({"ERROR"}, str(error))
        except Exception as error:
            logger.exception("isoform.reconstruct failed")
            kind = type(error).__name__
            self.report(
                {"ERROR"}, f"Isoform failed unexpectedly ({kind}: {error}); see the console"
            )
        else:
            return True
        return False

    def _order(self, context: bpy.types.Context) -> jobs.Order:
        settings = properties.settings_of(context.scene)
        names = ("category", "resolution", "size_m", "face_limit", "seed")
        given = {
            name: getattr(self if self.properties.is_property_set(name) else settings, name)
            for name in names
        }
        if self.filepath:
            picture = Path(os.path.abspath(bpy.path.abspath(self.filepath)))
        elif settings.picture is not None:
            picture = settings.picture
        else:
            raise InputError(
                "no picture is chosen; choose one in the panel or give filepath= in a script"
            )
        return jobs.Order(picture=picture, **given)


class ISOFORM_OT_cancel(bpy.types.Operator):
    """Stop the reconstruction; the scene stays as it is"""

    bl_idname = "isoform.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether there is something to stop."""
        if not properties.run_of(context.window_manager).is_running:
            cls.poll_message_set("No reconstruction is running")
            return False
        return True

    def execute(self, _context: bpy.types.Context) -> Outcome:
        """Asks; the timer sees it done."""
        jobs.cancel()
        return {"FINISHED"}


class ISOFORM_OT_free_memory(bpy.types.Operator):
    """Give back the memory that the model occupies between two reconstructions"""

    bl_idname = "isoform.free_memory"
    bl_label = "Free Memory"

    def execute(self, _context: bpy.types.Context) -> Outcome:
        """Asks the worker, if there is one."""
        jobs.supervisor.unload()
        return {"FINISHED"}


CLASSES = (ISOFORM_OT_reconstruct, ISOFORM_OT_cancel, ISOFORM_OT_free_memory)


def register() -> None:
    """Adds the operators."""
    for each in CLASSES:
        bpy.utils.register_class(each)


def unregister() -> None:
    """Removes them."""
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
