"""What the trainings of encoders share: what an error is."""

import pytest
import torch

from tests.core.train.trainings import (
    encoder_training,
)


def test_what_no_shape_shows_counts_little(packed):
    only_first = torch.zeros(6, 6)
    only_first[0, 0] = 1
    training = encoder_training(packed, metric=only_first)
    off = torch.tensor([[0.0, 5, 5, 5, 5, 5], [1, 0, 0, 0, 0, 0]])
    errors = training.shape_errors(off)
    assert errors[0] == 0
    assert errors[1] == pytest.approx(1 / float(training.codes[:, 0].var(correction=0)), rel=1e-4)
