"""What a decoder is trained to lower."""

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

SIGN_WIDTH = 0.1
"""Of the logistic curve that turns a distance into a probability of outside, in clamps."""


def clamped_l1(
    values: Float[Tensor, "*s"], distances: Float[Tensor, "*s"], clamp: float
) -> Float[Tensor, ""]:
    """Mean difference of both clamped distances, in units of the clamp.

    Source:
        Park et al., DeepSDF, 2019 (arXiv:1901.05103), equation 4. Where the truth is
        beyond the clamp a value beyond it, on the same side, costs nothing; a value on
        the wrong side keeps its gradient, because only the truth is clamped from there.
    """
    scaled, target = values / clamp, (distances / clamp).clamp(-1, 1)
    error = (scaled - target).abs()
    beyond = (target.abs() >= 1) & (scaled * target >= 1)
    return error.masked_fill(beyond, 0.0).mean()


def sign_cross_entropy(
    values: Float[Tensor, "*s"], distances: Float[Tensor, "*s"], clamp: float
) -> Float[Tensor, ""]:
    """Cross entropy of being outside; what keeps parts that are thinner than the clamp.

    Args:
        values: Of the field.
        distances: True signed distances.
        clamp: Unit-cube lengths; sets the width of the logistic curve.
    """
    return functional.binary_cross_entropy_with_logits(
        values / (SIGN_WIDTH * clamp), (distances > 0).to(values.dtype)
    )
