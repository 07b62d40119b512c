"""Merging: a fitted shape and the observation become one mesh.

- `exact`: the input's triangles stay, the rest of the fitted shape is joined to them; where the
  shape is its own mirror image, the rest takes the form of what was given across from it;
- `fused`: the same, surfaced anew, closed wherever there is a surface; a point cloud, which
  has no triangles, is what the fitted field is bent to run through, and its surface drawn onto;
- `none`: the fitted shape alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..field.floored import FlooredField
from ..field.solid import SHEET_THICKNESS, SolidField, solid_of
from ..field.warped import WarpedField
from ..finish.blending import JoinConfig, Joined, join
from ..finish.cleaning import FinishConfig, finish_cleaned
from ..finish.drawing import drawn
from ..finish.floating import floating
from ..finish.floors import raised
from ..finish.mirroring import NO_REFLECTIONS
from ..finish.observed_faces import nearest
from ..finish.snapping import snapped
from ..frames import HALF_EXTENT, UprightPose
from ..geometry.components import face_areas, keep_faces
from ..inputs.patches import noise_of
from ..meshes import PointCloud, TriangleMesh
from ..models.protocol import Decoder
from ..surface.lattice import LatticeConfig
from ..tensors import Code, Field, Points, Values
from .axisymmetry import rounded
from .completed import Completed
from .extracting import extracted
from .flooring import floor_below
from .mirroring import reflections_of
from .stages import Stages
from .thin_parts import mended

Keep = Literal["exact", "fused", "none"]

OBSERVED_WITHIN = 1.5
"""Cells from the observation within which a new vertex counts as observed."""

SURE_DEVIATION = 0.015
"""Unit-cube lengths of the field's deviation at which the confidence has fallen to a half."""

NOTHING = TriangleMesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
"""What is joined to a part that its mirror images have made whole."""

ON_IT = 1e-4
"""Of the input's extent, the distance up to which a point lies on its faces."""

DRAWN_WITHIN = 0.02
"""Unit-cube lengths up to which a surface is drawn onto the points of a cloud."""

SLIGHT = 0.004
"""Noise of a cloud, in the unit cube, up to which only the nearest points are averaged: taking more
of them costs thin parts more than such noise does."""

ASKED_POINTS = 2048
"""Vertices whose deviation is computed; the others take their neighbour's."""


@dataclass(frozen=True, eq=False)
class FittedShape:
    """A code and its pose, as the search has found them."""

    decoder: Decoder
    code: Code
    pose: UprightPose
    """From the unit cube to the frame of the input."""

    deviations: Callable[[Points], Values]
    """The field's standard deviation at points of the unit cube."""

    @property
    def device(self) -> torch.device:
        """Of its field."""
        return self.decoder.device


@dataclass(frozen=True, eq=False)
class Given:
    """The input, as it was and as points."""

    partial: TriangleMesh | PointCloud
    points: NDArray[np.float64]
    """(N, 3) of its surface, in its own frame."""

    thickness: NDArray[np.float64]
    """(N,) of the walls behind them, in its own lengths; see `inputs.partial.Observation`."""

    noise: float
    """Standard deviation of the points, in its own lengths."""

    whole: TriangleMesh | None = None
    """The input, which comes first, and its mirror images where it lacked them; None without."""


@dataclass(frozen=True, eq=False)
class _Onto:
    """A fitted field and the observation that it is bent onto, in the unit cube."""

    own: Field
    anchors: NDArray[np.float32]
    """(N, 3) observed points."""
    levels: NDArray[np.float64]
    """(N,) what the field is there."""
    is_noisy: bool
    """Whether the points are only near the surface."""

    def warped(self) -> WarpedField:
        """The field that runs through the points, or smoothly between them."""
        return WarpedField(self.own, self.anchors, self.levels, smooth=self.is_noisy)


