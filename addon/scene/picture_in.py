"""From the scene to the job's folder: the picture that the artist chose, as a file."""

import re
import shutil
import tempfile
from array import array
from pathlib import Path

import bpy

from ...core.errors import InputError, remedy_of
from ...core.files.picture_formats import PICTURES
from ..words import said

SUFFIXES = (*PICTURES, ".exr", ".hdr")
"""Of pictures that are read: by the engine, or by Blender, which then gives it the pixels."""

TOP_SHADE = 1 << 14
"""Index of white in a table of sRGB's curve: near black, where that is steepest, neighbours differ
by a fifth of a shade of eight bits."""


def name_of(image: bpy.types.Image) -> str:
    """What a shape made of it is called: without suffix, and without Blender's number."""
    return Path(re.sub(r"\.\d{3}$", "", image.name)).stem


def picture_file(image: bpy.types.Image, folder: Path, name: str = "picture") -> Path:
    """The file of a picture: its own, or one in `folder` where the engine cannot read that.

    Blender alone holds the pixels of packed, generated and painted pictures, and it reads formats
    that the engine does not. Pixels of scene-linear floats, those of an OpenEXR file, say, are
    taken as the view transform Standard shows them at exposure 0: sRGB, cut off at white.

    Args:
        image: Not modified.
        folder: Existing folder of the job.
        name: Of the file there, without a suffix.

    Raises:
        InputError: Its file is missing and nothing is packed, it holds no pixels that can be
            saved (a render result, a movie), or the folder cannot be written.
    """
    is_file = image.source in ("FILE", "MOVIE")  # an animated GIF is a movie to Blender
    if is_file and image.packed_file is None and not image.is_dirty:
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
        # what Blender cannot read either is the engine's to refuse, which knows why
        if path.suffix.lower() in PICTURES or (image.source == "FILE" and not any(image.size)):
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


def _display(pixels: "array[float]") -> None:
    """Turns scene-linear colours that are multiplied by alpha into sRGB ones that are not."""
    shades = [each / TOP_SHADE for each in range(TOP_SHADE + 1)]
    table = array("f", map(_srgb, shades))
    alphas = pixels[3::4]
    for channel in range(3):
        pixels[channel::4] = array(
            "f",
            [
                table[int(min(1.0, max(0.0, value / alpha)) * TOP_SHADE + 0.5)] if alpha else 0.0
                for value, alpha in zip(pixels[channel::4], alphas, strict=True)
            ],
        )


def _srgb(linear: float) -> float:
    """The curve of IEC 61966-2-1, of a value in [0, 1]."""
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


def _saved(image: bpy.types.Image, path: Path) -> Path:
    """The packed file as it is where the engine reads its format, or the pixels as PNG.

    Raises:
        OSError: The folder cannot be written.
        RuntimeError: Blender cannot write the pixels, or holds none.
    """
    if image.packed_file is not None and not image.is_dirty:
        packed = path.with_suffix(Path(image.filepath_raw).suffix.lower() or ".png")
        if packed.suffix in PICTURES or not any(image.size):
            packed.write_bytes(image.packed_file.data)
            return packed
    width, height = image.size
    if width * height == 0 or image.channels != 4:
        raise RuntimeError(f"it has {width} x {height} pixels of {image.channels} channels")
    path = path.with_suffix(".png")
    pixels = array("f", bytes(4 * 4 * width * height))
    # fake-bpy-module takes `pixels` for a single number
    image.pixels.foreach_get(pixels)  # type: ignore[attr-defined]
    # opaque floats are left to Blender: of others it would convert what alpha was multiplied into
    is_float, alpha_mode = image.is_float, image.alpha_mode
    if is_float and not {*pixels[3::4]} <= {0.0, 1.0}:
        _display(pixels)
        is_float, alpha_mode = False, "STRAIGHT"
    # `image.save` itself would turn a generated picture into one with a file, before Blender 5
    copy = bpy.data.images.new("Isoform", width, height, alpha=True, float_buffer=is_float)
    try:
        copy.alpha_mode = alpha_mode
        copy.file_format = "PNG"
        copy.pixels.foreach_set(pixels)  # type: ignore[attr-defined]
        copy.save(filepath=str(path))
    finally:
        bpy.data.images.remove(copy)
    return path
