"""The point encoder's training: random observations of training shapes onto the finished codes.

Half of a batch is turned by at most `SMALL_TURN_RAD`, as observations are after the yaw
has been found, and teaches code, place and category; the other half is turned anyhow and
teaches yaw and category. Were both to teach the yaw, none at all would be the best guess.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..devices import half_precision
from ..prior.point_encoder import YAWS, PointEncoder, PointEncoderConfig
from ..tensors import CodeMetric, Codes
from .dataset import PackedAssets
from .encoder_training import CodeEncoderTraining
from .observing import random_observation
from .preparation import STEP

SMALL_TURN_RAD = 0.12
"""A little more than half a step of `YAWS`."""


@dataclass(frozen=True)
class PointTrainingConfig:
    """How the point encoder is learned."""

    batch: int = 64
    """Observations per step."""

    points: int = 512
    """Points per observation."""

    turned_share: float = 0.5
    """Of a batch; turned by any angle."""

    rate: float = 1.5e-3
    """Learning rate."""

    weight_decay: float = 0.02
    """Of the weights; not of biases and norms."""

    entries_weight: float = 0.3
    """Of the code's error, entry by entry, beside that of the shapes that are meant."""

    category_weight: float = 0.05
    """Of the cross entropy of categories, beside the code's error."""

    yaw_weight: float = 0.3
    """Of the cross entropy of yaws."""

    place_weight: float = 0.05
    """Of the place's likelihood."""

    precision_weight: float = 0.02
    """Of the likelihood that teaches the code's precision; its error itself is not touched."""

    highest_noise: float = 0.015
    """Unit-cube lengths by which points are shifted at most (standard deviation)."""

    average: float = 0.999
    """Decay of the running average of the weights; the average is what is kept."""

    seed: int = 0
    """Draws initial weights, shapes and cuts."""

    def __post_init__(self) -> None:
        if not 0 < self.turned < self.batch:
            raise ValueError(
                f"of {self.batch} observations {self.turned} would be turned by any angle; "
                "there must be some of either kind"
            )

    @property
    def turned(self) -> int:
        """Observations of a batch that are turned by any angle."""
        return round(self.turned_share * self.batch)


class Observations(NamedTuple):
    """A batch for the point encoder, and what it is to answer."""

    points: Float[Tensor, "b n 6"]
    yaws: Int[Tensor, " b"]
    places: Float[Tensor, "b 4"]


class PointTraining(CodeEncoderTraining):
    """Trains a point encoder onto codes; see `loop.Training`.

    Args:
        data: Training shapes.
        codes: One per shape.
        code_scale: Typical size of every entry.
        make_metric: Gives by how much shapes differ whose codes do; see `code_metric`. Asked
            before the first step only, since that takes a while.
        encoder_config: Sizes of the encoder.
        config: How to learn.
        device: Where to train.
    """

    def __init__(
        self,
        data: PackedAssets,
        codes: Codes,
        code_scale: Float[Tensor, " code_size"],
        make_metric: Callable[[], CodeMetric],
        *,
        encoder_config: PointEncoderConfig,
        config: PointTrainingConfig,
        device: torch.device,
    ) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            encoder = PointEncoder(encoder_config).to(device)
        super().__init__(encoder, codes, code_scale, make_metric, config=config, device=device)
        self.data, self.config = data, config
        self.categories = torch.from_numpy(data.category_numbers)

    def step(self, number: int, rate: float) -> dict[str, float]:
        """One step on `batch` observations."""
        config = self.config
        generator = np.random.default_rng([config.seed, 4, number])
        shapes = generator.integers(0, len(self.data.assets), config.batch)
        turned = config.turned
        observed = observe_batch(self.data, shapes, turned, config, generator)
        rows = torch.from_numpy(shapes).to(self.device)
        with half_precision(self.device):
            guess = self.encoder(observed.points.to(self.device))
        upright = slice(turned, None)
        off = (guess.codes - self.codes[rows])[upright]
        place_error = (guess.place - observed.places.to(self.device)).square()[upright]
        place_log_precision = guess.place_log_precision[upright].clamp(-4, 12)
        any_turn = slice(0, turned)
        losses = self.code_losses(off, guess.log_precision[upright]) | {
            "category": functional.cross_entropy(
                guess.category_logits, self.categories[shapes].to(self.device)
            ),
            "heading": functional.cross_entropy(
                guess.yaw_logits[any_turn], observed.yaws[any_turn].to(self.device)
            ),
            "place": 0.5 * (place_error * place_log_precision.exp() - place_log_precision).mean(),
        }
        loss = (
            config.entries_weight * losses["code"]
            + losses["shape"]
            + config.precision_weight * losses["precision"]
            + config.category_weight * losses["category"]
            + config.yaw_weight * losses["heading"]
            + config.place_weight * losses["place"]
        )
        self._descend(loss, number, rate)
        losses["place_error"] = place_error.mean().sqrt()
        return {name: value.detach().item() for name, value in losses.items()}


def observe_batch(
    data: PackedAssets,
    shapes: NDArray[np.int64],
    turned: int,
    config: PointTrainingConfig,
    generator: np.random.Generator,
) -> Observations:
    """Random observations of shapes; the first `turned` of them at any yaw."""
    points = np.zeros((len(shapes), config.points, 6), np.float32)
    angles = generator.uniform(-SMALL_TURN_RAD, SMALL_TURN_RAD, len(shapes))
    angles[:turned] = generator.uniform(0, 2 * np.pi, turned)
    places = np.zeros((len(shapes), 4), np.float32)
    for row, shape in enumerate(shapes):
        points[row], places[row] = _observe(data.surface[shape], angles[row], config, generator)
    yaws = np.round(angles / (2 * np.pi) * YAWS).astype(np.int64) % YAWS
    return Observations(torch.from_numpy(points), torch.from_numpy(yaws), torch.from_numpy(places))


def _observe(
    surface: NDArray[np.int16],
    angle_rad: float,
    config: PointTrainingConfig,
    generator: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(n, 6) one observation in its own box, and the unit cube's place there."""
    position = surface[:, :3].astype(np.float32) * np.float32(STEP)
    seen = np.flatnonzero(random_observation(position, surface[:, 6], generator))
    chosen = generator.choice(seen, config.points, replace=len(seen) < config.points)
    normals = surface[chosen, 3:6].astype(np.float32) / 32767
    noise = generator.uniform(0, config.highest_noise) if generator.random() < 0.4 else 0.0
    position = position[chosen] + generator.normal(size=(config.points, 3)) * noise
    kind = generator.random()
    if kind < 0.15:
        normals[:] = 0
    elif kind < 0.25:  # wrongly turned parts
        normals *= generator.choice([-1.0, 1.0], (256, 1))[surface[chosen, 6] % 256]
    elif noise:
        normals = normals + generator.normal(size=normals.shape) * min(20 * noise, 0.3)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True).clip(1e-6)
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    position, normals = position @ turn.T, normals @ turn.T
    low, high = position.min(axis=0), position.max(axis=0)
    side, centre = (high - low).max(), (low + high) / 2
    place = np.concatenate([-centre / side, [-np.log(side)]])
    return (
        np.concatenate([(position - centre) / side, normals], axis=1).astype(np.float32),
        place.astype(np.float32),
    )
