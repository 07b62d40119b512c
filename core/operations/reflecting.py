"""Reflecting: a part that was given is completed by its own mirror image where that is evident.

Before any model is asked: most of a chair that lacks a leg is its own mirror image, and the half
of a sofa ends in an upright plane. What the mirror shows has the form that the artist gave it,
which no model draws as well, and the fit that follows sees twice as much.
"""

import logging
import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..finish.floors import stance
from ..finish.observed_faces import geometry
from ..finish.planes import Plane, Surface, crease, cut_plane, refined, symmetry_planes
from ..finish.reflecting import Reflected, missing_image, other_half
from ..finish.seams import Part
from ..frames import Placement, UprightPose
from ..inputs.ordering import OrderedMesh
from ..meshes import TriangleMesh, places_of
from ..tensors import Field

logger = logging.getLogger(__name__)

Array = NDArray[np.float64]

PLACES = 1 << 20
"""Steps per length of the part at which its vertices are one."""

EVIDENT = 0.8
"""Share of a part that must mirror onto itself. A chair that lacks a leg has 0.88 and more, a
table 0.97; the half of a table has as much in the plane between its own ends, but was cut."""

ALL = 0.999
"""Share from which nothing is missing."""

EXPLAINED = 0.97
"""Share that must do so together with what was added: nine chairs, stools, benches and tables that
lacked a leg all have it. A whole table whose legs are turned stays unlike itself elsewhere."""

OWN = 0.95
"""Share from which a half has a plane of symmetry of its own across the cut. Tables have, whose
halves complete each other, but so has the front half of a chair: only the model can tell."""

CREASED = 0.2
"""Crease from which a cut need not lie in the middle: a round thing of 16 sides that was cut in an
edge has 0.19, one that was cut a quarter of its radius beside its axis 0.25."""

WITHIN, STRIP = 0.06, 0.93
"""Lengths inside the end of a half at which the plane of symmetry is looked for, and the share of
what lies beyond it that must mirror onto the rest."""

SHARP, STEP = 0.1, 0.008
"""By how much less of it does where the plane is moved by such a step: a flat seat, which would
mirror anywhere, tells no plane."""

LEAST = 40
"""Points in the strip beyond a plane that tell anything."""


ALIKE, AGREEING = 0.03, 0.9
"""Unit-cube lengths by which a field may differ between a place and its mirror image, and the
share of the places at which it may not differ by more."""


WIDER = 1.25
"""How many times the area on which a whole mesh stands its mirror images must give it to say that
a leg is missing: without one of four it is twice. A desk with drawers on one side stands alike."""


@dataclass(frozen=True, eq=False)
class Reflection:
    """A part and what its mirror images add to it."""

    mesh: TriangleMesh
    """In the frame of the input, whose vertices and faces come first, bit for bit."""

    planes: tuple[Plane, ...]
    """Of the mirrors, in `box`, one after the other."""

    box: Placement
    """From the box around the input to its own frame."""

    is_evident: bool
    """Whether the part alone tells it; otherwise a fitted shape must agree."""

    is_half: bool
    """Whether the part ends in the mirror."""

    adds_a_leg: bool
    """Whether the part stands on a wider area with its mirror images than without."""


