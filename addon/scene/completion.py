"""Completing: from the artist's order to the request, from the result to the objects.

    mesh_in, snapshot -> Complete ~~> Completed -> mesh_out, hypotheses

The result stands where the original stands, with its transform; the original is hidden, never
changed. What was given exactly comes from the snapshot, not from the scene, which may have
changed while the engine worked.
"""

import json
import uuid
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

import bpy
from mathutils import Matrix

from ...core.operations.settings import CompleteSettings
from ...core.operations.settings.setting import values_of
from ...core.worker import protocol
from ...core.worker.job_messages import Hypothesis, template
from ...core.worker.protocol import Complete, Completed
from ..jobs.job import Job, Placed
from ..runtime import models, places
from ..words import said
from . import doubts, hypotheses, mesh_in, mesh_out, object_out, quality, snapshot, standing


@dataclass(frozen=True)
class Order:
    """What the artist asks for."""

    settings: CompleteSettings

    def job(self, context: bpy.types.Context, folder: Path, device: str) -> Job:
        """The job, whose mesh is then a file.

        Raises:
            InputError: What is selected cannot be completed, or the scene takes no objects.
        """
        things = mesh_in.chosen(context)
        destination = object_out.destination_beside(context, things[0])
        # faces that were selected beside others in Edit Mode are always taken for a part
        anyway = self.settings.anyway or mesh_in.is_part(context)
        to_sent = things[0].matrix_world.copy()
        if self.settings.pose != "canonical":  # far from the world's origin float32 is coarse
            to_sent.translation = (0.0, 0.0, 0.0)
        path, kept = folder / "mesh.npz", None
        with mesh_in.joined(context, things) as mesh:
            materials = snapshot.materials_of(mesh)
            if self.settings.keep == "exact":
                kept = snapshot.keep(mesh, folder / "kept.blend")
            mesh_in.write_triangles(mesh, to_sent, path)
        source = Source(
            names=tuple(each.name for each in things),
            uids=tuple(each.session_uid for each in things),
            matrix=things[0].matrix_world.copy(),
            to_sent=to_sent,
            materials=materials,
            kept=kept,
        )
        request = replace(
            template(Complete, self.settings),
            job=folder.name,
            folder=str(folder),
            mesh=str(path),
            anyway=anyway,
            device=device,
        )
        return Job(request, partial(place, source, destination), things[0].name)


@dataclass(frozen=True)
class Source:
    """What was selected, in the order in which it was joined."""

    names: tuple[str, ...]
    uids: tuple[int, ...]
    """What finds the objects again, renamed or not."""

    matrix: Matrix
    """From the frame of the first to the world, as it was."""

    to_sent: Matrix
    """From the frame of the first to the one that was sent."""

    materials: tuple[int | None, ...]
    kept: snapshot.Snapshot | None
    """The mesh that was sent, where it is to be kept exactly."""


def place(
    source: Source,
    destination: object_out.Destination,
    request: protocol.Job,
    result: protocol.Result,
    *,
    here: bool = False,
) -> Placed:
    """Inserts the shapes, shows the best, and hides the original.

    Args:
        source: What was selected.
        destination: Where the original is.
        request: What was asked in the end.
        result: The shapes.
        here: Whether to take the open scene instead; the place in it stays the same.

    Raises:
        SceneGoneError: The scene has gone.
        InputError: The scene that is open takes no objects.
        WorkerError: A file of the job cannot be read, or does not fit what was sent.
    """
    completed = cast(Completed, result)
    if completed.unchanged:
        sentence = said("Nothing was added; the mesh stays as it is")
        return Placed("", sentence, completed.warnings, completed.notes)
    asked = cast(Complete, request)
    if here:
        destination = object_out.destination_here(bpy.context, destination)
    view_layer = object_out.view_layer_of(destination)
    if bpy.context.mode != "OBJECT":  # a script's; with a window the timer waits
        bpy.ops.object.mode_set(mode="OBJECT")
    by_uid = {each.session_uid: each for each in bpy.data.objects}
    originals = [by_uid[each] for each in source.uids if each in by_uid]
    group = uuid.uuid4().hex
    with object_out.all_or_nothing() as made:
        things = []
        for index, (shape, mesh) in enumerate(_meshes(source, completed, made)):
            member = hypotheses.membership(group, index + 1, len(completed.hypotheses))
            kept = _properties(asked, source, completed, index) | member
            kept[quality.KEY] = quality.kept(shape.check, shape.closed, shape.faces, mesh)
            things.append(object_out.add(mesh, destination, kept, made))
        for each in things:
            standing.stand_like(each, by_uid.get(source.uids[0]), source.matrix, view_layer)
    for each in [*originals, *things[1:]]:
        hypotheses.hide(each, view_layer, True)
    object_out.select_only(things[0], view_layer)
    notes = [*completed.notes, *object_out.notes(destination)]
    if rendered := [repr(each.name) for each in originals if not each.hide_render]:
        notes.append(
            said(
                "linked from another file, so hidden here but still rendered: {names}",
                names=", ".join(rendered),
            )
        )
    if len(originals) < len(source.uids):
        notes.append(said("an original object is gone; the result stands where it was"))
    return Placed(things[0].name, summary(completed), completed.warnings_of(0), tuple(notes))


def summary(completed: Completed) -> str:
    """What became of the job, for the panel."""
    best = completed.hypotheses[0]
    parts = [said("{faces:,} faces", faces=best.faces)]
    parts.append(said("closed") if best.closed else said("with holes"))
    if len(completed.hypotheses) > 1:
        parts.append(said("the best of {count} shapes", count=len(completed.hypotheses)))
    parts.append(doubts.sure(completed.confidence))
    parts.append(said("{seconds:.1f} s", seconds=sum(completed.seconds.values())))
    return doubts.summary(said(models.label_of(completed.category)), completed.is_doubtful, parts)


def _meshes(
    source: Source, completed: Completed, made: list[bpy.types.ID]
) -> list[tuple[Hypothesis, bpy.types.Mesh]]:
    """The mesh of every hypothesis in the original's frame, marked, with its materials."""
    to_local, is_mirrored = source.to_sent.inverted(), source.to_sent.determinant() < 0
    name = object_out.shortened(f"{source.names[0]} completed")
    meshes = []
    for each in completed.hypotheses:
        shape = mesh_out.read_shape(each, is_mirrored)
        if source.kept is not None:
            mesh = snapshot.recall(source.kept)
            made.append(mesh)
            mesh.name = name
            mesh_out.extend(mesh, shape, to_local)
            snapshot.give_materials(mesh, source.materials)
        else:
            mesh = bpy.data.meshes.new(name)
            made.append(mesh)
            mesh_out.plain(mesh, shape, to_local)
            snapshot.give_materials(mesh, source.materials[:1])
        mesh_out.mark(mesh, shape)
        meshes.append((each, mesh))
    return meshes


def _properties(
    asked: Complete, source: Source, completed: Completed, number: int
) -> dict[str, object_out.PropertyValue]:
    """What the object of one of the shapes tells of its making."""
    settings = values_of(asked, "work") | {"noise": asked.noise or 0.0}  # 0: estimated
    return {
        "isoform_code": completed.hypotheses[number].code,
        "isoform_model": asked.model,
        "isoform_settings": json.dumps({"objects": source.names, **settings}),
        "isoform_category": completed.category,
        **doubts.kept(completed.confidence, completed.warnings_of(number)),
        "isoform_seconds": completed.seconds,
        "isoform_version": places.version(),
    }
