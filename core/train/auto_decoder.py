"""The auto-decoder: one code per training shape, learned together with the decoder.

Source:
    Park et al., DeepSDF, 2019 (arXiv:1901.05103), section 4. We start the codes at the
    principal components of the shapes' coarse distance lattices instead of at random, and
    pull them back there instead of to zero: training is much shorter, near codes are near
    shapes from the first step on, and a picture encoder can begin before the decoder ends.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..models.protocol import TrainableDecoder
from ..tensors import Code, Codes
from .averaging import RunningAverage
from .dataset import PackedAssets
from .loop import load_optimizer_state, optimizer_state, under
from .losses import clamped_l1, sign_cross_entropy
from .preparation import STEP


@dataclass(frozen=True)
class AutoDecoderConfig:
    """How the decoder and the codes are learned."""

    batch: int = 16
    """Shapes per step."""

    points: int = 4096
    """Points per shape and step."""

    rate: float = 2e-3
    """Learning rate of the decoder."""

    code_rate: float = 4e-3
    """Learning rate of the codes, in units of their typical size."""

    sign_weight: float = 0.2
    """Of the cross entropy of signs, beside the clamped distance."""

    anchor_weight: float = 2e-3
    """Of the pull of codes towards where they started."""

    average: float = 0.999
    """Decay of the running average of the weights; the average is what is kept."""

    seed: int = 0
    """Draws initial weights, shapes and points."""


def principal_codes(
    lattices: NDArray[np.int16], code_size: int, truncation: float = 0.08
) -> tuple[Codes, Code]:
    """Codes of shapes from their coarse distance lattices, and the typical size of each entry.

    Args:
        lattices: (N, r^3) in steps of `STEP`.
        code_size: Principal components kept; missing ones (few shapes) are zero.
        truncation: Unit-cube lengths beyond which distances are equal.

    Returns:
        Codes with a mean squared length of 1, in which a distance is a distance between
        shapes; and the geometric mean of each entry's deviation and the largest one.
    """
    values = (np.asarray(lattices, np.float32) * np.float32(STEP)).clip(-truncation, truncation)
    centred = torch.from_numpy(values - values.mean(axis=0))
    # N shapes span at most N directions: the small Gram matrix has them all
    strengths, directions = torch.linalg.eigh((centred @ centred.T).double())
    kept = min(code_size, len(centred))
    codes = torch.zeros(len(centred), code_size)
    chosen = directions[:, -kept:] * strengths[-kept:].clamp_min(0).sqrt()
    codes[:, :kept] = chosen.flip(1).float()
    codes /= codes.square().sum(dim=1).mean().sqrt().clamp_min(1e-12)
    deviation = codes.std(dim=0, correction=0).clamp_min(1e-3)
    return codes, (deviation * deviation.max()).sqrt()


class AutoDecoderTraining:
    """Trains a decoder and the codes of all shapes; see `loop.Training`.

    Args:
        data: Training shapes.
        make_decoder: Gives a decoder with weights drawn from torch's own generator.
        config: How to learn.
        device: Where to train.
    """

    def __init__(
        self,
        data: PackedAssets,
        make_decoder: Callable[[], TrainableDecoder],
        config: AutoDecoderConfig,
        device: torch.device,
    ) -> None:
        self.data, self.config, self.device = data, config, device
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.decoder = make_decoder().to(device)
        codes, scale = principal_codes(data.lattice, self.decoder.code_size)
        self.decoder.code_scale.copy_(scale)
        self.scale = scale.to(device)
        self.anchor = (codes / scale).to(device)
        self.codes = nn.Embedding.from_pretrained(self.anchor.clone(), freeze=False, sparse=True)
        self.average = RunningAverage(self.decoder, config.average)
        self._optimizer = torch.optim.Adam(self.decoder.parameters(), lr=config.rate)
        self._code_optimizer = torch.optim.SparseAdam(self.codes.parameters(), lr=config.code_rate)

    def step(self, number: int, rate: float) -> dict[str, float]:
        """One step on `batch` shapes."""
        config = self.config
        generator = np.random.default_rng([config.seed, number])
        shapes = self._shapes_of(number)
        points, distances = self.data.batch(shapes, config.points, generator)
        points, distances = points.to(self.device), distances.to(self.device)
        rows = torch.from_numpy(shapes).to(self.device)
        units = self.codes(rows)
        values = self.decoder.values_of(units * self.scale, points)
        clamp = self.decoder.clamp
        distance_loss = clamped_l1(values, distances, clamp)
        sign_loss = sign_cross_entropy(values, distances, clamp)
        drift = (units - self.anchor[rows]).square().sum(dim=1).mean()
        loss = distance_loss + config.sign_weight * sign_loss + config.anchor_weight * drift
        self._optimizer.zero_grad()
        self._code_optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.decoder.parameters(), 1.0)
        for optimizer, base in (
            (self._optimizer, config.rate),
            (self._code_optimizer, config.code_rate),
        ):
            optimizer.param_groups[0]["lr"] = base * rate
            optimizer.step()
        self.average.update(self.decoder, number)
        with torch.no_grad():
            iou = _overlap(values, distances)
        return {
            "distance": distance_loss.detach().item(),
            "sign": sign_loss.detach().item(),
            "drift": drift.detach().item(),
            "overlap": iou,
        }

    def state(self) -> dict[str, Tensor]:
        """Weights, their average, codes, and both optimizers."""
        return {
            **{f"decoder.{k}": v for k, v in self.decoder.state_dict().items()},
            **self.average.state(),
            "codes": self.codes.weight.detach(),
            "anchor": self.anchor,
            **optimizer_state(self._optimizer, "optimizer"),
            **optimizer_state(self._code_optimizer, "code_optimizer"),
        }

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take up a state."""
        self.decoder.load_state_dict(under(state, "decoder."))
        self.average.load_state(state, "decoder.")
        self.scale = self.decoder.code_scale.detach().clone()
        self.anchor = state["anchor"].to(self.device)
        with torch.no_grad():
            self.codes.weight.copy_(state["codes"])
        load_optimizer_state(self._optimizer, "optimizer", state)
        load_optimizer_state(self._code_optimizer, "code_optimizer", state)

    def _shapes_of(self, number: int) -> NDArray[np.int64]:
        """The shapes of a step: every epoch visits all of them once, in its own order."""
        count, batch = len(self.data.assets), self.config.batch
        positions = np.arange(number * batch, (number + 1) * batch)
        shapes = np.zeros(batch, np.int64)
        for epoch in np.unique(positions // count):
            order = np.random.default_rng([self.config.seed, 7, epoch]).permutation(count)
            here = positions // count == epoch
            shapes[here] = order[positions[here] % count]
        return np.unique(shapes)


def _overlap(values: Tensor, distances: Tensor) -> float:
    """Intersection over union of the inside at the sampled points."""
    inside, truth = values < 0, distances < 0
    return float((inside & truth).sum() / (inside | truth).sum().clamp_min(1))
