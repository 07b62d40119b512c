"""The shared words as types: Points, Values, Lattice, Code, Codes, Picture, Field.

Letters stand for sizes: n points, b shapes in a batch, r lattice samples per axis.
"""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

Points = Float[Tensor, "n 3"]
"""Points in the unit cube."""

Values = Float[Tensor, " n"]
"""A field at points: negative inside, zero on the surface, positive outside."""

Lattice = Float[Tensor, "r r r"]
"""A field at lattice samples, indexed [x, y, z]."""

Code = Float[Tensor, " code_size"]
"""The latent code of one shape."""

Codes = Float[Tensor, "b code_size"]
"""Latent codes of a batch of shapes."""

BatchPoints = Float[Tensor, "b n 3"]
"""Points for every shape of a batch."""

BatchValues = Float[Tensor, "b n"]
"""The fields of a batch, each at its own points."""

FieldsOf = Callable[[Codes], Callable[[BatchPoints], BatchValues]]
"""Gives the fields of a batch of codes, to be asked any number of times; differentiable."""

Covariance = Float[Tensor, "code_size code_size"]
"""Of codes; symmetric, positive semi-definite; it may be singular."""

CodeMetric = Float[Tensor, "code_size code_size"]
"""d @ metric @ d is the mean squared difference of the fields, at the surface, of two shapes
whose codes differ by d."""

Picture = Float[np.ndarray, "h w 4"]
"""float32 RGBA in [0, 1], straight alpha, row 0 on top."""

Progress = Callable[[str, float], None]
"""Told the stage's name and the fraction of it that is done, in [0, 1]."""

IsCancelled = Callable[[], bool]
"""Asked often; true once the user wants to stop."""


@runtime_checkable
class Field(Protocol):
    """A function of space: one value per point, negative inside; and what is known of it."""

    @property
    def device(self) -> torch.device:
        """Where the points that it is asked for have to be."""
        ...

    @property
    def clamp(self) -> float:
        """Value up to which it is a distance; beyond it the sign alone is sure, and the search
        for a surface reads larger values as this one. Infinite where nothing is to be doubted."""
        ...

    @property
    def lipschitz(self) -> float:
        """How much faster than a distance it may change: |f(a) - f(b)| <= lipschitz |a - b|.

        1 for exact distances. The search for a surface leaves out what this bound proves to be of
        one sign. Where a field changes faster, the surface is still whole wherever a part of it is
        found, because the search follows it; a part may only be lost if all of it is that steep.
        """
        ...

    def __call__(self, points: Points) -> Values: ...
