"""Encoders' weights as 8-bit integers on disk: half of float16's size, and a hundredth of noise.

Encoders give first guesses, to which fits are added, and answer much the same when a weight moves
by less than a hundredth of the weights' typical size; a decoder makes the surface itself, and stays
as it was trained to float16.

Source:
    Krishnamoorthi, Quantizing deep convolutional networks for efficient inference, 2018
    (arXiv:1806.08342), sections 2.2 and 3.1, symmetric and per channel. Ours are rounded on disk
    alone; they are computed with as any other weights.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

ROUNDED = "_encoder."
"""In the names of tensors that are rounded, if they are matrices or kernels."""

STEPS = ".steps"
"""After a rounded tensor's name: its values are integers times these, one for every output."""

HIGHEST = 127


def rounded(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors as a file keeps them; what is rounded is int8, with float32 steps beside it."""
    stored: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if ROUNDED in name and tensor.is_floating_point() and tensor.ndim > 1:
            greatest = tensor.float().flatten(1).abs().amax(dim=1)
            steps = (greatest / HIGHEST).clamp_min(torch.finfo(torch.float32).tiny)
            stored[name] = (tensor / _along(steps, tensor)).round().to(torch.int8)
            stored[name + STEPS] = steps
        else:
            stored[name] = tensor.half() if tensor.is_floating_point() else tensor
    return {name: tensor.contiguous() for name, tensor in stored.items()}


def unrounded(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a file, floating ones as float32.

    Raises:
        KeyError: The steps of a rounded tensor are missing.
        ValueError: There are more or fewer of them than outputs.
    """
    tensors: dict[str, Tensor] = {}
    for name, tensor in stored.items():
        if tensor.dtype == torch.int8:
            steps = stored[name + STEPS]
            if steps.shape != tensor.shape[:1]:
                raise ValueError(f"{name} has not one step for every output")
            tensors[name] = tensor.float() * _along(steps, tensor)
        elif not name.endswith(STEPS):
            tensors[name] = tensor.float() if tensor.is_floating_point() else tensor
    return tensors


def _along(steps: Tensor, tensor: Tensor) -> Tensor:
    """The steps of every output, shaped to be multiplied with the tensor."""
    return steps.reshape(-1, *[1] * (tensor.ndim - 1))
