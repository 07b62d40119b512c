"""TIFF files that Pillow does not know: floats and wide integers come back, others are refused."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from core.errors import InputError
from core.inputs import image
from core.inputs.image import load_picture
from core.inputs.wide_tiff import is_tiff

RAMP = np.linspace(0, 1, 20 * 30, dtype=np.float32).reshape(20, 30)
RGB = np.stack([RAMP, RAMP[::-1], RAMP[:, ::-1]], axis=-1)
RGBA = np.dstack([RGB, np.maximum(RAMP, 0.25)])


def written(path: Path, values: NDArray, **options: object) -> Path:
    tifffile.imwrite(path, values, **options)
    return path


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_floats_come_back(tmp_path: Path, dtype: type, compression: str | None) -> None:
    path = written(
        tmp_path / "a.tif", RGB.astype(dtype), photometric="rgb", compression=compression
    )
    picture = load_picture(path)
    np.testing.assert_allclose(picture[..., :3], RGB, atol=float(np.finfo(np.float16).eps))
    assert (picture[..., 3] == 1).all()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("is_big", [False, True])
def test_both_orders_of_bytes_and_big_files_are_read(
    tmp_path: Path, order: str, is_big: bool
) -> None:
    path = written(tmp_path / "a.tif", RGB, photometric="rgb", byteorder=order, bigtiff=is_big)
    assert is_tiff(path)
    np.testing.assert_array_equal(load_picture(path)[..., :3], RGB)


@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
def test_alpha_comes_back_straight(tmp_path: Path, kind: str) -> None:
    stored = RGBA.copy()
    if kind == "assocalpha":
        stored[..., :3] *= stored[..., 3:]
    path = written(tmp_path / "a.tif", stored, photometric="rgb", extrasamples=[kind])
    np.testing.assert_allclose(load_picture(path), RGBA, atol=1e-6)


def test_grey_with_alpha_and_planes_come_back(tmp_path: Path) -> None:
    grey = RGBA[..., [0, 3]]
    path = written(tmp_path / "a.tif", grey, photometric="minisblack", extrasamples=[2])
    np.testing.assert_array_equal(load_picture(path), RGBA[..., [0, 0, 0, 3]])
    planes = written(
        tmp_path / "b.tif", np.moveaxis(RGB, -1, 0), photometric="rgb", planarconfig="separate"
    )
    np.testing.assert_array_equal(load_picture(planes)[..., :3], RGB)


def test_what_no_screen_shows_is_clipped_and_nan_is_black(tmp_path: Path) -> None:
    values = np.zeros((20, 20, 3), np.float32)
    values[0], values[1], values[2], values[3] = 4.0, -1.0, np.nan, np.inf
    picture = load_picture(written(tmp_path / "a.tif", values, photometric="rgb"))
    assert picture[:4, 0, 0].tolist() == [1.0, 0.0, 0.0, 1.0]


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32])
def test_wide_integers_count_over_their_range(tmp_path: Path, dtype: type) -> None:
    wide = np.round(RGB.astype(np.float64) * np.iinfo(dtype).max).astype(dtype)
    path = written(
        tmp_path / "a.tif", np.moveaxis(wide, -1, 0), photometric="rgb", planarconfig="separate"
    )
    np.testing.assert_allclose(load_picture(path)[..., :3], RGB, atol=1e-4)


def test_white_that_is_zero_is_turned_round(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tif", RAMP.astype(np.float64), photometric="miniswhite")
    np.testing.assert_allclose(load_picture(path)[..., 0], 1 - RAMP, atol=1e-6)


def test_the_orientation_is_applied(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tif", RGB, photometric="rgb", extratags=[(274, "H", 1, 6, True)])
    np.testing.assert_array_equal(load_picture(path)[..., :3], np.rot90(RGB, -1))


def test_a_volume_is_refused(tmp_path: Path) -> None:
    volume = np.zeros((16, 16, 16, 3), np.float32)
    path = written(tmp_path / "a.tif", volume, tile=(16, 16, 16), photometric="rgb")
    with pytest.raises(InputError, match=r"'a\.tif' is a TIFF of a kind that is not read \(3 x"):
        load_picture(path)


def test_a_compression_that_is_not_known_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tif", RGB, photometric="rgb")
    content = bytearray(path.read_bytes())
    # the entry of tag 259, a short, whose value 1 is no compression and 5 is LZW
    place = content.index(b"\x03\x01\x03\x00\x01\x00\x00\x00\x01\x00")
    content[place + 8] = 5
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"not read \(3 x float32, lzw\); save it as a TIFF with"):
        load_picture(path)


def test_a_broken_file_is_said_to_be_broken(tmp_path: Path) -> None:
    content = written(tmp_path / "a.tif", RGB, photometric="rgb").read_bytes()
    for count in (6, 100, len(content) // 2):
        (tmp_path / "b.tif").write_bytes(content[:count])
        with pytest.raises(InputError, match=r"'b\.tif' is (damaged|not a picture of a known)"):
            load_picture(tmp_path / "b.tif")


def test_a_huge_page_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a.tif", RGB, photometric="rgb")
    monkeypatch.setattr(image, "MAX_PIXELS", 599)
    monkeypatch.setattr(tifffile.TiffPage, "asarray", lambda _: pytest.fail("it was decoded"))
    with pytest.raises(InputError, match="million pixels, too many to open safely; scale it down"):
        load_picture(path)
