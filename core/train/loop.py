"""The training loop: resumable, with progress and ETA, a log, and a curve to look at.

Killed at any moment and started again, a training goes on from its last checkpoint and
draws the same batches as if it had never stopped: randomness comes from the step's
number. Checkpoints hold tensors only (safetensors), written whole or not at all.
"""

import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from ..errors import InputError

logger = logging.getLogger(__name__)

CHECKPOINT, LOG, CURVE = "checkpoint.safetensors", "log.jsonl", "curve.png"


@runtime_checkable
class Training(Protocol):
    """What the loop drives."""

    def step(self, number: int, rate: float) -> dict[str, float]:
        """Do one step at the learning-rate factor `rate`; returns losses by name."""
        ...

    def state(self) -> dict[str, Tensor]:
        """All tensors that the next step depends on."""
        ...

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take up a state given by `state`."""
        ...


@dataclass(frozen=True)
class LoopConfig:
    """How long a training lasts, and how often it is saved."""

    steps: int
    """In all, those before an interruption included."""

    warm_up: float = 0.02
    """Share of the steps over which the learning rate rises from zero."""

    decay: float = 0.4
    """Share of the steps at the end over which the learning rate falls to zero."""

    save_every_s: float = 120.0
    """Seconds between checkpoints; what a kill can cost."""

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise InputError(f"a training needs at least 1 step; found {self.steps}; ask for more")

    def rate(self, step: int) -> float:
        """The learning-rate factor of a step: up, level, down to zero.

        Source:
            Hägele et al., Scaling Laws and Compute-Optimal Training Beyond Fixed Training
            Durations, 2024 (arXiv:2405.18392), the linear cooldown, which allows a
            training to be lengthened or cut short after it has begun.
        """
        done = step / self.steps
        return min(1.0, (done + 1 / self.steps) / self.warm_up, (1 - done) / self.decay)


def run(training: Training, folder: Path, config: LoopConfig, *, show: bool) -> None:
    """Train until `config.steps`, from the checkpoint in `folder` when there is one.

    Args:
        training: What to train; holds the result afterwards.
        folder: Takes checkpoint, log and curve.
        config: Length and cadence.
        show: Whether a person is watching: a bar with the time left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first = _resume(training, folder)
    saved_at, sums, count = time.monotonic(), {}, 0
    with (
        (folder / LOG).open("a") as log,
        tqdm(total=config.steps, initial=first, disable=not show, desc=folder.name) as bar,
    ):
        for number in range(first, config.steps):
            losses = training.step(number, config.rate(number))
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + value
            count += 1
            bar.update()
            if count == 100 or number + 1 == config.steps:
                means = {name: value / count for name, value in sums.items()}
                log.write(json.dumps({"step": number + 1, "time": time.time()} | means) + "\n")
                log.flush()
                bar.set_postfix({name: f"{value:.4g}" for name, value in means.items()})
                sums, count = {}, 0
            if time.monotonic() - saved_at > config.save_every_s or number + 1 == config.steps:
                save_checkpoint(training, folder, number + 1)
                saved_at = time.monotonic()
    draw_curve(folder)


def save_checkpoint(training: Training, folder: Path, step: int) -> None:
    """Write the state after `step` steps, whole or not at all."""
    unfinished = folder / f"{CHECKPOINT}.tmp"
    tensors = {name: value.detach().cpu().contiguous() for name, value in training.state().items()}
    save_file(tensors, unfinished, metadata={"step": str(step)})
    unfinished.replace(folder / CHECKPOINT)


def read_checkpoint(folder: Path) -> tuple[dict[str, Tensor], int]:
    """The tensors of a training's last checkpoint, and its step.

    Raises:
        InputError: There is no checkpoint.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        raise InputError(f"there is no checkpoint in {folder}; train first")
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        return tensors, int(file.metadata()["step"])


def draw_curve(folder: Path) -> None:
    """Draw the log's losses over the steps, one panel each, as a PNG beside it."""
    from matplotlib.figure import Figure

    rows = [json.loads(line) for line in (folder / LOG).read_text().splitlines()]
    names = [name for name in rows[-1] if name not in ("step", "time")] if rows else []
    figure = Figure(figsize=(4 * max(len(names), 1), 3), layout="constrained")
    for number, name in enumerate(names):
        axes = figure.add_subplot(1, len(names), number + 1)
        known = [row for row in rows if name in row]
        axes.plot([row["step"] for row in known], [row[name] for row in known])
        axes.set(title=name, xlabel="step", yscale="log" if known[-1][name] > 0 else "linear")
    figure.savefig(folder / CURVE)


def under(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors of a state whose names begin with `prefix`, without it."""
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}


def optimizer_state(optimizer: torch.optim.Optimizer, prefix: str) -> dict[str, Tensor]:
    """An optimizer's running averages as named tensors."""
    return {
        f"{prefix}.{number}.{name}": torch.as_tensor(value)
        for number, entry in optimizer.state_dict()["state"].items()
        for name, value in entry.items()
    }


def load_optimizer_state(
    optimizer: torch.optim.Optimizer, prefix: str, state: dict[str, Tensor]
) -> None:
    """Take up what `optimizer_state` gave."""
    entries: dict[int, dict[str, Tensor | int]] = {}
    for key, value in state.items():
        if key.startswith(prefix + "."):
            number, name = key[len(prefix) + 1 :].split(".")
            # the sparse optimizer counts its steps in a plain integer
            entries.setdefault(int(number), {})[name] = (
                int(value) if name == "step" and not value.is_floating_point() else value
            )
    whole = optimizer.state_dict()
    optimizer.load_state_dict({"state": entries, "param_groups": whole["param_groups"]})


def _resume(training: Training, folder: Path) -> int:
    if not (folder / CHECKPOINT).exists():
        return 0
    state, step = read_checkpoint(folder)
    training.load_state(state)
    logger.info("going on from step %d", step)
    return step
