"""Mesh files of every kind, read by what their suffix says, +Z up."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..frames import scene_from_gltf
from .contents import Contents, Damaged
from .gltf import read_gltf
from .obj import read_obj
from .ply import read_ply
from .stl import read_stl

SUFFIXES = (".glb", ".gltf", ".obj", ".ply", ".stl")

_DAMAGE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, struct.error)
"""What a document raises that has other things in its places than the format says."""


def read_mesh_file(path: Path) -> Contents:
    """What a mesh file holds, +Z up.

    glTF files are taken as Y up with the front to +Z, all others as Z up with the front to -Y.

    Args:
        path: Ends in one of `SUFFIXES`, in capitals or not.

    Raises:
        InputError: The file is missing, of an unknown kind, cannot be read, or holds nothing.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            f"'{path.name}' is no mesh that can be read; choose one of {', '.join(SUFFIXES)}"
        )
    if not path.is_file():
        raise InputError(f"there is no file '{path}'; choose another")
    try:
        with np.errstate(all="ignore"):  # what is no number is refused as a mesh
            found = _read(path, suffix)
    except Damaged as error:
        raise InputError(f"'{path}' is damaged or no mesh ({error}); export it again") from error
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}); choose another") from error
    except (*_DAMAGE, MemoryError, RecursionError) as error:
        raise InputError(
            f"'{path}' is damaged or no mesh ({type(error).__name__}: {error}); export it again"
        ) from error
    if len(found.vertices) == 0:
        raise InputError(f"'{path}' holds neither triangles nor points; choose another file")
    return found


def _read(path: Path, suffix: str) -> Contents:
    content = path.read_bytes()
    if suffix in (".glb", ".gltf"):
        found = read_gltf(content, path)
        return replace(
            found,
            vertices=scene_from_gltf(found.vertices),
            normals=None if found.normals is None else scene_from_gltf(found.normals),
            origin=scene_from_gltf(found.origin[None])[0],
        )
    readers = {".obj": read_obj, ".ply": read_ply, ".stl": read_stl}
    return readers[suffix](content)
