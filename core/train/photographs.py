"""Photographs: layered views under random light, before random backgrounds, as cameras spoil them.

Everything but geometry and the sun's shadows is drawn anew for every step.
"""

import io
import logging
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional

from ..errors import InputError
from ..field.layered import RayCrossings
from ..prior.view_network import MIRRORED_NORMAL, MIRRORED_PLACE
from ..tensors import Picture
from .layered_dataset import PackedLayers
from .layered_views import DEPTH_STEP, NO_CROSSING, LayeredViews, camera_of
from .rendering import lit, normals_of

logger = logging.getLogger(__name__)

BACKGROUND_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

Colours = Float[Tensor, "b 3 s s"]
Mask = Float[Tensor, "b 1 s s"]


class Photographs(NamedTuple):
    """Pictures and what is true of them; maps have the crossings' side."""

    pictures: Colours
    """sRGB in [0, 1]."""
    mattes: Float[Tensor, "b t t"]
    """Share of a pixel that the object covers."""
    depths: Float[Tensor, "b 4 t t"]
    """Of the crossings, unit-cube lengths behind the plane through the cube's centre; NaN where
    there is none."""
    normals: Float[Tensor, "b 3 t t"]
    """Unit, to the camera's right, down and forward; zeros where nothing is."""
    azimuths: Float[Tensor, " b"]
    places: Float[Tensor, "b 5"]
    """As `prior.view_network.ViewAnswer.place`."""


BACKGROUND_PX = 256
"""Side of the squares that are kept of photographs for backgrounds."""


def load_backgrounds(folder: Path | None) -> UInt8[Tensor, "n p p 3"]:
    """The middle squares of a folder's photographs; none without a folder.

    Raises:
        InputError: The folder holds no picture that can be read.
    """
    if folder is None:
        return torch.zeros((0, BACKGROUND_PX, BACKGROUND_PX, 3), dtype=torch.uint8)
    squares = []
    for path in sorted(folder.glob("*")):
        if path.suffix.lower() not in BACKGROUND_SUFFIXES:
            continue
        try:
            with Image.open(path) as picture:
                square = ImageOps.fit(picture.convert("RGB"), (BACKGROUND_PX, BACKGROUND_PX))
        except OSError as error:
            logger.warning("%s is left out: %s", path, error)
            continue
        squares.append(torch.from_numpy(np.array(square)))
    if not squares:
        raise InputError(
            f"{folder} holds no photograph that can be read; name a folder of "
            f"{', '.join(BACKGROUND_SUFFIXES)} files"
        )
    return torch.stack(squares)


def draw_photographs(
    data: PackedLayers,
    shapes: NDArray[np.int64],
    backgrounds: UInt8[Tensor, "n p p 3"],
    generator: np.random.Generator,
) -> Photographs:
    """One photograph of each of these shapes.

    Args:
        data: Layered views.
        shapes: (b,) which shapes.
        backgrounds: Square photographs to put behind; there may be none.
        generator: Draws everything.
    """
    torch_generator = torch.Generator().manual_seed(int(generator.integers(2**62)))
    view = generator.integers(0, data.buffers.shape[1], len(shapes))
    buffers = torch.from_numpy(data.buffers[shapes, view])
    crossings = data.crossings[shapes, view].astype(np.float32)
    cameras = torch.from_numpy(data.cameras[shapes, view])
    suns = torch.from_numpy(data.suns[shapes, view])
    rotations = _rotations(cameras)
    truth = _truth(buffers, crossings, cameras, rotations)
    pictures = _photographed(buffers, rotations, suns, backgrounds, torch_generator)
    pictures = _as_cameras_do(pictures, torch_generator, generator)
    flip = torch.from_numpy(generator.random(len(shapes)) < 0.5)
    return _mirrored(Photographs(pictures, *truth), flip)


