"""The field of crossings: what a camera's rays say of where an object is, all along them.

A ray that enters an object, leaves it, enters and leaves again tells of all its points whether they
are inside. Between pixels the neighbouring four are blended; how likely a pixel's ray meets the
object at all moves the silhouette by fractions of a pixel.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..frames import Camera, Frame
from ..tensors import Points, Values

REACH_PX = 2.0
"""Pixels, at the cube's centre, up to which depths count as distances: what a surface that runs
along the rays changes between two pixels is more."""


@dataclass(frozen=True, eq=False)
class RayCrossings:
    """Where the rays of a square picture cross an object."""

    depths: Float[Tensor, "4 t t"]
    """In, out, in, out: unit-cube lengths behind the plane through the cube's centre that faces
    the camera."""

    chances: Float[Tensor, "2 t t"]
    """How likely a ray enters, and how likely it does so again."""

    camera: Camera
    frame: Frame


class LayeredField:
    """Signed depths to the nearest crossing, blended between rays; outside of the frame positive.

    Args:
        crossings: Of one picture.
    """

    lipschitz = 2 * REACH_PX + 1
    """Across a silhouette it changes from one side of its reach to the other within a pixel."""

    def __init__(self, crossings: RayCrossings) -> None:
        self.device = crossings.depths.device
        side = crossings.depths.shape[-1]
        camera, self._frame, self._side = crossings.camera, crossings.frame, side
        self.clamp = REACH_PX * 2 * self._frame.half * camera.distance / side
        self._distance = camera.distance
        self._rotation = torch.from_numpy(camera.rotation).float().to(self.device)
        chances = crossings.chances.clamp(0, 1)
        rows = torch.cat([crossings.depths, chances]).flatten(1).T
        nothing = rows.new_zeros(1, rows.shape[1])  # rays beside the frame meet nothing
        self._rows = torch.cat([rows, nothing])

    def __call__(self, points: Points) -> Values:
        """Negative inside; depths, not distances, and at most `clamp`."""
        right, down, depth = (points @ self._rotation.T).unbind(1)
        away = (depth + self._distance).clamp_min(1e-6)
        column = self._pixels(right / away - self._frame.x)
        row = self._pixels(down / away - self._frame.y)
        left, top = column.floor(), row.floor()
        across, along = column - left, row - top
        total = torch.zeros_like(depth)
        for x, y, weight in (
            (left, top, (1 - across) * (1 - along)),
            (left + 1, top, across * (1 - along)),
            (left, top + 1, (1 - across) * along),
            (left + 1, top + 1, across * along),
        ):
            total += weight * self._along_ray(x, y, depth)
        return total

    def _pixels(self, on_plane: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
        """Of places beside the frame's middle; 0 is the middle of the first pixel."""
        side = self._side
        return ((on_plane / self._frame.half + 1) * (side / 2) - 0.5).clamp(-1, side)

    def _along_ray(
        self, x: Float[Tensor, " n"], y: Float[Tensor, " n"], depth: Float[Tensor, " n"]
    ) -> Float[Tensor, " n"]:
        """Values on the rays of pixels at these depths."""
        side = self._side
        is_in = (x >= 0) & (x < side) & (y >= 0) & (y < side)
        number = torch.where(is_in, y * side + x, side * side).long()
        enter, leave, enter_again, leave_again, chance, again = self._rows[number].unbind(1)
        first = self._limited(torch.maximum(enter - depth, depth - leave), chance)
        second = self._limited(torch.maximum(enter_again - depth, depth - leave_again), again)
        return torch.minimum(first, second)

    def _limited(self, value: Values, chance: Values) -> Values:
        """Within the reach, and nearer to its outer end the less likely there is anything."""
        near = value.clamp(-self.clamp, self.clamp)
        return chance * near + (1 - chance) * self.clamp
