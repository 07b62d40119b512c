"""Scores of completions, the observed and the missing region apart, beside baselines.

Unseen shapes are cut, shifted by noise, and put anywhere at any yaw and scale. Points
of a result belong to the region of the true point nearest to them. What fails counts as
it is: nothing invented is nothing found.

Source:
    Yuan et al., PCN, 2018 (arXiv:1808.00671), and Wu et al., Multimodal Shape Completion via
    Conditional Generative Adversarial Networks, 2020 (arXiv:2003.07717), score the whole or
    the observed part alone; telling both regions apart is ours, because a method that copies
    its input scores well on the whole.
"""

import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields

import igl
import numpy as np
from numpy.typing import NDArray

from ..errors import IsoformError
from ..field.solid import solid_of
from ..frames import UprightPose
from ..geometry.surface_samples import sample_surface
from ..meshes import TriangleMesh, directed_edges, places_of
from ..metrics.chamfer import F_SCORE_DISTANCE, nearest_points
from ..train.assets import Asset, load_asset
from ..train.cutting import Cut, PartialMesh, partial_mesh

NEAR = 0.003
"""Unit-cube lengths within which a result runs through an observed point."""

NEAR_EVERY = 5
"""Of the observed points, every fifth is asked for its distance to the result's triangles."""


@dataclass(frozen=True)
class Condition:
    """How shapes are made partial."""

    cut: Cut
    share: float
    noise: float


@dataclass(frozen=True)
class RegionScores:
    """One result against the truth; lengths in longest sides."""

    missing_f_score: float
    """At 2 %, in the missing region, in [0, 1]."""

    missing_chamfer_l1: float
    observed_f_score: float
    observed_chamfer_l1: float
    observed_near: float
    """Share of the observed points that the result passes within 0.3 %, in [0, 1]."""

    closed: float
    """1 if the result is closed."""

    seconds: float
    """Wall clock."""


@dataclass(frozen=True, eq=False)
class CompletionRow:
    """One method's result on one partial shape."""

    asset: Asset
    condition: Condition
    method: str
    scores: RegionScores
    mesh: TriangleMesh | None
    """In the unit cube of the truth."""

    partial: PartialMesh


Method = Callable[[PartialMesh], TriangleMesh]
"""Makes a whole mesh, in the scene of the partial one."""


def partial_of(asset: Asset, condition: Condition, seed: int) -> PartialMesh:
    """The same partial mesh for the same arguments."""
    key = zlib.crc32(f"{asset.key} {condition}".encode())
    whole = solid_of(load_asset(asset)).visible
    generator = np.random.default_rng([seed, key])
    return partial_mesh(whole, condition.cut, condition.share, condition.noise, generator)


def score_case(
    asset: Asset,
    condition: Condition,
    methods: dict[str, Method],
    points: int,
    seed: int,
) -> list[CompletionRow]:
    """Every method's result on one partial shape, scored."""
    partial = partial_of(asset, condition, seed)
    rows = []
    for name, method in methods.items():
        start = time.perf_counter()
        try:
            made = method(partial)
        except IsoformError:
            made = partial.mesh  # nothing was invented
        seconds = time.perf_counter() - start
        unit = in_unit_cube(made, partial.pose)
        scores = score_regions(unit, partial, points, seconds, np.random.default_rng(seed))
        rows.append(CompletionRow(asset, condition, name, scores, unit, partial))
    return rows


def score_regions(
    mesh: TriangleMesh,
    partial: PartialMesh,
    points: int,
    seconds: float,
    generator: np.random.Generator,
) -> RegionScores:
    """A mesh in the unit cube against the true surface, seen and missing."""
    truth, is_missing = _true_points(partial, points, generator)
    made = sample_surface(mesh, points, generator).points
    nearest = nearest_points(made, truth)
    made_missing = is_missing[nearest.target_of_predicted]
    scores = []
    for made_here, true_here in ((made_missing, is_missing), (~made_missing, ~is_missing)):
        accuracy, completeness = nearest.to_target[made_here], nearest.to_predicted[true_here]
        scores += [_f_score(accuracy, completeness), _chamfer_l1(accuracy, completeness)]
    seen = truth[~is_missing][::NEAR_EVERY].astype(np.float64)
    squared, _, _ = igl.point_mesh_squared_distance(
        seen, mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64)
    )
    near = float((squared < NEAR**2).mean())
    return RegionScores(*scores, near, float(_is_closed(mesh)), seconds)


