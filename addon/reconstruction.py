"""Reconstructing: from the artist's order to the request, from the result to the object.

scene_in -> Reconstruct ~~> Finished -> scene_out
"""

import json
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import cast

import bpy

from ..core import messages
from ..core.array_files import read_arrays
from ..core.errors import InputError
from ..core.job_messages import Correction
from ..core.messages import Finished, Reconstruct
from . import cut_out, doubts, models, quality, runtime, scene_in, scene_out
from .job import Job, Placed
from .words import said

MAX_SIZE_M = 10_000
"""What Blender's viewport can still show whole."""


@dataclass(frozen=True)
class Order:
    """What the artist asks for."""

    picture: bpy.types.Image | Path
    category: str
    resolution: int
    size_m: float
    face_limit: int
    """0 keeps all faces."""

    seed: int

    model: str = runtime.MODEL
    """A shipped model's name, or a model file."""

    more_pictures: tuple[bpy.types.Image, ...] = ()
    """Of the same object."""

    corrections: tuple[Correction, ...] = ()
    """Of the pictures' cut-outs: one for each, or none at all."""

    def job(self, context: bpy.types.Context, folder: Path, device: str) -> Job:
        """The job, whose pictures are then files.

        Raises:
            InputError: A picture or the size cannot be used, or the scene takes no objects.
        """
        if not 0 < self.size_m <= MAX_SIZE_M:
            raise InputError(
                said(
                    "the size must be a positive number of metres, {most:,} at most; "
                    "found {size:g}; give another",
                    most=MAX_SIZE_M,
                    size=self.size_m,
                )
            )
        if isinstance(self.picture, Path):
            name, picture = self.picture.stem, self.picture
        else:
            name = scene_in.name_of(cut_out.original_of(self.picture) or self.picture)
            picture = scene_in.picture_file(self.picture, folder)
        more = [
            scene_in.picture_file(each, folder, f"picture_{number}")
            for number, each in enumerate(self.more_pictures, start=2)
        ]
        request = Reconstruct(
            job=folder.name,
            folder=str(folder),
            pictures=tuple(str(scene_in.kept(each, folder)) for each in (picture, *more)),
            category=self.category,
            resolution=self.resolution,
            target_faces=self.face_limit or None,
            seed=self.seed,
            size_m=self.size_m,
            model=self.model,
            device=device,
            corrections=self.corrections,
        )
        destination = scene_out.destination_at_cursor(context, name)
        return Job(request, partial(place, destination), name)


def place(
    destination: scene_out.Destination,
    asked: messages.Job,
    result: messages.Result,
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
        destination = scene_out.destination_at_cursor(bpy.context, destination.name)
    settings: dict[str, object] = {
        "pictures": [Path(each).name for each in request.pictures],
        "category": request.category,
        "resolution": request.resolution,
        "target_faces": request.target_faces,
        "seed": request.seed,
        "size_m": request.size_m,
    }
    if any(each != Correction() for each in request.corrections):
        settings["corrections"] = [asdict(each) for each in request.corrections]
    kept: dict[str, scene_out.PropertyValue] = {
        **({"isoform_code": finished.code} if finished.code else {}),
        "isoform_model": request.model,
        "isoform_settings": json.dumps(settings),
        "isoform_category": finished.category,
        **doubts.kept(finished.confidence, finished.warnings),
        "isoform_seconds": finished.seconds,
        "isoform_version": runtime.version(),
    }
    vertices, faces = read_arrays(Path(finished.mesh), ("vertices", "faces"))
    thing = scene_out.insert(scene_out.Triangles(vertices, faces), destination, kept)
    mesh = cast(bpy.types.Mesh, thing.data)
    thing[quality.KEY] = quality.kept(finished.check, finished.closed, finished.faces, mesh)
    notes = (*finished.notes, *scene_out.notes(destination))
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
