"""The layered model: one picture's ray crossings, as the view network tells them, become a field.

It knows no codes and no kinds of shape: what stands in the picture is what comes out, its back as
the network guesses it. The camera is the network's answer, too, so that the shape is upright.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from ..errors import ModelFileError
from ..field.layered import LayeredField, RayCrossings
from ..frames import Camera, Frame
from ..prior.azimuths import WIDTH_RAD
from ..prior.view_network import (
    MIRRORED_NORMAL,
    MIRRORED_PLACE,
    PREFIX,
    Photographs,
    ViewAnswer,
    ViewNetwork,
)
from ..tensors import Picture
from .checkpoint import ModelFile
from .protocol import PictureAnswer

THINNEST = 0.01
"""Unit-cube lengths that a ray stays in what it enters, at least."""

HOPELESS = 0.06
"""Expected depth error, unit-cube lengths, at which there is no confidence left."""


class LayeredModel:
    """Pictures to fields by ray crossings; a `protocol.PictureModel`.

    Args:
        network: Its weights need no gradients.
        device: Where it computes.
    """

    architecture: ClassVar[str] = "layered"

    def __init__(self, network: ViewNetwork, device: torch.device) -> None:
        self._network = network.to(device, memory_format=torch.channels_last).eval()
        self._device = device

    @classmethod
    def from_file(cls, stored: ModelFile, device: torch.device) -> "LayeredModel":
        """The model of a file, in float32.

        Raises:
            ModelFileError: The card describes another network, or tensors are missing.
        """
        return cls(network_of(stored).requires_grad_(False), device)

    @property
    def picture_px(self) -> int:
        """Side of the framed pictures that it looks at."""
        return self._network.config.picture_px

    def answer(self, framed: Sequence[Picture]) -> PictureAnswer:
        """The shape in the picture of which the network is surest.

        Args:
            framed: The object alone, centred and framed; any number, in any order.
        """
        pictures = torch.stack([_resized(picture, self.picture_px) for picture in framed]).to(
            self._device
        )
        colours, alphas = pictures[:, :3], pictures[:, 3]
        answer = seen_both_ways(self._network, colours + 1 - alphas[:, None])
        mattes = functional.avg_pool2d(alphas, 2)
        errors = (-answer.depth_log_precisions[:, 0]).exp()
        expected = (errors * mattes).sum(dim=(1, 2)) / mattes.sum(dim=(1, 2)).clamp_min(1e-6)
        best = int(expected.argmin())
        kind = int(answer.kind_logits[best].argmax())
        return PictureAnswer(
            LayeredField(crossings_of(answer, mattes, best)),
            self._network.config.kinds[kind],
            float((1 - expected[best] / HOPELESS).clamp(0, 1)),
        )


def network_of(stored: ModelFile) -> ViewNetwork:
    """The network of a layered model's file, in float32.

    Raises:
        ModelFileError: It is no layered model's, or does not fit its card.
    """
    if stored.card.architecture != LayeredModel.architecture:
        raise ModelFileError(
            f"the model '{stored.card.name}' is no layered one (it is {stored.card.architecture}); "
            "choose one that train-layered has made"
        )
    network = ViewNetwork.from_card(stored.card.decoder)
    stored.load_into(network, PREFIX)
    return network


def crossings_of(answer: ViewAnswer, mattes: Float[Tensor, "b t t"], row: int = 0) -> RayCrossings:
    """The crossings that the network tells of one of its pictures.

    Args:
        answer: The network's.
        mattes: How likely a pixel's ray meets the object.
        row: Number of the picture.
    """
    depths = answer.depths[row].clone()
    for enter in (0, 2):
        depths[enter + 1] = torch.maximum(depths[enter + 1], depths[enter] + THINNEST)
    chances = torch.stack([mattes[row], mattes[row] * answer.crossing_logits[row, 2].sigmoid()])
    elevation, log_distance, log_half, x, y = answer.place[row].double().tolist()
    distance = float(np.exp(log_distance))
    half = float(np.exp(log_half)) / distance
    azimuth = WIDTH_RAD * int(answer.azimuth_logits[row].argmax())
    camera = Camera(azimuth, elevation, 2 * float(np.arctan(half)), distance)
    return RayCrossings(depths, chances, camera, Frame(-x * half, -y * half, half))


def seen_both_ways(network: ViewNetwork, pictures: Photographs) -> ViewAnswer:
    """The answer to pictures and to their mirror images, which show mirrored objects, in one.

    Precisions are the pictures' own.
    """
    own, other = network(pictures), network(pictures.flip(-1))
    across = own.normals.new_tensor(MIRRORED_NORMAL)[:, None, None]
    aside = own.place.new_tensor(MIRRORED_PLACE)
    # bin k of a mirrored azimuth is bin -k
    azimuths = other.azimuth_logits.flip(1).roll(1, dims=1)
    normals = own.normals + other.normals.flip(-1) * across
    return ViewAnswer(
        matte_logits=(own.matte_logits + other.matte_logits.flip(-1)) / 2,
        crossing_logits=(own.crossing_logits + other.crossing_logits.flip(-1)) / 2,
        depths=(own.depths + other.depths.flip(-1)) / 2,
        depth_log_precisions=own.depth_log_precisions,
        normals=functional.normalize(normals, dim=1),
        normal_log_precisions=own.normal_log_precisions,
        kind_logits=(own.kind_logits + other.kind_logits) / 2,
        azimuth_logits=(own.azimuth_logits + azimuths) / 2,
        place=(own.place + other.place * aside) / 2,
        place_log_precisions=own.place_log_precisions,
    )


def _resized(picture: Picture, side: int) -> Float[Tensor, "4 s s"]:
    """Premultiplied colours and alpha."""
    premultiplied = np.concatenate([picture[..., :3] * picture[..., 3:], picture[..., 3:]], axis=-1)
    channels = torch.from_numpy(premultiplied).permute(2, 0, 1)[None]
    if channels.shape[-1] != side:
        channels = functional.interpolate(
            channels, size=(side, side), mode="bilinear", antialias=True
        )
    return channels[0].clamp(0, 1)
