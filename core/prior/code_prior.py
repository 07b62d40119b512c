"""Latent codes as Gaussians: views of one object fused, a category's statistics applied.

The encoder predicts a code and how sure it is of every entry (the logarithm of the
precision, 1 / variance). Everything here is float64 on the CPU: codes are short, and the
same pictures then give the same code on every device and in any order.
"""

from dataclasses import dataclass

import torch

from ..tensors import Code, Codes, Covariance


@dataclass(frozen=True)
class GaussianCode:
    """What is believed of one shape's code: independent Gaussians, one per entry."""

    mean: Code
    """float64."""

    log_precision: Code
    """float64, natural logarithm of 1 / variance."""


def fuse_views(codes: Codes, log_precision: Codes) -> GaussianCode:
    """The code of one object seen in several pictures; bit for bit the same in any order.

    Args:
        codes: One row per picture, at least one.
        log_precision: The encoder's certainty of every entry, same shape.

    Source:
        Hinton, Training Products of Experts by Minimizing Contrastive Divergence, 2002
        (Neural Computation 14:8), section 2: the product of Gaussians has the summed
        precision and the precision-weighted mean. Rows are put in lexicographic order
        before they are summed, because floating-point addition depends on the order.
    """
    codes, log_precision = codes.double().cpu(), log_precision.double().cpu()
    keys = torch.cat([codes, log_precision], dim=1).tolist()
    rows = sorted(range(len(keys)), key=keys.__getitem__)
    codes, log_precision = codes[rows], log_precision[rows]
    weights = torch.softmax(log_precision, dim=0)
    return GaussianCode((weights * codes).sum(dim=0), torch.logsumexp(log_precision, dim=0))


def condition_on_category(belief: GaussianCode, mean: Code, covariance: Covariance) -> GaussianCode:
    """The belief after being told the category, whose codes are Gaussian.

    Entries that the encoder is unsure of move towards the category, along the directions
    in which its codes vary together; entries that it is sure of stay.

    Args:
        belief: From `fuse_views`.
        mean: The category's mean code.
        covariance: Of the category's codes.

    Returns:
        Posterior mean, and the marginal precision of every entry.

    Source:
        The product of two Gaussians in gain form (Kalman, A New Approach to Linear
        Filtering and Prediction Problems, 1960), which needs no inverse of the covariance.
    """
    mean, covariance = mean.double().cpu(), covariance.double().cpu()
    noise = torch.diag(torch.exp(-belief.log_precision))
    gain = torch.linalg.solve(covariance + noise, covariance).T
    posterior = covariance - gain @ covariance
    variance = posterior.diagonal().clamp(min=torch.finfo(torch.float64).tiny)
    return GaussianCode(mean + gain @ (belief.mean - mean), -torch.log(variance))


def draw_code(belief: GaussianCode, generator: torch.Generator) -> Code:
    """A code drawn at random from the belief, float64; `generator` lives on the CPU."""
    noise = torch.randn(belief.mean.shape, generator=generator, dtype=torch.float64)
    return belief.mean + noise * torch.exp(-belief.log_precision / 2)
