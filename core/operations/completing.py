"""Completing: the arrow from a partial shape to a whole one, in the partial shape's own frame."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from ..devices import AUTO
from ..doubts import DOUBTFUL_BELOW
from ..errors import InputError, UnknownShapeError
from ..files.scene import numbered
from ..frames import Placement
from ..inputs.wholeness import is_whole
from ..latent.initial_guesses import GuessesConfig
from ..latent.search import SearchConfig, Searched
from ..meshes import PointCloud, TriangleMesh
from ..surface.lattice import LatticeConfig
from .completed import Completed
from .completion_confidence import CompletionEvidence, confidence_of, doubt_of, residual_of
from .merging import FittedShape, Given, Keep, merge_observed, unchanged
from .parts import Parts
from .pose_and_code import explain
from .seeing import Seen, seen_of
from .settings import CompleteSettings
from .stages import Stages

FOREIGN = 0.02
"""Confidence below which nothing is invented: the model knows nothing like it. Of 43 real cuts
of known kinds one has less, and no good one has less than 0.12; points without a surface
have less than 0.01."""

COMPLETE = 0.03
"""Share of invented area below which the input counts as whole already."""

WHOLE = (
    "the mesh is whole: nothing of its surface is missing, so nothing was added; to have more "
    "made of it choose Complete Anyway (--anyway), or select the faces to trust in Edit Mode"
)
"""What is said of a mesh that is whole before anything is searched."""


@dataclass(frozen=True, eq=False)
class Completion:
    """Everything that was found out about one partial shape."""

    hypotheses: tuple[Completed, ...]
    """Best first; the input itself where there was nothing to complete."""

    category: str
    """The category given, or the one that was recognised; "" of a whole mesh, at which the model
    did not look."""

    confidence: float
    """How likely the first hypothesis is good, in [0, 1]; see `completion_confidence`. 1 of a whole
    mesh, of which nothing is doubtful."""

    seconds: dict[str, float]
    """Wall-clock seconds by stage: inputs, prior, latent, surface, finish."""

    warnings: tuple[str, ...]
    is_unchanged: bool
    """Whether the input came back as it was: it is whole already, or nothing that is known."""

    def save(self, path: str | Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
        """Writes all hypotheses as `Completed.save` does, `whole.glb`, `whole.2.glb` and so on.

        Gives the files, best first, and one sentence for all that they lack.

        Args:
            path: Of the first.

        Raises:
            InputError: As for `Completed.save`.
        """
        paths = [numbered(Path(path), number) for number in range(len(self.hypotheses))]
        lacks = [each.save(own) for each, own in zip(self.hypotheses, paths, strict=True)]
        return tuple(paths), tuple(sentence for each in lacks for sentence in each)


def complete(
    parts: Parts,
    partial: TriangleMesh | PointCloud,
    config: CompleteSettings,
    lattice: LatticeConfig,
    stages: Stages,
) -> Completion:
    """The whole shapes that a partial one may belong to; see `Engine.complete`.

    Raises:
        InputError: The partial shape or an option cannot be used.
        UnknownShapeError: Points look like nothing that the model knows.
        EmptySurfaceError: The fitted field has no surface.
        Cancelled: The user asked to stop.
    """
    keep = _keep_for(partial, config.keep)
    allowed = _allowed(parts.categories, config.category)
    with stages.run("inputs"):
        seen = seen_of(partial, config.pose, config.empty, config.noise)
        # parts may be closed, each of them, and a leg be missing even so
        if not config.anyway and not seen.lacks_a_leg and _is_whole(partial, keep):
            category = "" if config.category == AUTO else config.category
            return _unchanged(partial, category, 1.0, stages, [WHOLE])
    searching, warnings = _searching(config), list(seen.warnings)
    observed = (seen.observation, seen.empty, seen.noise)
    searched = explain(parts, *observed, allowed, config=searching, seed=config.seed, stages=stages)
    category = parts.categories[int(searched.categories[0])]
    warnings += _said_of_heading(searched)
    shapes = list(_shapes(parts, searched, seen.observation.box))
    given = seen.given(shapes[0])
    evidence = _evidence_before(shapes[0], given, searched)
    confidence, kept = confidence_of(evidence), []
    shows_itself = given.whole is not None and keep != "none"
    if confidence >= FOREIGN or shows_itself:  # what is measured of surfaces only lowers it
        kept = [merge_observed(each, given, keep, lattice, stages) for each in shapes]
        if keep == "exact" and given.whole is None and kept[0].invented_share < COMPLETE:
            warnings.append("the mesh is whole already; nothing was added")
            return _unchanged(given.partial, category, confidence, stages, warnings)
        confidence = confidence_of(_evidence_after(evidence, kept[0], shows_itself))
    warnings += _said_of_confidence(confidence, seen, given, parts.categories, shows_itself)
    if confidence < FOREIGN and not shows_itself:
        return _unchanged(given.partial, category, confidence, stages, warnings)
    return Completion(
        tuple(_as_sure_as(confidence, each) for each in _distinct(kept)),
        category,
        confidence,
        stages.seconds,
        (*warnings, *kept[0].warnings),
        is_unchanged=False,
    )


def _keep_for(partial: TriangleMesh | PointCloud, keep: str) -> Keep:
    is_mesh = isinstance(partial, TriangleMesh)
    if keep == "auto":
        return "exact" if is_mesh else "fused"
    if keep == "exact" and not is_mesh:
        raise InputError(
            "points have no faces that could be kept exactly; choose keep 'fused' or 'none'"
        )
    return keep


def _is_whole(partial: TriangleMesh | PointCloud, keep: Keep) -> bool:
    """Whether nothing is to be added; where nothing is kept, there is always something to make."""
    return isinstance(partial, TriangleMesh) and keep != "none" and is_whole(partial)


def _allowed(categories: tuple[str, ...], category: str) -> torch.Tensor:
    if category != AUTO and category not in categories:
        raise InputError(
            f"the category '{category}' is unknown to the model; "
            f"choose one of {', '.join((AUTO, *categories))}"
        )
    return torch.tensor([category in (AUTO, name) for name in categories])


def _distinct(kept: list[Completed]) -> list[Completed]:
    """Hypotheses without those that repeat the first: what is mirrored is so in all of them."""
    first = kept[0].mesh.vertices
    return kept[:1] + [each for each in kept[1:] if not np.array_equal(each.mesh.vertices, first)]


def _searching(config: CompleteSettings) -> SearchConfig:
    yaws = GuessesConfig.yaws if config.pose == "auto" else None
    starts = GuessesConfig(yaws=yaws, move_pose=config.pose != "canonical")
    return SearchConfig(starts=starts, hypotheses=config.hypotheses)


def _said_of_heading(searched: Searched) -> list[str]:
    if searched.other_heading_rad is None:
        return []
    other = math.degrees(searched.other_heading_rad) % 360
    return [
        f"the heading is not certain: turned by {other:.0f} degrees, another shape fits "
        "nearly as well; turn the mesh to face -Y and choose pose 'upright' if it is wrong"
    ]


def _said_of_confidence(
    confidence: float,
    seen: Seen,
    given: Given,
    categories: tuple[str, ...],
    shows_itself: bool,
) -> list[str]:
    """The warning that belongs to a confidence, if any.

    Raises:
        UnknownShapeError: Points look like nothing that the model knows; unlike a mesh, they are
            no result that could come back as it was.
    """
    if confidence < FOREIGN:
        is_cloud = isinstance(given.partial, PointCloud)
        foreign = (
            f"{'the points look' if is_cloud else 'this looks'} like nothing that the model knows "
            f"(confidence {confidence:.0%}; it knows {', '.join(categories)})"
        )
        if is_cloud:
            left_out = "".join(f"; {each}" for each in seen.left_out)
            raise UnknownShapeError(
                f"{foreign}, so nothing was made; scan more of the object, or leave out what is "
                f"none of it{left_out}"
            )
        if not shows_itself:
            return [f"{foreign}; nothing was invented"]
        return [f"{foreign}; only what its own mirror image shows was added"]
    if confidence < DOUBTFUL_BELOW:
        return [
            f"the confidence is low ({confidence:.0%}): the model may not know such a shape; "
            "look at the result, or name its category"
        ]
    return []


def _shapes(parts: Parts, searched: Searched, box: Placement) -> Iterator[FittedShape]:
    for row in range(len(searched.fit.codes)):
        pose = searched.fit.poses.upright(row)
        yield FittedShape(
            parts.decoder,
            searched.fit.codes[row],
            pose.after(box),
            searched.posterior.deviations,
        )


def _evidence_before(shape: FittedShape, given: Given, searched: Searched) -> CompletionEvidence:
    """What is known of a fitted shape before it has a surface."""
    residual = residual_of(
        shape.decoder.field_of(shape.code),
        shape.pose.from_scene(given.points),
        given.thickness / shape.pose.scale,
        given.noise / shape.pose.scale,
    )
    return CompletionEvidence(residual, is_turnable=searched.other_heading_rad is not None)


def _evidence_after(
    evidence: CompletionEvidence, kept: Completed, shows_itself: bool
) -> CompletionEvidence:
    """The same with what its surface shows; of what the part shows itself, nothing is doubtful."""
    if shows_itself:
        return replace(evidence, floating_share=kept.floating_share)
    return replace(
        evidence,
        invented_share=kept.invented_share,
        floating_share=kept.floating_share,
        doubt=doubt_of(kept.confidence, kept.is_observed),
    )


def _as_sure_as(confidence: float, kept: Completed) -> Completed:
    """A completion whose invented vertices are at most as sure as the whole of it."""
    factor = np.where(kept.is_observed, 1.0, confidence).astype(np.float32)
    return replace(kept, confidence=kept.confidence * factor)


def _unchanged(
    partial: TriangleMesh,
    category: str,
    confidence: float,
    stages: Stages,
    warnings: list[str],
) -> Completion:
    """The input itself."""
    return Completion(
        (unchanged(partial),),
        category,
        confidence,
        stages.seconds,
        tuple(warnings),
        is_unchanged=True,
    )
