"""Cutting out: on plain and uneven backgrounds, with shadows, by alpha, and not at all."""

import importlib.machinery
import sys
import types
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from core.errors import InputError
from core.inputs.matting import cut_out

DrawChair = Callable[[int, int], NDArray[np.bool_]]
SIZE = 256
Y, X = np.mgrid[:SIZE, :SIZE][..., None] / SIZE
WOOD = np.array([0.45, 0.25, 0.12])

BACKGROUNDS = {
    "white": np.ones((SIZE, SIZE, 3)),
    "black": np.zeros((SIZE, SIZE, 3)),
    "grey": np.full((SIZE, SIZE, 3), 0.55),
    "gradient": (X + Y) / 2 * [0.2, 0.5, 0.6] + [0.4, 0.3, 0.2],
    "vignette": 0.9 - 0.8 * ((X - 0.5) ** 2 + (Y - 0.5) ** 2) * [1, 1, 1],
    "floor": np.where(Y > 0.7, [0.5, 0.55, 0.6], [0.85, 0.85, 0.8]),
    "noisy": np.clip(np.random.default_rng(0).normal(0.7, 0.08, (SIZE, SIZE, 3)), 0, 1),
}


def photograph(
    mask: NDArray[np.bool_], background: NDArray[np.float64], *, shadow: float = 0.0
) -> NDArray[np.float32]:
    """An opaque picture: the masked shape, shaded, above its blurred shadow."""
    fallen = ndimage.gaussian_filter(np.roll(mask, (4, 6), (0, 1)).astype(float), 5)
    shaded = WOOD * (1.1 - 0.4 * Y)
    rgb = np.where(mask[..., None], shaded, background * (1 - shadow * fallen[..., None]))
    return np.dstack([rgb, np.ones(mask.shape)]).astype(np.float32)


def overlap(found: NDArray[np.float32], wanted: NDArray[np.bool_]) -> float:
    """Intersection over union of the masks."""
    return float(((found > 0.5) & wanted).sum() / ((found > 0.5) | wanted).sum())


@pytest.mark.parametrize("name", BACKGROUNDS)
@pytest.mark.parametrize("shadow", [0.0, 0.3], ids=["", "shadow"])
def test_the_object_is_found(draw_chair: DrawChair, name: str, shadow: float) -> None:
    mask = draw_chair(SIZE, 20)
    result = cut_out(photograph(mask, BACKGROUNDS[name], shadow=shadow)).picture
    # parts are 13 pixels wide: half a pixel on either side is 8 % of the area; a shadow that is
    # as faint as the grain costs more
    assert overlap(result[..., 3], mask) > (0.8 if name == "noisy" and shadow else 0.9)
    rim = (result[..., 3] > 0.1) & (result[..., 3] < 0.9)
    assert np.abs(result[rim][:, :3] - WOOD).mean() < 0.1


def test_a_small_object_keeps_its_thin_parts(draw_chair: DrawChair) -> None:
    mask = np.zeros((800, 800), bool)
    mask[500:700, 60:260] = draw_chair(200, 0)
    picture = np.ones((800, 800, 4), np.float32)
    picture[mask, :3] = WOOD
    assert overlap(cut_out(picture).picture[..., 3], mask) > 0.85


def test_a_dent_of_the_background_s_colour_is_filled_only_where_it_differs() -> None:
    picture = np.ones((SIZE, SIZE, 4), np.float32)
    picture[60:200, 60:200, :3] = WOOD
    picture[90:120, 90:170, :3] = 1.0  # a hole that shows the background
    picture[140:180, 90:170, :3] = 0.5  # a grey panel
    alpha = cut_out(picture).picture[..., 3]
    assert (alpha[95:115, 95:165] < 0.5).all()
    assert (alpha[145:175, 95:165] > 0.5).all()


def test_alpha_is_the_matte(draw_chair: DrawChair) -> None:
    picture = np.ones((SIZE, SIZE, 4), np.float32)
    picture[..., 3] = ndimage.gaussian_filter(draw_chair(SIZE, 0).astype(np.float32), 1)
    assert np.array_equal(cut_out(picture).picture, picture)


def test_stray_specks_of_an_alpha_are_dropped(draw_chair: DrawChair) -> None:
    picture = np.ones((SIZE, SIZE, 4), np.float32)
    picture[..., 3] = draw_chair(SIZE, 0)
    clean = picture.copy()
    picture[5:8, 5:8, 3] = 1
    assert np.array_equal(cut_out(picture).picture, clean)


def test_rounded_corners_are_no_matte(draw_chair: DrawChair) -> None:
    mask = draw_chair(SIZE, 0)
    picture = photograph(mask, BACKGROUNDS["white"])
    picture[:3, :3, 3] = 0
    assert overlap(cut_out(picture).picture[..., 3], mask) > 0.9


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_a_background_alone_shows_no_object(name: str) -> None:
    picture = np.dstack([BACKGROUNDS[name], np.ones((SIZE, SIZE))]).astype(np.float32)
    with pytest.raises(InputError, match="no object can be told from the background"):
        cut_out(picture)


def test_a_transparent_picture_is_refused() -> None:
    with pytest.raises(InputError, match="the picture is fully transparent; give one that shows"):
        cut_out(np.zeros((64, 64, 4), np.float32))


def test_an_object_of_a_few_pixels_is_refused() -> None:
    picture = np.zeros((64, 64, 4), np.float32)
    picture[30:33, 20:24] = 1
    with pytest.raises(InputError, match="the object in the picture is only 4 x 3 pixels"):
        cut_out(picture)


@pytest.mark.parametrize("shape", [(24, 24), (16, 900), (700, 20)])
def test_odd_shapes_work(shape: tuple[int, int]) -> None:
    height, width = shape
    picture = np.ones((height, width, 4), np.float32)
    inner = (slice(height // 4, 3 * height // 4), slice(width // 4, 3 * width // 4))
    picture[(*inner, slice(0, 3))] = WOOD
    wanted = np.zeros(shape, bool)
    wanted[inner] = True
    assert overlap(cut_out(picture).picture[..., 3], wanted) > 0.7


def test_rembg_decides_where_its_model_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, draw_chair: DrawChair
) -> None:
    mask = draw_chair(SIZE, 0)
    fake = types.ModuleType("rembg")
    fake.__spec__ = importlib.machinery.ModuleSpec("rembg", None)
    fake.new_session = lambda name: name
    fake.remove = lambda pixels, session, only_mask: mask.astype(np.uint8) * 255
    runtime = types.ModuleType("onnxruntime")
    runtime.__spec__ = importlib.machinery.ModuleSpec("onnxruntime", None)
    monkeypatch.setitem(sys.modules, "rembg", fake)
    monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
    monkeypatch.setenv("U2NET_HOME", str(tmp_path))
    blank = np.ones((SIZE, SIZE, 4), np.float32)
    with pytest.raises(InputError, match="no object can be told"):  # would have to download it
        cut_out(blank)
    (tmp_path / "u2net.onnx").touch()
    assert np.array_equal(cut_out(blank).picture[..., 3], mask.astype(np.float32))
