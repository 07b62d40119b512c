"""Adam, for the few numbers of a code, a pose and a camera.

torch's own optimizer is the reference in the tests. It is not used here because making the
first one loads torch's compiler, which takes more than a second and leaves a folder of its
own among the user's temporary files.

Source:
    Kingma & Ba, Adam: A Method for Stochastic Optimization, 2015 (arXiv:1412.6980),
    algorithm 1, with a rate for every tensor and step.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

TINY = 1e-8

BETAS = (0.9, 0.98)
"""Decay of both running means where a code is fitted in some dozens or hundreds of steps."""


def cooldown(done: float) -> float:
    """Factor of the rate once the fraction `done` of the steps is behind: 1, then down to 0."""
    return min(1.0, 2 * (1 - done))


class Adam:
    """Moves tensors against their gradients, in place.

    Args:
        moving: Tensors that require gradients.
        betas: Decay of the running means of gradients and of their squares.
    """

    def __init__(self, moving: Sequence[Tensor], betas: tuple[float, float]) -> None:
        self._moving, self._betas = list(moving), betas
        self._means = [torch.zeros_like(each) for each in self._moving]
        self._squares = [torch.zeros_like(each) for each in self._moving]
        self._steps = 0

    def step(self, loss: Tensor, rates: Sequence[float]) -> None:
        """One step down the gradient of a loss.

        Args:
            loss: A single number.
            rates: Of every tensor.
        """
        self._steps += 1
        first, second = self._betas
        gradients = torch.autograd.grad(loss, self._moving)
        with torch.no_grad():
            for each, gradient, mean, square, rate in zip(
                self._moving, gradients, self._means, self._squares, rates, strict=True
            ):
                mean.lerp_(gradient, 1 - first)
                square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
                spread = (square / (1 - second**self._steps)).sqrt_().add_(TINY)
                each.addcdiv_(mean, spread, value=-rate / (1 - first**self._steps))
