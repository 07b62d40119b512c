"""From a folder of assets to a scored model, by the commands alone."""

import json

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.evaluate.completion_commands import METHODS
from core.models.checkpoint import read_model_file
from core.train.training_stages import PARTS


@pytest.mark.slow
@pytest.mark.usefixtures("small_decoder")
def test_a_library_becomes_a_scored_model(library, tmp_path, capsys, monkeypatch):
    work, model = tmp_path / "work", tmp_path / "boxes.safetensors"
    data = [str(library), "--work", str(work), "--workers", "1", "--test-share", "0.25"]
    assert main(["prepare", *data]) == 0
    short = ["--decoder-epochs", "8", "--encoder-steps", "2", "--point-steps", "2"]
    short += ["--view-steps", "2"]
    short += ["--interpolated-shapes", "4"]
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
    monkeypatch.setattr("core.evaluate.baselines.DEEPSDF_STEPS", 2)
    options = ["--model", str(model), "--resolution", "32", "--points", "2000"]
    options += ["--cut", "half-space", "--share", "0.5", "--noise", "0", "--json"]
    assert main(["evaluate-completion", str(library), *options, "--sheet", str(sheet)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["method"] for row in rows} == set(METHODS)
    assert len(rows) == 2 * len(METHODS)
    with Image.open(sheet) as picture:
        assert picture.width == 2 * 6 * 160


def test_further_assets_may_not_be_those_of_the_test_nor_of_unknown_categories(
    library, further, tmp_path, capsys
):
    arguments = ["train", str(library), "--work", str(tmp_path / "work")]
    arguments += ["--output", str(tmp_path / "x.safetensors"), "--further-assets", str(further)]
    (further / "box" / "new_0.ply").rename(further / "box" / "box_1.ply")
    assert main(arguments) == 2
    assert "box/box_1 is in" in capsys.readouterr().err
    (further / "box").rename(further / "cone")
    assert main(arguments) == 2
    assert "has the category cone" in capsys.readouterr().err
    assert not (tmp_path / "work").exists()


def test_the_help_names_interpolated_shapes_and_not_what_they_were_called(capsys):
    assert main(["train", "--help"]) == 0
    said = capsys.readouterr().out
    assert "--interpolated-shapes" in said
    assert "interpolation" in said
    assert "mixed" not in said


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (["--stage", "further"], "name their folder with --further-assets"),
        (
            ["--stage", "interpolation", "--interpolated-shapes", "0"],
            "give more than 0 --interpolated-shapes",
        ),
        (["--stage", "mixed", "--mixed-shapes", "0"], "give more than 0 --interpolated-shapes"),
        (["--stage", "views", "--view-steps", "0"], "give more than 0 --view-steps"),
    ],
)
def test_a_stage_that_would_do_nothing_says_so(library, tmp_path, capsys, options, remedy):
    arguments = ["train", str(library), "--work", str(tmp_path / "work")]
    assert main([*arguments, "--output", str(tmp_path / "x.safetensors"), *options]) == 2
    assert capsys.readouterr().err.rstrip().endswith(remedy)
    assert not (tmp_path / "work").exists()
