"""The operators of a batch: begin it, stop it."""

import os
from dataclasses import replace
from pathlib import Path

import bpy

from ...core.errors import InputError
from ...core.worker.job_messages import Asked, template
from ...core.worker.protocol import Complete, Reconstruct
from .. import properties
from ..batch import settings as batch_settings
from ..batch import timer
from ..batch.run import Order, Run
from ..classes import registration
from ..runtime import preferences
from ..setting_properties import OPTIONS, names_of, settings_from
from ..words import said
from .shapes import JobOperator, Outcome


class ISOFORM_OT_batch(JobOperator):
    """Reconstruct or complete everything in a folder or a collection"""

    bl_idname = "isoform.batch"
    bl_label = "Run Batch"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads a set

    source: bpy.props.EnumProperty(
        name="Source",
        description=batch_settings.SOURCE,
        items=batch_settings.SOURCES,
        options=OPTIONS,
    )
    folder: bpy.props.StringProperty(
        name="Folder", description=batch_settings.FOLDER, subtype="DIR_PATH", options=OPTIONS
    )
    collection: bpy.props.StringProperty(
        name="Collection", description=batch_settings.COLLECTION, options=OPTIONS
    )
    output: bpy.props.StringProperty(
        name="Output", description=batch_settings.OUTPUT, subtype="DIR_PATH", options=OPTIONS
    )
    results: bpy.props.EnumProperty(
        name="Results",
        description=batch_settings.RESULT,
        items=batch_settings.RESULTS,
        options=OPTIONS,
    )
    format: bpy.props.EnumProperty(
        name="Format",
        description=batch_settings.FORMAT,
        items=batch_settings.FORMATS,
        options=OPTIONS,
    )
    workers: bpy.props.IntProperty(
        name="Workers", description=batch_settings.WORKERS, default=1, min=1, options=OPTIONS
    )
    resume: bpy.props.BoolProperty(
        name="Resume", description=batch_settings.RESUME, default=True, options=OPTIONS
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether a batch may start; says why not."""
        settings = properties.settings_of(context.scene).batch
        if timer.is_running():
            cls.poll_message_set(said("A batch is running: wait for it or stop it"))
        elif context.mode != "OBJECT":
            cls.poll_message_set(said("A batch works in Object Mode: switch to it first"))
        elif getattr(context, "isoform_panel", None) and (lack := lacking(settings)):
            cls.poll_message_set(lack)
        else:
            return True
        return False

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> Outcome:
        """From the panel: begins; a timer does the rest."""
        if bpy.app.background:
            return self.execute(context)

        def begin_only() -> bool:
            timer.follow(self._order(context))
            return True

        # INTERFACE: handled, and nothing to undo yet
        return {"INTERFACE"} if self._attempt(begin_only) else {"CANCELLED"}

    def execute(self, context: bpy.types.Context) -> Outcome:
        """From a script, or without a window: runs to the end."""
        manager = context.window_manager

        def run() -> bool:
            run = Run(self._order(context), timer.say)
            manager.progress_begin(0.0, 1.0)
            try:
                run.to_end(manager.progress_update)
            finally:
                manager.progress_end()
            self.report(
                {"WARNING" if run.batch.failed or run.batch.doubtful else "INFO"}, run.summary()
            )
            return True

        return {"FINISHED"} if self._attempt(run) else {"CANCELLED"}

    def _order(self, context: bpy.types.Context) -> Order:
        """What is asked, from the script or else from the panels.

        Raises:
            InputError: Something that is needed is not given.
        """
        settings = properties.settings_of(context.scene)
        names = ("source", "folder", "output", "results", "format", "workers", "resume")
        given = self.given(settings.batch, names)
        collection = settings.batch.collection
        if self.properties.is_property_set("collection"):
            collection = bpy.data.collections.get(self.collection)
            if collection is None:
                raise InputError(
                    said("there is no collection {name!r}; name another", name=self.collection)
                )
        is_folder = given["source"] != "collection"
        if not given["output"] or not (given["folder"] if is_folder else collection):
            raise InputError(said("a batch needs a source and an output folder; choose both"))
        if given["source"] == "meshes" and given["results"] == "assets":
            raise InputError(said(MESH_FILES))
        device = preferences.choices(context)[1]
        is_picture = given["source"] == "pictures"
        return Order(
            source=_absolute(given["folder"]) if is_folder else collection,
            output=_absolute(given["output"]),
            suffix="" if given["results"] == "assets" else f".{given['format']}",
            workers=given["workers"],
            is_resumed=given["resume"],
            template=(pictures_asked if is_picture else meshes_asked)(settings, device),
        )


class ISOFORM_OT_stop_batch(bpy.types.Operator):
    """Stop the batch; what is done stays, and the rest can be done later"""

    bl_idname = "isoform.stop_batch"
    bl_label = "Stop Batch"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Whether there is something to stop."""
        if not timer.is_running():
            cls.poll_message_set(said("No batch is running"))
            return False
        return True

    def execute(self, _context: bpy.types.Context) -> Outcome:
        """Ends the workers."""
        timer.stop(said("Stopped; run it again to go on"))
        return {"FINISHED"}


MESH_FILES = (
    "mesh files of a folder become files; to have assets, import them and choose their collection"
)


def lacking(settings: batch_settings.ISOFORM_PG_batch) -> str:
    """Why the panel's batch cannot start; empty where it can."""
    if settings.source == "collection" and settings.collection is None:
        return said("Choose a collection first")
    if settings.source != "collection" and not settings.folder:
        return said("Choose the folder of the inputs first")
    if not settings.output:
        return said("Choose the output folder first")
    return ""


def pictures_asked(settings: properties.ISOFORM_PG_settings, device: str) -> Reconstruct:
    """What the panel asks of every picture."""
    return _asked(Reconstruct, settings, settings.model_name, device)


def meshes_asked(settings: properties.ISOFORM_PG_settings, device: str) -> Complete:
    """What the panel asks of every mesh."""
    return _asked(Complete, settings.completion, settings.model_name, device)


def _asked(kind: type[Asked], panel: bpy.types.PropertyGroup, model: str, device: str) -> Asked:
    wanted = kind.operation.settings
    values = {name: getattr(panel, name) for name in names_of(wanted)}
    return template(kind, replace(settings_from(wanted, values, model), device=device))


def _absolute(path: str) -> Path:
    return Path(os.path.abspath(bpy.path.abspath(path)))


CLASSES = (ISOFORM_OT_batch, ISOFORM_OT_stop_batch)

register, unregister = registration(CLASSES)
