"""The cut-out that the engine would see: asked of the worker, shown in the panel, corrected.

The worker's file is copied to a folder of Blender's temporary one, where the preview reads it.
To paint on it, it becomes an image of the open file, takes the picture's slot, and remembers the
picture that it was cut from.
"""

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import bpy
import bpy.utils.previews

from ...core.errors import InputError
from ...core.operations.settings import Correction
from ...core.worker import protocol
from ...core.worker.job_messages import Matte, Matted
from ..jobs.job import Job, Placed
from ..runtime import places
from ..words import said, sentence
from . import object_out, picture_in

ORIGINAL = "isoform_picture"
"""Of a cut-out that is an image: the picture that it was cut from."""


@dataclass(frozen=True)
class Shown:
    """A cut-out that the panel can show."""

    picture_uid: int
    """What finds the picture again, renamed or not."""

    correction: Correction
    path: Path
    matted: Matted


class Gallery:
    """The cut-outs of this session, by slot."""

    def __init__(self) -> None:
        self._shown: dict[str, Shown] = {}
        self._previews: bpy.utils.previews.ImagePreviewCollection | None = None
        self._folder: Path | None = None
        self._count = 0

    def add(self, slot: str, picture_uid: int, correction: Correction, matted: Matted) -> None:
        """Takes over the worker's file and shows it in place of the slot's older one.

        Raises:
            InputError: It cannot be copied.
            WorkerError: There is no folder to copy it to.
        """
        if self._folder is None:
            self._folder = places.new_worker_folder()
        self._count += 1
        path = self._folder / f"{self._count}.png"
        try:
            shutil.copyfile(matted.picture, path)
        except OSError as error:
            raise InputError(
                said(
                    "the cut-out cannot be kept in the temporary folder {folder} ({error}); "
                    "free some disk space",
                    folder=bpy.app.tempdir,
                    error=error.strerror,
                )
            ) from error
        if self._previews is None:
            self._previews = bpy.utils.previews.new()
        self._previews.load(path.stem, str(path), "IMAGE")
        self._shown[slot] = Shown(picture_uid, correction, path, matted)

    def of(self, slot: str, picture: bpy.types.Image | None) -> Shown | None:
        """The slot's cut-out, where it is that of the picture that is there now."""
        shown = self._shown.get(slot)
        is_same = shown is not None and picture is not None
        return shown if is_same and shown.picture_uid == picture.session_uid else None

    def icon(self, shown: Shown) -> int:
        """What `template_icon` shows of it."""
        return 0 if self._previews is None else self._previews[shown.path.stem].icon_id

    def clear(self) -> None:
        """Forgets all, and throws the files away."""
        self._shown.clear()
        if self._previews is not None:
            bpy.utils.previews.remove(self._previews)
            self._previews = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


gallery = Gallery()
"""The one of this Blender."""


@dataclass(frozen=True)
class Order:
    """What the artist asks for."""

    slot: str
    picture: bpy.types.Image
    correction: Correction
    model: str

    def job(self, _context: bpy.types.Context, folder: Path, device: str) -> Job:
        """The job, whose picture is then a file.

        Raises:
            InputError: The picture cannot be used.
        """
        request = Matte(
            job=folder.name,
            folder=str(folder),
            picture=str(picture_in.picture_file(self.picture, folder)),
            correction=self.correction,
            model=self.model,
            device=device,
        )
        placed = partial(place, self.slot, self.picture.session_uid, self.correction)
        return Job(request, placed, is_listed=False)


def place(
    slot: str,
    picture_uid: int,
    correction: Correction,
    _request: protocol.Job,
    result: protocol.Result,
    *,
    here: bool = False,
) -> Placed:
    """Shows the cut-out; the scene is not changed, whether `here` or elsewhere.

    Raises:
        InputError: The worker's file cannot be copied.
        WorkerError: There is no folder to copy it to.
    """
    matted = cast(Matted, result)
    gallery.add(slot, picture_uid, correction, matted)
    return Placed("", found(matted), matted.warnings, matted.notes)


def found(matted: Matted) -> str:
    """What there is to say of a cut-out, in one sentence."""
    parts = [said("the object covers {share:.0f} % of the picture", share=100 * matted.share)]
    if matted.pieces > 1:
        parts.append(said("it is in {pieces} pieces", pieces=matted.pieces))
    if matted.touches_border:
        parts.append(said("it touches the picture's edge, so a part may be missing"))
    return sentence("; ".join(parts))


def as_image(shown: Shown, picture: bpy.types.Image) -> bpy.types.Image:
    """The cut-out as an image of the open file, packed, to be painted on.

    Raises:
        InputError: The file has gone.
    """
    try:
        image = bpy.data.images.load(str(shown.path))
    except RuntimeError as error:
        raise InputError(
            said(
                "the cut-out of {name!r} is gone ({path}); show it again",
                name=picture.name,
                path=shown.path,
            )
        ) from error
    image.name = object_out.shortened(f"{Path(picture.name).stem} cut-out")
    image.alpha_mode = "STRAIGHT"
    image.pack()
    image.filepath_raw = f"//{image.name}.png"
    image[ORIGINAL] = original_of(picture) or picture
    return image


def original_of(image: bpy.types.Image | None) -> bpy.types.Image | None:
    """The picture that a cut-out was cut from; None where `image` is none."""
    return None if image is None else image.get(ORIGINAL)


@bpy.app.handlers.persistent
def _before_load(_path: object) -> None:
    """The pictures of another file are others."""
    gallery.clear()


def register() -> None:
    """Clears the gallery when another file is loaded."""
    bpy.app.handlers.load_pre.append(_before_load)


def unregister() -> None:
    """Leaves nothing behind."""
    bpy.app.handlers.load_pre.remove(_before_load)
    gallery.clear()
