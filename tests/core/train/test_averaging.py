"""The running average of a model's weights: its formula, its states, and what it costs to load."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from core.train.averaging import RunningAverage, averaged
from tests.core.train.trainings import decoder_training, encoder_training


def model_with_statistics():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))


def moved(model, generator):
    """The model, every number of it drawn anew."""
    with torch.no_grad():
        for value in model.state_dict().values():
            if value.is_floating_point():
                value.copy_(torch.rand(value.shape, generator=generator))
    return model


@pytest.mark.parametrize("decay", [0.6, 0.999])  # the first is reached within the steps
def test_weights_and_statistics_are_averaged_by_the_formula(decay):
    generator = torch.Generator().manual_seed(0)
    model = model_with_statistics()
    average = RunningAverage(model, decay)
    expected = {k: v.double() for k, v in model.state_dict().items() if v.is_floating_point()}
    for number in range(30):
        average.update(moved(model, generator), number)
        weight = min(decay, (number + 1) / (number + 10))
        for name, value in model.state_dict().items():
            if name in expected:
                expected[name] = weight * expected[name] + (1 - weight) * value.double()
    assert average.state().keys() == {f"average.{name}" for name in expected}
    for name, value in expected.items():
        # 30 steps, each rounded to single precision
        torch.testing.assert_close(
            average.state()[f"average.{name}"].double(), value, atol=30 * 2**-24, rtol=0
        )


def test_an_average_taken_up_goes_on_as_if_it_had_not_been():
    average, other = (RunningAverage(model_with_statistics(), 0.9) for _ in range(2))
    generator = torch.Generator().manual_seed(0)
    for number in range(2):
        average.update(moved(model_with_statistics(), generator), number)
    other.load_state(
        average.state() | {"encoder.1.num_batches_tracked": torch.tensor(2)}, "encoder."
    )
    model = moved(model_with_statistics(), generator)
    for each in (average, other):
        each.update(model, 2)
    for name, value in average.state().items():
        assert torch.equal(other.state()[name], value), name


@pytest.mark.parametrize(
    ("make", "prefix"), [(decoder_training, "decoder."), (encoder_training, "encoder.")]
)
def test_states_without_averages_of_buffers_are_taken_up(packed, make, prefix):
    training = make(packed)
    for number in range(2):
        training.step(number, 1.0)
    state = {k: v.clone() for k, v in training.state().items()}
    weights = {f"average.{name}" for name, _ in training.average.module.named_parameters()}
    old = {k: v for k, v in state.items() if not k.startswith("average.") or k in weights}
    assert len(old) < len(state)
    resumed = make(packed)
    resumed.load_state(old)
    for name in weights:
        assert torch.equal(resumed.state()[name], state[name]), name


def test_a_model_has_its_averages_and_else_its_weights():
    state = {"encoder.a": 1, "encoder.b": 2, "average.a": 3, "optimizer.a": 4}
    tensors = {name: torch.tensor(value) for name, value in state.items()}
    assert averaged(tensors, "encoder.") == {"a": torch.tensor(3), "b": torch.tensor(2)}


def test_averages_do_not_load_the_compiler():
    code = (
        "import sys, torch\n"
        "from core.train.averaging import RunningAverage\n"
        "model = torch.nn.Linear(2, 2)\n"
        "RunningAverage(model, 0.9).update(model, 0)\n"
        "sys.exit('torch._dynamo' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
