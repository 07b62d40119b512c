"""The picture encoder's training: renders and freshly lit views onto the finished codes.

Half of a batch are ray-cast views of interpolated shapes, see `latent_interpolation`; of the
training shapes half are ray-cast views under new light, the other half the assets' own renders with
shifted colours. Shapes that equal their mirror image are also seen mirrored. Categories are drawn
the more often the worse they are read: sofas take longer to learn than bowls. What counts is how
far off the shape is that a code means, and only a little the code itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..devices import half_precision
from ..prior.image_encoder import ImageEncoder, ImageEncoderConfig, Pictures
from ..tensors import CodeMetric, Codes
from .dataset import PackedAssets
from .encoder_training import CodeEncoderTraining
from .latent_interpolation import InterpolatedShapes
from .pictures import draw_interpolated_pictures, draw_pictures, mirror_symmetric


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
    """Of the cross entropy of categories."""

    precision_weight: float = 0.02
    """Of the likelihood that teaches the precision; the code's error itself is not touched."""

    entries_weight: float = 0.3
    """Of the code's error, entry by entry, beside that of the shapes that are meant."""

    interpolated_share: float = 0.5
    """Of a batch; pictures of interpolated shapes, where there are any of the category."""

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
        make_metric: Gives by how much shapes differ whose codes do; see `CodeEncoderTraining`.
        encoder_config: Sizes of the encoder.
        config: How to learn.
        device: Where to train.
        interpolated: Shapes between the training shapes; None where none were interpolated.
    """

    def __init__(
        self,
        data: PackedAssets,
        codes: Codes,
        code_scale: Float[Tensor, " code_size"],
        make_metric: Callable[[], CodeMetric],
        *,
        encoder_config: ImageEncoderConfig,
        config: ImageTrainingConfig,
        device: torch.device,
        interpolated: InterpolatedShapes | None = None,
    ) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            encoder = ImageEncoder(encoder_config).to(device, memory_format=torch.channels_last)
        super().__init__(encoder, codes, code_scale, make_metric, config=config, device=device)
        self.data, self.config, self.interpolated = data, config, interpolated
        self.symmetric = mirror_symmetric(data.lattice)
        self.categories = torch.from_numpy(data.category_numbers)
        self.errors = torch.ones(len(data.categories))
        """(categories,) running mean of the error of the shapes that codes mean."""
        self._interpolated_rows = _rows_by_category(interpolated, len(data.categories))

    def step(self, number: int, rate: float) -> dict[str, float]:
        """One step on `batch` pictures."""
        config = self.config
        generator = np.random.default_rng([config.seed, 3, number])
        pictures, targets, categories = self.draw_examples(generator)
        self.encoder.train()
        with half_precision(self.device):
            codes, log_precision, logits = self.encoder(pictures.to(self.device))
        off = codes - targets.to(self.device)
        losses = self.code_losses(off, log_precision) | {
            "category": functional.cross_entropy(logits, categories.to(self.device)),
        }
        loss = (
            config.entries_weight * losses["code"]
            + losses["shape"]
            + config.precision_weight * losses["precision"]
            + config.category_weight * losses["category"]
        )
        self._descend(loss, number, rate)
        self._see_errors(self.shape_errors(off.detach()).cpu(), categories)
        return {name: value.detach().item() for name, value in losses.items()}

    def draw_examples(
        self, generator: np.random.Generator
    ) -> tuple[Pictures, Codes, Int[Tensor, " b"]]:
        """Pictures, the codes of what they show, and its categories; interpolated shapes last."""
        shapes = self.draw_shapes(generator)
        categories = self.categories[shapes]
        known = np.array([len(rows) > 0 for rows in self._interpolated_rows])
        is_interpolated = known[categories] & (
            generator.random(len(shapes)) < self.config.interpolated_share
        )
        shapes, of_interpolated = shapes[~is_interpolated], categories[is_interpolated]
        pictures = draw_pictures(self.data, shapes, self.symmetric, generator).pictures
        codes, categories = self.codes[torch.from_numpy(shapes)].cpu(), categories[~is_interpolated]
        if self.interpolated is not None and len(of_interpolated):
            rows = np.array(
                [generator.choice(self._interpolated_rows[n]) for n in of_interpolated.tolist()]
            )
            interpolated = draw_interpolated_pictures(self.interpolated, rows, generator).pictures
            pictures = torch.cat([pictures, interpolated])
            codes = torch.cat([codes, torch.from_numpy(self.interpolated.codes[rows])])
            categories = torch.cat([categories, of_interpolated])
        return pictures, codes, categories

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


def _rows_by_category(
    interpolated: InterpolatedShapes | None, count: int
) -> list[NDArray[np.int64]]:
    if interpolated is None:
        return [np.zeros(0, np.int64)] * count
    return [
        interpolated.made[interpolated.category_numbers[interpolated.made] == number]
        for number in range(count)
    ]
