"""A library of boxes and cans, with renders beside some of them."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from core.train.assets import list_assets
from core.train.dataset import pack
from core.train.preparation import PreparationConfig, prepare_assets

SMALL = PreparationConfig(
    near_points=300, middle_points=200, uniform_points=100, lattice_resolution=8, views=2
)


def write_renders(path: Path, height: float, *, is_round: bool, count: int = 10) -> None:
    """Renders of a rectangle or an ellipse as tall as the shape, as WebP in one array."""
    rows, columns = np.mgrid[-15.5:16, -15.5:16]
    down, across = np.abs(rows) / (14 * height), np.abs(columns) / 6
    inside = np.hypot(down, across) < 1 if is_round else np.maximum(down, across) < 1
    image = np.zeros((32, 32, 4), np.uint8)
    image[inside] = (90, 120, 150, 255)
    pieces = []
    for _ in range(count):
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "WEBP", lossless=True)
        pieces.append(np.frombuffer(buffer.getvalue(), np.uint8))
    np.savez(path, webp=np.concatenate(pieces), webp_len=[len(piece) for piece in pieces])


@pytest.fixture(scope="session")
def render_writer() -> Callable[..., None]:
    """`write_renders`, for tests that add assets."""
    return write_renders


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four boxes and four cans of growing height, each with ten renders."""
    folder = tmp_path_factory.mktemp("library")
    for number in range(4):
        height = 0.3 + 0.2 * number
        shapes = {
            "box": trimesh.creation.box(extents=[0.4, 0.3, height]),
            "can": trimesh.creation.cylinder(radius=0.2, height=height, sections=24),
        }
        for category, mesh in shapes.items():
            (folder / category).mkdir(exist_ok=True)
            mesh.export(folder / category / f"{category}_{number}.ply")
            write_renders(
                folder / category / f"{category}_{number}.views.npz",
                height,
                is_round=category == "can",
            )
    return folder


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
