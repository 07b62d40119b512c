"""Parts: what is asked for again and again is decoded once; what is encoded, a few at a time."""

from pathlib import Path

import pytest
import torch

from core.errors import ModelFileError
from core.models.checkpoint import CODE_METRIC, read_model_file
from core.pipeline import Engine
from core.pipeline.parts import (
    ENCODED,
    REMEMBERED,
    RememberedFields,
    category_prior,
    decoded_fields,
)


@pytest.fixture
def engine(tiny_model: Path) -> Engine:
    return Engine(tiny_model, "cpu")


@pytest.fixture
def codes(engine: Engine) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    size = engine.decoder.config.code_size
    return torch.randn(5, size, generator=generator) * engine.decoder.code_scale


@pytest.fixture
def decoded(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many codes were decoded, batch by batch."""
    counts: list[int] = []
    planes = engine.decoder.planes

    def counted(batch: torch.Tensor) -> torch.Tensor:
        counts.append(len(batch))
        return planes(batch)

    monkeypatch.setattr(engine.decoder, "planes", counted)
    return counts


def points_for(codes: torch.Tensor) -> torch.Tensor:
    return torch.rand(len(codes), 50, 3, generator=torch.Generator().manual_seed(1)) - 0.5


def test_equal_codes_are_decoded_once_and_give_what_each_of_them_would(
    engine: Engine, codes: torch.Tensor, decoded: list[int]
) -> None:
    remembered = RememberedFields(engine.decoder)
    asked = codes[[3, 1, 3, 0, 1]]
    points = points_for(asked)
    found = remembered(asked)(points)
    assert decoded == [3]
    torch.testing.assert_close(found, decoded_fields(engine.decoder, asked)(points))
    again = remembered(codes[[0, 3]])(points[:2])
    assert decoded == [3, 5]
    torch.testing.assert_close(again, decoded_fields(engine.decoder, codes[[0, 3]])(points[:2]))


def test_codes_that_move_are_decoded_every_time_with_gradients(
    engine: Engine, codes: torch.Tensor, decoded: list[int]
) -> None:
    remembered = RememberedFields(engine.decoder)
    moving = codes[:2].clone().requires_grad_()
    for _ in range(2):
        values = remembered(moving)(points_for(moving))
        assert values.requires_grad
    assert decoded == [2, 2]


def test_no_more_is_remembered_than_the_limit(engine: Engine, decoded: list[int]) -> None:
    remembered = RememberedFields(engine.decoder)
    many = torch.linspace(-1, 1, REMEMBERED + 1)[:, None] * engine.decoder.code_scale
    remembered(many)
    remembered(many[:2])
    assert decoded == [REMEMBERED + 1, 2]
    remembered(many[:2])
    assert decoded == [REMEMBERED + 1, 2]


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
