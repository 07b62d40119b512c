"""The view encoder's training: framed pictures onto the cameras that took them.

Every shape may be mirrored here, whether or not it equals its mirror image: the mirrored
shape is a shape as well, and its camera is known.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ..devices import half_precision
from ..prior.azimuths import spread_over_bins
from ..prior.view_encoder import ViewBelief, ViewEncoder, ViewEncoderConfig
from .dataset import PackedAssets
from .encoder_training import EncoderTraining
from .pictures import draw_pictures


@dataclass(frozen=True)
class ViewTrainingConfig:
    """How the view encoder is learned."""

    batch: int = 64
    """Pictures per step."""

    rate: float = 1.5e-3
    """Learning rate."""

    weight_decay: float = 0.02
    """Of the weights; not of biases and norms."""

    azimuth_deviation: float = 1.0
    """Bins over which the true azimuth is spread: neighbouring bins are nearly right."""

    average: float = 0.998
    """Decay of the running average of the weights; the average is what is kept."""

    seed: int = 0
    """Draws initial weights, pictures and lights."""


class ViewTraining(EncoderTraining):
    """Trains a view encoder; see `loop.Training`.

    Args:
        data: Training shapes.
        encoder_config: Sizes of the encoder.
        config: How to learn.
        device: Where to train.
    """

    def __init__(
        self,
        data: PackedAssets,
        encoder_config: ViewEncoderConfig,
        config: ViewTrainingConfig,
        device: torch.device,
    ) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            encoder = ViewEncoder(encoder_config).to(device, memory_format=torch.channels_last)
        super().__init__(encoder, config, device)
        self.data, self.config = data, config
        self._any = np.ones(len(data.assets), bool)

    def step(self, number: int, rate: float) -> dict[str, float]:
        """One step on `batch` pictures; those whose camera is not known do not count."""
        generator = np.random.default_rng([self.config.seed, 9, number])
        shapes = generator.integers(0, len(self.data.assets), self.config.batch)
        batch = draw_pictures(self.data, shapes, self._any, generator)
        known = batch.positions.any(dim=1)
        self.encoder.train()
        with half_precision(self.device):
            belief = self.encoder(batch.pictures[known].to(self.device))
        losses = view_losses(
            belief, batch.positions[known].to(self.device), self.config.azimuth_deviation
        )
        self._descend(losses["azimuth"] + losses["place"], number, rate)
        return {name: value.detach().item() for name, value in losses.items()}


def view_losses(
    belief: ViewBelief, positions: Float[Tensor, "b 3"], azimuth_deviation: float
) -> dict[str, Float[Tensor, ""]]:
    """Cross entropy of the azimuths; likelihood of elevations and distances.

    Args:
        belief: The encoder's.
        positions: Of the cameras, unit cube.
        azimuth_deviation: Of the true azimuth, in bins.
    """
    distances = positions.norm(dim=1)
    azimuths = torch.atan2(positions[:, 0], -positions[:, 1])
    elevations = torch.asin((positions[:, 2] / distances).clamp(-1, 1))
    target = spread_over_bins(azimuths, azimuth_deviation)
    error = belief.expected - torch.stack([elevations, distances.log()], dim=1)
    likelihood = 0.5 * (error.square() * belief.log_precision.exp() - belief.log_precision)
    return {
        "azimuth": -(target * belief.azimuth_logits.log_softmax(dim=1)).sum(dim=1).mean(),
        "place": likelihood.sum(dim=1).mean(),
        "elevation": error[:, 0].abs().mean(),
        "log distance": error[:, 1].abs().mean(),
    }
