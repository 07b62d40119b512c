"""Inputs of a batch that are in the scene, and results that go there: objects, marked as assets."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import bpy

from ...core.batch.folder import pieces_of
from ...core.batch.running import Item, Stored
from ...core.errors import InputError
from ...core.operations.settings import CompleteSettings, ReconstructSettings
from ...core.operations.settings.setting import settings_in
from ...core.worker import protocol
from ...core.worker.protocol import Complete, Reconstruct
from ..jobs.job import Job
from ..runtime import places
from ..scene import assets, completion, mesh_in, object_out, reconstruction
from ..words import said

INPUT = "isoform_input"
"""Custom property of a result: the name of its input."""

SPACING = 1.5
"""Between results of pictures, which stand in a row, in their longest sides."""


class Meshes:
    """The objects with a surface in a collection and below, by name; results are none of them.

    Args:
        collection: Of the open file.

    Raises:
        InputError: It holds none.
    """

    def __init__(self, collection: bpy.types.Collection) -> None:
        found = [
            each
            for each in collection.all_objects
            if each.type in mesh_in.WITH_SURFACE and each.get(INPUT) is None
        ]
        if not found:
            raise InputError(
                said("the collection {name!r} holds no mesh; choose another", name=collection.name)
            )
        found.sort(key=lambda each: each.name)
        self._uids = {each.name: each.session_uid for each in found}

    @property
    def names(self) -> list[str]:
        """Of the objects, as they were when the batch began."""
        return list(self._uids)

    def find(self, name: str) -> bpy.types.Object:
        """The object that had this name then.

        Raises:
            InputError: It is gone.
        """
        uid = self._uids[name]
        found = [each for each in bpy.data.objects if each.session_uid == uid]
        if not found:
            raise InputError(said("the object {name!r} is gone; bring it back", name=name))
        return found[0]

    def content(self, name: str) -> Iterator[bytes]:
        """The triangles in the frame of the world, in pieces.

        Raises:
            InputError: The object is gone or cannot be completed.
        """
        folder = places.new_worker_folder()
        try:
            yield from pieces_of(write_mesh(self.find(name), folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def request(self, name: str, template: Complete, folder: Path) -> protocol.Job:
        """Asks for the whole shape of an object, in the frame of the world.

        Raises:
            InputError: The object is gone or cannot be completed.
        """
        return mesh_request(self.find(name), template, folder)

    def job(self, name: str, template: Complete, folder: Path) -> Job:
        """Asks for the same, to be placed where the object is.

        Raises:
            InputError: The object is gone or cannot be completed.
        """
        return completing_job([self.find(name)], template, folder)


def mesh_request(thing: bpy.types.Object, template: Complete, folder: Path) -> Complete:
    """Asks for the whole shape of an object, in the frame of the world.

    Raises:
        InputError: The object cannot be completed.
    """
    path = write_mesh(thing, folder)
    return replace(template, job=folder.name, folder=str(folder), mesh=str(path))


def completing_job(things: list[bpy.types.Object], template: Complete, folder: Path) -> Job:
    """Asks for the whole shape of the objects, which are parts of one, to be placed where they are.

    Raises:
        InputError: They cannot be completed.
    """
    settings = settings_in(CompleteSettings, template)
    if settings.keep == "auto":
        settings = replace(settings, keep="exact")
    order = completion.Order(settings)
    with bpy.context.temp_override(selected_objects=things):
        return order.job(bpy.context, folder, template.device)


def write_mesh(thing: bpy.types.Object, folder: Path) -> Path:
    """The file of the object's triangles, in the frame of the world.

    Raises:
        InputError: The object cannot be completed.
    """
    path = folder / "mesh.npz"
    with bpy.context.temp_override(selected_objects=[thing]):
        things = mesh_in.chosen(bpy.context)
    with mesh_in.joined(bpy.context, things) as mesh:
        mesh_in.write_triangles(mesh, thing.matrix_world, path)
    return path


def picture_job(path: Path, template: Reconstruct, folder: Path) -> Job:
    """Asks for a picture's mesh, to be placed at the 3D cursor.

    Raises:
        InputError: The picture or the size cannot be used.
    """
    order = reconstruction.Order(settings_in(ReconstructSettings, template), path)
    return order.job(bpy.context, folder, template.device)


class AssetStore:
    """Results as objects of the open scene, marked as assets.

    Args:
        job: Asks for an input's result, by the input's name, in a folder.
    """

    def __init__(self, job: Callable[[str, Path], Job]) -> None:
        self._job = job
        self._jobs: dict[str, Job] = {}
        self.placed: list[str] = []
        """Names of the objects that were made, in their order."""

    def request(self, name: str, folder: Path) -> protocol.Job:
        """Asks for an input's result; its place in the scene is remembered.

        Raises:
            InputError: It cannot be asked for.
        """
        self._jobs[name] = self._job(name, folder)
        return self._jobs[name].request

    def check(self) -> None:
        """Finds out whether the scene that is open takes objects; there is always room in it.

        Raises:
            InputError: It takes none.
        """
        if sentence := object_out.problem(bpy.context.scene):
            raise InputError(sentence)

    def has(self, names: Sequence[str]) -> bool:
        """Whether objects of these names, made by a batch, are all there."""
        known = {each.name for each in bpy.data.objects if each.get(INPUT) is not None}
        return set(names) <= known

    def take(self, item: Item, result: protocol.Result) -> Stored:
        """Inserts a result and marks it; the object's name.

        Raises:
            IsoformError: It cannot be inserted.
        """
        job = self._jobs.pop(item.name)
        placed = job.place(job.request, result)
        if not placed.name:
            return Stored()
        thing = bpy.data.objects[placed.name]
        thing[INPUT] = item.name
        if isinstance(job.request, Reconstruct):
            thing.location.x += SPACING * job.request.size_m * len(self.placed)
        self.placed.append(placed.name)
        assets.mark(thing)
        return Stored((placed.name,), placed.notes)
