"""Losses of a decoder in closed form."""

import numpy as np
import pytest
import torch

from core.train.losses import clamped_l1, sign_cross_entropy


def test_clamped_distances_cost_nothing_beyond_the_clamp_on_the_right_side_alone():
    truth = torch.tensor([0.2, 0.2, -0.2, 0.01])
    values = torch.tensor([0.07, -0.07, -0.3, 0.01], requires_grad=True)
    loss = clamped_l1(values, truth, 0.05)
    assert loss.item() == pytest.approx((0 + 2.4 + 0 + 0) / 4)
    loss.backward()
    assert (values.grad != 0).tolist() == [False, True, False, False]


def test_sign_loss_is_the_logistic_loss_of_the_scaled_distance():
    loss = sign_cross_entropy(torch.tensor([0.005]), torch.tensor([-0.01]), 0.05)
    assert loss.item() == pytest.approx(np.log1p(np.e), rel=1e-5)