def merge_observed(
    shape: FittedShape, given: Given, keep: Keep, lattice: LatticeConfig, stages: Stages
) -> Completed:
    """The fitted shape and the observation as one mesh, in the frame of the input.

    Args:
        shape: From the search.
        given: The input.
        keep: What becomes of it.
        lattice: How finely new surface is sampled.
        stages: Told "surface" and "finish"; may raise to stop.

    Raises:
        EmptySurfaceError: The fitted field has no surface.
        Cancelled: The user asked to stop.
    """
    anchors = shape.pose.from_scene(given.points).astype(np.float32)
    lattice = _covering(lattice, anchors)
    own = _own_field(shape, stages)
    if keep == "none":
        surface = _surface(own, lattice, stages)
        return _without_observed(shape, surface, _observed_of(given, anchors), lattice)
    noise, levels = given.noise / shape.pose.scale, _levels(given, shape.pose)
    if isinstance(given.partial, PointCloud):
        if noise > 0:
            noise = _noise_by_sides(own, anchors, noise)
        surface = _through_points(_Onto(own, anchors, levels, noise > 0), lattice, stages)
        return _without_observed(shape, surface, anchors, lattice)
    mesh = given.partial if given.whole is None else given.whole
    vertices = shape.pose.from_scene(mesh.vertices.astype(np.float64))
    seen = TriangleMesh.from_arrays(vertices, mesh.faces)
    if given.whole is None:
        onto = _Onto(own, anchors, levels, noise > 0)
        seen, joined = _joined(onto, seen, keep, lattice, stages)
    else:
        # what its mirror images have made whole needs no seam but along its own holes
        with stages.run("finish"):
            joined = join(seen, NOTHING, JoinConfig(cell=lattice.cell))
    if keep == "exact":
        return _exact(shape, given.partial, joined, lattice)
    whole = _surface(SolidField(solid_of(joined.mesh), shape.device), lattice, stages)
    with stages.run("finish"):
        reach = SHEET_THICKNESS / 2 + lattice.cell
        whole = snapped(whole, seen, reach, border=3 * lattice.cell)
    return _without_observed(shape, whole, _observed_of(given, anchors), lattice)


def unchanged(partial: TriangleMesh) -> Completed:
    """The input as it was, with nothing added; it has no code."""
    count = len(partial.vertices)
    return Completed(
        partial,
        np.zeros(0, np.float32),
        UprightPose(0.0, 1.0, (0.0, 0.0, 0.0)),
        count,
        len(partial.faces),
        np.ones(count, bool),
        np.ones(count, np.float32),
        partial.is_closed,
        0.0,
        0.0,
    )


def _through_points(onto: _Onto, lattice: LatticeConfig, stages: Stages) -> TriangleMesh:
    """The surface of a field that is bent onto a cloud; drawn onto its points where they are
    exact."""
    surface = _surface(onto.warped(), lattice, stages)
    if onto.is_noisy:
        return surface
    with stages.run("finish"):
        return drawn(surface, onto.anchors.astype(np.float64), DRAWN_WITHIN)


def _joined(
    onto: _Onto, seen: TriangleMesh, keep: Keep, lattice: LatticeConfig, stages: Stages
) -> tuple[TriangleMesh, Joined]:
    """A part, without its noise where it need not be kept exactly, and joined to it the rest of
    the shape."""
    floor = floor_below(seen, onto.own)
    warped = onto.warped()
    surface = _surface(warped if floor is None else FlooredField(warped, floor), lattice, stages)
    if keep == "fused" and onto.is_noisy:
        seen = TriangleMesh.from_arrays(warped.onto_surface(seen.vertices), seen.faces)
    # noise that is mirrored does not become shape
    reflections = NO_REFLECTIONS if onto.is_noisy else reflections_of(onto.own, onto.anchors)
    with stages.run("finish"):
        joined = join(seen, surface, JoinConfig(cell=lattice.cell), reflections)
    if floor is not None:
        above = raised(joined.vertices, joined.observed_vertices, floor)
        joined = replace(joined, vertices=above)
    return seen, joined


def _noise_by_sides(field: Field, anchors: NDArray[np.float32], noise: float) -> float:
    """The noise of a cloud, both sides of its walls told apart; 0 where it is slight.

    Without normals the two sides of a thin wall look like noise: of nine clouds of thin-walled
    objects without any, up to 0.015 was seen. The fitted field knows them.
    """
    with torch.inference_mode(False), torch.enable_grad():
        points = torch.from_numpy(anchors).to(field.device).requires_grad_()
        (slope,) = torch.autograd.grad(field(points).sum(), points)
    normals = slope.cpu().numpy().astype(np.float64)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.divide(normals, length, out=np.zeros_like(normals), where=length > 1e-3)
    noise = min(noise, noise_of(anchors.astype(np.float64), normals))
    return noise if noise > SLIGHT else 0.0


def _own_field(shape: FittedShape, stages: Stages) -> Field:
    """The field of the fitted code, made round where it nearly is."""
    field = shape.decoder.field_of(shape.code)
    with stages.run("surface"):
        return rounded(field, stages.cancelled)


def _surface(field: Field, lattice: LatticeConfig, stages: Stages) -> TriangleMesh:
    with stages.run("surface"):
        cancelled, finishing = stages.cancelled, FinishConfig()
        found = extracted(field, lattice, cancelled, progress=stages.tell)
        found = mended(field, found, lattice, finishing, cancelled)
        return finish_cleaned(found.mesh, finishing)


