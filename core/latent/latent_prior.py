"""What a model knows before it sees anything: which codes are likely, by category."""

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..tensors import Codes, Covariance

Examples = Float[Tensor, "_ code_size"]

ROOM = 1e-8
"""Least variance of codes in any direction: what training shapes do not vary in gets a little
room, or codes could not be whitened."""


@dataclass(frozen=True, eq=False)
class CodePrior:
    """The codes that are likely before anything was observed, for every hypothesis its own.

    A Gaussian; with examples, the mixture of as many narrower ones, each between the mean and
    an example, which has the same mean and covariance. With a hundred entries no shape is near
    the mean, whose own shape is a blend of all: between solid bottles and hollow ones lies one
    with a plug.

    Source:
        West, Approximating Posterior Distributions by Mixture, 1993 (Journal of the Royal
        Statistical Society B 55:2), for kernels that are drawn to the mean.
    """

    means: Codes
    roots: Float[Tensor, "b code_size code_size"]
    """Invertible; root @ root.T is the covariance. See `whitening_root`."""

    examples: tuple[Examples, ...] = ()
    """(n, code_size) whitened codes of known shapes, for every hypothesis; none for a Gaussian."""

    inverses: Float[Tensor, "b code_size code_size"] | None = None
    """Of the roots, float64; found where they are not at hand."""

    def codes(self, whitened: Codes) -> Codes:
        """Codes of whitened ones."""
        return self.means + torch.einsum("bij,bj->bi", self.roots, whitened)

    def whitened(self, codes: Codes) -> Codes:
        """Codes in standard deviations."""
        centred = (codes - self.means).double()
        return torch.einsum("bij,bj->bi", self._inverses, centred).float()

    def against(self, whitened: Codes, kernel: float) -> Float[Tensor, " b"]:
        """Minus the logarithm of the density of whitened codes, up to a constant.

        Args:
            whitened: The codes.
            kernel: Share of an example in its Gaussian's centre, in [0, 1); the rest is the
                mean's. 0 makes the mixture one Gaussian.
        """
        if not self.examples:
            return 0.5 * whitened.square().sum(dim=1)
        of_rows = []
        for row, examples in zip(whitened, self.examples, strict=True):
            apart = (row - kernel * examples).square().sum(dim=1) / (1 - kernel**2)
            of_rows.append(math.log(len(examples)) - torch.logsumexp(-0.5 * apart, dim=0))
        return torch.stack(of_rows)

    @cached_property
    def _inverses(self) -> Float[Tensor, "b code_size code_size"]:
        return torch.linalg.inv(self.roots.double()) if self.inverses is None else self.inverses


def whitening_root(covariance: Covariance, metric: Covariance) -> Covariance:
    """The root of a covariance along whose columns shapes change one independently of another.

    All roots whiten codes alike. With this one a descent that has a rate for every entry, as
    Adam's, has one for every way in which shapes vary, and comes nearly as far in 36 steps as
    in 48 with a triangular root.

    Args:
        covariance: Of a category's codes.
        metric: How far apart shapes are whose codes differ, up to a factor; the identity where
            that is not known gives the principal directions of the codes.

    Source:
        Horn & Johnson, Matrix Analysis, 1985, theorem 7.6.4, for two quadratic forms made
        diagonal at once.
    """
    variances, axes = torch.linalg.eigh(covariance.double())
    root = axes * variances.clamp_min(ROOM).sqrt()
    _, directions = torch.linalg.eigh(root.T @ metric.double() @ root)
    return (root @ directions).float()


@dataclass(frozen=True, eq=False)
class LatentPrior:
    """What a model knows before it sees anything."""

    codes: Codes
    """Of the training shapes; at least one of every category."""

    categories: Int[Tensor, " n"]
    """Number of each one's category."""

    means: Float[Tensor, "k code_size"]
    """Of the categories' codes."""

    roots: Float[Tensor, "k code_size code_size"]
    """Of their covariances."""

    def prior(self, categories: Int[Tensor, " b"]) -> CodePrior:
        """The prior of hypotheses of these categories."""
        examples = tuple(self._examples[number] for number in categories.tolist())
        inverses = self._inverses[categories]
        return CodePrior(self.means[categories], self.roots[categories], examples, inverses)

    @cached_property
    def _inverses(self) -> Float[Tensor, "k code_size code_size"]:
        return torch.linalg.inv(self.roots.double())

    @cached_property
    def _examples(self) -> tuple[Examples, ...]:
        """Whitened training codes by category."""
        found = []
        for number in range(len(self.means)):
            gaussian = CodePrior(self.means[[number]], self.roots[[number]])
            found.append(gaussian.whitened(self.codes[self.categories == number]))
        return tuple(found)
