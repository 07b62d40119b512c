"""The picture encoder's training: renders and freshly lit views onto the finished codes.

Half of a batch are ray-cast views under new light, the other half the assets' own
renders with shifted colours. Shapes that equal their mirror image are also seen mirrored.
Categories are drawn the more often the worse they are read: sofas take longer to learn
than bowls. In the last part of the training the decoder, frozen, turns the codes into
distances, so that what counts is the shape and no longer the code.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..devices import half_precision
from ..field.triplane import TriplaneDecoder
from ..prior.image_encoder import ImageEncoder, ImageEncoderConfig
from ..tensors import Codes
from .dataset import PackedAssets
from .encoder_training import CodeEncoderTraining
from .losses import clamped_l1, decoded_values
from .pictures import draw_pictures, mirror_symmetric


@dataclass(frozen=True)
class ImageTrainingConfig:
    """How the picture encoder is learned."""

    batch: int = 64
    """Pictures per step."""

    rate: float = 1.5e-3
    """Learning rate."""

    weight_decay: float = 0.02
    """Of the weights; not of biases and norms."""

    category_weight: float = 0.05
    """Of the cross entropy of categories, beside the code's error."""

    precision_weight: float = 0.02
    """Of the likelihood that teaches the precision; the code's error itself is not touched."""

    shape_from: float = 1.0
    """Share of the steps after which distances of decoded shapes join the loss; 1 is never."""

    shape_weight: float = 1.0
    """Of the decoded distances."""

    shape_pictures: int = 16
    """Pictures of a batch that are decoded, at `shape_points` points each."""

    shape_points: int = 1024
    """Points at which a decoded shape is compared."""

    average: float = 0.999
    """Decay of the running average of the weights; the average is what is kept."""

    error_decay: float = 0.98
    """Of the running mean of every category's error, by whose root its shapes are drawn."""

    seed: int = 0
    """Draws initial weights, pictures and lights."""


class ImageTraining(CodeEncoderTraining):
    """Trains a picture encoder onto codes; see `loop.Training`.

    Args:
        data: Training shapes.
        codes: One per shape.
        code_scale: Typical size of every entry.
        encoder_config: Sizes of the encoder.
        config: How to learn.
        steps: Length of the whole training, which `shape_from` is a share of.
        device: Where to train.
        decoder: Frozen; needed once distances join the loss.
    """

    def __init__(
        self,
        data: PackedAssets,
        codes: Codes,
        code_scale: Float[Tensor, " code_size"],
        encoder_config: ImageEncoderConfig,
        config: ImageTrainingConfig,
        steps: int,
        device: torch.device,
        decoder: TriplaneDecoder | None = None,
    ) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            encoder = ImageEncoder(encoder_config).to(device, memory_format=torch.channels_last)
        super().__init__(encoder, codes, code_scale, config, device)
        self.data, self.config, self.steps = data, config, steps
        self.symmetric = mirror_symmetric(data.lattice)
        self.categories = torch.from_numpy(data.category_numbers)
        self.errors = torch.ones(len(data.categories))
        """(categories,) running mean of the code's squared error, in the codes' variances."""
        self.decoder = None if decoder is None else decoder.to(device).eval().requires_grad_(False)

    def step(self, number: int, rate: float) -> dict[str, float]:
        """One step on `batch` pictures."""
        config = self.config
        generator = np.random.default_rng([config.seed, 3, number])
        shapes = self.draw_shapes(generator)
        pictures = draw_pictures(self.data, shapes, self.symmetric, generator).pictures
        rows = torch.from_numpy(shapes).to(self.device)
        self.encoder.train()
        with half_precision(self.device):
            codes, log_precision, logits = self.encoder(pictures.to(self.device))
        error = (codes - self.codes[rows]).square()
        code_errors = error.sum(dim=1) / self.variance
        code_loss = code_errors.mean()
        likelihood = 0.5 * (error.detach() * log_precision.exp() - log_precision).mean()
        category_loss = functional.cross_entropy(logits, self.categories[shapes].to(self.device))
        loss = (
            code_loss
            + config.precision_weight * likelihood
            + config.category_weight * category_loss
        )
        losses = {"code": code_loss, "precision": likelihood, "category": category_loss}
        if self.decoder is not None and number >= config.shape_from * self.steps:
            losses["shape"] = self._shape_loss(codes, shapes, generator)
            loss = loss + config.shape_weight * losses["shape"]
        self._descend(loss, number, rate)
        self._see_errors(code_errors.detach().cpu(), self.categories[shapes])
        return {name: value.detach().item() for name, value in losses.items()}

    def state(self) -> dict[str, Tensor]:
        """With the errors, which the next draw depends on."""
        return super().state() | {"errors": self.errors}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take up a state."""
        super().load_state(state)
        self.errors = state["errors"].clone()

    def draw_shapes(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """(batch,) shapes, each as likely as the root of its category's error."""
        weights = self.errors.double().sqrt().numpy()[self.categories.numpy()]
        return generator.choice(len(weights), self.config.batch, p=weights / weights.sum())

    def _see_errors(self, errors: Float[Tensor, " b"], categories: Int[Tensor, " b"]) -> None:
        """Let the categories of a batch move their running means."""
        count = torch.bincount(categories, minlength=len(self.errors))
        sums = torch.bincount(categories, errors.double(), minlength=len(self.errors))
        seen = count > 0
        means = (sums[seen] / count[seen]).float()
        self.errors[seen] = self.errors[seen].lerp(means, 1 - self.config.error_decay)

    def _shape_loss(
        self, codes: Codes, shapes: NDArray[np.int64], generator: np.random.Generator
    ) -> Float[Tensor, ""]:
        """Clamped difference of decoded and true distances, for the first pictures of the batch."""
        count = self.config.shape_pictures
        points, distances = self.data.batch(shapes[:count], self.config.shape_points, generator)
        values = decoded_values(self.decoder, codes[:count], points.to(self.device))
        return clamped_l1(values, distances.to(self.device), self.decoder.config.clamp)
