"""Rays: pixels near the outlines of pictures, and how a field's own outline misses them.

The error of a ray is that of the least field along it: an object is seen where that is
negative, and beside the object it is the distance of the ray from it.

Source:
    Niemeyer et al., Differentiable Volumetric Rendering, 2020 (arXiv:1912.07372), section 3,
    for gradients at one place of a ray alone. Theirs is the surface; ours is where the field
    is least, which a ray beside the object has as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..tensors import BatchPoints, BatchValues
from .fitting import robust
from .views import HALF, Outline, Views

NEAR_OUTLINE = 0.08
"""Halves of the framed picture's side over which the density of rays falls beside an outline."""

ANYWHERE = 0.05
"""Density of rays far from any outline, of that on it."""

FINER = 6
"""Places around the least of the first ones, to make it finer."""


@dataclass(frozen=True)
class RayConfig:
    """How outlines are compared."""

    rays: int = 200
    """Per picture, drawn once."""

    samples: int = 12
    """Places along each ray, before the least one is made finer."""

    width: float = 0.008
    """Unit-cube lengths: errors up to it count squared, larger ones linearly."""

    least_depth: float = 0.007
    """Unit-cube lengths: so deep inside is what is seen, unless it is nearer to the outline; the
    decoder knows no thinner walls, and legs that only just touch zero would come off."""

    farthest: float = 0.04
    """Unit-cube lengths: how far beside the object distances are compared."""


class Rays(NamedTuple):
    """Pixels of every picture, and how far outside its outline they lie."""

    at: Float[Tensor, "v n 2"]
    """Right and down, in halves of the frame's side."""
    outside: Float[Tensor, "v n"]
    """Signed, in the same."""


def draw_rays(outlines: Sequence[Outline], config: RayConfig, generator: torch.Generator) -> Rays:
    """Mostly pixels near the outline; the others are drawn from the whole picture."""
    side = outlines[0].shape[-1]
    flat = torch.stack(list(outlines)).flatten(1)
    weights = torch.exp(-0.5 * (flat / NEAR_OUTLINE).square()) + ANYWHERE
    index: Int[Tensor, "v n"] = torch.multinomial(
        weights, min(config.rays, flat.shape[1]), generator=generator
    )
    x, y = index % side, index // side
    at = (torch.stack([x, y], dim=-1) + 0.5) * (2 / side) - 1
    return Rays(at, flat.gather(1, index))


def residual_of(
    fields: Callable[[BatchPoints], BatchValues],
    views: Views,
    rays: Rays,
    depths: Float[Tensor, "b n"],
    config: RayConfig,
) -> tuple[Float[Tensor, " b"], Float[Tensor, " b"]]:
    """Mean error, and its robust mean, of every hypothesis over its pictures' rays.

    Args:
        fields: Of the hypotheses.
        views: Their cameras.
        rays: Of the pictures.
        depths: From `least_depths`; where a field is least, it does not change with the place.
        config: How outlines are compared.
    """
    starts, directions = _cast(views, rays)
    least = fields(starts + depths[..., None] * directions)
    scale = (views.log_halves + views.log_distances).exp().detach()
    beside = (rays.outside * scale[..., None]).flatten(1)
    target = beside.clamp(0, config.farthest)
    error = torch.where(
        beside > 0,
        least.clamp(max=config.farthest) - target,
        (least + (-beside).clamp(max=config.least_depth)).clamp(min=0),
    )
    return error.detach().abs().mean(dim=1), robust(error / config.width).mean(dim=1)


def _cast(views: Views, rays: Rays) -> tuple[BatchPoints, BatchPoints]:
    """Where every ray starts, and its direction, of depth 1."""
    position, right, down, forward = (part[:, :, None] for part in views.axes())
    plane = views.log_halves.exp()[:, :, None, None] * (views.centres[:, :, None] + rays.at)
    directions = plane[..., :1] * right + plane[..., 1:] * down + forward
    return position.expand_as(directions).flatten(1, 2), directions.flatten(1, 2)


@torch.no_grad()
def least_depths(
    fields: Callable[[BatchPoints], BatchValues], views: Views, rays: Rays, config: RayConfig
) -> Float[Tensor, "b n"]:
    """Where along its ray, within the unit cube's box, the field is least; no gradients."""
    starts, direction = _cast(views, rays)
    reach = HALF + 0.03
    safe = torch.where(direction.abs() < 1e-6, 1e-6, direction)
    first, second = (-reach - starts) / safe, (reach - starts) / safe
    near = torch.minimum(first, second).amax(dim=-1)
    far = torch.maximum(first, second).amin(dim=-1)
    middle = (near + far) / 2
    missed = far <= near
    # a ray beside the box is asked where it passes nearest
    near, far = torch.where(missed, middle, near), torch.where(missed, middle, far)
    width = (far - near)[..., None]
    for count in (config.samples, FINER):
        steps = (torch.arange(count) + 0.5) / count
        depths = near[..., None] + width * steps
        points = starts[:, :, None] + depths[..., None] * direction[:, :, None]
        values = fields(points.flatten(1, 2)).unflatten(1, depths.shape[1:])
        best = depths.gather(2, values.argmin(dim=2, keepdim=True))
        width = width / count * 2
        near = (best - width / 2)[..., 0]
    return best[..., 0]
