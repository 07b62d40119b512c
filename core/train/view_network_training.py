"""The view network's training: photographs onto what is true of them."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional

from ..devices import half_precision
from ..prior.azimuths import spread_over_bins, turns_from_bins
from ..prior.view_network import ViewAnswer, ViewNetwork
from .assets import faces_front
from .encoder_training import EncoderTraining
from .layered_dataset import PackedLayers
from .photographs import Photographs, draw_photographs

LAYER_WEIGHTS = (1.0, 0.5, 0.25, 0.25)
"""Of the crossings' errors: the first is seen, the others are guessed."""

MOST_PRECISE = 6.5
"""Logarithm of 1 / mean absolute depth error beyond which sureness gains nothing: .0015."""


@dataclass(frozen=True)
class ViewNetworkTrainingConfig:
    """How the view network is learned."""

    batch: int = 16
    """Photographs per step."""

    rate: float = 6e-4
    """Learning rate."""

    weight_decay: float = 0.02
    """Of the weights; not of biases and norms."""

    azimuth_deviation: float = 1.0
    """Bins over which the true azimuth is spread: neighbouring bins are nearly right."""

    average: float = 0.999
    """Decay of the running average of the weights; the average is what is kept."""

    rare_kinds: float = 0.5
    """How much oftener shapes of rare kinds are shown: by this power of how rare they are."""

    seed: int = 0
    """Draws photographs and lights."""


class ViewNetworkTraining(EncoderTraining):
    """Trains a view network; see `loop.Training`.

    Args:
        data: Layered views of the training shapes.
        backgrounds: (n, p, p, 3) square photographs to put behind them; there may be none.
        network: As it begins; it tells apart all kinds of the shapes.
        config: How to learn.
        device: Where to train.
    """

    def __init__(
        self,
        data: PackedLayers,
        backgrounds: UInt8[Tensor, "n p p 3"],
        network: ViewNetwork,
        config: ViewNetworkTrainingConfig,
        device: torch.device,
    ) -> None:
        network = network.to(device, memory_format=torch.channels_last)
        super().__init__(network, config, device)
        self.data, self.config = data, config
        self._backgrounds = backgrounds
        numbers = np.array([network.config.kinds.index(each.category) for each in data.assets])
        self._kinds = torch.from_numpy(numbers)
        self._fronts = torch.tensor([faces_front(asset) for asset in data.assets])
        weights = np.bincount(numbers)[numbers] ** -config.rare_kinds
        self._chances = weights / weights.sum()

    def step(self, number: int, rate: float) -> dict[str, float]:
        """One step on `batch` photographs."""
        generator = np.random.default_rng([self.config.seed, 11, number])
        shapes = generator.choice(len(self._chances), self.config.batch, p=self._chances)
        truth = draw_photographs(self.data, shapes, self._backgrounds, generator)
        truth = Photographs(*(each.to(self.device) for each in truth))
        self.encoder.train()
        with half_precision(self.device):
            answer = self.encoder(truth.pictures)
        kinds, fronts = self._kinds[shapes].to(self.device), self._fronts[shapes].to(self.device)
        losses = map_losses(answer, truth)
        losses |= whole_losses(answer, truth, kinds, fronts, self.config.azimuth_deviation)
        told = {"visible depth", "azimuth error"}
        self._descend(sum(loss for name, loss in losses.items() if name not in told), number, rate)
        return {name: value.detach().item() for name, value in losses.items()}


def map_losses(answer: ViewAnswer, truth: Photographs) -> dict[str, Float[Tensor, ""]]:
    """Of the matte, the crossings and the normals; `visible depth` is no loss but told.

    Args:
        answer: The network's.
        truth: What is true of the pictures.
    """
    is_there = ~truth.depths.isnan()
    depths = truth.depths.nan_to_num()
    off = (answer.depths - depths).abs()
    precision = answer.depth_log_precisions.clamp(max=MOST_PRECISE)
    likelihood = off * precision.exp() - precision
    weights = torch.tensor(LAYER_WEIGHTS, device=off.device)[:, None, None] * is_there
    seen = (truth.normals.square().sum(dim=1) > 0.5).float()
    turned = (answer.normals - truth.normals).square().sum(dim=1)
    normal_precision = answer.normal_log_precisions.clamp(max=MOST_PRECISE)
    aside = 0.5 * (turned * normal_precision.exp() - 2 * normal_precision)
    crossing = functional.binary_cross_entropy_with_logits(answer.crossing_logits, is_there.float())
    first = is_there[:, 0]
    return {
        "matte": functional.binary_cross_entropy_with_logits(answer.matte_logits, truth.mattes),
        "crossings": crossing,
        "depths": 0.3 * (likelihood * weights).sum() / weights.sum().clamp_min(1.0),
        "normals": 0.1 * (aside * seen).sum() / seen.sum().clamp_min(1.0),
        "visible depth": (off[:, 0] * first).sum() / first.sum().clamp_min(1.0),
    }


def whole_losses(
    answer: ViewAnswer,
    truth: Photographs,
    kinds: Tensor,
    fronts: Tensor,
    azimuth_deviation: float,
) -> dict[str, Float[Tensor, ""]]:
    """Of kind and camera; `azimuth error` (rad) is no loss but told.

    Args:
        answer: The network's.
        truth: What is true of the pictures.
        kinds: (b,) numbers of the shapes' kinds.
        fronts: (b,) bool; whether it is known where the shape's front is.
        azimuth_deviation: Of the true azimuth, in bins.
    """
    target = spread_over_bins(truth.azimuths, azimuth_deviation)
    azimuth = -(target * answer.azimuth_logits.log_softmax(dim=1)).sum(dim=1)
    likeliest = answer.azimuth_logits.argmax(dim=1, keepdim=True)
    apart = turns_from_bins(truth.azimuths).abs().gather(1, likeliest)[:, 0]
    known, count = fronts.float(), fronts.sum().clamp_min(1)
    off = (answer.place - truth.places).square()
    likelihood = 0.5 * (off * answer.place_log_precisions.exp() - answer.place_log_precisions)
    return {
        "kind": 0.1 * functional.cross_entropy(answer.kind_logits, kinds),
        "azimuth": 0.1 * (azimuth * known).sum() / count,
        "place": 0.03 * likelihood.sum(dim=1).mean(),
        "azimuth error": (apart * known).sum() / count,
    }
