"""From the scene to the job's folder: the picture that the artist chose, as a file."""

from pathlib import Path

import bpy

from ..core.errors import InputError


def picture_file(image: bpy.types.Image, folder: Path) -> Path:
    """The file of a picture: its own, or one in `folder` where Blender alone holds the pixels.

    Blender alone holds those of packed, generated and painted pictures.

    Args:
        image: Not modified.
        folder: Existing folder of the job.

    Raises:
        InputError: Its file is missing and nothing is packed, it holds no pixels that can be
            saved (a render result, a movie), or the folder cannot be written.
    """
    if image.source == "FILE" and image.packed_file is None and not image.is_dirty:
        path = Path(bpy.path.abspath(image.filepath_raw, library=image.library))
        if not path.is_file():
            raise InputError(
                f"the file of the picture {image.name!r} is missing ({path}); "
                "find it again or choose another picture"
            )
        return path
    try:
        return _saved(image, folder)
    except (OSError, RuntimeError) as error:
        raise InputError(
            f"the picture {image.name!r} cannot be saved for the engine ({error}); "
            "save it as a PNG file and choose that"
        ) from error


def _saved(image: bpy.types.Image, folder: Path) -> Path:
    """A copy of the packed file, or what Blender writes.

    Raises:
        OSError: The folder cannot be written.
        RuntimeError: Blender cannot write the pixels, or holds none.
    """
    if image.packed_file is not None and not image.is_dirty:
        path = folder / f"picture{Path(image.filepath_raw).suffix or '.png'}"
        path.write_bytes(image.packed_file.data)
        return path
    path = folder / f"picture.{image.file_format.lower()}"
    # since Blender 5.0 the image would take the new path for its own without `save_copy`
    save = bpy.types.Image.bl_rna.functions["save"]  # type: ignore[attr-defined]
    takes_copy = "save_copy" in save.parameters
    image.save(filepath=str(path), **({"save_copy": True} if takes_copy else {}))
    if not path.is_file():  # Blender tells some failures only in this way
        raise RuntimeError("Blender holds no pixels of it")
    return path
