"""Model files: round trips, and every way in which a file can be no model."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from core.errors import ModelFileError
from core.models.card import CARD_KEY
from core.models.checkpoint import (
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


def test_the_weights_of_encoders_come_back_within_half_a_step_of_their_output(tmp_path):
    path = tmp_path / "tiny.safetensors"
    generator = torch.Generator().manual_seed(0)
    sizes = torch.tensor([1e-3, 1, 0, 30, 1e-6]).view(5, 1, 1, 1)
    kernel = torch.randn(5, 3, 2, 2, generator=generator) * sizes
    tensors = {f"{one}_encoder.layer.weight": kernel for one in ("image", "point", "view")}
    write_model_file(path, card(), tensors | {"point_encoder.layer.bias": kernel[:, 0, 0, 0]})
    stored = read_model_file(path).tensors
    steps = kernel.flatten(1).abs().amax(dim=1).view(5, 1, 1, 1) / 127
    for name in tensors:
        assert ((stored[name] - kernel).abs() <= 0.501 * steps).all(), name
    assert torch.equal(stored["point_encoder.layer.bias"], kernel[:, 0, 0, 0].half().float())
    assert set(stored) == {*tensors, "point_encoder.layer.bias"}


def test_what_was_rounded_once_comes_back_the_same_when_written_again(tmp_path):
    path = tmp_path / "tiny.safetensors"
    write_model_file(path, card(), {"view_encoder.w": torch.randn(7, 9)})
    once = read_model_file(path).tensors
    write_model_file(path, card(), once)
    torch.testing.assert_close(read_model_file(path).tensors, once, rtol=1e-6, atol=0)


def test_a_file_of_the_first_version_is_read(tmp_path):
    path = tmp_path / "old.safetensors"
    weights = torch.randn(3, 4).half()
    text = {"format": 1, "name": "old", "categories": [], "decoder": {}, "image_encoder": {}}
    text |= {"trained_on": {}, "licence": "CC0"}
    save_file({"image_encoder.w": weights}, path, metadata={CARD_KEY: json.dumps(text)})
    stored = read_model_file(path)
    assert torch.equal(stored.tensors["image_encoder.w"], weights.float())
    assert stored.card.architecture == "triplane"


def test_a_card_names_its_architecture(tmp_path):
    path = tmp_path / "tiny.safetensors"
    for name in ("triplane", "hash grid"):
        write_model_file(path, replace(card(), architecture=name), {})
        assert read_model_file(path).card.architecture == name


def test_an_architecture_that_is_no_name_is_refused(tmp_path):
    path = tmp_path / "odd.safetensors"
    text = {"format": FORMAT_VERSION, "name": "odd", "categories": [], "decoder": {}}
    text |= {"image_encoder": {}, "trained_on": {}, "licence": "CC0", "architecture": ["triplane"]}
    save_file({"w": torch.zeros(1)}, path, metadata={CARD_KEY: json.dumps(text)})
    with pytest.raises(ModelFileError, match=r"card of .* cannot be read"):
        read_model_file(path)


@pytest.mark.parametrize(
    "steps", [None, torch.ones(()), torch.ones(1), torch.ones(4), torch.ones(3, 1)]
)
def test_weights_without_their_steps_are_said(tmp_path, steps):
    path = tmp_path / "torn.safetensors"
    text = {"format": FORMAT_VERSION, "name": "torn", "categories": [], "decoder": {}}
    text |= {"image_encoder": {}, "trained_on": {}, "licence": "CC0"}
    weights = torch.ones(3, 4, dtype=torch.int8)
    tensors = {"image_encoder.w": weights}
    if steps is not None:
        tensors["image_encoder.w.steps"] = steps
    save_file(tensors, path, metadata={CARD_KEY: json.dumps(text)})
    with pytest.raises(ModelFileError, match="does not hold what its card says"):
        read_model_file(path)


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
    with pytest.raises(ModelFileError, match="format version 3"):
        read_model_file(path)
