"""Completing: the arrow from a partial shape to a whole one, in the partial shape's own frame."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from ..devices import AUTO
from ..doubts import DOUBTFUL_BELOW
from ..errors import InputError, UnknownShapeError
from ..frames import Placement
from ..inputs.partial import Observation, observe
from ..inputs.scans import empty_towards, seen_from_one_side
from ..inputs.strays import cleared
from ..inputs.wholeness import is_whole
from ..latent.search import SearchConfig, Searched
from ..latent.starts import StartsConfig
from ..meshes import PointCloud, TriangleMesh
from ..surface.lattice import LatticeConfig
from .completion_confidence import (
    CompletionEvidence,
    confidence_of,
    doubt_of,
    residual_of,
)
from .explaining import explain
from .keeping import SLIGHT, Completed, FittedShape, Given, Keep, keep_observed, unchanged
from .parts import Parts
from .reflecting import Reflection, agrees, reflected
from .stages import Stages

PoseKnowledge = Literal["auto", "upright", "canonical"]
EmptyKnowledge = Literal["none", "visible"]

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


@dataclass(frozen=True)
class CompletionConfig:
    """What the user wants of a completion.

    Raises:
        InputError: A choice is unknown, or a number out of its range.
    """

    category: str = "auto"
    """A category of the model, or "auto"."""

    pose: PoseKnowledge = "auto"
    """What is known: +Z is up; the front faces -Y as well; or the input is in the unit cube."""

    keep: Keep | Literal["auto"] = "auto"
    """What becomes of the input; "auto" is "exact" for meshes and "fused" for point clouds."""

    hypotheses: int = 1
    """How many completions, best first, 1 to 8."""

    empty: EmptyKnowledge = "none"
    """Whether the space in front of a scan from one side is known to be empty."""

    noise: float | None = None
    """Standard deviation of the points in the input's own lengths; None estimates it."""

    resolution: int = 128
    """Lattice samples per axis."""

    seed: int = 0
    """Of the hypotheses after the first; that one is the same with every seed."""

    points_per_batch: int = 1 << 16
    """Field values at a time; bounds memory, never changes the result."""

    anyway: bool = False
    """Whether a mesh of which nothing is missing is completed as well."""

    def __post_init__(self) -> None:
        choices = {
            "pose": ("auto", "upright", "canonical"),
            "keep": ("auto", "exact", "fused", "none"),
            "empty": ("none", "visible"),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise InputError(
                    f"{name} '{getattr(self, name)}' is unknown; choose one of {', '.join(allowed)}"
                )
        if not 1 <= self.hypotheses <= 8:
            raise InputError(f"hypotheses must be 1 to 8; found {self.hypotheses}; 4 is plenty")
        if self.noise is not None and not 0 <= self.noise < math.inf:
            raise InputError(
                f"the noise must be a length of 0 or more; found {self.noise:g}; leave it out to "
                "have it estimated"
            )
        if self.seed < 0:
            raise InputError(f"the seed must not be negative; found {self.seed}; 0 is fine")


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


def complete(
    parts: Parts, partial: TriangleMesh | PointCloud, config: CompletionConfig, stages: Stages
) -> Completion:
    """The whole shapes that a partial one may belong to; see `Engine.complete`.

    Raises:
        InputError: The partial shape or an option cannot be used.
        UnknownShapeError: Points look like nothing that the model knows.
        EmptySurfaceError: The fitted field has no surface.
        Cancelled: The user asked to stop.
    """
    lattice = LatticeConfig(config.resolution, points_per_batch=config.points_per_batch)
    keep = _keep_for(partial, config.keep)
    allowed = _allowed(parts.categories, config.category)
    with stages.run("inputs"):
        seen = _seen(partial, config)
        # parts may be closed, each of them, and a leg be missing even so
        if not config.anyway and not _lacks_a_leg(seen) and _is_whole(partial, keep):
            category = "" if config.category == AUTO else config.category
            return _unchanged(partial, category, 1.0, stages, [WHOLE])
    searching, warnings = _searching(config), list(seen.warnings)
    observed = (seen.observation, seen.empty, seen.noise)
    searched = explain(parts, *observed, allowed, searching, config.seed, stages)
    category = parts.categories[int(searched.categories[0])]
    warnings += _said_of_heading(searched)
    shapes = list(_shapes(parts, searched, seen.observation.box))
    given = seen.given(shapes[0])
    evidence = _evidence_before(shapes[0], given, searched)
    confidence, kept = confidence_of(evidence), []
    shows_itself = given.whole is not None and keep != "none"
    if confidence >= FOREIGN or shows_itself:  # what is measured of surfaces only lowers it
        kept = [keep_observed(each, given, keep, lattice, stages) for each in shapes]
        if keep == "exact" and given.whole is None and kept[0].invented_share < COMPLETE:
            warnings.append("the mesh is whole already; nothing was added")
            return _unchanged(given.partial, category, confidence, stages, warnings)
        confidence = confidence_of(_evidence_after(evidence, kept[0], shows_itself))
    if confidence < FOREIGN:
        is_cloud = isinstance(given.partial, PointCloud)
        foreign = (
            f"{'the points look' if is_cloud else 'this looks'} like nothing that the model knows "
            f"(confidence {confidence:.0%}; it knows {', '.join(parts.categories)})"
        )
        if is_cloud:
            left_out = "".join(f"; {each}" for each in seen.left_out)
            raise UnknownShapeError(
                f"{foreign}, so nothing was made; scan more of the object, or leave out what is "
                f"none of it{left_out}"
            )
        if not shows_itself:
            warnings.append(f"{foreign}; nothing was invented")
            return _unchanged(given.partial, category, confidence, stages, warnings)
        warnings.append(f"{foreign}; only what its own mirror image shows was added")
    elif confidence < DOUBTFUL_BELOW:
        warnings.append(
            f"the confidence is low ({confidence:.0%}): the model may not know such a shape; "
            "look at the result, or name its category"
        )
    return Completion(
        tuple(_as_sure_as(confidence, each) for each in _distinct(kept)),
        category,
        confidence,
        stages.seconds,
        (*warnings, *kept[0].warnings),
        is_unchanged=False,
    )


@dataclass(frozen=True, eq=False)
class _Seen:
    """What is known of a partial shape before the model is asked."""

    partial: TriangleMesh | PointCloud
    """Without what surrounds it."""
    observation: Observation
    """In its box; with its mirror images where these are evident."""
    empty: NDArray[np.float64]
    """(m, 3) points known to be outside, in the box."""
    points: NDArray[np.float64]
    """(N, 3) of the observation as it was before noise was taken out, in the input's frame."""
    thickness: NDArray[np.float64]
    """(N,) of the walls behind them, in the input's lengths."""
    noise: float
    """Standard deviation of the points, in the box's lengths."""
    reflection: Reflection | None
    left_out: list[str]
    """What was left out of a cloud, a sentence each."""
    warnings: list[str]
    """With those."""

    def given(self, shape: FittedShape) -> Given:
        """What is kept, and whether its mirror images belong to it: where the part does not tell
        that itself, the shape that fits it best must have the same mirror."""
        whole, reflection = None, self.reflection
        if reflection is not None:
            field, pose = shape.decoder.field_of(shape.code), shape.pose
            is_evident = reflection.is_evident
            if is_evident or agrees(field, pose, reflection, self.points, shape.device):
                whole = reflection.mesh
        noise = self.noise * self.observation.box.scale_m
        return Given(self.partial, self.points, self.thickness, noise, whole)


def _seen(partial: TriangleMesh | PointCloud, config: CompletionConfig) -> _Seen:
    """What a partial shape shows.

    Raises:
        InputError: It cannot be used.
    """
    partial, left_out = _without_surroundings(partial)
    observation = observe(partial, np.random.default_rng(0))
    empty, warnings = _known_empty(observation, config.empty)
    reflection = _reflection(partial, observation, config.noise)
    if reflection is not None and reflection.is_evident:
        observation, empty = _seen_with(reflection, observation.box, empty)
    points = observation.box.to_scene(observation.points)
    thickness = observation.thickness * observation.box.scale_m
    if config.pose == "canonical":
        observation, empty = observation.in_own_frame(empty)
    box = observation.box
    noise = observation.noise if config.noise is None else config.noise / box.scale_m
    if isinstance(partial, TriangleMesh) or noise > SLIGHT:
        observation = observation.without_noise(noise)
    return _Seen(
        partial,
        observation,
        empty,
        points,
        thickness,
        noise,
        reflection,
        left_out,
        left_out + warnings,
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


def _without_surroundings(
    partial: TriangleMesh | PointCloud,
) -> tuple[TriangleMesh | PointCloud, list[str]]:
    """A cloud without strays and floor, and what was left out."""
    if isinstance(partial, TriangleMesh):
        return partial, []
    found, told = cleared(partial), []
    if found.strays:
        told.append(
            f"{found.strays} of {len(partial.points)} points lie far from all others and were left "
            "out as strays"
        )
    if found.floor:
        told.append(
            f"{found.floor} of {len(partial.points)} points were left out as the floor that the "
            "object stands on"
        )
    return found.cloud, told


def _lacks_a_leg(seen: _Seen) -> bool:
    """Whether the part shows that one is missing, as a chair of closed parts may, whose surface is
    whole without it."""
    reflection = seen.reflection
    return reflection is not None and reflection.is_evident and reflection.adds_a_leg


def _allowed(categories: tuple[str, ...], category: str) -> torch.Tensor:
    if category != AUTO and category not in categories:
        raise InputError(
            f"the category '{category}' is unknown to the model; "
            f"choose one of {', '.join((AUTO, *categories))}"
        )
    return torch.tensor([category in (AUTO, name) for name in categories])


def _known_empty(observation: Observation, knowledge: str) -> tuple[NDArray[np.float64], list[str]]:
    """Points known to be empty, and what came out worse than asked."""
    if knowledge == "none":
        return np.zeros((0, 3)), []
    direction = seen_from_one_side(observation)
    if direction is None:
        reason = "the mesh is no scan from one side, so no space is known to be empty"
        return np.zeros((0, 3)), [reason]
    return empty_towards(observation, direction), []


def _reflection(
    partial: TriangleMesh | PointCloud, observation: Observation, noise: float | None
) -> Reflection | None:
    """What the part shows in its own mirrors, if that is all of it: of what lacks more, the model
    makes the missing side as well. Noise that is mirrored does not become shape."""
    if isinstance(partial, PointCloud) or noise:
        return None
    found = reflected(partial, observation.points, observation.box)
    return found if found is not None and (found.is_half or is_whole(found.mesh)) else None


def _seen_with(
    reflection: Reflection, box: Placement, empty: NDArray[np.float64]
) -> tuple[Observation, NDArray[np.float64]]:
    """What the part shows together with its mirror images, and what is empty in that one's box."""
    observation = observe(reflection.mesh, np.random.default_rng(0))
    return observation, observation.box.from_scene(box.to_scene(empty))


def _distinct(kept: list[Completed]) -> list[Completed]:
    """Hypotheses without those that repeat the first: what is mirrored is so in all of them."""
    first = kept[0].mesh.vertices
    return kept[:1] + [each for each in kept[1:] if not np.array_equal(each.mesh.vertices, first)]


def _searching(config: CompletionConfig) -> SearchConfig:
    headings = StartsConfig.headings if config.pose == "auto" else None
    starts = StartsConfig(headings=headings, move_pose=config.pose != "canonical")
    return SearchConfig(starts=starts, hypotheses=config.hypotheses)


def _said_of_heading(searched: Searched) -> list[str]:
    if searched.other_heading_rad is None:
        return []
    other = math.degrees(searched.other_heading_rad) % 360
    return [
        f"the heading is not certain: turned by {other:.0f} degrees, another shape fits "
        "nearly as well; turn the mesh to face -Y and choose pose 'upright' if it is wrong"
    ]


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
        shape.device,
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
