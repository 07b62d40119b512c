"""From the scene to the job's folder: the picture that the artist chose, as a file."""

import re
import shutil
import tempfile
from array import array
from pathlib import Path

import bpy

from ..core.errors import InputError, remedy_of
from .words import said


def name_of(image: bpy.types.Image) -> str:
    """What a shape made of it is called: without suffix, and without Blender's number."""
    return Path(re.sub(r"\.\d{3}$", "", image.name)).stem


def picture_file(image: bpy.types.Image, folder: Path, name: str = "picture") -> Path:
    """The file of a picture: its own, or one in `folder` where Blender alone holds the pixels.

    Blender alone holds those of packed, generated and painted pictures.

    Args:
        image: Not modified.
        folder: Existing folder of the job.
        name: Of the file there, without a suffix.

    Raises:
        InputError: Its file is missing and nothing is packed, it holds no pixels that can be
            saved (a render result, a movie), or the folder cannot be written.
    """
    if image.source == "FILE" and image.packed_file is None and not image.is_dirty:
        path = Path(bpy.path.abspath(image.filepath_raw, library=image.library))
        if not path.is_file():
            raise InputError(
                said(
                    "the file of the picture {name!r} is missing ({path}); "
                    "find it again or choose another picture",
                    name=image.name,
                    path=path,
                )
            )
        return path
    try:
        return _saved(image, folder / name)
    except (OSError, RuntimeError) as error:
        raise InputError(
            said(
                "the picture {name!r} cannot be saved for the engine ({error}); "
                "save it as a PNG file and choose that",
                name=image.name,
                error=error,
            )
        ) from error


def kept(picture: Path, folder: Path) -> Path:
    """The picture as it is now, in `folder`, under its own name: its file may change later.

    Args:
        picture: May be there already.
        folder: Existing folder of the job.

    Raises:
        InputError: The picture cannot be read, or the folder cannot be written.
    """
    if picture.parent == folder:
        return picture
    try:
        place = Path(tempfile.mkdtemp(dir=folder)) / picture.name
        return Path(shutil.copyfile(picture, place))
    except FileNotFoundError as error:
        raise InputError(
            said("there is no picture {path}; choose another", path=picture)
        ) from error
    except OSError as error:
        raise InputError(
            said(
                "the picture {path} cannot be kept for the job ({error}); choose another, or free "
                "some disk space",
                path=picture,
                error=error,
            ),
            remedy=remedy_of(error),
        ) from error


def _saved(image: bpy.types.Image, path: Path) -> Path:
    """The packed file as it is, or the pixels as PNG.

    Raises:
        OSError: The folder cannot be written.
        RuntimeError: Blender cannot write the pixels, or holds none.
    """
    if image.packed_file is not None and not image.is_dirty:
        path = path.with_suffix(Path(image.filepath_raw).suffix or ".png")
        path.write_bytes(image.packed_file.data)
        return path
    width, height = image.size
    if width * height == 0 or image.channels != 4:
        raise RuntimeError(f"it has {width} x {height} pixels of {image.channels} channels")
    path = path.with_suffix(".png")
    pixels = array("f", bytes(4 * 4 * width * height))
    # fake-bpy-module takes `pixels` for a single number
    image.pixels.foreach_get(pixels)  # type: ignore[attr-defined]
    # `image.save` itself would turn a generated picture into one with a file, before Blender 5
    copy = bpy.data.images.new("Isoform", width, height, alpha=True, float_buffer=image.is_float)
    try:
        copy.alpha_mode = image.alpha_mode
        copy.file_format = "PNG"
        copy.pixels.foreach_set(pixels)  # type: ignore[attr-defined]
        copy.save(filepath=str(path))
    finally:
        bpy.data.images.remove(copy)
    return path
