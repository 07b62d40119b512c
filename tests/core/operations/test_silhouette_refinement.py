"""Reconstructions by a model with a view encoder: its code is fitted to the outlines."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.errors import Cancelled, ModelFileError
from core.models.checkpoint import read_model_file, write_model_file
from core.operations.engine import Engine
from core.operations.silhouette_refinement import outline_of
from core.prior.view_encoder import PREFIX, ViewEncoder, ViewEncoderConfig

RESOLUTION = 40


@pytest.fixture(scope="module")
def model(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with a view encoder that has learned nothing."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        encoder = ViewEncoder(ViewEncoderConfig(picture_px=32, widths=(8, 8), hidden=16))
    stored = read_model_file(tiny_model)
    views = {PREFIX + name: tensor for name, tensor in encoder.state_dict().items()}
    path = tmp_path_factory.mktemp("models") / "seeing.safetensors"
    card = replace(stored.card, view_encoder=asdict(encoder.config))
    write_model_file(path, card, stored.tensors | views)
    return path


@pytest.fixture(scope="module")
def engine(model: Path) -> Engine:
    return Engine(model, "cpu")


def test_the_outline_moves_the_code(engine: Engine, tiny_model: Path, chair_file: Path) -> None:
    fitted = engine.reconstruct([chair_file], resolution=RESOLUTION)
    guessed = Engine(tiny_model, "cpu").reconstruct([chair_file], resolution=RESOLUTION)
    assert list(fitted.seconds) == ["inputs", "prior", "latent", "surface", "finish"]
    assert "latent" not in guessed.seconds
    assert fitted.category == guessed.category
    assert np.abs(fitted.code - guessed.code).max() > 1e-3
    assert np.array_equal(fitted.first_guess, guessed.code)
    assert np.array_equal(guessed.first_guess, guessed.code)
    assert fitted.mesh.is_closed


def test_neither_order_of_pictures_nor_threads_change_a_bit(
    engine: Engine, chair_file: Path
) -> None:
    with Image.open(chair_file) as image:
        rgba = np.asarray(image)
    views = [rgba, rgba[::-1].copy(), rgba.transpose(1, 0, 2).copy()]
    straight = engine.reconstruct(views, resolution=RESOLUTION)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        other = engine.reconstruct([views[2], views[0], views[1]], resolution=RESOLUTION)
    finally:
        torch.set_num_threads(threads)
    assert np.array_equal(straight.code, other.code)
    # each picture keeps its camera
    assert [straight.cameras[number] for number in (2, 0, 1)] == list(other.cameras)
    assert len(set(straight.cameras)) == len(views)


def test_seeds_still_vary_the_shape(engine: Engine, chair_file: Path) -> None:
    first, again, other = (
        engine.reconstruct([chair_file], seed=seed, resolution=RESOLUTION).code
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


def test_the_fit_tells_its_progress_and_can_be_cancelled(engine: Engine, chair_file: Path) -> None:
    told: list[float] = []

    def progress(stage: str, fraction: float) -> None:
        if stage == "latent":
            told.append(fraction)

    with pytest.raises(Cancelled):
        engine.reconstruct(
            [chair_file],
            resolution=RESOLUTION,
            progress=progress,
            cancelled=lambda: bool(told) and told[-1] > 0.5,
        )
    assert told == sorted(told)
    assert 0.5 < told[-1] < 1.0


def test_a_view_encoder_that_does_not_fit_its_card_is_said(model: Path, tmp_path: Path) -> None:
    stored = read_model_file(model)
    wrong = replace(stored.card, view_encoder=asdict(ViewEncoderConfig(picture_px=32)))
    path = tmp_path / "wrong.safetensors"
    write_model_file(path, wrong, stored.tensors)
    with pytest.raises(ModelFileError, match="does not fit its own card"):
        Engine(path, "cpu")


def test_an_outline_is_the_distance_from_the_matte_s_edge() -> None:
    picture = np.zeros((64, 64, 4), np.float32)
    picture[16:48, 16:48, 3] = 1.0
    outline = outline_of(picture)
    x = (np.arange(64) + 0.5) / 32 - 1
    expected = np.maximum(np.abs(x)[:, None], np.abs(x)[None]) - 0.5
    middle = np.abs(x)[:, None] * np.ones(64) < 0.4  # beside the corners
    # distances are counted from pixel middles: half a pixel at most
    assert np.abs(outline.numpy() - expected)[middle].max() <= 1 / 64 + 1e-6


def test_a_faint_object_has_an_outline_too() -> None:
    picture = np.zeros((32, 32, 4), np.float32)
    picture[8:24, 8:24, 3] = 0.3
    outline = outline_of(picture)
    assert (outline < 0).sum() == 256