def reflected(
    partial: TriangleMesh, ordered: OrderedMesh, points: Array, box: Placement
) -> Reflection | None:
    """A part completed by its mirror images; None where none is likely, or nothing is missing.

    Args:
        partial: What was given.
        ordered: The same in canonical order: sums depend on the order of their parts by a bit,
            and fits on that bit by much more.
        points: (N, 3) drawn evenly from its surface, in `box`.
        box: From the box around it to its own frame.
    """
    started = time.perf_counter()
    vertices = box.from_scene(ordered.mesh.vertices.astype(np.float64))
    number, first = places_of(vertices, PLACES)
    faces = first[number][ordered.mesh.faces].astype(np.int64)
    part = Part(vertices, faces[geometry(vertices, faces)[2] > 0])
    surface = Surface(part)
    planes = symmetry_planes(surface, points)
    end = cut_plane(part)
    is_evident, is_half = True, False
    if end is None or any(share >= OWN and plane.is_parallel_to(end) for plane, share in planes):
        whole, used = _both_sides(surface, points, planes)
    else:
        across = [share for plane, share in planes if not plane.is_parallel_to(end)]
        is_evident = max(across, default=0.0) < OWN and crease(part, end) < CREASED
        used, is_half = [_middle(surface, points, end)], True
        whole = _with(part, other_half(part, used[0], end))
    if not used:
        return None
    made = np.arange(len(whole.vertices) - len(vertices)) + len(partial.vertices)
    added = np.concatenate([ordered.given, made])[whole.faces[len(part.faces) :]]
    mesh = TriangleMesh.from_arrays(
        np.concatenate([partial.vertices, box.to_scene(whole.vertices[len(vertices) :])]),
        np.concatenate([partial.faces, added]),
    )
    logger.info(
        "reflected in %d planes: %d faces and %d more, %.2f s",
        len(used),
        len(partial.faces),
        len(added),
        time.perf_counter() - started,
    )
    before, after = (
        stance(box.from_scene(each.vertices.astype(np.float64))[np.unique(each.faces)])
        for each in (partial, mesh)
    )
    return Reflection(mesh, tuple(used), box, is_evident, is_half, after > WIDER * before)


def agrees(field: Field, pose: UprightPose, reflection: Reflection, points: Array) -> bool:
    """Whether a fitted shape is its own mirror image as the reflection has it.

    Args:
        field: Of the shape.
        pose: From its unit cube to the frame of the input.
        reflection: Of the input.
        points: (N, 3) of the input, in its own frame.
    """
    inside = reflection.box.from_scene(points)
    images = [reflection.box.to_scene(plane.mirrored(inside)) for plane in reflection.planes]
    own, *mirrored = (
        field(torch.from_numpy(pose.from_scene(each)).float().to(field.device))
        for each in (points, *images)
    )
    return all(float(((each - own).abs() < ALIKE).float().mean()) >= AGREEING for each in mirrored)


def _both_sides(
    surface: Surface, points: Array, planes: list[tuple[Plane, float]]
) -> tuple[Part, list[Plane]]:
    """The part with what its own planes of symmetry add, and the planes that add something."""
    used = []
    for plane, share in planes:
        image = missing_image(surface, plane) if EVIDENT <= share < ALL else None
        if image is None or len(image.faces) == 0:
            continue
        more = Surface(_with(surface.part, image))
        # what stays unlike its mirror image speaks against the plane
        if more.holds(plane.mirrored(points)).mean() >= EXPLAINED:
            surface = more
            used.append(plane)
    return surface.part, used


def _with(part: Part, image: Reflected) -> Part:
    return Part(
        np.concatenate([part.vertices, image.vertices]), np.concatenate([part.faces, image.faces])
    )


def _middle(surface: Surface, points: Array, end: Plane) -> Plane:
    """The plane of symmetry of what was cut in half, or a little beyond it."""
    found = end
    for inside in np.arange(STEP, WITHIN, STEP):
        strip = points[end.beyond(points) > -2 * inside]
        if len(strip) < LEAST:
            continue
        plane = refined(Plane(end.yaw_rad, end.offset - inside), surface, strip)
        if not plane.is_parallel_to(end) or not 0 < end.offset - plane.offset < WITHIN + STEP:
            continue
        share, *moved = (
            surface.holds(Plane(plane.yaw_rad, plane.offset + by).mirrored(strip)).mean()
            for by in (0.0, STEP, -STEP)
        )
        if share > STRIP and max(moved) < share - SHARP:
            # the last: a single slat is its own mirror image as well
            found = Plane(end.yaw_rad, plane.offset)
    return found
