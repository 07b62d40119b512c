"""A drawn chair, a library of assets, and a tiny model whose every code is a closed shape."""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from numpy.typing import NDArray
from PIL import Image

from core.models.checkpoint import CodeStatistics, ModelCard, write_model_file
from core.models.triplane import TriplaneConfig, TriplaneDecoder
from core.prior.image_encoder import ImageEncoder, ImageEncoderConfig
from core.prior.point_encoder import PointEncoder, PointEncoderConfig

CODE_SIZE = 8
CATEGORIES = ["chair", "lamp"]
TRAINED = ("a", "b", "c")
"""Names of the training shapes of every category."""


@pytest.fixture(scope="session")
def draw_chair() -> Callable[[int, int], NDArray[np.bool_]]:
    """Draws the mask of a chair: back with slats, seat, two legs, all thin parts 5 % wide."""

    def draw(size_px: int, shift_px: int = 0) -> NDArray[np.bool_]:
        mask = np.zeros((size_px, size_px), bool)
        for top, left, bottom, right in (
            (0.15, 0.30, 0.20, 0.70),
            (0.15, 0.30, 0.55, 0.35),
            (0.15, 0.65, 0.55, 0.70),
            (0.30, 0.30, 0.35, 0.70),
            (0.50, 0.28, 0.62, 0.72),
            (0.60, 0.28, 0.88, 0.33),
            (0.60, 0.67, 0.88, 0.72),
        ):
            rows = slice(round(top * size_px), round(bottom * size_px))
            columns = slice(round(left * size_px) + shift_px, round(right * size_px) + shift_px)
            mask[rows, columns] = True
        return mask

    return draw


@pytest.fixture(scope="session")
def chair_file(
    tmp_path_factory: pytest.TempPathFactory, draw_chair: Callable[[int, int], NDArray[np.bool_]]
) -> Path:
    """A PNG of a brown chair, cut out."""
    rgba = np.zeros((96, 96, 4), np.uint8)
    rgba[draw_chair(96, 0)] = (150, 90, 40, 255)
    path = tmp_path_factory.mktemp("pictures") / "chair.png"
    Image.fromarray(rgba).save(path)
    return path


@pytest.fixture(scope="session")
def huge_png() -> Callable[[int], bytes]:
    """A PNG whose header claims that many pixels a side; nothing follows that could be decoded."""

    def claim(side_px: int) -> bytes:
        header = b"IHDR" + struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0)
        end = struct.pack(">I", zlib.crc32(header)) + b"\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e"
        return b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d" + header + end

    return claim


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
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file of 100 kB: octahedra, dented a little by the code."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        decoder = TriplaneDecoder(
            TriplaneConfig(CODE_SIZE, start_side=4, channels=(8, 8), plane_channels=2, hidden=16)
        )
        encoder = ImageEncoder(
            ImageEncoderConfig(
                CODE_SIZE,
                len(CATEGORIES),
                widths=(8, 8),
                blocks=(1, 1),
                layout_channels=2,
                hidden=16,
            )
        )
        points = PointEncoder(
            PointEncoderConfig(CODE_SIZE, len(CATEGORIES), widths=(8, 8, 8, 8), hidden=16)
        )
        spread = 0.1 * torch.randn(2, len(TRAINED), CODE_SIZE)
    _make_octahedron(decoder)
    _make_unknowing(points)
    statistics = {
        name: CodeStatistics(torch.full((CODE_SIZE,), sign * 0.5), 0.01 * torch.eye(CODE_SIZE))
        for name, sign in zip(CATEGORIES, (-1.0, 1.0), strict=True)
    }
    card = ModelCard(
        name="tiny",
        categories=CATEGORIES,
        decoder=asdict(decoder.config),
        image_encoder=asdict(encoder.config),
        point_encoder=asdict(points.config),
        trained_on={
            "assets": "none",
            "train": [f"{name}/{key}" for name in CATEGORIES for key in TRAINED],
            "test": [],
        },
        licence="GPL-3.0-or-later",
        scores={"f_score": 0.5},
        statistics=statistics,
    )
    parts = {"decoder.": decoder, "image_encoder.": encoder, "point_encoder.": points}
    tensors = {
        prefix + name: tensor
        for prefix, part in parts.items()
        for name, tensor in part.state_dict().items()
    }
    means = torch.stack([statistics[name].mean for name in CATEGORIES])
    tensors["codes"] = (means[:, None] + spread).flatten(0, 1)
    path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    write_model_file(path, card, tensors)
    return path


def _make_octahedron(decoder: TriplaneDecoder) -> None:
    """Set the head to (|x| + |y| + |z|) / sqrt(3) - 0.2, plus a little of the first feature."""
    first, second, last = decoder.head[0], decoder.head[2], decoder.head[4]
    with torch.no_grad():
        for layer in (first, second, last):
            layer.weight.zero_()
            layer.bias.zero_()
        for axis in range(3):
            first.weight[2 * axis, -3 + axis] = 0.55
            first.weight[2 * axis + 1, -3 + axis] = -0.55
        first.weight[6, 0], first.bias[6] = 0.1, 0.5
        second.weight.copy_(torch.eye(16))
        last.weight[0, :6] = 3**-0.5
        last.weight[0, 6], last.bias[0] = 0.2, -0.3


def _make_unknowing(points: PointEncoder) -> None:
    """Let the encoder answer the same to everything: it faces the front, and fills its cube."""
    with torch.no_grad():
        for answer in (points.code, points.category, points.heading, points.place):
            answer.weight.zero_()
            answer.bias.zero_()
        points.heading.bias[0] = 9.0
