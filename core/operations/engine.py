"""The engine: pictures of one object, or a partial mesh of it, in; one clean mesh out.

`Engine` holds one model on one device and nothing else: no global state, no files written, and
only the errors of `errors.py` raised.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from ..devices import AUTO, memory_errors, pick_device
from ..errors import InputError, ModelFileError
from ..finish.cleaning import FinishConfig
from ..inputs.correcting import CutOut, corrected_cut_out
from ..inputs.given import Partial, read_partial
from ..inputs.image import load_picture
from ..meshes import PointCloud, TriangleMesh
from ..models.architectures import open_model
from ..models.card import model_path
from ..models.checkpoint import read_model_file
from ..models.protocol import Decoder, PictureModel
from ..prior.point_encoder import PREFIX, PointEncoder
from ..surface.lattice import LatticeConfig
from ..tensors import IsCancelled, Progress
from .completing import Completion, complete
from .merging import Keep
from .parts import Parts
from .placing import check_place, placed
from .reconstructing import PictureParts, reconstruct
from .results import Result
from .seeing import EmptyKnowledge, PoseKnowledge
from .settings import CompleteSettings, Correction, ReconstructSettings
from .stages import Stages
from .surface_extraction import surfaced


class Engine:
    """One model in memory, ready to reconstruct; with a decoder of codes, to complete as well.

    Args:
        model: A name in `zoo` ("starter") or the path of a model file.
        device: "auto" for the best there is, or "cpu", "cuda", "mps", "xpu".

    Raises:
        InputError: The device is unknown or this machine does not have it.
        ModelFileError: There is no such model, or its file cannot be used.
    """

    def __init__(self, model: str | Path = "starter", device: str = AUTO) -> None:
        self.device = pick_device(device)
        self.path = model_path(model)
        stored = read_model_file(self.path)
        self.card = stored.card
        with memory_errors(self.device, "the model"):
            model = open_model(stored, self.device)
            if isinstance(model, Decoder):
                self.decoder = model
                model = PictureParts.of(model, stored, self.device)
        self._model: PictureModel | PictureParts = model
        self.points_per_batch = 1 << 16
        """Field values at a time; fewer take less memory and give the same."""

    @property
    def categories(self) -> tuple[str, ...]:
        """What the model knows, in the order of the encoder's answers."""
        return tuple(self.card.categories)

    def cut_out(self, picture: str | Path | NDArray, correction: Correction) -> CutOut:
        """What `reconstruct` would see of a picture: the object alone, where it stands in it.

        Args:
            picture: A path or an (h, w, 4) array.
            correction: How the cut-out is to differ from what is found by itself.

        Raises:
            InputError: The picture cannot be used, shows no object, or nothing is left of it.
            OutOfMemoryError: The memory does not hold the picture.
        """
        with memory_errors(torch.device("cpu"), "the picture"):
            return corrected_cut_out(load_picture(picture), correction)

    def reconstruct(
        self,
        pictures: str | Path | NDArray | Sequence[str | Path | NDArray],
        *,
        category: str = AUTO,
        resolution: int = 128,
        target_faces: int | None = None,
        seed: int = 0,
        progress: Progress | None = None,
        cancelled: IsCancelled | None = None,
    ) -> Result:
        """The whole shape of the object that the pictures show, in the unit cube.

        Args:
            pictures: Paths or (h, w, 4) arrays of one object, in any order; or one of these.
            category: One of `categories`: the code is drawn towards its statistics where
                the pictures leave it open. "auto" leaves the code to the encoder alone. A
                model without codes knows none.
            resolution: Lattice samples per axis, 8 to 1024.
            target_faces: Most faces of the mesh; all of them when not given.
            seed: 0 gives the likeliest shape; every other number a variation of it, drawn
                from how unsure the encoder is. A model without codes gives one shape.
            progress: Told each stage's name and the fraction of it that is done.
            cancelled: Asked often; true ends the work.

        Raises:
            InputError: A picture or an option cannot be used.
            EmptySurfaceError: The field has no surface.
            OutOfMemoryError: The device's memory does not hold what was asked.
            Cancelled: `cancelled` said so; nothing was changed.
        """
        if isinstance(pictures, str | Path | np.ndarray):
            pictures = [pictures]
        settings = ReconstructSettings(
            category=category, resolution=resolution, target_faces=target_faces, seed=seed
        )
        lattice = LatticeConfig(resolution, points_per_batch=self.points_per_batch)
        self._check_options(pictures, category)
        stages = Stages(progress, cancelled)
        with memory_errors(self.device, f"resolution {resolution}"), torch.no_grad():
            return reconstruct(self._model, pictures, settings, lattice, stages)

    def decode(
        self,
        code: NDArray[np.float32],
        *,
        resolution: int = 128,
        target_faces: int | None = None,
        progress: Progress | None = None,
        cancelled: IsCancelled | None = None,
    ) -> TriangleMesh:
        """The mesh of a latent code, in the unit cube.

        Args:
            code: (code_size,) from a `Result`, edited or not.
            resolution: As for `reconstruct`.
            target_faces: As for `reconstruct`.
            progress: As for `reconstruct`.
            cancelled: As for `reconstruct`.

        Raises:
            InputError: The code has another size, the model has no codes, or an option cannot
                be used.
            EmptySurfaceError: The field has no surface.
            OutOfMemoryError: The device's memory does not hold what was asked.
            Cancelled: `cancelled` said so.
        """
        if not isinstance(self._model, PictureParts):
            raise InputError(
                f"the model '{self.path.stem}' has no latent codes; found one of shape "
                f"{code.shape}; use a model that has them"
            )
        size = self.decoder.code_size
        if code.shape != (size,):
            raise InputError(
                f"the model '{self.path.stem}' has codes of {size} entries; found shape "
                f"{code.shape}; use a code of the same model"
            )
        lattice = LatticeConfig(resolution, points_per_batch=self.points_per_batch)
        finishing = FinishConfig(target_faces=target_faces)
        stages = Stages(progress, cancelled)
        with memory_errors(self.device, f"resolution {resolution}"), torch.inference_mode():
            codes = [torch.from_numpy(code).float()]
            return surfaced(self._model.field_of, codes, lattice, finishing, stages).mesh

    def complete(
        self,
        observed: Partial | TriangleMesh | PointCloud | str | Path,
        *,
        category: str = AUTO,
        pose: PoseKnowledge = "auto",
        keep: Keep | Literal["auto"] = "auto",
        hypotheses: int = 1,
        empty: EmptyKnowledge = "none",
        noise: float | None = None,
        resolution: int = 128,
        seed: int = 0,
        anyway: bool = False,
        progress: Progress | None = None,
        cancelled: IsCancelled | None = None,
    ) -> Completion:
        """The whole shape that a partial one belongs to, in the partial one's frame and scale.

        Args:
            observed: A mesh, or points with or without normals, or the file of either; anywhere,
                +Z up. Far from the origin give a file or a `Partial`, which hold doubles.
            category: One of `categories`, or "auto".
            pose: "auto": +Z is up, heading, place and scale unknown; "upright": it faces -Y as
                well; "canonical": it lies in the unit cube already.
            keep: "exact" keeps every vertex and face given and joins the rest to them; "fused"
                makes one closed surface through what was given; "none" gives the fitted shape
                alone; "auto" is "exact" for a mesh and "fused" for points.
            hypotheses: How many distinct completions, 1 to 8; there may be fewer.
            empty: "visible" says that a scan from one side saw nothing in front of it.
            noise: Standard deviation of the points, in their own lengths; None estimates it.
            resolution: As for `reconstruct`.
            seed: Draws the hypotheses after the first, which is the same with every seed.
            anyway: Whether a mesh of which nothing is missing is completed as well; it comes back
                as it is otherwise, unless nothing of it is to be kept.
            progress: As for `reconstruct`.
            cancelled: As for `reconstruct`.

        Raises:
            InputError: The partial shape or an option cannot be used.
            UnknownShapeError: Points look like nothing that the model knows; it is an InputError.
            ModelFileError: The model has no codes, or no point encoder.
            EmptySurfaceError: The fitted field has no surface.
            OutOfMemoryError: The device's memory does not hold what was asked.
            Cancelled: `cancelled` said so.
        """
        settings = CompleteSettings(
            category=category,
            resolution=resolution,
            pose=pose,
            keep=keep,
            hypotheses=hypotheses,
            empty=empty,
            noise=noise,
            seed=seed,
            anyway=anyway,
        )
        lattice = LatticeConfig(resolution, points_per_batch=self.points_per_batch)
        stages = Stages(progress, cancelled)
        with memory_errors(self.device, f"resolution {resolution}"), torch.no_grad():
            given = _partial_of(observed)
            check_place(given, pose)
            return placed(complete(self.parts, given.shape, settings, lattice, stages), given)

    @cached_property
    def parts(self) -> Parts:
        """What completing needs, made when it is first asked for.

        Raises:
            ModelFileError: The model has no codes, or no point encoder.
        """
        model = self._model
        if not isinstance(model, PictureParts):
            raise ModelFileError(
                f"the model '{self.path.stem}' has no latent codes, so it cannot complete partial "
                "meshes; use a model that has them"
            )
        encoder = PointEncoder.from_card(model.stored.card.point_encoder)
        model.stored.load_into(encoder, PREFIX)
        encoder = encoder.to(self.device).eval()
        return Parts.of(model.decoder, model.fitting, encoder, model.stored, self.device)

    def _check_options(self, pictures: Sequence[str | Path | NDArray], category: str) -> None:
        if len(pictures) == 0:
            raise InputError("there is no picture; give at least one picture of the object")
        if category != AUTO and category not in self.categories:
            raise InputError(
                f"the category '{category}' is unknown to the model '{self.path.stem}'; "
                f"choose one of {', '.join((AUTO, *self.categories))}"
            )


def _partial_of(observed: Partial | TriangleMesh | PointCloud | str | Path) -> Partial:
    if isinstance(observed, str | Path):
        return read_partial(Path(observed))
    return observed if isinstance(observed, Partial) else Partial.of(observed)
