"""Model files: round trips, and every way in which a file can be no model."""

import json

import pytest
import torch
from safetensors.torch import save_file

from core.errors import ModelFileError
from core.field.checkpoint import (
    FORMAT_VERSION,
    CodeStatistics,
    ModelCard,
    read_model_file,
    write_model_file,
    write_scores,
)

COVARIANCE = torch.tensor([[2.0, 0.5], [0.5, 1.0]])


def card():
    return ModelCard(
        "tiny",
        ["chair"],
        {"code_size": 2},
        {"widths": [4]},
        {"assets": "made here"},
        "GPL-3.0-or-later",
        scores={"picture": {"macro mean": {"iou": 0.5}}},
        statistics={"chair": CodeStatistics(torch.tensor([1.0, -1.0]), COVARIANCE)},
    )


def test_a_model_comes_back_as_it_was_written(tmp_path):
    path = tmp_path / "tiny.safetensors"
    weights = torch.randn(3, 4)
    write_model_file(path, card(), {"decoder.w": weights, "decoder.n": torch.tensor(3)})
    stored = read_model_file(path)
    torch.testing.assert_close(stored.tensors["decoder.w"], weights.half().float())
    assert stored.tensors["decoder.n"] == 3
    assert stored.card.scores == card().scores
    assert stored.card.trained_on == {"assets": "made here"}
    chair = stored.card.statistics["chair"]
    torch.testing.assert_close(chair.mean, torch.tensor([1.0, -1.0]))
    torch.testing.assert_close(chair.covariance, COVARIANCE, atol=5e-3, rtol=5e-3)
    assert [file.name for file in tmp_path.iterdir()] == ["tiny.safetensors"]


def test_other_scores_change_nothing_else_of_a_model(tmp_path):
    path = tmp_path / "tiny.safetensors"
    write_model_file(path, card(), {"decoder.w": torch.randn(3, 4)})
    before = read_model_file(path)
    scores = {"picture": {"macro mean": {"iou": 0.75}}}
    write_scores(path, scores)
    after = read_model_file(path)
    assert after.card.scores == scores
    for name in ("name", "categories", "decoder", "image_encoder", "trained_on", "licence"):
        assert getattr(after.card, name) == getattr(before.card, name)
    assert torch.equal(after.tensors["decoder.w"], before.tensors["decoder.w"])
    chairs = [each.card.statistics["chair"].covariance for each in (before, after)]
    assert torch.equal(*chairs)
    assert [file.name for file in tmp_path.iterdir()] == ["tiny.safetensors"]


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ModelFileError, match="there is no model file"):
        read_model_file(tmp_path / "none.safetensors")


@pytest.mark.parametrize("kept", [0, 4, 100, 0.5, 0.99])
def test_a_truncated_file_is_said(tmp_path, kept):
    path = tmp_path / "tiny.safetensors"
    write_model_file(path, card(), {"decoder.w": torch.randn(64, 64)})
    data = path.read_bytes()
    path.write_bytes(data[: kept if isinstance(kept, int) else int(kept * len(data))])
    with pytest.raises(ModelFileError, match=r"truncated or no \.safetensors"):
        read_model_file(path)


def test_a_foreign_safetensors_file_is_said(tmp_path):
    path = tmp_path / "foreign.safetensors"
    save_file({"w": torch.zeros(2)}, path)
    with pytest.raises(ModelFileError, match="it has no card"):
        read_model_file(path)


@pytest.mark.parametrize("text", ["{", "[]", "{}", json.dumps({"format": FORMAT_VERSION})])
def test_a_broken_card_is_said(tmp_path, text):
    path = tmp_path / "broken.safetensors"
    save_file({"w": torch.zeros(2)}, path, metadata={"isoform": text})
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_model_file(path)


def test_another_format_version_is_said(tmp_path):
    path = tmp_path / "later.safetensors"
    text = json.dumps({"format": FORMAT_VERSION + 1})
    save_file({"w": torch.zeros(2)}, path, metadata={"isoform": text})
    with pytest.raises(ModelFileError, match="format version 2"):
        read_model_file(path)
