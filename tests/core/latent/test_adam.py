"""Adam against torch's own."""

import subprocess
import sys

import pytest
import torch

from core.latent.adam import Adam

TARGETS = (torch.tensor([[1.0, -2.0], [0.5, 3.0]]), torch.tensor([0.3, -0.1, 2.0]))


def loss_of(parts):
    return sum(
        ((part - target).square() + (part - target).abs()).sum()
        for part, target in zip(parts, TARGETS, strict=True)
    )


def zeros():
    return [torch.zeros_like(target).requires_grad_() for target in TARGETS]


@pytest.mark.parametrize("betas", [(0.9, 0.98), (0.8, 0.95)])
def test_it_walks_as_torch_s_adam_does(betas):
    ours, theirs = zeros(), zeros()
    adam = Adam(ours, betas)
    reference = torch.optim.Adam([{"params": [part]} for part in theirs], betas=betas)
    for step in range(30):
        rates = (0.1 * (1 - step / 30), 0.02)
        adam.step(loss_of(ours), rates)
        for group, rate in zip(reference.param_groups, rates, strict=True):
            group["lr"] = rate
        reference.zero_grad()
        loss_of(theirs).backward()
        reference.step()
        for mine, their in zip(ours, theirs, strict=True):
            torch.testing.assert_close(mine, their, rtol=1e-5, atol=1e-6)


def test_tensors_stay_the_ones_that_were_given():
    parts = zeros()
    places = [part.data_ptr() for part in parts]
    Adam(parts, (0.9, 0.99)).step(loss_of(parts), (0.1, 0.1))
    assert [part.data_ptr() for part in parts] == places
    assert all(part.grad is None and part.requires_grad for part in parts)


def test_a_tensor_that_the_loss_does_not_know_is_an_error():
    known, unknown = zeros()
    with pytest.raises(RuntimeError, match="not have been used"):
        Adam([known, unknown], (0.9, 0.99)).step(known.sum(), (0.1, 0.1))


WALK = """
import sys, torch
from core.latent.adam import Adam
part = torch.zeros(3, requires_grad=True)
Adam([part], (0.9, 0.99)).step((part - 1).square().sum(), [0.1])
print(float(part[0]) > 0, "torch._inductor" in sys.modules, "torch._dynamo.config" in sys.modules)
"""


def test_torch_s_compiler_is_not_loaded():
    told = subprocess.run([sys.executable, "-c", WALK], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "False", "False"]
