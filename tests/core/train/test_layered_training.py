"""From coloured assets to photographs whose truth is known, and a network that learns them."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from core.__main__ import main
from core.errors import InputError
from core.models.checkpoint import read_model_file
from core.operations.engine import Engine
from core.prior.view_network import PREFIX, ViewNetwork, ViewNetworkConfig
from core.train.assets import Asset, list_assets
from core.train.layered_dataset import LayersConfig, pack_layers, prepare_layers
from core.train.layered_views import DEPTH_STEP, NO_CROSSING
from core.train.photographs import (
    BACKGROUND_PX,
    _mirrored,
    draw_photographs,
    load_backgrounds,
)
from core.train.view_network_training import (
    ViewNetworkTraining,
    ViewNetworkTrainingConfig,
    map_losses,
    whole_losses,
)

SEEN = LayersConfig(views=3, picture_px=32, layers_px=16)
SMALL = ViewNetworkConfig(
    kinds=("box", "can"), picture_px=32, stem=8, widths=(8, 16, 24), blocks=(1, 1, 1), hidden=16
)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def layers(library, tmp_path_factory):
    """Boxes and cans, seen three times each."""
    work = tmp_path_factory.mktemp("layers")
    assets = list_assets(library)
    problems = [said for _, said in prepare_layers(assets, work / "seen", SEEN, 1)]
    assert problems == [None] * len(assets)
    return pack_layers(assets, work / "seen", work / "packed")


def drawn(layers, backgrounds=None, seed=0, count=24):
    shapes = np.arange(count) % len(layers.assets)
    backgrounds = load_backgrounds(None) if backgrounds is None else backgrounds
    return draw_photographs(layers, shapes, backgrounds, np.random.default_rng(seed))


def test_every_view_holds_the_whole_object(layers):
    hit = layers.buffers[..., 2] > 0
    assert hit.any(axis=(2, 3)).all()
    for edge in (hit[:, :, 0], hit[:, :, -1], hit[:, :, :, 0], hit[:, :, :, -1]):
        assert not edge.any()


def test_what_is_entered_is_left_behind_it(layers):
    depths = np.where(layers.crossings == NO_CROSSING, np.nan, layers.crossings * DEPTH_STEP)
    enter, leave = depths[..., 0], depths[..., 1]
    np.testing.assert_array_equal(np.isnan(enter), np.isnan(leave))
    assert (leave > enter)[~np.isnan(enter)].all()


def test_an_interrupted_preparation_casts_only_what_is_missing(library, tmp_path):
    assets = list_assets(library)[:2]
    for _ in prepare_layers(assets[:1], tmp_path, SEEN, 1):
        pass
    first = next(tmp_path.glob("*/*.npz"))
    before = first.stat().st_mtime_ns
    assert len(list(prepare_layers(assets, tmp_path, SEEN, 1))) == 2
    assert first.stat().st_mtime_ns == before


def test_an_asset_that_is_no_mesh_is_said(tmp_path):
    path = tmp_path / "box" / "broken.ply"
    path.parent.mkdir()
    path.write_text("ply\nnonsense")
    ((_, said),) = prepare_layers([Asset("box", "broken", path)], tmp_path / "seen", SEEN, 1)
    assert "broken.ply" in said
    with pytest.raises(InputError, match="prepare them first"):
        pack_layers([Asset("box", "broken", path)], tmp_path / "seen", tmp_path / "packed")


def test_photographs_and_their_truth_lie_on_one_another(layers):
    found = drawn(layers)
    assert found.pictures.shape == (24, 3, 32, 32)
    assert found.pictures.min() >= 0
    assert found.pictures.max() <= 1
    covered, crossed = found.mattes > 0.99, ~found.depths[:, 0].isnan()
    assert crossed[covered].all()
    assert not crossed[found.mattes == 0].any()
    lengths = found.normals.norm(dim=1)
    torch.testing.assert_close(lengths[covered], torch.ones_like(lengths[covered]))


def test_seen_surfaces_face_the_camera(layers):
    found = drawn(layers)
    towards = found.normals[:, 2][found.mattes > 0.99]
    assert (towards < 0.35).all()  # rays of a wide camera are not parallel to its axis


def test_the_same_seed_takes_the_same_photographs(layers):
    for one, other in zip(drawn(layers, seed=5), drawn(layers, seed=5), strict=True):
        assert torch.equal(one.nan_to_num(), other.nan_to_num())
    assert not torch.equal(drawn(layers, seed=5).pictures, drawn(layers, seed=6).pictures)


def test_a_mirrored_mirror_image_is_the_photograph(layers):
    found = drawn(layers)
    everything = torch.ones(24, dtype=torch.bool)
    once = _mirrored(found, everything)
    assert torch.equal(once.pictures, found.pictures.flip(-1))
    assert torch.equal(once.azimuths, -found.azimuths)
    for one, other in zip(_mirrored(once, everything), found, strict=True):
        assert torch.equal(one.nan_to_num(), other.nan_to_num())


def test_places_put_what_the_depths_show_around_the_cubes_centre(layers):
    """Boxes and cans equal their image through the centre, so do the points on them."""
    found = drawn(layers)
    steps = (torch.arange(16) + 0.5) / 16 * 2 - 1
    _, log_distance, log_half, x, y = found.places.T[..., None, None]
    distance, half = log_distance.exp(), (log_half - log_distance).exp()
    away = found.depths[:, :2] + distance[:, None]
    right = ((steps - x) * half)[:, None] * away
    down = ((steps[:, None] - y) * half)[:, None] * away
    for along in (right, down, found.depths[:, :2]):
        seen = torch.where(found.depths[:, :2].isnan(), torch.nan, along).flatten(1).numpy()
        low, high = np.nanmin(seen, axis=1), np.nanmax(seen, axis=1)
        np.testing.assert_allclose((low + high) / 2, 0, atol=0.12)  # pixels are .1 wide
        assert (high - low).max() < np.sqrt(3)


def test_backgrounds_are_the_middles_of_photographs(tmp_path):
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:, 20:60] = (200, 100, 50)
    Image.fromarray(picture).save(tmp_path / "wide.png")
    (tmp_path / "torn.jpg").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("no picture either")
    (square,) = load_backgrounds(tmp_path)
    assert square.shape == (BACKGROUND_PX, BACKGROUND_PX, 3)
    assert square[128, 128].tolist() == [200, 100, 50]


def test_a_folder_without_photographs_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no photograph"):
        load_backgrounds(tmp_path)


def test_backgrounds_come_behind_some_objects(layers):
    red = torch.zeros(1, BACKGROUND_PX, BACKGROUND_PX, 3, dtype=torch.uint8)
    red[..., 0] = 255
    behind = drawn(layers, red, count=64).pictures[:, :, 0, 0]
    is_red = (behind[:, 0] > 0.6) & (behind[:, 1:].amax(dim=1) < 0.2)
    assert 0.1 < is_red.float().mean() < 0.6


def new_network():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return ViewNetwork(SMALL)


def test_losses_are_least_at_the_truth(layers):
    truth = drawn(layers)
    answer = new_network()(truth.pictures)
    kinds, fronts = torch.zeros(24, dtype=torch.long), torch.ones(24, dtype=torch.bool)
    wrong = map_losses(answer, truth) | whole_losses(answer, truth, kinds, fronts, 1.0)
    is_there = ~truth.depths.isnan()
    values = vars(answer) | {
        "matte_logits": torch.logit(truth.mattes, eps=1e-4),
        "crossing_logits": 20 * is_there.float() - 10,
        "depths": truth.depths.nan_to_num(),
        "normals": truth.normals,
        "place": truth.places,
        "kind_logits": torch.tensor([[9.0, 0.0]]).expand(24, -1),
        "azimuth_logits": -20 * _off_bins(truth.azimuths).square(),
    }
    right = type(answer)(**values)
    best = map_losses(right, truth) | whole_losses(right, truth, kinds, fronts, 1.0)
    assert all(best[name] < wrong[name] for name in wrong)
    assert best["visible depth"] == 0


def _off_bins(azimuths):
    off = azimuths[:, None] - 2 * torch.pi / 48 * torch.arange(48)
    return torch.atan2(off.sin(), off.cos())


def test_a_training_goes_on_where_it_was_stopped(layers):
    def training():
        config = ViewNetworkTrainingConfig(batch=4)
        return ViewNetworkTraining(layers, load_backgrounds(None), new_network(), config, CPU)

    whole, first, second = training(), training(), training()
    for number in range(4):
        whole.step(number, 1.0)
    for number in range(2):
        first.step(number, 1.0)
    second.load_state({name: value.clone() for name, value in first.state().items()})
    for number in range(2, 4):
        second.step(number, 1.0)
    for name, value in whole.state().items():
        assert torch.equal(value, second.state()[name]), name


def test_the_command_trains_a_model_that_reconstructs(library, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("core.train.layered_commands.ViewNetworkConfig", small_network)
    output, work = tmp_path / "any.safetensors", tmp_path / "work"
    command = ["train-layered", str(library), "--output", str(output), "--work", str(work)]
    options = ["--steps", "2", "--views", "1", "--workers", "1", "--test-share", "0.3"]
    assert main([*command, *options]) == 0
    card = read_model_file(output).card
    assert card.architecture == "layered"
    assert card.trained_on["steps"] == 2
    assert {*card.trained_on["train"], *card.trained_on["test"]} == {
        asset.key for asset in list_assets(library)
    }
    picture = np.zeros((48, 48, 4), np.float32)
    picture[12:36, 8:40] = (0.6, 0.5, 0.4, 1.0)
    result = Engine(output, "cpu").reconstruct(picture, resolution=32)
    assert len(result.mesh.faces) > 0
    assert result.code is None
    assert json.loads((work / "view-network" / "log.jsonl").read_text().splitlines()[-1])["step"]


def test_a_model_is_trained_on_from_another(library, tmp_path, monkeypatch):
    monkeypatch.setattr("core.train.layered_commands.ViewNetworkConfig", small_network)
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    options = ["--views", "1", "--workers", "1", "--test-share", "0", "--steps"]
    command = ["train-layered", str(library), "--work", str(tmp_path / "one"), "--output"]
    assert main([*command, str(first), *options, "2"]) == 0
    command[3] = str(tmp_path / "other")
    assert main([*command, str(second), *options, "1", "--base", str(first)]) == 0
    began, went_on = (read_model_file(each).tensors for each in (first, second))
    # a step at a rate of nearly nothing; another beginning would be far off
    name = PREFIX + "stem.0.weight"
    torch.testing.assert_close(went_on[name], began[name], atol=5e-3, rtol=0)


def test_a_base_of_another_kind_is_refused(library, tiny_model, tmp_path, capsys):
    words = ["--output", str(tmp_path / "any.safetensors"), "--base", str(tiny_model)]
    assert main(["train-layered", str(library), *words]) == 2
    assert "is no layered one" in capsys.readouterr().err


def small_network(kinds):
    return ViewNetworkConfig(
        kinds=kinds, picture_px=192, stem=8, widths=(8, 8, 16), blocks=(1, 1, 1), hidden=16
    )


def test_assets_of_one_name_in_two_folders_are_refused(library, tmp_path, capsys):
    output = str(tmp_path / "any.safetensors")
    assert main(["train-layered", str(library), str(library), "--output", output]) == 2
    assert "have one name" in capsys.readouterr().err


def test_a_model_cannot_be_released_before_it_is_trained(library, tmp_path, capsys):
    output = ["--output", str(tmp_path / "any.safetensors"), "--work", str(tmp_path / "work")]
    assert main(["train-layered", str(library), *output, "--stage", "release"]) == 2
    assert "train first" in capsys.readouterr().err