def cut_out_picture(views: LayeredViews, row: int, generator: torch.Generator) -> Picture:
    """One view under random light, its object cut out."""
    buffers, cameras, suns = (
        torch.from_numpy(each[[row]]) for each in (views.buffers, views.cameras, views.suns)
    )
    colours, mattes = _lit_shapes(buffers, _rotations(cameras), suns, generator)
    picture = torch.cat([colours * (mattes > 0), mattes], dim=1)[0]
    return picture.permute(1, 2, 0).contiguous().numpy()


def true_crossings(views: LayeredViews, row: int) -> RayCrossings:
    """What the rays of one view cross in truth."""
    steps = torch.from_numpy(views.crossings[row]).permute(2, 0, 1)
    chances = (steps[::2] != NO_CROSSING).float()
    return RayCrossings(steps.float() * DEPTH_STEP, chances, *camera_of(views.cameras[row]))


def _rotations(cameras: Float[Tensor, "b 6"]) -> Float[Tensor, "b 3 3"]:
    """Of `LayeredViews.cameras`; see `frames.Camera.rotation`."""
    found = [camera_of(values)[0].rotation for values in cameras.numpy()]
    return torch.from_numpy(np.stack(found)).float()


def _truth(
    buffers: UInt8[Tensor, "b s s 6"],
    crossings: NDArray[np.float32],
    cameras: Float[Tensor, "b 6"],
    rotations: Float[Tensor, "b 3 3"],
) -> tuple[Tensor, ...]:
    """Everything of `Photographs` but the pictures."""
    shrink = buffers.shape[1] // crossings.shape[1]
    hit = (buffers[..., 2] > 0).float()
    mattes = functional.avg_pool2d(hit[:, None], shrink)[:, 0]
    depths = np.where(crossings == NO_CROSSING, np.nan, crossings * np.float32(DEPTH_STEP))
    world = normals_of(buffers) * hit[..., None]
    local = torch.einsum("bij,bstj->bist", rotations, world)
    local = functional.avg_pool2d(local, shrink)
    normals = torch.where(mattes[:, None] > 0.5, functional.normalize(local, dim=1), 0.0)
    azimuths, elevations, distances, x, y, half = cameras.unbind(1)
    places = [elevations, distances.log(), (half * distances).log(), -x / half, -y / half]
    return (
        mattes,
        torch.from_numpy(depths).permute(0, 3, 1, 2),
        normals,
        azimuths,
        torch.stack(places, dim=1),
    )


def _photographed(
    buffers: UInt8[Tensor, "b s s 6"],
    rotations: Float[Tensor, "b 3 3"],
    suns: Float[Tensor, "b 3"],
    backgrounds: UInt8[Tensor, "n p p 3"],
    generator: torch.Generator,
) -> Colours:
    """The shapes lit, before backgrounds on which most cast a soft shadow."""
    count, size = buffers.shape[:2]
    colours, mattes = _lit_shapes(buffers, rotations, suns, generator)
    hit = (buffers[..., 2] > 0).float()[:, None]
    behind = _behind(count, size, backgrounds, generator) * _soft_shadows(hit, generator)
    return colours * mattes + behind * (1 - mattes)


def _lit_shapes(
    buffers: UInt8[Tensor, "b s s 6"],
    rotations: Float[Tensor, "b 3 3"],
    suns: Float[Tensor, "b 3"],
    generator: torch.Generator,
) -> tuple[Colours, Mask]:
    """The shapes' colours, which reach a little over their edges, and their soft mattes."""
    hit = (buffers[..., 2] > 0).float()[:, None]
    albedo = _materials(buffers[..., 3:].permute(0, 3, 1, 2).float() / 255, generator)
    colours = lit(
        albedo.permute(0, 2, 3, 1),
        normals_of(buffers),
        (buffers[..., 2] == 1).float(),
        -rotations[:, 2],
        suns,
        generator=generator,
    ).permute(0, 3, 1, 2)
    # edges between two pixels belong to both
    soft = functional.avg_pool2d(hit, 3, stride=1, padding=1)
    mattes = hit.lerp(soft, 0.5 * (soft < 0.999).float() * (soft > 0.001).float())
    spread = functional.avg_pool2d(colours * hit, 3, stride=1, padding=1) / soft.clamp_min(1e-3)
    return torch.where(hit > 0, colours, spread), mattes


