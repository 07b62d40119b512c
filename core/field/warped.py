"""A field bent so that its surface runs through given points, and left alone away from them.

Every anchor is moved along the field's gradient onto its zero level set; between anchors
the moves are averaged, and they fade out over `support`. A thin wall is thereby shifted,
not thickened, as adding a correction to the values would do.
"""

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor

from ..tensors import Field, Points, Values

NEIGHBOURS, NEIGHBOURS_IN_NOISE = 6, 48
"""Anchors whose moves are averaged at a place."""

NEWTON_STEPS = 3
"""The field is a distance only nearly: each step leaves about a tenth of the error."""

STEEPER = 4 / 3
"""How much faster a warped field may change than the field itself: its moves differ from place to
place, and fade out over the support."""

LONGEST_MOVE = 0.05
"""Unit-cube lengths; further off, the field is no distance any more."""


class WarpedField:
    """A field with compactly supported corrections; see the file.

    Args:
        field: Differentiable in its points where that is asked for.
        anchors: (n, 3) points that the surface is to run through, unit cube.
        levels: (n,) values that the field is to have there instead of 0; it lies outside of
            walls that were filled up when it was trained.
        smooth: Whether the moves of many anchors are averaged, which takes noise away; if not,
            the surface runs through the anchors themselves.
        support: Unit-cube lengths from the anchors at which the field is itself again.

    Source:
        Shepard, A two-dimensional interpolation function for irregularly-spaced data, 1968
        (doi:10.1145/800186.810616); Wendland, Piecewise polynomial, positive definite and
        compactly supported radial functions of minimal degree, 1995
        (doi:10.1007/BF02123482), for how the moves fade.
    """

    def __init__(
        self,
        field: Field,
        anchors: Float[np.ndarray, "n 3"],
        levels: Float[np.ndarray, " n"] | None = None,
        *,
        smooth: bool = False,
        support: float = 0.1,
    ) -> None:
        # moved points lie further apart than the points, by as much as their moves differ
        self.lipschitz = STEEPER * field.lipschitz
        self.device, self.clamp = field.device, field.clamp
        self._field, self._support = field, support
        self._smooth = smooth
        self._neighbours = min(NEIGHBOURS_IN_NOISE if smooth else NEIGHBOURS, len(anchors))
        self._tree = cKDTree(anchors)
        start = torch.from_numpy(np.ascontiguousarray(anchors, np.float32))
        level = torch.zeros(len(start)) if levels is None else torch.from_numpy(levels).float()
        self._moves = _moves_to_level(field, start, level)

    def __call__(self, points: Points) -> Values:
        """The field at the moved points."""
        moves = torch.from_numpy(self._moves_at(points.cpu().numpy())).to(points.device)
        return self._field(points + moves)

    def onto_surface(self, points: Float[np.ndarray, "n 3"]) -> NDArray[np.float32]:
        """(n, 3) noisy points put onto this field's surface, where it is near enough."""
        own = _moves_to_level(self._field, torch.from_numpy(points), torch.zeros(len(points)))
        return points + own - self._moves_at(points)

    def _moves_at(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        moves = np.zeros_like(points)
        if self._neighbours == 0:
            return moves
        nearest, _ = self._tree.query(points, distance_upper_bound=self._support)
        close = np.flatnonzero(np.isfinite(nearest))
        if len(close) == 0:
            return moves
        away, index = self._tree.query(points[close], k=self._neighbours)
        away, index = away.reshape(len(close), -1), index.reshape(len(close), -1)
        floor = away[:, -1:] if self._smooth else 0.02 * self._support
        weight = 1 / (away**2 + floor**2)
        mean = (weight[..., None] * self._moves[index]).sum(axis=1) / weight.sum(axis=1)[:, None]
        share = nearest[close, None] / self._support
        moves[close] = mean * (1 - share) ** 4 * (4 * share + 1)
        return moves


def _moves_to_level(
    field: Field, anchors: Float[Tensor, "n 3"], levels: Float[Tensor, " n"]
) -> NDArray[np.float32]:
    """(n, 3) from each anchor along the gradient to its level, or as far as allowed."""
    moved = start = anchors.to(field.device)
    levels = levels.to(field.device)
    with torch.inference_mode(False), torch.enable_grad():
        for _ in range(NEWTON_STEPS):
            moved = moved.detach().clone().requires_grad_()
            values = field(moved) - levels
            (gradient,) = torch.autograd.grad(values.sum(), moved)
            slope = gradient.square().sum(dim=1, keepdim=True).clamp_min(0.25)
            moved = moved - (values[:, None] / slope) * gradient
    moves = (moved.detach() - start).cpu().numpy()
    length = np.linalg.norm(moves, axis=1, keepdims=True)
    return (moves * np.minimum(1.0, LONGEST_MOVE / length.clip(1e-12))).astype(np.float32)
