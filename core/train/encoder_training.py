"""What the trainings of encoders share: descent, average and state."""

from collections.abc import Callable
from functools import cached_property
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..tensors import CodeMetric, Codes
from .averaging import RunningAverage
from .loop import load_optimizer_state, optimizer_state, under


@runtime_checkable
class EncoderConfig(Protocol):
    """What is read of a training's configuration."""

    @property
    def rate(self) -> float:
        """Learning rate at the factor 1."""
        ...

    @property
    def weight_decay(self) -> float:
        """Decay of weight matrices; biases and norms have none."""
        ...

    @property
    def average(self) -> float:
        """Decay per step of the running average of the weights."""
        ...


class EncoderTraining:
    """An encoder, its optimizer and the average of its weights.

    Args:
        encoder: On its device.
        config: Learning rate, weight decay, and decay of the average.
        device: Where to train.
    """

    def __init__(
        self,
        encoder: nn.Module,
        config: EncoderConfig,
        device: torch.device,
    ) -> None:
        self.encoder, self.device = encoder, device
        self.average = RunningAverage(encoder, config.average)
        self._rate = config.rate
        decayed = [p for p in encoder.parameters() if p.ndim > 1]
        free = [p for p in encoder.parameters() if p.ndim <= 1]
        self._optimizer = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": config.weight_decay},
                {"params": free, "weight_decay": 0.0},
            ],
            lr=config.rate,
        )

    def state(self) -> dict[str, Tensor]:
        """Weights, their average, and the optimizer."""
        return {
            **{f"encoder.{k}": v for k, v in self.encoder.state_dict().items()},
            **self.average.state(),
            **optimizer_state(self._optimizer, "optimizer"),
        }

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take up a state."""
        self.encoder.load_state_dict(under(state, "encoder."))
        self.average.load_state(state, "encoder.")
        load_optimizer_state(self._optimizer, "optimizer", state)

    def _descend(self, loss: Float[Tensor, ""], number: int, rate: float) -> None:
        """One step of the optimizer and of the average, at the learning-rate factor `rate`."""
        self._optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.encoder.parameters(), 1.0)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * rate
        self._optimizer.step()
        self.average.update(self.encoder, number)


class CodeEncoderTraining(EncoderTraining):
    """Of an encoder onto finished codes, which stay those given at the start.

    Args:
        encoder: On its device; has the buffers `code_mean` and `code_scale`.
        codes: One per training shape.
        code_scale: Typical size of every entry.
        make_metric: Gives by how much shapes differ whose codes do; see `code_metric`. Asked
            before the first step only, since that takes a while.
        config: Learning rate, weight decay, and decay of the average.
        device: Where to train.
    """

    def __init__(
        self,
        encoder: nn.Module,
        codes: Codes,
        code_scale: Float[Tensor, " code_size"],
        make_metric: Callable[[], CodeMetric],
        *,
        config: EncoderConfig,
        device: torch.device,
    ) -> None:
        encoder.code_mean.copy_(codes.mean(dim=0))
        encoder.code_scale.copy_(code_scale)
        super().__init__(encoder, config, device)
        self.codes = codes.to(device)
        self.variance = codes.var(dim=0, correction=0).sum().to(device)
        self._make_metric = make_metric

    @cached_property
    def metric(self) -> CodeMetric:
        """In which the error of shapes is measured."""
        return self._make_metric().to(self.device)

    @cached_property
    def metric_variance(self) -> Float[Tensor, ""]:
        """Of the codes, in the metric."""
        centred = self.codes - self.codes.mean(dim=0)
        return ((centred @ self.metric) * centred).sum(dim=1).mean()

    def shape_errors(self, off: Codes) -> Float[Tensor, " b"]:
        """(b,) squared errors of codes that are `off`, in the metric and of its variance."""
        return ((off @ self.metric) * off).sum(dim=1) / self.metric_variance

    def code_losses(self, off: Codes, log_precision: Codes) -> dict[str, Float[Tensor, ""]]:
        """Of codes that are `off`: their own error, their shapes', and the precision's likelihood.

        The likelihood teaches the precision alone; the codes' error is not touched by it.
        """
        error = off.square()
        return {
            "code": error.sum(dim=1).mean() / self.variance,
            "shape": self.shape_errors(off).mean(),
            "precision": 0.5 * (error.detach() * log_precision.exp() - log_precision).mean(),
        }
