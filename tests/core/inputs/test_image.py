"""Loading and framing pictures: every colour mode, every bad file, and the object's place."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from core.errors import InputError
from core.inputs.image import MAX_SIDE_PX, frame_object, load_picture, object_box

RAMP = np.linspace(0, 255, 20 * 30).reshape(20, 30).round().astype(np.uint8)
RGB = np.stack([RAMP, RAMP[::-1], RAMP[:, ::-1]], axis=-1)
BYTE = 1 / 255


def saved(folder: Path, image: Image.Image, name: str, **options: object) -> Path:
    image.save(folder / name, **options)
    return folder / name


@pytest.mark.parametrize("suffix", ["png", "tiff", "bmp", "webp"])
def test_colours_of_a_lossless_file_come_back(tmp_path: Path, suffix: str) -> None:
    options = {"lossless": True} if suffix == "webp" else {}
    picture = load_picture(saved(tmp_path, Image.fromarray(RGB), f"a.{suffix}", **options))
    assert picture.dtype == np.float32
    np.testing.assert_allclose(picture[..., :3], RGB * BYTE, atol=1e-6)
    assert (picture[..., 3] == 1).all()


def test_a_jpeg_comes_back_nearly(tmp_path: Path) -> None:
    grey = Image.fromarray(RAMP).convert("RGB")
    picture = load_picture(saved(tmp_path, grey, "a.jpg", quality=95))
    assert np.abs(picture[..., 0] - RAMP * BYTE).max() < 0.05


def test_grey_with_alpha(tmp_path: Path) -> None:
    image = Image.merge("LA", [Image.fromarray(RAMP), Image.fromarray(RAMP.T.reshape(20, 30))])
    picture = load_picture(saved(tmp_path, image, "a.png"))
    np.testing.assert_allclose(picture[..., 1], RAMP * BYTE, atol=1e-6)
    np.testing.assert_allclose(picture[..., 3], RAMP.T.reshape(20, 30) * BYTE, atol=1e-6)


def test_a_palette_with_a_transparent_colour(tmp_path: Path) -> None:
    image = Image.new("P", (20, 20), 1)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.paste(0, (0, 0, 5, 20))
    picture = load_picture(saved(tmp_path, image, "a.png", transparency=0))
    assert (picture[:, :5, 3] == 0).all()
    assert (picture[:, 5:] == [0, 1, 0, 1]).all()


def test_one_bit(tmp_path: Path) -> None:
    picture = load_picture(saved(tmp_path, Image.fromarray(RAMP > 99), "a.png"))
    assert np.array_equal(picture[..., 2], (RAMP > 99).astype(np.float32))


def test_cmyk(tmp_path: Path) -> None:
    image = Image.new("CMYK", (20, 20), (0, 255, 255, 0))
    assert np.allclose(load_picture(saved(tmp_path, image, "a.tiff")), [1, 0, 0, 1])


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_sixteen_bit_grey(tmp_path: Path, suffix: str) -> None:
    wide = RAMP.astype(np.uint16) * 257
    picture = load_picture(saved(tmp_path, Image.fromarray(wide), f"a.{suffix}"))
    np.testing.assert_allclose(picture[..., 0], RAMP * BYTE, atol=1e-6)


def test_sixteen_bit_colour(tmp_path: Path) -> None:
    import imageio.v3

    for channels in (RGB, np.dstack([RGB, RAMP])):
        path = tmp_path / "a.tiff"
        imageio.v3.imwrite(path, channels.astype(np.uint16) * 257)
        picture = load_picture(path)
        np.testing.assert_allclose(picture[..., : channels.shape[2]], channels * BYTE, atol=1e-6)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff"])
def test_exif_orientation_is_applied(tmp_path: Path, orientation: int, suffix: str) -> None:
    image = Image.fromarray(RGB)
    exif = image.getexif()
    exif[0x0112] = orientation
    path = saved(tmp_path, image, f"a.{suffix}", exif=exif)
    with Image.open(path) as stored:
        wanted = np.asarray(ImageOps.exif_transpose(stored).convert("RGB")) * BYTE
    np.testing.assert_allclose(load_picture(path)[..., :3], wanted, atol=1e-6)


@pytest.mark.parametrize(
    "array",
    [RAMP, RAMP[..., None], RGB, RGB.astype(np.uint16) * 257, (RGB * BYTE), RAMP > 99],
    ids=["grey", "grey 1", "rgb", "uint16", "float64", "bool"],
)
def test_arrays_become_rgba(array: np.ndarray) -> None:
    picture = load_picture(array)
    assert picture.shape == (20, 30, 4)
    assert (picture[..., 3] == 1).all()
    wanted = RAMP > 99 if array.dtype == bool else RAMP * BYTE
    np.testing.assert_allclose(picture[..., 0], wanted, atol=1e-6)


def test_large_pictures_are_reduced(tmp_path: Path) -> None:
    large = Image.new("RGB", (2200, 1100), (200, 100, 0))
    for picture in (load_picture(saved(tmp_path, large, "a.png")), load_picture(np.asarray(large))):
        assert picture.shape[:2] == (MAX_SIDE_PX // 2, MAX_SIDE_PX)
        np.testing.assert_allclose(picture[500, 500, :3], [200 * BYTE, 100 * BYTE, 0], atol=2e-3)


def png(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return buffer.getvalue()


NOISE = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"not a picture", r"'a\.png' is not a picture of a known format \(13 bytes\); save it as"),
        (b"", r"not a picture of a known format \(0 bytes\)"),
        (png(NOISE)[:2000], r"'a\.png' is damaged or incomplete \(.+\); save or download it again"),
        (png(RGB[:1, :1]), r"'a\.png' is only 1 x 1 pixels; give a picture of at least 16 x 16"),
    ],
    ids=["text", "empty", "truncated", "1x1"],
)
def test_unusable_files_are_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        load_picture(tmp_path / "a.png")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no picture '.*gone\.png'; check the path"):
        load_picture(str(tmp_path / "gone.png"))


def test_a_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no picture .*: the path is too long;"):
        load_picture(tmp_path / f"{'x' * 300}.png")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder; name a picture file in it"):
        load_picture(tmp_path)


def test_a_file_without_permission_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = saved(tmp_path, Image.fromarray(RGB), "a.png")
    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(InputError, match="may not be read; give yourself permission"):
        load_picture(path)


@pytest.mark.parametrize("side", [20_000, 11_000])
def test_huge_pictures_are_refused_before_they_are_decoded(
    tmp_path: Path, huge_png: Callable[[int], bytes], side: int
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(huge_png(side))
    with pytest.raises(InputError, match=r"has (more than 100|121) million pixels, too many"):
        load_picture(path)


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros((20, 20, 2)), r"must have shape .* found \(20, 20, 2\)"),
        (np.zeros((0, 20, 3)), r"must have shape .* found \(0, 20, 3\)"),
        (np.zeros((20, 20), np.int64), "must be uint8, uint16, bool or floating; found int64"),
        (np.full((20, 20), 1.5), r"must lie in \[0, 1\]; found 1\.5 to 1\.5"),
        (np.full((20, 20), np.nan), r"must lie in \[0, 1\]; found nan to nan"),
        (np.zeros((4, 20, 3)), "is only 20 x 4 pixels"),
    ],
)
def test_unusable_arrays_are_refused(array: np.ndarray, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        load_picture(array)


@settings(max_examples=60, deadline=None)
@example(height=76, width=20, corner=(0.0, 0.75), size=(1.0, 1.0))
@given(
    height=st.integers(20, 90),
    width=st.integers(20, 90),
    corner=st.tuples(st.floats(0, 0.8), st.floats(0, 0.8)),
    size=st.tuples(st.floats(0.2, 1.0), st.floats(0.2, 1.0)),
)
def test_the_framed_object_is_whole_and_centred(
    height: int, width: int, corner: tuple[float, float], size: tuple[float, float]
) -> None:
    top, left = int(corner[0] * height), int(corner[1] * width)
    bottom = min(height, top + max(4, int(size[0] * height)))
    right = min(width, left + max(4, int(size[1] * width)))
    picture = np.zeros((height, width, 4), np.float32)
    picture[top:bottom, left:right] = [0.2, 0.6, 1.0, 1.0]
    framed = frame_object(picture)
    assert framed.shape == (128, 128, 4)
    box = object_box(framed[..., 3])
    # a pixel counts from one half on, so every side is known to one pixel
    longer = max(bottom - top, right - left)
    assert abs((box[2] - box[0]) - 0.8 * 128 * (right - left) / longer) <= 1.01
    assert abs((box[3] - box[1]) - 0.8 * 128 * (bottom - top) / longer) <= 1.01
    assert abs((box[0] + box[2]) / 2 - 64) <= 1.0
    assert abs((box[1] + box[3]) / 2 - 64) <= 1.0
    # the whole object: resampling keeps its area, to less than a sixth of a pixel along its rim
    scale = 0.8 * 128 / longer
    area = (bottom - top) * (right - left) * scale**2
    rim = 2 * (bottom - top + right - left) * scale
    assert framed[..., 3].sum() == pytest.approx(area, abs=rim / 6)
    # no background in the rim
    visible = framed[..., 3] > 0.01
    np.testing.assert_allclose(framed[visible][:, :3], [[0.2, 0.6, 1.0]] * visible.sum(), atol=2e-3)


def test_frame_and_fill_are_as_asked() -> None:
    picture = np.zeros((50, 50, 4), np.float32)
    picture[10:30, 10:40] = 1
    framed = frame_object(picture, 64, fill=0.5)
    assert framed.shape == (64, 64, 4)
    left, top, right, bottom = object_box(framed[..., 3])
    assert abs((right - left) - 32) <= 1
    assert abs((bottom - top) - 32 * 2 / 3) <= 1


def test_faint_objects_count() -> None:
    alpha = np.zeros((30, 30), np.float32)
    alpha[5:10, 6:20] = 0.3
    assert object_box(alpha) == (6, 5, 20, 10)


def test_an_invisible_object_cannot_be_framed() -> None:
    with pytest.raises(InputError, match="no pixel of the picture is visible"):
        frame_object(np.zeros((20, 20, 4), np.float32))
