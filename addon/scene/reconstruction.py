"""Reconstructing: from the artist's order to the request, from the result to the object.

scene_in -> Reconstruct ~~> Finished -> scene_out
"""

import json
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

import bpy

from ...core.errors import InputError
from ...core.files.arrays import read_arrays
from ...core.operations.settings import Correction, ReconstructSettings
from ...core.operations.settings.setting import values_of
from ...core.worker import protocol
from ...core.worker.job_messages import template
from ...core.worker.protocol import Finished, Reconstruct
from ..jobs.job import Job, Placed
from ..runtime import models, places
from ..words import said
from . import cut_out, doubts, object_out, picture_in, quality

MAX_SIZE_M = 10_000
"""What Blender's viewport can still show whole."""


@dataclass(frozen=True)
class Order:
    """What the artist asks for."""

    settings: ReconstructSettings
    picture: bpy.types.Image | Path
    more_pictures: tuple[bpy.types.Image, ...] = ()
    """Of the same object."""

    corrections: tuple[Correction, ...] = ()
    """Of the pictures' cut-outs: one for each, or none at all."""

    def job(self, context: bpy.types.Context, folder: Path, device: str) -> Job:
        """The job, whose pictures are then files.

        Raises:
            InputError: A picture or the size cannot be used, or the scene takes no objects.
        """
        if self.settings.size_m > MAX_SIZE_M:
            raise InputError(
                said(
                    "the size must be a positive number of metres, {most:,} at most; "
                    "found {size:g}; give another",
                    most=MAX_SIZE_M,
                    size=self.settings.size_m,
                )
            )
        if isinstance(self.picture, Path):
            name, picture = self.picture.stem, self.picture
        else:
            name = picture_in.name_of(cut_out.original_of(self.picture) or self.picture)
            picture = picture_in.picture_file(self.picture, folder)
        more = [
            picture_in.picture_file(each, folder, f"picture_{number}")
            for number, each in enumerate(self.more_pictures, start=2)
        ]
        request = replace(
            template(Reconstruct, self.settings),
            job=folder.name,
            folder=str(folder),
            pictures=tuple(str(picture_in.kept(each, folder)) for each in (picture, *more)),
            corrections=self.corrections,
            device=device,
        )
        destination = object_out.destination_at_cursor(context, name)
        return Job(request, partial(place, destination), name)


def place(
    destination: object_out.Destination,
    asked: protocol.Job,
    result: protocol.Result,
    *,
    here: bool = False,
) -> Placed:
    """Inserts the result as one object, at the cursor of then or, `here`, of now.

    Raises:
        SceneGoneError: The scene has gone.
        InputError: The scene that is open takes no objects.
        WorkerError: The mesh file cannot be read.
    """
    request, finished = cast(Reconstruct, asked), cast(Finished, result)
    if here:
        destination = object_out.destination_at_cursor(bpy.context, destination.name)
    settings: dict[str, object] = {
        "pictures": [Path(each).name for each in request.pictures],
        **values_of(request, "work", "result"),
    }
    if any(each != Correction() for each in request.corrections):
        settings["corrections"] = [asdict(each) for each in request.corrections]
    kept: dict[str, object_out.PropertyValue] = {
        **({"isoform_code": finished.code} if finished.code else {}),
        "isoform_model": request.model,
        "isoform_settings": json.dumps(settings),
        "isoform_category": finished.category,
        **doubts.kept(finished.confidence, finished.warnings),
        "isoform_seconds": finished.seconds,
        "isoform_version": places.version(),
    }
    vertices, faces = read_arrays(Path(finished.mesh), ("vertices", "faces"))
    thing = object_out.insert(object_out.Triangles(vertices, faces), destination, kept)
    mesh = cast(bpy.types.Mesh, thing.data)
    thing[quality.KEY] = quality.kept(finished.check, finished.closed, finished.faces, mesh)
    notes = (*finished.notes, *object_out.notes(destination))
    return Placed(thing.name, summary(finished), finished.warnings, notes)


def summary(finished: Finished) -> str:
    """What became of the job, for the panel."""
    facts = (
        said("{faces:,} faces", faces=finished.faces),
        said("closed") if finished.closed else said("with holes"),
        doubts.sure(finished.confidence),
        said("{seconds:.1f} s", seconds=sum(finished.seconds.values())),
    )
    return doubts.summary(said(models.label_of(finished.category)), finished.is_doubtful, facts)
