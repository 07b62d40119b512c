"""Fields of batches of codes: what is asked for again and again is decoded once."""

from pathlib import Path

import pytest
import torch

from core.models.architectures import open_model
from core.models.checkpoint import read_model_file
from core.models.triplane import REMEMBERED, TriplaneDecoder


@pytest.fixture
def decoder(tiny_model: Path) -> TriplaneDecoder:
    return open_model(read_model_file(tiny_model), torch.device("cpu"))


@pytest.fixture
def codes(decoder: TriplaneDecoder) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    size = decoder.code_size
    return torch.randn(5, size, generator=generator) * decoder.code_scale


@pytest.fixture
def decoded(decoder: TriplaneDecoder, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many codes were decoded, batch by batch."""
    counts: list[int] = []
    planes = decoder.planes

    def counted(batch: torch.Tensor) -> torch.Tensor:
        counts.append(len(batch))
        return planes(batch)

    monkeypatch.setattr(decoder, "planes", counted)
    return counts


def points_for(codes: torch.Tensor) -> torch.Tensor:
    return torch.rand(len(codes), 50, 3, generator=torch.Generator().manual_seed(1)) - 0.5


def test_equal_codes_are_decoded_once_and_give_what_each_of_them_would(
    decoder: TriplaneDecoder, codes: torch.Tensor, decoded: list[int]
) -> None:
    remembered = decoder.remembering()
    asked = codes[[3, 1, 3, 0, 1]]
    points = points_for(asked)
    found = remembered(asked)(points)
    assert decoded == [3]
    torch.testing.assert_close(found, decoder.fields_of(asked)(points))
    again = remembered(codes[[0, 3]])(points[:2])
    assert decoded == [3, 5]
    torch.testing.assert_close(again, decoder.fields_of(codes[[0, 3]])(points[:2]))


def test_codes_that_move_are_decoded_every_time_with_gradients(
    decoder: TriplaneDecoder, codes: torch.Tensor, decoded: list[int]
) -> None:
    remembered = decoder.remembering()
    moving = codes[:2].clone().requires_grad_()
    for _ in range(2):
        values = remembered(moving)(points_for(moving))
        assert values.requires_grad
    assert decoded == [2, 2]


def test_no_more_is_remembered_than_the_limit(decoder: TriplaneDecoder, decoded: list[int]) -> None:
    remembered = decoder.remembering()
    many = torch.linspace(-1, 1, REMEMBERED + 1)[:, None] * decoder.code_scale
    remembered(many)
    remembered(many[:2])
    assert decoded == [REMEMBERED + 1, 2]
    remembered(many[:2])
    assert decoded == [REMEMBERED + 1, 2]
