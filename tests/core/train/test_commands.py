"""From a folder of assets to a scored model, by the commands alone."""

import json
import shutil

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image

from core.__main__ import main
from core.evaluate.completion_commands import METHODS
from core.models.checkpoint import read_model_file
from core.train.loop import read_checkpoint
from core.train.training_stages import PARTS


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
    monkeypatch.setattr("core.evaluate.baselines.DEEPSDF_STEPS", 2)
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


@pytest.fixture
def further(tmp_path, render_writer):
    """A folder of assets with two boxes that the library has not, and fewer renders."""
    folder = tmp_path / "further"
    (folder / "box").mkdir(parents=True)
    for number in range(2):
        mesh = trimesh.creation.box(extents=[0.5, 0.2 + 0.1 * number, 0.6])
        mesh.export(folder / "box" / f"new_{number}.ply")
        renders = folder / "box" / f"new_{number}.views.npz"
        render_writer(renders, 0.6, is_round=False, count=3)
    return folder


@pytest.mark.slow
def test_further_assets_are_learned_by_the_picture_encoder_alone(
    library, further, tmp_path, capsys
):
    work, model = tmp_path / "work", tmp_path / "boxes.safetensors"
    arguments = ["train", str(library), "--work", str(work), "--workers", "1"]
    arguments += ["--output", str(model), "--test-share", "0.25", "--decoder-epochs", "4"]
    arguments += ["--encoder-steps", "2", "--point-steps", "2", "--view-steps", "0"]
    arguments += ["--mixed-shapes", "0", "--further-assets", str(further)]
    assert main([*arguments, "--stage", "further"]) == 2
    assert "train the decoder first" in capsys.readouterr().err
    assert main([*arguments, "--stage", "encoder"]) == 2
    assert "run --stage further first" in capsys.readouterr().err
    assert main(arguments) == 0
    renders, cameras = (
        np.load(work / "further" / "packed" / f"{name}.npy", mmap_mode="r")
        for name in ("renders", "render_cameras")
    )
    assert renders.shape[:2] == (8, 10)
    assert cameras.shape == (8, 10, 3)
    np.testing.assert_array_equal(renders[7, 0], renders[7, 3])
    stored = read_model_file(model)
    assert len(stored.tensors["codes"]) == len(stored.card.trained_on["train"]) == 6
    start, codes = (read_checkpoint(work / "further")[0][name] for name in ("start", "codes"))
    assert torch.equal(start[6], start[7])
    assert torch.equal(start[:6], codes[:6])
    seen, _ = read_checkpoint(work / "encoder")
    torch.testing.assert_close(seen["encoder.code_mean"], codes.mean(dim=0))
    learned = read_checkpoint(work / "points")[0]["encoder.code_mean"]
    torch.testing.assert_close(learned, codes[:6].mean(dim=0))


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


@pytest.mark.slow
def test_further_assets_of_a_category_whose_own_cannot_be_read_have_no_code_to_start_from(
    library, further, tmp_path, capsys
):
    assets = shutil.copytree(library, tmp_path / "assets")
    (assets / "cone").mkdir()
    for number in range(8):
        (assets / "cone" / f"cone_{number}.ply").write_bytes(b"no mesh")
    (further / "box").rename(further / "cone")
    arguments = ["train", str(assets), "--work", str(tmp_path / "work"), "--workers", "1"]
    arguments += ["--output", str(tmp_path / "x.safetensors"), "--decoder-epochs", "1"]
    assert main([*arguments, "--stage", "decoder"]) == 0
    arguments += ["--further-assets", str(further), "--stage", "further"]
    assert main(arguments) == 2
    assert "no asset of it that the decoder was trained on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (["--stage", "further"], "name their folder with --further-assets"),
        (["--stage", "mixed", "--mixed-shapes", "0"], "give more than 0 --mixed-shapes"),
        (["--stage", "views", "--view-steps", "0"], "give more than 0 --view-steps"),
    ],
)
def test_a_stage_that_would_do_nothing_says_so(library, tmp_path, capsys, options, remedy):
    arguments = ["train", str(library), "--work", str(tmp_path / "work")]
    assert main([*arguments, "--output", str(tmp_path / "x.safetensors"), *options]) == 2
    assert capsys.readouterr().err.rstrip().endswith(remedy)
    assert not (tmp_path / "work").exists()


def test_a_model_is_not_scored_on_a_strange_library(library, tiny_model, tmp_path, capsys):
    assert main(["evaluate", str(tmp_path), "--model", str(tiny_model)]) == 2
    assert "no mesh was found" in capsys.readouterr().err


def test_a_share_beyond_the_whole_is_refused(library, tiny_model, capsys):
    options = ["--model", str(tiny_model), "--share", "1.5"]
    assert main(["evaluate-completion", str(library), *options]) == 2
    assert "--share must lie in [0, 1); found 1.5" in capsys.readouterr().err
