"""Reconstructing: the arrow from pictures of one object to its whole mesh, in the unit cube."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ..devices import AUTO, one_thread
from ..finish.cleaning import FinishConfig
from ..frames import Camera
from ..geometry.welding import vertex_normals
from ..inputs.cut_out_signals import (
    CutOutSignals,
    notes_of_pictures,
    signals_of,
    warnings_of_pictures,
)
from ..inputs.image import frame_object, load_picture
from ..inputs.matting import cut_out
from ..latent.silhouette import CodeGuess, Fitted
from ..meshes import TriangleMesh
from ..models.checkpoint import ModelFile
from ..models.protocol import Decoder, PictureModel
from ..prior.code_prior import GaussianCode, condition_on_category, draw_code, fuse_views
from ..prior.image_encoder import PREFIX, ImageEncoder, seen_both_ways
from ..prior.view_encoder import ViewEncoder
from ..surface.lattice import LatticeConfig
from ..tensors import Code, Field, Picture
from .doubting import Evidence, TrainingCodes, confidence_of, doubts_of
from .parts import category_prior, code_metric_of
from .results import Result, warnings_of
from .settings import ReconstructSettings
from .silhouette_refinement import cameras_of, premultiplied, refine_silhouettes, view_encoder_of
from .stages import Stages
from .surface_extraction import surface_as_it_is, surfaced


@dataclass(frozen=True, eq=False)
class PictureParts:
    """What of a model with codes reconstructing needs."""

    stored: ModelFile
    decoder: Decoder
    fitting: Decoder
    """The decoder for codes that are fitted."""
    encoder: ImageEncoder
    view_encoder: ViewEncoder | None
    """None in a model that fits no outlines."""
    device: torch.device

    @classmethod
    def of(cls, decoder: Decoder, stored: ModelFile, device: torch.device) -> "PictureParts":
        """The parts of a model whose decoder is in memory already.

        Raises:
            ModelFileError: An encoder does not fit the model's own card.
        """
        encoder = ImageEncoder.from_card(stored.card.image_encoder)
        stored.load_into(encoder, PREFIX)
        encoder = encoder.to(device).eval()
        views = view_encoder_of(stored, device)
        return cls(stored, decoder, decoder.for_fitting(), encoder, views, device)

    @property
    def picture_px(self) -> int:
        """Side of the framed pictures that the encoders look at."""
        return self.encoder.config.picture_px

    def field_of(self, code: Code) -> Field:
        """The field of a code, on the device."""
        with one_thread():
            return self.decoder.field_of(code.to(self.device))

    @cached_property
    def training_codes(self) -> TrainingCodes:
        """Of the shapes that the model was trained on."""
        with one_thread():
            return TrainingCodes(self.stored.tensors["codes"], code_metric_of(self.stored))


class _Made(NamedTuple):
    """What the object in some pictures has come to."""

    mesh: TriangleMesh
    code: NDArray[np.float32] | None
    first_guess: NDArray[np.float32] | None
    category: str
    confidence: float
    doubts: tuple[str, ...] = ()
    cameras: tuple[Camera, ...] = ()


def reconstruct(
    model: PictureModel | PictureParts,
    pictures: Sequence[str | Path | NDArray],
    config: ReconstructSettings,
    lattice: LatticeConfig,
    stages: Stages,
) -> Result:
    """The whole shape of the object that pictures show; see `Engine.reconstruct`.

    Args:
        model: A model without codes, or the parts of one that has them.
        pictures: At least one.
        config: Its category is known to the model.
        lattice: Of the extraction.
        stages: Told of the stages.

    Raises:
        InputError: A picture cannot be used.
        EmptySurfaceError: The field has no surface.
        Cancelled: The user asked to stop.
    """
    framed, signals = _framed(pictures, model.picture_px, stages)
    if isinstance(model, PictureParts):
        made = _by_code(model, framed, config, lattice, stages)
    else:
        made = _by_field(model, framed, config, lattice, stages)
    return Result(
        mesh=made.mesh,
        normals=vertex_normals(made.mesh),
        code=made.code,
        first_guess=made.first_guess,
        category=made.category,
        confidence=made.confidence,
        seconds=stages.seconds,
        cameras=made.cameras,
        cutouts=tuple(framed),
        signals=tuple(signals),
        warnings=(
            *warnings_of_pictures(signals),
            *made.doubts,
            *warnings_of(made.mesh, config.target_faces),
        ),
        notes=notes_of_pictures(signals),
    )


def _framed(
    pictures: Sequence[str | Path | NDArray], size_px: int, stages: Stages
) -> tuple[list[Picture], list[CutOutSignals]]:
    """The object of every picture, cut out and framed, and what was measured of both."""
    framed, signals = [], []
    with stages.run("inputs"):
        for number, picture in enumerate(pictures):
            matting = cut_out(load_picture(picture))
            framed.append(frame_object(matting.picture, size_px))
            signals.append(signals_of(matting))
            stages.tell("inputs", (number + 1) / len(pictures))
    return framed, signals


def _by_field(
    model: PictureModel,
    framed: list[Picture],
    config: ReconstructSettings,
    lattice: LatticeConfig,
    stages: Stages,
) -> _Made:
    """The shape that a model without codes makes of the pictures, as it is."""
    with stages.run("prior"):
        answer = model.answer(framed)
    mesh = surface_as_it_is(answer.field, lattice, _finishing(config), stages)
    return _Made(mesh, None, None, answer.category, answer.confidence)


def _by_code(
    parts: PictureParts,
    framed: list[Picture],
    config: ReconstructSettings,
    lattice: LatticeConfig,
    stages: Stages,
) -> _Made:
    """The shape of the code that the pictures show, and what speaks for it."""
    with stages.run("prior"):
        seen, category_probs = _seen(parts, framed)
        belief, category = _believed(parts, seen, category_probs, config.category)
        guess = belief.mean
        if config.seed != 0:
            guess = draw_code(belief, torch.Generator().manual_seed(config.seed))
        typical = category_prior(parts.stored, category)
        deviations = torch.exp(-belief.log_precision / 2).float()
        first = CodeGuess(guess.float(), deviations, typical)
    codes, outlines = _fitted(parts, framed, first, stages)
    made = surfaced(parts.field_of, codes, lattice, _finishing(config), stages)
    evidence = Evidence(
        parts.training_codes.novelty(made.code),
        parts.training_codes.certainty(seen),
        float(typical.whitened(first.mean[None]).square().mean()),
        category_probs,
        made.tear,
        outlines and outlines.first_error,
        outlines and outlines.error,
    )
    confidence = confidence_of(evidence)
    return _Made(
        made.mesh,
        made.code.numpy(),
        first.mean.numpy(),
        category,
        confidence,
        doubts_of(evidence, category, confidence),
        () if outlines is None else cameras_of(outlines.views),
    )


def _finishing(config: ReconstructSettings) -> FinishConfig:
    return FinishConfig(target_faces=config.target_faces)


def _seen(parts: PictureParts, framed: list[Picture]) -> tuple[GaussianCode, dict[str, float]]:
    """The code as the encoder sees it, and how likely it finds each category."""
    pictures = premultiplied(framed, parts.device)
    with one_thread():
        codes, log_precision, category_logits = seen_both_ways(parts.encoder, pictures)
    log_prob = torch.log_softmax(category_logits.double().cpu(), dim=1)
    votes = log_prob.sort(dim=0).values.sum(dim=0)  # sorted: the order of pictures is nothing
    probs = torch.softmax(votes, dim=0).tolist()
    categories = parts.stored.card.categories
    return fuse_views(codes, log_precision), dict(zip(categories, probs, strict=True))


def _believed(
    parts: PictureParts, seen: GaussianCode, category_probs: dict[str, float], category: str
) -> tuple[GaussianCode, str]:
    """The code with a given category's statistics, and the category."""
    if category == AUTO:
        return seen, max(category_probs, key=category_probs.__getitem__)
    statistics = parts.stored.card.statistics[category]
    return condition_on_category(seen, statistics.mean, statistics.covariance), category


def _fitted(
    parts: PictureParts, framed: list[Picture], first: CodeGuess, stages: Stages
) -> tuple[list[Code], Fitted | None]:
    """Codes to make the surface of, best first, and the fit of the outlines where there is one."""
    if parts.view_encoder is None:
        return [first.mean], None
    with stages.run("latent"):
        outlines = refine_silhouettes(
            parts.fitting,
            parts.view_encoder,
            framed,
            first,
            partial(stages.tell, "latent"),
        )
    return [outlines.code, (outlines.code + first.mean) / 2, first.mean], outlines
