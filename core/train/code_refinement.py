"""Codes fitted once more to the finished decoder, of shapes that it draws wrongly.

Codes are learned beside a decoder that keeps moving, and what is kept of the decoder is an
average of its weights; and a shape may be prepared anew after the training, say with another
rule for its cavities. What such a code means is then not what its shape is. Shapes that the
decoder has never seen get their codes in the same way, from the mean of their category on.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..latent.adam import BETAS, Adam, cooldown
from ..latent.latent_prior import CodePrior, whitening_root
from ..models.protocol import TrainableDecoder
from ..tensors import Codes
from .dataset import PackedAssets
from .losses import clamped_l1
from .release import category_statistics


@dataclass(frozen=True)
class CodeRefinementConfig:
    """How codes are fitted once more."""

    batch: int = 8
    """Shapes that are fitted side by side, in one step of the training loop."""

    descents: int = 200
    """Steps of the optimizer for each of them."""

    points: int = 1536
    """Points per shape and descent."""

    rate: float = 0.1
    """Of the descent, in standard deviations of the category's codes; falls in its last half."""

    prior_weight: float = 3e-5
    """Of half the squared length of the whitened code, beside the clamped distance."""

    checked_points: int = 4096
    """Points per shape at which the code before and the code after are compared."""

    least_gain: float = 0.03
    """In clamps, by which the mean error has to fall for a code to be replaced."""

    seed: int = 0
    """Draws points."""


class CodeRefinement:
    """Fits the codes of all shapes once more, some in every step; see `loop.Training`.

    A code is replaced only where the shape becomes clearly better: an encoder that was trained
    on a code need not learn another one of the same shape.

    Args:
        data: Training shapes.
        codes: One per shape.
        decoder: Finished; is not changed.
        config: How to fit.
        device: Where to fit.
        finished: So many shapes at the front keep their codes; where there are any, the others
            are new, and the Gaussians of the categories are those of the finished codes.

    Source:
        Park et al., DeepSDF, 2019 (arXiv:1901.05103), section 4.2, codes of unseen shapes from
        a frozen decoder. We descend in whitened codes and start from the code at hand.
    """

    def __init__(
        self,
        data: PackedAssets,
        codes: Codes,
        decoder: TrainableDecoder,
        config: CodeRefinementConfig,
        device: torch.device,
        *,
        finished: int = 0,
    ) -> None:
        self.data, self.config, self.device = data, config, device
        self._fitted_shapes = np.arange(finished, len(codes))
        self.decoder = decoder.to(device).eval().requires_grad_(False)
        self.start, self.codes = codes.cpu(), codes.cpu().clone()
        known = slice(finished or None)
        statistics = category_statistics(
            self.start[known], data.category_numbers[known], data.categories
        )
        same = torch.eye(codes.shape[1])
        self._means = torch.stack([each.mean for each in statistics.values()])
        self._roots = torch.stack(
            [whitening_root(each.covariance, same) for each in statistics.values()]
        )

    @property
    def steps(self) -> int:
        """Of the training loop, until every shape has been fitted."""
        return -(-len(self._fitted_shapes) // self.config.batch)

    def step(self, number: int, rate: float) -> dict[str, float]:
        """Fit the next shapes; `rate` is not used, every shape has its own descent."""
        config = self.config
        shapes = self._fitted_shapes[number * config.batch :][: config.batch]
        generator = np.random.default_rng([config.seed, 5, number])
        found = self._fitted(shapes, generator)
        points, distances = self.data.batch(shapes, config.checked_points, generator)
        with torch.no_grad():
            before, after = (
                self._errors(codes, points, distances).cpu()
                for codes in (self.start[shapes], found)
            )
        better = before - after > config.least_gain
        self.codes[shapes] = torch.where(better[:, None], found, self.start[shapes])
        return {
            "before": before.mean().item(),
            "after": torch.where(better, after, before).mean().item(),
            "replaced": better.float().mean().item(),
        }

    def state(self) -> dict[str, Tensor]:
        """Codes as they were and as they are."""
        return {"start": self.start, "codes": self.codes}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take up a state, which must be of the same codes; see `refined_codes`."""
        self.codes = state["codes"].clone()

    def _fitted(self, shapes: NDArray[np.int64], generator: np.random.Generator) -> Codes:
        """Codes that the descent ends at, on the CPU."""
        config = self.config
        numbers = self.data.category_numbers[shapes]
        prior = CodePrior(self._means[numbers], self._roots[numbers])
        whitened = prior.whitened(self.start[shapes]).requires_grad_()
        optimizer = Adam([whitened], BETAS)
        for descent in range(config.descents):
            points, distances = self.data.batch(shapes, config.points, generator)
            errors = self._errors(prior.codes(whitened), points, distances).cpu()
            against = 0.5 * whitened.square().sum(dim=1)
            loss = (errors + config.prior_weight * against).sum()
            optimizer.step(loss, [config.rate * cooldown(descent / config.descents)])
        return prior.codes(whitened.detach())

    def _errors(
        self, codes: Codes, points: Float[Tensor, "b n 3"], distances: Float[Tensor, "b n"]
    ) -> Float[Tensor, " b"]:
        """Mean clamped difference of every shape, in clamps."""
        values = self.decoder.values_of(codes.to(self.device), points.to(self.device))
        truths, clamp = distances.to(self.device), self.decoder.clamp
        pairs = zip(values, truths, strict=True)
        return torch.stack([clamped_l1(value, truth, clamp) for value, truth in pairs])


def refined_codes(state: dict[str, Tensor], codes: Codes) -> Codes | None:
    """The codes of a refinement's state; None when it began from other codes than these."""
    start = state["start"]
    return state["codes"] if start.shape == codes.shape and torch.equal(start, codes) else None
