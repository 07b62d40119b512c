"""From a folder of assets to a scored model, by the commands alone."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from core.__main__ import main
from core.field.checkpoint import read_model_file
from core.train.commands import PARTS
from core.train.completion_commands import METHODS
from core.train.loop import read_checkpoint


@pytest.mark.slow
def test_a_library_becomes_a_scored_model(library, tmp_path, capsys, monkeypatch):
    work, model = tmp_path / "work", tmp_path / "boxes.safetensors"
    data = [str(library), "--work", str(work), "--workers", "1", "--test-share", "0.25"]
    assert main(["prepare", *data]) == 0
    short = ["--decoder-epochs", "8", "--encoder-steps", "2", "--point-steps", "2"]
    short += ["--view-steps", "2"]
    short += ["--mixed-shapes", "4"]
    assert main(["train", *data, "--output", str(model), *short, "--licence", "CC0"]) == 0
    card = read_model_file(model).card
    assert card.licence == "CC0"
    assert len(card.trained_on["train"]) == 6
    assert len(card.trained_on["test"]) == 2
    assert sorted(card.statistics) == ["box", "can"]
    assert {path.name for path in work.iterdir()} == {"prepared", "packed", "mixed", *PARTS}
    # trained already: only the file is written again
    model.unlink()
    assert main(["train", *data, "--output", str(model), *short, "--stage", "release"]) == 0
    capsys.readouterr()
    sheet = tmp_path / "sheet.png"
    options = ["--model", str(model), "--resolution", "32", "--points", "2000"]
    options += ["--sheet", str(sheet), "--json", "--save-scores"]
    assert main(["evaluate", str(library), *options]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert set(printed["scores"]) == {"picture", "retrieval", "mean shape", "oracle"}
    assert set(printed["scores"]["picture"]) == {"box", "can", "macro mean"}
    stored = read_model_file(model)
    assert stored.card.scores["picture"]["box"]["iou"] == pytest.approx(
        printed["scores"]["picture"]["box"]["iou"], abs=1e-4
    )
    np.testing.assert_allclose(stored.card.statistics["box"].mean.shape, (128,))
    with Image.open(sheet) as picture:
        assert picture.width == 3 * 5 * 160
    monkeypatch.setattr("core.train.completion_rivals.DEEPSDF_STEPS", 2)
    options = ["--model", str(model), "--resolution", "32", "--points", "2000"]
    options += ["--cut", "half-space", "--share", "0.5", "--noise", "0", "--json"]
    assert main(["evaluate-completion", str(library), *options, "--sheet", str(sheet)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["method"] for row in rows} == set(METHODS)
    assert len(rows) == 2 * len(METHODS)
    with Image.open(sheet) as picture:
        assert picture.width == 2 * 6 * 160


@pytest.mark.slow
def test_codes_are_fitted_to_the_decoder_s_last_state_and_to_no_decoder_not_at_all(
    library, tmp_path, capsys
):
    work = tmp_path / "work"
    arguments = ["train", str(library), "--work", str(work), "--workers", "1"]
    arguments += ["--output", str(tmp_path / "boxes.safetensors"), "--test-share", "0.25"]
    for stage in ("codes", "mixed"):
        assert main([*arguments, "--stage", stage]) == 2
        assert "train the decoder first" in capsys.readouterr().err
    starts = []
    for epochs in ("1", "3"):
        for stage in ("decoder", "codes"):
            assert main([*arguments, "--stage", stage, "--decoder-epochs", epochs]) == 0
        state, step = read_checkpoint(work / "codes")
        assert step == 1
        starts.append(state["start"])
    assert not torch.equal(*starts)


def test_a_model_is_not_scored_on_a_strange_library(library, tiny_model, tmp_path, capsys):
    assert main(["evaluate", str(tmp_path), "--model", str(tiny_model)]) == 2
    assert "no mesh was found" in capsys.readouterr().err


def test_a_share_beyond_the_whole_is_refused(library, tiny_model, capsys):
    options = ["--model", str(tiny_model), "--share", "1.5"]
    assert main(["evaluate-completion", str(library), *options]) == 2
    assert "--share must lie in [0, 1); found 1.5" in capsys.readouterr().err