def means_of(rows: Sequence[CompletionRow]) -> RegionScores:
    """The mean over categories of each category's mean."""
    categories = sorted({row.asset.category for row in rows})
    by_category = [
        np.mean([astuple(row.scores) for row in rows if row.asset.category == name], axis=0)
        for name in categories
    ]
    return RegionScores(*(float(each) for each in np.mean(by_category, axis=0)))


def completion_table(rows: Sequence[CompletionRow]) -> str:
    """A block per cut, share and noise; in it a line per method."""
    names = [entry.name for entry in fields(RegionScores)]
    lines = []
    for condition in dict.fromkeys(row.condition for row in rows):
        here = [row for row in rows if row.condition == condition]
        count = len({row.asset.key for row in here})
        lines.append(
            f"{condition.cut}, {condition.share:.0%} removed, noise {condition.noise:g}, "
            f"{count} shapes"
        )
        lines.append(f"{'':<20}" + "".join(f"{name:>22}" for name in names))
        for method in dict.fromkeys(row.method for row in here):
            mean = means_of([row for row in here if row.method == method])
            lines.append(f"{method:<20}" + "".join(f"{value:>22.4f}" for value in astuple(mean)))
        lines.append("")
    return "\n".join(lines)


def _is_closed(mesh: TriangleMesh) -> bool:
    """Whether no edge has a free side once coincident vertices are one, however faces are turned.

    Stricter than the eye, milder than `TriangleMesh.is_closed`: inputs that are kept exactly
    may hold split vertices and parts that look inward.
    """
    number, _ = places_of(mesh.vertices, 1 << 20)
    start, end = directed_edges(number[mesh.faces].astype(np.int32))
    edge = np.minimum(start, end) << 32 | np.maximum(start, end)
    _, count = np.unique(edge[start != end], return_counts=True)
    return bool((count % 2 == 0).all())


def in_unit_cube(mesh: TriangleMesh, pose: UprightPose) -> TriangleMesh:
    """A mesh of the scene in the unit cube that a pose brings there."""
    vertices = pose.from_scene(mesh.vertices.astype(np.float64))
    return TriangleMesh.from_arrays(vertices, mesh.faces)


def _true_points(
    partial: PartialMesh, count: int, generator: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(count, 3) points of the whole true surface, and which of them are missing."""
    corners = [each.corners for each in (partial.seen, partial.missing)]
    areas = [
        np.linalg.norm(np.cross(c[:, 1] - c[:, 0], c[:, 2] - c[:, 0]), axis=1).sum()
        for c in corners
    ]
    missing = round(count * areas[1] / sum(areas))
    drawn = [
        sample_surface(mesh, number, generator).points
        for mesh, number in ((partial.seen, count - missing), (partial.missing, missing))
    ]
    return np.concatenate(drawn), np.arange(count) >= count - missing


def _f_score(accuracy: NDArray[np.float64], completeness: NDArray[np.float64]) -> float:
    if len(accuracy) == 0 or len(completeness) == 0:
        return 0.0
    precision = float((accuracy < F_SCORE_DISTANCE).mean())
    recall = float((completeness < F_SCORE_DISTANCE).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _chamfer_l1(accuracy: NDArray[np.float64], completeness: NDArray[np.float64]) -> float:
    if len(completeness) == 0:
        return 0.0
    there = float(accuracy.mean()) if len(accuracy) else float(completeness.mean())
    return 0.5 * (there + float(completeness.mean()))
