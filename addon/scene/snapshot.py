"""A mesh kept through a job as Blender keeps it: in a file, with the names of its materials.

The artist may change, rename, undo or delete the original while the engine works; the copy in
the job's folder stays what was sent. Materials are not copied: they are found again in the file
that is open, and where one has gone its place stays empty.
"""

from dataclasses import dataclass
from pathlib import Path

import bpy

from ...core.errors import InputError, WorkerError
from ..words import said


@dataclass(frozen=True)
class Snapshot:
    """Where the copy is."""

    path: Path

    name: str
    """Of the mesh in the file."""


def keep(mesh: bpy.types.Mesh, path: Path) -> Snapshot:
    """Writes the mesh; two million triangles take 50 ms.

    Args:
        mesh: Changed: its material slots are empty afterwards.
        path: Of the new .blend file.

    Raises:
        InputError: It cannot be written.
    """
    for index in range(len(mesh.materials)):
        mesh.materials[index] = None
    try:
        bpy.data.libraries.write(str(path), {mesh})
    except (OSError, RuntimeError) as error:
        raise InputError(
            said(
                "the mesh cannot be kept in {folder} ({error}); free some disk space",
                folder=path.parent,
                error=error,
            )
        ) from error
    return Snapshot(path, mesh.name)


def recall(kept: Snapshot) -> bpy.types.Mesh:
    """The mesh as a new datablock of the open file, with empty material slots.

    Raises:
        WorkerError: The file is gone or damaged.
    """
    before = set(bpy.data.libraries)
    try:
        # fake-bpy-module does not know it as a context manager
        with bpy.data.libraries.load(str(kept.path)) as (found, wanted):  # type: ignore
            wanted.meshes = [each for each in found.meshes if each == kept.name]
    except OSError as error:
        raise WorkerError(
            said(
                "the kept mesh {path} cannot be read ({error}); start the job again",
                path=kept.path,
                error=error,
            )
        ) from error
    finally:
        # what was read is not linked to the file, but Blender remembers it
        bpy.data.batch_remove(set(bpy.data.libraries) - before)
    if not wanted.meshes:
        raise WorkerError(
            said("the kept mesh is not in {path}; start the job again", path=kept.path)
        )
    return wanted.meshes[0]


def materials_of(mesh: bpy.types.Mesh) -> tuple[int | None, ...]:
    """What finds the mesh's materials again, slot by slot."""
    return tuple(None if each is None else each.session_uid for each in mesh.materials)


def give_materials(mesh: bpy.types.Mesh, materials: tuple[int | None, ...]) -> None:
    """Fills the slots with those of `materials` that are still there, and makes missing slots."""
    found = {each.session_uid: each for each in bpy.data.materials}
    for index, uid in enumerate(materials):
        material = found.get(uid)
        if index < len(mesh.materials):
            mesh.materials[index] = material
        else:
            mesh.materials.append(material)