def _materials(srgb: Colours, generator: torch.Generator) -> Colours:
    """Linear colours of other tints and with some pattern on some shapes."""
    count, size = len(srgb), srgb.shape[-1]

    def draw(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator)

    swapped = srgb.gather(1, draw(3).argsort(dim=1)[:, :, None, None].expand_as(srgb))
    srgb = torch.where(draw(1, 1, 1) < 0.3, swapped, srgb)
    grey = srgb.mean(dim=1, keepdim=True)
    srgb = grey + (srgb - grey) * (0.4 + 0.9 * draw(1, 1, 1))
    srgb = srgb * (0.6 + 0.8 * draw(1, 1, 1)) + 0.25 * draw(1, 1, 1) ** 2
    pattern = _clouds(count, 1, size, generator)
    strength = 0.8 * draw(1, 1, 1) * (draw(1, 1, 1) < 0.35)
    return (srgb * (1 + strength * (pattern - 0.5))).clamp(0.01, 1) ** 2.2


def _behind(
    count: int, size: int, backgrounds: UInt8[Tensor, "n p p 3"], generator: torch.Generator
) -> Colours:
    """Backgrounds: plain (most of them white or nearly), gradients, clouds, photographs."""

    def draw(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator)

    kind = draw()
    one, other = draw(3, 1, 1), draw(3, 1, 1)
    plain = torch.where(draw(1, 1, 1) < 0.5, 1 - 0.15 * draw(1, 1, 1) ** 2, one)
    plain = torch.where(draw(1, 1, 1) < 0.1, 0.1 * one, plain)
    slope = torch.linspace(0, 1, size)[None, None, :, None].expand(count, 1, size, size)
    slope = torch.where(draw(1, 1, 1) < 0.7, slope, slope.mT)
    near = one + 0.5 * (other - one)
    gradient = one + (near - one) * slope
    clouds = one + (other - one) * _clouds(count, 3, size, generator) * draw(1, 1, 1)
    found = torch.where(kind[:, None, None, None] < 0.35, plain.expand(-1, -1, size, size), clouds)
    found = torch.where(_between(kind, 0.35, 0.55), gradient, found)
    if len(backgrounds):
        photographed = _between(kind, 0.55, 0.85)[:, 0, 0, 0]
        if photographed.any():
            found[photographed] = _crops(backgrounds, int(photographed.sum()), size, generator)
    return found.clamp(0, 1)


def _between(values: Float[Tensor, " b"], low: float, high: float) -> Tensor:
    return ((values >= low) & (values < high))[:, None, None, None]


def _crops(
    backgrounds: UInt8[Tensor, "n p p 3"], count: int, size: int, generator: torch.Generator
) -> Colours:
    """Random squares of photographs, some of them mirrored and out of focus."""
    chosen = torch.randint(0, len(backgrounds), (count,), generator=generator)
    scale = 0.3 + 0.7 * torch.rand(count, generator=generator)
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0] = scale * (1 - 2 * (torch.rand(count, generator=generator) < 0.5).float())
    matrix[:, 1, 1] = scale
    matrix[:, :, 2] = (1 - scale)[:, None] * (2 * torch.rand(count, 2, generator=generator) - 1)
    at = functional.affine_grid(matrix, [count, 3, size, size], align_corners=False)
    pictures = backgrounds[chosen].permute(0, 3, 1, 2).float() / 255
    found = functional.grid_sample(pictures, at, padding_mode="reflection", align_corners=False)
    blurred = functional.avg_pool2d(found, 7, stride=1, padding=3, count_include_pad=False)
    return found.lerp(blurred, torch.rand(count, 1, 1, 1, generator=generator))