def _levels(given: Given, pose: UprightPose) -> NDArray[np.float64]:
    """(N,) what the field is at the given points: below zero where it has filled up a wall."""
    thickness = np.nan_to_num(given.thickness / pose.scale, nan=0.0, posinf=np.inf)
    return np.minimum(0.0, (thickness - SHEET_THICKNESS) / 2)


def _covering(lattice: LatticeConfig, anchors: NDArray[np.float32]) -> LatticeConfig:
    """The lattice, made wider where the observation sticks out of it."""
    reach = float(np.abs(anchors).max()) + 2 * lattice.cell
    return replace(lattice, half_extent=max(HALF_EXTENT, reach))


def _observed_of(given: Given, anchors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(M, 3) the anchors that were given themselves, and are no mirror images."""
    if given.whole is None:
        return anchors
    vertices = given.partial.vertices.astype(np.float64)
    away, _, _ = nearest(given.points, vertices, given.partial.faces.astype(np.int64))
    return anchors[away < ON_IT * np.ptp(vertices, axis=0).max()]


def _without_observed(
    shape: FittedShape,
    mesh: TriangleMesh,
    anchors: NDArray[np.float32],
    lattice: LatticeConfig,
) -> Completed:
    """A mesh in the unit cube that holds none of the input's own triangles."""
    reach = OBSERVED_WITHIN * lattice.cell
    is_observed = cKDTree(anchors).query(mesh.vertices)[0] < reach
    loose = floating(mesh, is_observed[mesh.faces].any(axis=1), reach)
    if loose.crumbs.any():
        mesh = keep_faces(mesh, ~loose.crumbs)
        is_observed = cKDTree(anchors).query(mesh.vertices)[0] < reach
    invented = ~is_observed[mesh.faces].all(axis=1)
    areas = face_areas(mesh)
    return Completed(
        TriangleMesh.from_arrays(shape.pose.to_scene(mesh.vertices), mesh.faces),
        shape.code.numpy(),
        shape.pose,
        0,
        0,
        is_observed,
        _confidence(shape, mesh.vertices, is_observed),
        mesh.is_closed,
        0.0,
        float(areas[invented].sum() / areas.sum()),
        () if mesh.is_closed else ("the result is not closed; try a higher resolution",),
    ).with_floating(loose.share)


def _exact(
    shape: FittedShape, partial: TriangleMesh, joined: Joined, lattice: LatticeConfig
) -> Completed:
    is_given = np.arange(len(joined.faces)) < joined.observed_faces
    loose = floating(joined.mesh, is_given, OBSERVED_WITHIN * lattice.cell)
    joined = _without(joined, loose.crumbs)
    count, faces = len(partial.vertices), len(partial.faces)
    vertices = shape.pose.to_scene(joined.vertices).astype(np.float32)
    vertices[:count] = partial.vertices
    mesh = TriangleMesh(vertices, joined.faces)
    is_observed = np.arange(len(vertices)) < count
    areas = face_areas(mesh)
    warnings = ()
    if not joined.is_closed:
        warnings = (
            f"the result is not closed: {joined.open_edges} edges are open; choose keep 'fused' "
            "for a closed surface",
        )
    return Completed(
        mesh,
        shape.code.numpy(),
        shape.pose,
        count,
        faces,
        is_observed,
        _confidence(shape, joined.vertices, is_observed),
        joined.is_closed,
        joined.widest_gap * shape.pose.scale,
        float(areas[faces:].sum() / areas.sum()),
        warnings,
    ).with_floating(loose.share)


def _without(joined: Joined, crumbs: NDArray[np.bool_]) -> Joined:
    """Without some invented parts; vertices that were observed stay, used or not."""
    if not crumbs.any():
        return joined
    faces = joined.faces[~crumbs]
    stays = np.arange(len(joined.vertices)) < joined.observed_vertices
    stays[faces] = True
    number = (np.cumsum(stays) - 1).astype(np.int32)
    return replace(joined, vertices=joined.vertices[stays], faces=number[faces])


def _confidence(
    shape: FittedShape, vertices_unit: NDArray[np.float32], is_observed: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """(V,) 1 where observed; elsewhere the less, the more the field varies with likely codes.

    How likely the whole completion is good has no part in it yet.
    """
    confidence = np.ones(len(vertices_unit), np.float32)
    invented = np.flatnonzero(~is_observed)
    if len(invented) == 0:
        return confidence
    asked = vertices_unit[invented[:: max(1, len(invented) // ASKED_POINTS)]]
    deviation = shape.deviations(torch.from_numpy(asked)).numpy()
    _, nearest = cKDTree(asked).query(vertices_unit[invented])
    sure = 1 / (1 + (deviation[nearest] / SURE_DEVIATION) ** 2)
    confidence[invented] = sure
    return confidence
