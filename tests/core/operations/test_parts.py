"""Parts: what is encoded, a few at a time; and what is usual in a category."""

from pathlib import Path

import pytest
import torch

from core.errors import ModelFileError
from core.models.checkpoint import CODE_METRIC, read_model_file
from core.operations.engine import Engine
from core.operations.parts import ENCODED, category_prior


@pytest.fixture
def engine(tiny_model: Path) -> Engine:
    return Engine(tiny_model, "cpu")


def test_many_observations_are_encoded_as_each_would_be_alone(engine: Engine) -> None:
    observed = torch.randn(ENCODED + 1, 40, 6, generator=torch.Generator().manual_seed(2))
    parts = engine.parts
    together, alone = parts.encode(observed), [parts.encode(each[None]) for each in observed]
    assert len(together.codes) == ENCODED + 1
    for found, *each in zip(together, *alone, strict=True):
        # half precision rounds; answers to different observations differ a hundred times more
        torch.testing.assert_close(found, torch.cat(each), rtol=0.02, atol=0.02)


def test_a_category_s_prior_has_its_covariance_with_a_metric_and_without(tiny_model: Path) -> None:
    stored = read_model_file(tiny_model)
    assert CODE_METRIC not in stored.tensors
    category = stored.card.categories[0]
    covariance = stored.card.statistics[category].covariance
    size = len(covariance)
    for metric in (None, torch.diag(torch.arange(1.0, 1 + size))):
        if metric is not None:
            stored.tensors[CODE_METRIC] = metric
        root = category_prior(stored, category).roots[0]
        torch.testing.assert_close(root @ root.T, covariance, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("metric", [torch.eye(2), torch.ones(3), "nan"])
def test_a_metric_that_is_none_is_refused(tiny_model: Path, metric: torch.Tensor | str) -> None:
    stored = read_model_file(tiny_model)
    size = stored.tensors["codes"].shape[1]
    if isinstance(metric, str):
        metric = torch.full((size, size), torch.nan)
    stored.tensors[CODE_METRIC] = metric
    with pytest.raises(ModelFileError, match=f"no {size} x {size} numbers"):
        category_prior(stored, stored.card.categories[0])
