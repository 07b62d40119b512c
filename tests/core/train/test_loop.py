"""The loop: resumed, logged, drawn; and every training that it drives."""

import json

import pytest
import torch

from core.errors import InputError
from core.train.loop import CHECKPOINT, CURVE, LOG, LoopConfig, read_checkpoint, run
from tests.core.train.trainings import (
    code_refinement,
    decoder_training,
    encoder_training,
    point_training,
    view_training,
)


@pytest.mark.parametrize(
    "make", [decoder_training, code_refinement, encoder_training, point_training, view_training]
)
def test_a_training_cut_short_ends_as_if_it_had_not_been(packed, tmp_path, make):
    whole = make(packed)
    for number in range(4):
        whole.step(number, 0.5)
    first, second = make(packed), make(packed)
    for number in range(2):
        first.step(number, 0.5)
    second.load_state({k: v.clone() for k, v in first.state().items()})
    for number in range(2, 4):
        second.step(number, 0.5)
    for name, value in whole.state().items():
        torch.testing.assert_close(second.state()[name], value, msg=name)


def test_the_loop_resumes_logs_and_draws(packed, tmp_path):
    run(decoder_training(packed), tmp_path, LoopConfig(2), show=False)
    training = decoder_training(packed)
    run(training, tmp_path, LoopConfig(3), show=False)
    state, step = read_checkpoint(tmp_path)
    assert step == 3
    torch.testing.assert_close(state["codes"], training.codes.weight.detach())
    rows = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert [row["step"] for row in rows] == [2, 3]
    assert (tmp_path / CURVE).read_bytes().startswith(b"\x89PNG")
    assert {path.name for path in tmp_path.iterdir()} == {CHECKPOINT, LOG, CURVE}


def test_a_missing_checkpoint_and_an_empty_training_are_said(tmp_path):
    with pytest.raises(InputError, match="train first"):
        read_checkpoint(tmp_path)
    with pytest.raises(InputError, match="at least 1 step"):
        LoopConfig(0)


def test_the_learning_rate_rises_stays_and_falls_to_nothing():
    config = LoopConfig(100, warm_up=0.1, decay=0.5)
    rates = [config.rate(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[10:50] == [1.0] * 40
    assert rates[-1] == pytest.approx(0.02)
