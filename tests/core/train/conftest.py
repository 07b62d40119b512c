"""The library of boxes and cans, prepared and packed."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.models.triplane import TriplaneConfig
from core.train.assets import list_assets
from core.train.dataset import pack
from core.train.preparation import PreparationConfig, prepare_assets

SMALL = PreparationConfig(
    near_points=300, middle_points=200, uniform_points=100, lattice_resolution=8, views=2
)


@pytest.fixture(scope="session")
def packed(library: Path, tmp_path_factory: pytest.TempPathFactory):
    """The library, prepared and packed, its renders only shrunk to size."""
    work = tmp_path_factory.mktemp("work")
    assets = list_assets(library)
    problems = [problem for _, problem in prepare_assets(assets, work / "prepared", SMALL)]
    assert problems == [None] * 8

    def enlarge(picture: np.ndarray) -> np.ndarray:
        return np.repeat(np.repeat(picture, 4, axis=0), 4, axis=1)

    return pack(assets, work / "prepared", work / "packed", SMALL, enlarge)


@pytest.fixture
def small_decoder(monkeypatch):
    """Trainings whose decoder has fewer channels: nothing but scores and time hangs on them."""
    small = TriplaneConfig(channels=(16, 16, 8), plane_channels=4, hidden=16)
    monkeypatch.setattr("core.train.training_stages.STARTER_DECODER", small)


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