def _clouds(count: int, channels: int, size: int, generator: torch.Generator) -> Tensor:
    """(count, channels, size, size) noise of several scales, in [0, 1]."""
    total = torch.zeros(count, channels, size, size)
    for side in (3, 8, 24, 64):
        noise = torch.rand(count, channels, side, side, generator=generator)
        weight = torch.rand(count, 1, 1, 1, generator=generator) ** 2
        smooth = functional.interpolate(noise, size=(size, size), mode="bilinear")
        total = total + weight * (smooth - 0.5)
    return (0.5 + total).clamp(0, 1)


def _soft_shadows(hit: Mask, generator: torch.Generator) -> Mask:
    """What is left of the light behind the shapes: their own blurred shape, shifted and flat."""
    count, size = len(hit), hit.shape[-1]

    def draw(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator)

    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0] = 1 / (0.9 + 0.3 * draw())
    matrix[:, 1, 1] = 1 / (0.3 + 0.7 * draw())
    matrix[:, 0, 1] = draw() - 0.5
    matrix[:, 0, 2] = 0.4 * (draw() - 0.5)
    matrix[:, 1, 2] = -0.3 * draw()
    small = functional.avg_pool2d(hit, 4)
    shape = [count, 1, size // 4, size // 4]
    at = functional.affine_grid(matrix, shape, align_corners=False)
    thrown = functional.grid_sample(small, at, align_corners=False)
    thrown = functional.avg_pool2d(thrown, 5, stride=1, padding=2)
    thrown = functional.interpolate(thrown, size=(size, size), mode="bilinear")
    return 1 - thrown * 0.7 * draw(1, 1, 1) * (draw(1, 1, 1) < 0.5)


def _as_cameras_do(
    pictures: Colours, generator: torch.Generator, drawn: np.random.Generator
) -> Colours:
    """Exposure, white balance, blur, noise, and for half of them JPEG."""
    count = len(pictures)

    def draw(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator)

    pictures = pictures * (0.8 + 0.4 * draw(1, 1, 1)) * (0.92 + 0.16 * draw(3, 1, 1))
    soft = functional.avg_pool2d(pictures, 3, stride=1, padding=1, count_include_pad=False)
    pictures = pictures.lerp(soft, draw(1, 1, 1))
    strength = 0.04 * draw(1, 1, 1) ** 3
    pictures = pictures + strength * torch.randn(pictures.shape, generator=generator)
    pictures = pictures.clamp(0, 1)
    for row in np.flatnonzero(drawn.random(count) < 0.5):
        pictures[row] = _jpeg(pictures[row], int(drawn.integers(30, 95)))
    return pictures


def _jpeg(picture: Float[Tensor, "3 s s"], quality: int) -> Float[Tensor, "3 s s"]:
    values = (picture.permute(1, 2, 0) * 255).round().byte().numpy()
    file = io.BytesIO()
    Image.fromarray(values).save(file, "JPEG", quality=quality)
    back = np.array(Image.open(file))
    return torch.from_numpy(back).permute(2, 0, 1).float() / 255


def _mirrored(photographs: Photographs, flip: Tensor) -> Photographs:
    """The mirror images of some: the mirrored shape is a shape as well."""
    pictures, mattes, depths, normals, azimuths, places = photographs
    across = torch.tensor(MIRRORED_NORMAL)[:, None, None]
    aside = torch.tensor(MIRRORED_PLACE)
    wide = flip[:, None, None, None]
    return Photographs(
        torch.where(wide, pictures.flip(-1), pictures),
        torch.where(flip[:, None, None], mattes.flip(-1), mattes),
        torch.where(wide, depths.flip(-1), depths),
        torch.where(wide, normals.flip(-1) * across, normals),
        torch.where(flip, -azimuths, azimuths),
        torch.where(flip[:, None], places * aside, places),
    )
