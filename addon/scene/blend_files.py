"""Files as a command reads and writes them: .blend, and meshes that become objects.

A file's own scripts are never run.
"""

import os
from pathlib import Path

import bpy

from ...core.errors import InputError, remedy_of
from ...core.files.names import check_name, unfinished_path

SUFFIX = ".blend"


def check(output: Path) -> None:
    """Finds out, before any work is done, whether a .blend file can be written there.

    Raises:
        InputError: It cannot be.
    """
    check_name(output.absolute())
    if os.path.isdir(output):
        raise InputError(f"the output '{output}' is a folder; name a file in it")
    if not os.path.isdir(output.absolute().parent):
        raise InputError(f"there is no folder '{output.parent}' to write to; make it first")
    if not os.access(output.absolute().parent, os.W_OK):
        raise InputError(f"the folder '{output.parent}' cannot be written to; choose another")


def begin() -> None:
    """Opens a new, empty file."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


def open_(path: Path | None) -> None:
    """Opens a .blend file, or stays in the one that Blender was started with.

    Raises:
        InputError: It is missing or cannot be read.
    """
    if path is None:
        return
    if not path.is_file():
        raise InputError(f"there is no file '{path}'; choose another")
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path.absolute()), load_ui=False, use_scripts=False)
    except RuntimeError as error:
        raise InputError(f"'{path}' is no .blend file that can be read ({_said(error)})") from error


def save(output: Path) -> None:
    """Writes the open file, whole or not at all.

    Raises:
        InputError: It cannot be written.
    """
    path = output.absolute()
    unfinished = unfinished_path(path, SUFFIX)
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(unfinished), copy=True, check_existing=False)
        os.replace(unfinished, path)
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else _said(error)
        raise InputError(
            f"'{output}' cannot be written ({why}); free some space or choose another file",
            remedy=remedy_of(error) if isinstance(error, OSError) else None,
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def object_of(name: str) -> bpy.types.Object:
    """An object of the scene.

    Raises:
        InputError: There is none of that name.
    """
    found: bpy.types.Object | None = bpy.context.scene.objects.get(name)
    if found is None:
        names = ", ".join(f"'{each.name}'" for each in list(bpy.context.scene.objects)[:8])
        raise InputError(
            f"the scene '{bpy.context.scene.name}' has no object '{name}' "
            f"(it has {names or 'none'}); name another"
        )
    return found


def collection_of(name: str) -> bpy.types.Collection:
    """A collection of the file.

    Raises:
        InputError: There is none of that name.
    """
    found: bpy.types.Collection | None = bpy.data.collections.get(name)
    if found is None and name == bpy.context.scene.collection.name:
        found = bpy.context.scene.collection
    if found is None:
        names = ", ".join(f"'{each.name}'" for each in list(bpy.data.collections)[:8])
        raise InputError(
            f"the file has no collection '{name}' (it has {names or 'none'}); name another"
        )
    return found


def imported(path: Path) -> list[bpy.types.Object]:
    """The meshes of a file as objects of the scene, +Z up.

    Raises:
        InputError: The file is missing, of another kind, damaged, or holds no mesh.
    """
    if not path.is_file():
        raise InputError(f"there is no file '{path}'; choose another")
    before, name = set(bpy.data.objects), str(path.absolute())
    suffix = path.suffix.lower()
    try:
        if suffix in (".glb", ".gltf"):
            bpy.ops.import_scene.gltf(filepath=name)
        elif suffix == ".obj":
            bpy.ops.wm.obj_import(filepath=name, forward_axis="Y", up_axis="Z")
        elif suffix == ".ply":
            bpy.ops.wm.ply_import(filepath=name)
        elif suffix == ".stl":
            bpy.ops.wm.stl_import(filepath=name)
        else:
            raise InputError(
                f"'{path.name}' is no mesh that can be read; choose one of .glb, .gltf, .obj, "
                ".ply, .stl"
            )
    except RuntimeError as error:
        raise InputError(f"'{path}' is damaged or no mesh ({_said(error)})") from error
    made = [each for each in bpy.data.objects if each not in before and each.type == "MESH"]
    if not made:
        raise InputError(f"'{path}' holds no mesh; choose another file")
    return made


def _said(error: Exception) -> str:
    """What a Blender operator reported."""
    return str(error).strip().removeprefix("Error: ").splitlines()[0] if str(error) else "no reason"
