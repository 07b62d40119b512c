"""Reconstructing: from the artist's order to the request, from the result to the object.

scene_in -> Reconstruct ~~> Finished -> scene_out
"""

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import bpy

from ..core.array_files import read_arrays
from ..core.errors import InputError
from ..core.messages import Finished, Reconstruct, Result
from . import runtime, scene_in, scene_out
from .supervisor import Job, Placed

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

    def job(self, context: bpy.types.Context, folder: Path, device: str) -> Job:
        """The job, whose picture is then a file.

        Raises:
            InputError: The picture or the size cannot be used.
        """
        if not 0 < self.size_m <= MAX_SIZE_M:
            raise InputError(
                f"the size must be a positive number of metres, {MAX_SIZE_M:,} at most; "
                f"found {self.size_m:g}; give another"
            )
        if isinstance(self.picture, Path):
            name, picture = self.picture.stem, self.picture
        else:
            name = Path(self.picture.name).stem
            picture = scene_in.picture_file(self.picture, folder)
        request = Reconstruct(
            job=folder.name,
            folder=str(folder),
            pictures=(str(picture),),
            category=self.category,
            resolution=self.resolution,
            target_faces=self.face_limit or None,
            seed=self.seed,
            size_m=self.size_m,
            model=runtime.MODEL,
            device=device,
        )
        destination = scene_out.destination_at_cursor(context, name)
        return Job(request, partial(place, request, destination))


def place(request: Reconstruct, destination: scene_out.Destination, result: Result) -> Placed:
    """Inserts the result as one object.

    Raises:
        InputError: The scene has gone.
        WorkerError: The mesh file cannot be read.
    """
    finished = cast(Finished, result)
    settings = {
        "pictures": [Path(each).name for each in request.pictures],
        "category": request.category,
        "resolution": request.resolution,
        "target_faces": request.target_faces,
        "seed": request.seed,
        "size_m": request.size_m,
    }
    kept: dict[str, scene_out.PropertyValue] = {
        "isoform_code": finished.code,
        "isoform_model": request.model,
        "isoform_settings": json.dumps(settings),
        "isoform_category": finished.category,
        "isoform_seconds": finished.seconds,
        "isoform_version": runtime.version(),
    }
    vertices, faces = read_arrays(Path(finished.mesh), ("vertices", "faces"))
    thing = scene_out.insert(scene_out.Triangles(vertices, faces), destination, kept)
    return Placed(thing.name, summary(finished), finished.warnings)


def summary(finished: Finished) -> str:
    """What became of the job, for the panel."""
    holes = "closed" if finished.closed else "with holes"
    seconds = sum(finished.seconds.values())
    return f"{finished.category.capitalize()}: {finished.faces:,} faces, {holes}, {seconds:.1f} s"
