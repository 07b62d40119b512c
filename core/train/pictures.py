"""Pictures: batches of framed pictures of training shapes, drawn anew for every step.

Half of a batch are ray-cast views under new light, the other half the assets' own renders
with shifted colours. All are moved and blurred a little, and some are mirrored.
"""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from .dataset import PackedAssets
from .latent_interpolation import InterpolatedShapes
from .preparation import STEP
from .rendering import shade_views


class PictureBatch(NamedTuple):
    """Pictures as the encoders take them, and from where they were taken."""

    pictures: Float[Tensor, "b 4 s s"]
    """Premultiplied RGB and alpha, in [0, 1]."""
    positions: Float[Tensor, "b 3"]
    """Of the cameras, unit cube; zeros where an asset's renders do not tell."""


def mirror_symmetric(lattices: NDArray[np.int16], tolerance: float = 0.0008) -> NDArray[np.bool_]:
    """(N,) whether a shape equals its mirror image in x, by its coarse distance lattice.

    Args:
        lattices: (N, r^3) in steps of `STEP`, [x, y, z] order.
        tolerance: Largest mean difference of near distances, unit-cube lengths. A sofa whose
            seat is longer on one side differs by 0.001 to 0.005, a cushion put askew by less.
    """
    side = round(lattices.shape[1] ** (1 / 3))
    values = (np.asarray(lattices, np.float32) * np.float32(STEP)).clip(-0.05, 0.05)
    cubes = values.reshape(-1, side, side, side)
    return np.abs(cubes - cubes[:, ::-1]).mean(axis=(1, 2, 3)) < tolerance


def draw_pictures(
    data: PackedAssets,
    shapes: NDArray[np.int64],
    symmetric: NDArray[np.bool_],
    generator: np.random.Generator,
) -> PictureBatch:
    """One picture per shape: first lit views, then as many renders where there are any.

    Args:
        data: Training shapes.
        shapes: Which of them.
        symmetric: For all training shapes, whether they may be mirrored.
        generator: Draws views, lights, colours and mirrors.
    """
    torch_generator = torch.Generator().manual_seed(int(generator.integers(2**62)))
    lit_count = len(shapes) // 2 if data.renders.shape[1] else len(shapes)
    rendered = shapes[lit_count:]
    pictures, positions = _lit(data, shapes[:lit_count], generator, torch_generator)
    if len(rendered):
        view = generator.integers(0, data.renders.shape[1], len(rendered))
        straight = torch.from_numpy(data.renders[rendered, view]).permute(0, 3, 1, 2) / 255
        shifted = _shift_colours(straight, torch_generator)
        pictures = torch.cat([pictures, shifted])
        positions = torch.cat([positions, torch.from_numpy(data.render_cameras[rendered, view])])
    pictures = _move(pictures, torch_generator)
    flip = torch.from_numpy(symmetric[shapes] & (generator.random(len(shapes)) < 0.5))
    across = torch.tensor([-1.0, 1.0, 1.0])
    return PictureBatch(
        torch.where(flip[:, None, None, None], pictures.flip(-1), pictures),
        torch.where(flip[:, None], positions * across, positions),
    )


def draw_interpolated_pictures(
    interpolated: InterpolatedShapes, rows: NDArray[np.int64], generator: np.random.Generator
) -> PictureBatch:
    """One freshly lit view of each of these rows of interpolated shapes; none is mirrored."""
    torch_generator = torch.Generator().manual_seed(int(generator.integers(2**62)))
    pictures, positions = _lit(interpolated, rows, generator, torch_generator)
    return PictureBatch(_move(pictures, torch_generator), positions)


def _lit(
    data: PackedAssets | InterpolatedShapes,
    shapes: NDArray[np.int64],
    generator: np.random.Generator,
    torch_generator: torch.Generator,
) -> PictureBatch:
    view = generator.integers(0, data.views.shape[1], len(shapes))
    positions = torch.from_numpy(data.cameras[shapes, view])
    pictures = shade_views(
        torch.from_numpy(data.views[shapes, view]),
        functional.normalize(positions, dim=1),
        torch.from_numpy(data.suns[shapes, view]),
        torch_generator,
    )
    return PictureBatch(pictures, positions)


def _shift_colours(
    straight: Float[Tensor, "b 4 s s"], generator: torch.Generator
) -> Float[Tensor, "b 4 s s"]:
    """Other brightness, contrast, tint and channel order; premultiplied."""
    count = len(straight)

    def draw(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator)

    colour, alpha = straight[:, :3], straight[:, 3:]
    order = torch.argsort(draw(3), dim=1)
    colour = colour.gather(1, order[:, :, None, None].expand_as(colour))
    grey = colour.mean(dim=1, keepdim=True)
    colour = grey + (colour - grey) * 1.3 * draw(1, 1, 1)
    contrast, gain = 0.6 + 0.7 * draw(1, 1, 1), 0.7 + 0.6 * draw(3, 1, 1)
    colour = ((colour - 0.5) * contrast + 0.5 + 0.2 * (draw(1, 1, 1) - 0.5)) * gain
    return torch.cat([colour.clamp(0, 1) * alpha, alpha], dim=1)


def _move(
    pictures: Float[Tensor, "b 4 s s"], generator: torch.Generator
) -> Float[Tensor, "b 4 s s"]:
    """Slightly larger or smaller, shifted and blurred: mattes are not exact."""
    count = len(pictures)
    scale = 1 + 0.08 * (torch.rand(count, generator=generator) - 0.5)
    shift = 0.05 * (torch.rand(count, 2, generator=generator) - 0.5)
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0] = matrix[:, 1, 1] = scale
    matrix[:, :, 2] = shift
    at = functional.affine_grid(matrix, list(pictures.shape), align_corners=False)
    moved = functional.grid_sample(pictures, at, align_corners=False)
    soft = functional.avg_pool2d(moved, 3, stride=1, padding=1)
    return moved.lerp(soft, torch.rand(count, 1, 1, 1, generator=generator))
