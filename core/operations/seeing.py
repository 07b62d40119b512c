"""Seeing: what is known of a partial shape before the model is asked.

What surrounds a scanned object is left out, points are drawn from the surface, and where the
shape shows in its own mirrors how it goes on, that counts as seen.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..frames import Placement
from ..inputs.ordering import OrderedMesh, mesh_in_canonical_order
from ..inputs.partial import Observation, observe, observe_ordered
from ..inputs.scans import empty_towards, seen_from_one_side
from ..inputs.strays import cleared
from ..inputs.wholeness import is_whole
from ..meshes import PointCloud, TriangleMesh
from .merging import SLIGHT, FittedShape, Given
from .reflecting import Reflection, agrees, reflected

PoseKnowledge = Literal["auto", "upright", "canonical"]
EmptyKnowledge = Literal["none", "visible"]


@dataclass(frozen=True, eq=False)
class Seen:
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
            if is_evident or agrees(field, pose, reflection, self.points):
                whole = reflection.mesh
        noise = self.noise * self.observation.box.scale_m
        return Given(self.partial, self.points, self.thickness, noise, whole)

    @property
    def lacks_a_leg(self) -> bool:
        """Whether the part shows that one is missing, as a chair of closed parts may, whose surface
        is whole without it."""
        reflection = self.reflection
        return reflection is not None and reflection.is_evident and reflection.adds_a_leg


def seen_of(
    partial: TriangleMesh | PointCloud,
    pose: PoseKnowledge,
    empty_knowledge: EmptyKnowledge,
    known_noise: float | None,
) -> Seen:
    """What a partial shape shows.

    Args:
        partial: Anywhere, +Z up.
        pose: What is known of its pose; see `CompleteSettings`.
        empty_knowledge: Whether the space in front of a scan from one side is known to be empty.
        known_noise: Standard deviation of its points, in its own lengths; None estimates it.

    Raises:
        InputError: It cannot be used.
    """
    partial, left_out = _without_surroundings(partial)
    observation, reflection = _observed(partial, known_noise)
    empty, warnings = _known_empty(observation, empty_knowledge)
    if reflection is not None and reflection.is_evident:
        observation, empty = _seen_with(reflection, observation.box, empty)
    points = observation.box.to_scene(observation.points)
    thickness = observation.thickness * observation.box.scale_m
    if pose == "canonical":
        observation, empty = observation.in_own_frame(empty)
    box = observation.box
    noise = observation.noise if known_noise is None else known_noise / box.scale_m
    if isinstance(partial, TriangleMesh) or noise > SLIGHT:
        observation = observation.without_noise(noise)
    return Seen(
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


def _known_empty(observation: Observation, knowledge: str) -> tuple[NDArray[np.float64], list[str]]:
    """Points known to be empty, and what came out worse than asked."""
    if knowledge == "none":
        return np.zeros((0, 3)), []
    direction = seen_from_one_side(observation)
    if direction is None:
        reason = "the mesh is no scan from one side, so no space is known to be empty"
        return np.zeros((0, 3)), [reason]
    return empty_towards(observation, direction), []


def _observed(
    partial: TriangleMesh | PointCloud, noise: float | None
) -> tuple[Observation, Reflection | None]:
    """What the part shows, and what of it its own mirrors show. Noise that is mirrored does not
    become shape."""
    generator = np.random.default_rng(0)
    if isinstance(partial, PointCloud):
        return observe(partial, generator), None
    ordered = mesh_in_canonical_order(partial)
    observation = observe_ordered(ordered.mesh, generator)
    return observation, None if noise else _reflection(partial, ordered, observation)


def _reflection(
    partial: TriangleMesh, ordered: OrderedMesh, observation: Observation
) -> Reflection | None:
    """What the part shows in its own mirrors, if that is all of it: of what lacks more, the model
    makes the missing side as well."""
    found = reflected(partial, ordered, observation.points, observation.box)
    return found if found is not None and (found.is_half or is_whole(found.mesh)) else None


def _seen_with(
    reflection: Reflection, box: Placement, empty: NDArray[np.float64]
) -> tuple[Observation, NDArray[np.float64]]:
    """What the part shows together with its mirror images, and what is empty in that one's box."""
    observation = observe(reflection.mesh, np.random.default_rng(0))
    return observation, observation.box.from_scene(box.to_scene(empty))
