"""Decoders in closed form, and what is observed of their shapes."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.latent.latent_prior import CodePrior, LatentPrior
from core.latent.posed import Observed, Poses


def box_distance(points: torch.Tensor, low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
    """(b, n) signed distance of points (b, n, 3) to boxes with corners (b, 3)."""
    centre, half = (low + high) / 2, (high - low) / 2
    beyond = (points - centre[:, None]).abs() - half[:, None]
    # not the norm itself: its gradient at the origin is no number
    outside = (beyond.clamp(min=0).square().sum(dim=2) + 1e-14).sqrt()
    return outside + beyond.amax(dim=2).clamp(max=0)


def observation(points, normals=None, *, parts=None, empty=None) -> Observed:
    """Points of thick walls; without normals, parts and empty space where none are given."""
    return Observed(
        points,
        torch.zeros_like(points) if normals is None else normals,
        torch.zeros(len(points), dtype=torch.long) if parts is None else parts,
        torch.full((len(points),), torch.inf),
        torch.zeros(0, 3) if empty is None else empty,
    )


@pytest.fixture(scope="session")
def observed_of() -> Callable:
    return observation


@pytest.fixture(scope="session")
def balls() -> Callable:
    """One entry: the radius is 0.3 + 0.05 of it."""

    def fields_of(codes):
        radii = 0.3 + 0.05 * codes[:, :1]
        return lambda points: (points.square().sum(dim=2) + 1e-14).sqrt() - radii

    return fields_of


@pytest.fixture(scope="session")
def steps() -> Callable:
    """Two entries: a block whose back is as high, and whose seat as deep, as they say.

    No turn brings it onto itself.
    """

    def fields_of(codes):
        nothing = torch.zeros(len(codes))
        back, deep = 0.3 + 0.05 * codes[:, 0], 0.3 + 0.05 * codes[:, 1]
        wide, floor = nothing + 0.2, nothing - 0.3
        seat = (torch.stack([-wide, -deep, floor], 1), torch.stack([wide, deep, nothing], 1))
        rear = (torch.stack([-wide, nothing + 0.1, floor], 1), torch.stack([wide, deep, back], 1))
        return lambda points: torch.minimum(
            box_distance(points, *seat), box_distance(points, *rear)
        )

    return fields_of


@pytest.fixture(scope="session")
def halves() -> Callable:
    """Two entries, each of which raises the field on one side of z = 0, and nothing else."""

    def fields_of(codes):
        def field(points):
            below = (points[..., 2] < 0).float()
            raised = codes[:, :1] * below + codes[:, 1:2] * (1 - below)
            return (points.square().sum(dim=2) + 1e-14).sqrt() - 0.3 + 0.05 * raised

        return field

    return fields_of


@pytest.fixture(scope="session")
def surface_of() -> Callable:
    """Draws points of a code's surface: points anywhere, moved down the field."""

    def draw(fields_of, code, count, *, seed=0, keep=lambda points: points[:, 2] < 2):
        field = fields_of(code[None])
        generator = torch.Generator().manual_seed(seed)
        points = torch.rand(8 * count, 3, generator=generator) * 0.9 - 0.45
        for _ in range(6):
            points.requires_grad_()
            values = field(points[None])[0]
            (gradient,) = torch.autograd.grad(values.sum(), points)
            points = (points - values.detach()[:, None] * gradient).detach()
        points.requires_grad_()
        values = field(points[None])[0]
        (normals,) = torch.autograd.grad(values.sum(), points)
        points, on = points.detach(), values.detach().abs() < 1e-4
        on &= keep(points)
        points, normals = points[on][:count], torch.nn.functional.normalize(normals[on][:count])
        assert len(points) == count
        return observation(points, normals)

    return draw


@pytest.fixture(scope="session")
def placed() -> Callable:
    """An observation of the unit cube where a pose puts that cube."""

    def place(observed: Observed, pose: Poses) -> Observed:
        turn = pose.yaws_rad
        cosine, sine = turn.cos(), turn.sin()

        def turned(points):
            x, y, z = points.unbind(-1)
            return torch.stack([cosine * x - sine * y, sine * x + cosine * y, z], dim=-1)

        def moved(points):
            return turned(points) * pose.log_scales.exp() + pose.centres

        return replace(
            observed,
            points=moved(observed.points),
            normals=turned(observed.normals),
            empty=moved(observed.empty),
        )

    return place


@pytest.fixture(scope="session")
def pose_of() -> Callable:
    """Poses of one yaw, centre and scale."""

    def make(yaw_rad=0.0, centre=(0.0, 0.0, 0.0), scale=1.0) -> Poses:
        return Poses(
            torch.tensor([float(yaw_rad)]),
            torch.tensor([centre], dtype=torch.float32),
            torch.tensor([float(np.log(scale))]),
        )

    return make


@pytest.fixture(scope="session")
def standard() -> Callable:
    """The prior N(0, 1) of every entry, for so many hypotheses."""

    def make(count: int, size: int) -> CodePrior:
        return CodePrior(torch.zeros(count, size), torch.eye(size).expand(count, -1, -1))

    return make


@pytest.fixture(scope="session")
def known() -> LatentPrior:
    """Two categories of codes of two entries: low and deep, high and shallow."""
    means = torch.tensor([[-1.0, 1.0], [1.0, -1.0]])
    spread = torch.tensor([[0.0, 0.0], [0.5, 0.0], [0.0, 0.5], [-0.5, -0.5]])
    return LatentPrior(
        (means[:, None] + spread).flatten(0, 1),
        torch.tensor([0, 0, 0, 0, 1, 1, 1, 1]),
        means,
        torch.eye(2).expand(2, -1, -1).contiguous(),
    )
