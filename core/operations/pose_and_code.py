"""Pose-and-code inference: what a search finds for an observation."""

import math
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ..field.solid import SHEET_THICKNESS
from ..inputs.partial import Observation
from ..latent.fitting import FitConfig
from ..latent.initial_guesses import GuessesConfig, Starts, initial_guesses_of
from ..latent.posed import Observed
from ..latent.search import SearchConfig, Searched, search
from .parts import Parts
from .stages import Stages

NOISE_PENALTY = 30.0
"""What noise of half the fit's width and more adds to the right shape's negative log posterior: 24
in the median of 81 cut test shapes, up to 37 with other point encoders."""

NOISE_STEPS = 12
"""That such noise adds to the last fit: every step sees other points, and other noise. Of 81 cut
test shapes with noise of 0.5 % the F-score of what was missing is 0.765 without them, 0.768 with
20 and 0.770 with 24; asking twice the points at every step gains nothing."""


def explain(
    parts: Parts,
    observation: Observation,
    empty: NDArray[np.float64],
    noise: float,
    allowed: torch.Tensor,
    *,
    config: SearchConfig,
    seed: int,
    stages: Stages,
) -> Searched:
    """The codes and poses that explain an observation best.

    Args:
        parts: Of the model.
        observation: In its box.
        empty: (m, 3) points known to be outside, in the box.
        noise: Standard deviation of the points, in the box's lengths.
        allowed: (k,) bool; which categories may be followed.
        config: How far to search, were there no noise. Noise is no reason to search again.
        seed: Of the hypotheses after the first. That one is the same with every seed: how well it
            fits would otherwise hang on where the search happens to begin.
        stages: Timed as `prior` and `latent`.

    Raises:
        InputError: Too few points were observed.
        Cancelled: The user asked to stop.
    """
    config = _expecting(noise, config)
    observed = Observed(
        torch.from_numpy(observation.points).float(),
        torch.from_numpy(observation.normals).float(),
        torch.from_numpy(observation.parts),
        torch.from_numpy(observation.thickness).float(),
        torch.from_numpy(empty).float(),
    )
    generator = torch.Generator().manual_seed(0)

    def begin(how: GuessesConfig) -> Starts:
        return initial_guesses_of(
            parts.encode, observed, parts.known, allowed, how, generator=generator
        )

    with stages.run("prior"):
        starts = begin(config.starts)
    with stages.run("latent"):
        return search(
            parts.fitting.remembering(),
            observed,
            starts,
            parts.known,
            config,
            generator=generator,
            tell=lambda done: stages.tell("latent", done),
            begin_again=begin,
            draws=torch.Generator().manual_seed(seed),
        )


def _expecting(noise: float, config: SearchConfig) -> SearchConfig:
    """The search that fits noisy points for longer and more widely, and is less surprised."""
    final = replace(
        config.final,
        steps=config.final.steps + round(NOISE_STEPS * _noisiness(noise)),
        width=math.hypot(FitConfig.width, noise),
        pair_distance=max(FitConfig.pair_distance, 2 * noise),
        least_wall=SHEET_THICKNESS,
    )
    expected = NOISE_PENALTY * _noisiness(noise)
    return replace(
        config,
        final=final,
        surprising=config.surprising + expected,
        astonishing=config.astonishing + expected,
    )


def _noisiness(noise: float) -> float:
    """0 without noise, 1 where it is half the fit's width or more."""
    return min(1.0, 2 * noise / FitConfig.width)
