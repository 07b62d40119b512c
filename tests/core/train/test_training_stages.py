"""The stages of a training: what each needs of those before it, and goes on from."""

import shutil

import numpy as np
import pytest
import torch

from core.__main__ import main
from core.models.checkpoint import read_model_file
from core.train.loop import read_checkpoint

pytestmark = pytest.mark.usefixtures("small_decoder")


@pytest.mark.slow
def test_codes_are_fitted_to_the_decoder_s_last_state_and_to_no_decoder_not_at_all(
    library, tmp_path, capsys
):
    work = tmp_path / "work"
    arguments = ["train", str(library), "--work", str(work), "--workers", "1"]
    arguments += ["--output", str(tmp_path / "boxes.safetensors"), "--test-share", "0.25"]
    for stage in ("codes", "interpolation"):
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


@pytest.mark.slow
def test_further_assets_are_learned_by_the_picture_encoder_alone(
    library, further, tmp_path, capsys
):
    work, model = tmp_path / "work", tmp_path / "boxes.safetensors"
    arguments = ["train", str(library), "--work", str(work), "--workers", "1"]
    arguments += ["--output", str(model), "--test-share", "0.25", "--decoder-epochs", "4"]
    arguments += ["--encoder-steps", "2", "--point-steps", "2", "--view-steps", "0"]
    arguments += ["--interpolated-shapes", "0", "--further-assets", str(further)]
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
