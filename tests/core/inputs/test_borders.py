"""Uniform borders: found whatever their colour, width and file format, and nothing else is."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.inputs.borders import proper_part

SIZE = 200
COLOURS = {"black": (0, 0, 0), "white": (1, 1, 1), "green": (0.3, 0.5, 0.2)}
BACKGROUND = np.array([0.75, 0.7, 0.65])


def photograph() -> NDArray[np.float32]:
    """A bright ball over a graded background; no line of it is of one colour."""
    y, x = np.mgrid[:SIZE, :SIZE][..., None] / SIZE
    rgb = BACKGROUND - 0.1 * y + 0.05 * x
    ball = (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.3**2
    rgb = np.where(ball, [0.9, 0.4, 0.1] * (1 - 0.5 * y), rgb)
    return np.dstack([rgb, np.ones((SIZE, SIZE))]).astype(np.float32)


def framed(
    widths: tuple[int, int, int, int], colour: tuple[float, ...], picture: NDArray | None = None
) -> NDArray[np.float32]:
    """The photograph inside bands: top, bottom, left and right."""
    picture = photograph() if picture is None else picture
    top, bottom, left, right = widths
    height, width = picture.shape[:2]
    result = np.ones((height + top + bottom, width + left + right, 4), np.float32)
    result[..., :3] = colour
    result[top : top + height, left : left + width] = picture
    return result


def as_jpeg(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    buffer = io.BytesIO()
    Image.fromarray(np.rint(picture[..., :3] * 255).astype(np.uint8)).save(buffer, "JPEG")
    return np.dstack([np.asarray(Image.open(buffer)) / 255, picture[..., 3]]).astype(np.float32)


def cut_away(picture: NDArray[np.float32]) -> list[int]:
    """Lines that are left out at the top, bottom, left and right."""
    rows, columns = proper_part(picture)
    height, width = picture.shape[:2]
    return [rows.start, height - rows.stop, columns.start, width - columns.stop]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("width", [1, 2, 5, 12])
def test_a_frame_is_left_out_with_the_line_behind_it(colour: str, width: int) -> None:
    assert cut_away(framed((width,) * 4, COLOURS[colour])) == [width + 1] * 4


@pytest.mark.parametrize("width", [2, 5, 12])
def test_a_frame_in_a_jpeg_is_left_out_to_a_block(width: int) -> None:
    found = cut_away(as_jpeg(framed((width,) * 4, COLOURS["black"])))
    assert min(found) >= width
    assert max(found) <= width + 9  # eight pixels are one block of JPEG


@pytest.mark.parametrize("widths", [(30, 30, 0, 0), (0, 0, 90, 90), (3, 3, 0, 0)])
def test_bars_on_two_sides_are_left_out(widths: tuple[int, int, int, int]) -> None:
    wanted = [each + 1 if each else 0 for each in widths]
    assert cut_away(framed(widths, COLOURS["black"])) == wanted


def test_a_stray_line_on_one_side_is_left_out() -> None:
    assert cut_away(framed((0, 1, 0, 0), COLOURS["white"])) == [0, 2, 0, 0]


def test_a_frame_in_a_frame_is_left_out() -> None:
    inner = framed((2,) * 4, COLOURS["black"])
    found = cut_away(framed((6,) * 4, COLOURS["white"], inner))
    assert min(found) >= 8
    assert max(found) <= 8 + 2


def test_a_picture_without_a_border_is_whole() -> None:
    assert cut_away(photograph()) == [0, 0, 0, 0]


@pytest.mark.parametrize("share", [0.3, 0.85])
@pytest.mark.parametrize("background", COLOURS)
def test_a_plain_background_is_no_border(share: float, background: str) -> None:
    picture = np.ones((SIZE, SIZE, 4), np.float32)
    picture[..., :3] = COLOURS[background]
    margin = round(SIZE * (1 - share) / 2)
    picture[margin:-margin, 60:-60, :3] = BACKGROUND
    assert cut_away(picture) == [0, 0, 0, 0]


def test_a_box_seen_from_the_front_with_a_usual_margin_is_no_framed_picture() -> None:
    margin = SIZE // 10
    assert cut_away(framed((margin, margin, margin, margin + 20), COLOURS["white"])) == [0] * 4


def test_a_transparent_margin_is_no_border() -> None:
    picture = framed((5,) * 4, COLOURS["black"])
    picture[:5, :, 3] = picture[-5:, :, 3] = picture[:, :5, 3] = picture[:, -5:, 3] = 0
    assert cut_away(picture) == [0, 0, 0, 0]


def test_a_picture_of_one_colour_is_whole() -> None:
    assert cut_away(np.ones((40, 30, 4), np.float32)) == [0, 0, 0, 0]


@pytest.mark.parametrize("shape", [(16, 16), (16, 900), (2048, 20)])
def test_odd_shapes_keep_enough_of_themselves(shape: tuple[int, int]) -> None:
    picture = np.ones((*shape, 4), np.float32)
    picture[2:-2, 2:-2, :3] = 0.2
    rows, columns = proper_part(picture)
    assert min(rows.stop - rows.start, columns.stop - columns.start) >= 12


def test_a_large_picture_s_frame_is_found_to_the_pixel() -> None:
    large = photograph().repeat(5, axis=0).repeat(5, axis=1)
    assert cut_away(framed((9, 9, 9, 9), COLOURS["green"], large)) == [10] * 4
