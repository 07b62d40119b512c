"""Explaining: how noise changes the search."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import Cancelled
from core.frames import Placement
from core.inputs.partial import Observation
from core.latent.fitting import FitConfig
from core.latent.search import SearchConfig
from core.operations import pose_and_code
from core.operations.engine import Engine
from core.operations.pose_and_code import NOISE_PENALTY, explain
from core.operations.stages import Stages

NOISY = FitConfig.width / 2
"""From which noise changes no more."""


@pytest.fixture
def config_with(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """The configuration with which is searched, by the noise."""
    engine, asked = Engine(tiny_model, "cpu"), []

    def seen(*given: object, **_named: object) -> None:
        asked.append(given[4])
        raise Cancelled("that is enough")

    monkeypatch.setattr(pose_and_code, "search", seen)
    drawn = np.random.default_rng(0)
    normals = drawn.normal(size=(100, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    box = Placement(1.0, (0.0, 0.0, 0.0))
    observation = Observation(
        box, drawn.random((100, 3)), normals, np.zeros(100, np.int64), np.full(100, np.inf), 0.0
    )

    def config(noise: float) -> SearchConfig:
        allowed = torch.ones(len(engine.categories), dtype=torch.bool)
        empty = np.zeros((0, 3))
        with torch.no_grad(), pytest.raises(Cancelled):
            explain(
                *(engine.parts, observation, empty, noise, allowed),
                config=SearchConfig(),
                seed=0,
                stages=Stages(None, None),
            )
        return asked[-1]

    return config


def test_without_noise_the_search_is_the_one_that_was_asked_for(config_with):
    plain, found = SearchConfig(), config_with(0.0)
    assert found.final.steps == plain.final.steps
    assert found.final.width == plain.final.width
    assert (found.surprising, found.astonishing) == (plain.surprising, plain.astonishing)


def test_noisy_points_are_fitted_for_longer_and_more_widely(config_with):
    plain, some, much = config_with(0.0), config_with(NOISY / 2), config_with(NOISY)
    assert plain.final.steps < some.final.steps < much.final.steps
    assert plain.final.width < some.final.width < much.final.width
    assert config_with(4 * NOISY).final.steps == much.final.steps


def test_what_noise_adds_to_the_surprise_is_no_reason_to_search_again(config_with):
    plain, much = config_with(0.0), config_with(NOISY)
    assert much.surprising == plain.surprising + NOISE_PENALTY
    assert much.astonishing == plain.astonishing + NOISE_PENALTY
