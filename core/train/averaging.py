"""The running average of a model's weights, which is what is kept of a training."""

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .loop import under

PREFIX = "average."
"""Of the averages in a training's state."""


class RunningAverage(AveragedModel):
    """The exponential moving average of a model's weights and statistics (buffers).

    Before step n, counted from 0, the decay is at most (n + 1) / (n + 10): what a training began
    with is soon forgotten.

    Args:
        model: On its device, as it is before the first step.
        decay: Per step, in [0, 1].
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        super().__init__(model, multi_avg_fn=self._follow, use_buffers=True)
        self._decay = decay

    def update(self, model: nn.Module, number: int) -> None:
        """Take in the weights after the step `number`."""
        # the step tells the count, which states do not hold; at 0 the average would be overwritten
        self.n_averaged.fill_(number + 1)
        self.update_parameters(model)

    def state(self) -> dict[str, Tensor]:
        """The averages by name, for a training's state; whole numbers have none."""
        averages = self.module.state_dict()
        return {PREFIX + k: v for k, v in averages.items() if v.is_floating_point()}

    def load_state(self, state: dict[str, Tensor], prefix: str) -> None:
        """Take up the averages of a training's state, and what has none from under `prefix`."""
        self.module.load_state_dict(averaged(state, prefix))

    def _follow(self, averages: list[Tensor], values: list[Tensor], count: Tensor) -> None:
        decay = min(self._decay, int(count) / (int(count) + 9))
        get_ema_multi_avg_fn(decay)(averages, values, count)


def averaged(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The weights under `prefix`, with their running averages where a state keeps them."""
    return under(state, prefix) | under(state, PREFIX)
