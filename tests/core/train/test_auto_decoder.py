"""Codes and decoder of boxes and cans, learned together."""

import numpy as np
import pytest
import torch

from core.train.auto_decoder import principal_codes
from core.train.preparation import STEP
from tests.core.train.trainings import (
    decoder_training,
)


def test_codes_start_where_near_shapes_have_near_codes(packed):
    codes, scale = principal_codes(packed.lattice, 6)
    assert codes.square().sum(dim=1).mean() == pytest.approx(1, rel=1e-4)
    assert (scale > 0).all()
    values = torch.from_numpy(packed.lattice.astype(np.float32) * np.float32(STEP)).clamp(
        -0.08, 0.08
    )
    between_shapes = torch.cdist(values, values)
    # 8 shapes span 7 directions; six components keep nearly all of their distances
    assert (
        torch.corrcoef(torch.stack([between_shapes.ravel(), torch.cdist(codes, codes).ravel()]))[
            0, 1
        ]
        > 0.99
    )


def test_a_few_steps_lower_the_loss_of_a_few_shapes(packed):
    training = decoder_training(packed)
    losses = [training.step(number, 1.0)["distance"] for number in range(60)]
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])


def test_every_epoch_visits_every_shape_once(packed):
    training = decoder_training(packed)
    visited = np.concatenate([training._shapes_of(number) for number in range(4)])
    assert np.sort(visited).tolist() == sorted([*range(8), *range(8)])
