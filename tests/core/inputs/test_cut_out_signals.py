"""Doubts about a cut-out: each fault has its sentence, a clean picture has none."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from core.inputs.cut_out_signals import (
    CutOutSignals,
    notes_of_pictures,
    signals_of,
    warnings_of_pictures,
)
from core.inputs.matting import cut_out

DrawChair = Callable[[int, int], NDArray[np.bool_]]
SIZE = 256
WOOD = (0.45, 0.25, 0.12)
WHITE, BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
Y, X = np.mgrid[:SIZE, :SIZE]
BALL = (X - 128) ** 2 + (Y - 128) ** 2 < 60**2


def opaque(
    mask: NDArray[np.bool_], colour: tuple[float, ...] = WOOD, background: tuple[float, ...] = WHITE
) -> NDArray[np.float32]:
    """The shape in its colour, with the soft rim of a render, over a plain background."""
    matte = ndimage.gaussian_filter(mask.astype(float), 0.6)[..., None]
    rgb = np.array(colour) * matte + np.array(background) * (1 - matte)
    return np.dstack([rgb, np.ones(mask.shape)]).astype(np.float32)


def transparent(alpha: NDArray, colour: tuple[float, ...] = WOOD) -> NDArray[np.float32]:
    return np.dstack([np.broadcast_to(colour, (*alpha.shape, 3)), alpha]).astype(np.float32)


def measured(picture: NDArray[np.float32]) -> CutOutSignals:
    return signals_of(cut_out(picture))


def only_sentence(picture: NDArray[np.float32]) -> str:
    found = measured(picture)
    (sentence,) = (*found.warnings, *found.notes)
    return sentence


@pytest.mark.parametrize("background", [WHITE, BLACK, (0.3, 0.5, 0.7)])
def test_a_clean_picture_is_not_doubted(
    draw_chair: DrawChair, background: tuple[float, ...]
) -> None:
    for mask in (draw_chair(SIZE, 0), BALL):
        for picture in (opaque(mask, background=background), transparent(mask)):
            assert (measured(picture).warnings, measured(picture).notes) == ((), ())


def test_signals_of_a_ball_are_those_of_a_circle() -> None:
    found = measured(transparent(BALL))
    assert abs(found.width_px - 120) <= 1
    assert abs(found.height_px - 120) <= 1
    assert found.share == pytest.approx(np.pi * 60**2 / SIZE**2, rel=0.01)
    # twice the area over the perimeter is the radius; the outline is measured to a tenth
    assert found.thickness == pytest.approx(0.5, rel=0.1)
    assert (found.pieces, found.second_share, found.edge_share) == (1, 0.0, 0.0)
    assert (found.contrast, found.border_px, found.stray_pieces) == (None, 0, 0)
    assert found.translucent_share == 0.0


def test_the_contrast_is_the_difference_in_lab() -> None:
    # a grey of sRGB 0.466 has the lightness 50, to half a unit; white has 100
    found = measured(opaque(BALL, (0.466, 0.466, 0.466)))
    # and the soft rim, of which a little counts on both sides, lies between them
    assert found.contrast == pytest.approx(50, abs=8)


@pytest.mark.parametrize(("width", "colour"), [(1, WHITE), (4, BLACK), (7, (0.3, 0.5, 0.2))])
def test_a_frame_is_left_out_with_a_word(
    draw_chair: DrawChair, width: int, colour: tuple[float, ...]
) -> None:
    mask = draw_chair(SIZE, 0)
    background = (0.75, 0.7, 0.65)
    inner = opaque(mask, background=background)
    picture = np.ones((SIZE + 2 * width, SIZE + 2 * width, 4), np.float32)
    picture[..., :3] = colour
    picture[width:-width, width:-width] = inner
    cut = cut_out(picture)
    assert f"a uniform border of up to {width + 1} pixels" in only_sentence(picture)
    visible = cut.picture[..., 3] > 0.5
    wanted = np.pad(mask, width)
    assert (visible & wanted).sum() / (visible | wanted).sum() > 0.9
    assert not (cut.picture[:width, :, 3] > 0).any()


def test_letterbox_bars_are_left_out_with_a_word() -> None:
    inner = opaque(BALL, background=(0.75, 0.7, 0.65))
    picture = np.zeros((SIZE + 80, SIZE, 4), np.float32)
    picture[..., 3] = 1
    picture[40:-40] = inner
    assert "a uniform border of up to 41 pixels" in only_sentence(picture)
    assert measured(picture).share == pytest.approx(BALL.mean(), rel=0.05)


def test_a_faint_layer_is_stretched_and_glass_stays_as_faint_beside_it() -> None:
    glass = np.where(BALL & (Y < 128), 0.5, 1.0) * BALL
    cut = cut_out(transparent(0.4 * glass)).picture[..., 3]
    np.testing.assert_allclose(cut, glass, atol=1e-6)
    np.testing.assert_array_equal(cut_out(transparent(glass)).picture[..., 3], glass)
    assert measured(transparent(0.4 * BALL)).warnings == ()


def test_an_alpha_without_a_hole_is_no_matte() -> None:
    for level in (0.3, 0.9):
        picture = opaque(BALL)
        picture[..., 3] = level
        found = measured(picture)
        assert found.contrast is not None
        assert found.share == pytest.approx(BALL.mean(), rel=0.05)


def test_haze_behind_an_object_is_cleared() -> None:
    cut = cut_out(transparent(np.where(BALL, 1.0, 0.3))).picture[..., 3]
    np.testing.assert_allclose(cut, BALL, atol=1e-6)


@pytest.mark.parametrize("level", [0.4, 128 / 255, 1.0])
def test_stray_corners_are_left_out(level: float) -> None:
    alpha = BALL.astype(float)
    corner = round((0.02 * BALL.sum()) ** 0.5)  # each 2 % of the object
    for rows in (slice(0, corner), slice(-corner, None)):
        for columns in (slice(0, corner), slice(-corner, None)):
            alpha[rows, columns] = level
    cut = cut_out(transparent(alpha))
    np.testing.assert_array_equal(cut.picture[..., 3], BALL)
    if level > 0.5:
        assert only_sentence(transparent(alpha)).startswith("4 small pieces at the picture's edge")


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_line_drawing_is_said(width: int) -> None:
    radius = np.hypot(X - 128, Y - 128)
    ring = (np.abs(radius - 80) < width / 2) | ((np.abs(X - 128) < width / 2) & (radius < 80))
    sentences = measured(opaque(ring, BLACK)).warnings
    assert any("looks like a line drawing" in each for each in sentences)


def test_a_small_object_is_said() -> None:
    mask = np.zeros((SIZE, SIZE), bool)
    mask[100:120, 100:120] = True
    assert "the object is only 20 x 20 pixels" in only_sentence(transparent(mask))
    assert any("the object is only" in each for each in measured(opaque(mask)).warnings)


def test_nearly_nothing_is_said() -> None:
    alpha = np.zeros((1200, 1200), bool)
    alpha[500:520, 500:600] = True
    sentence = only_sentence(transparent(alpha))
    assert "nearly nothing of the picture was cut out (0.1 % of it, 100 x 20 pixels)" in sentence


def test_nearly_everything_is_said() -> None:
    alpha = np.ones((SIZE, SIZE))
    alpha[:12, :30] = 0  # a round corner, or a tab
    assert "nearly the whole picture was taken for the object (99%" in only_sentence(
        transparent(alpha)
    )


def test_two_objects_are_said() -> None:
    balls = np.hypot(np.abs(X - 128) - 64, Y - 128) < 40
    for picture in (opaque(balls), transparent(balls)):
        assert "several objects, or one in pieces (the second is 100%" in only_sentence(picture)


def test_many_pieces_are_said() -> None:
    mask = BALL.copy()
    for place in (20, 60, 180, 230):
        mask[10:30, place : place + 12] = True
    assert "the cut-out is in 5 pieces" in only_sentence(transparent(mask))


@pytest.mark.parametrize(
    ("colour", "background"), [((0.9, 0.9, 0.9), WHITE), ((0.06, 0.06, 0.06), BLACK)]
)
def test_an_object_that_hardly_differs_is_said(
    colour: tuple[float, ...], background: tuple[float, ...]
) -> None:
    assert "hardly differs from the background (by " in only_sentence(
        opaque(BALL, colour, background)
    )


def test_an_object_at_the_edge_is_said(draw_chair: DrawChair) -> None:
    for x, y in ((128, 250), (5, 128), (250, 128), (128, 5)):
        ball = np.hypot(X - x, Y - y) < 40
        assert "cut off by the picture's edge (it covers " in only_sentence(transparent(ball))
    ball = np.hypot(X - 128, Y - 240) < 28
    assert "cut off by the picture's edge (it covers " in only_sentence(opaque(ball))
    chair = np.roll(draw_chair(SIZE, 0), 50, axis=0)  # two legs, 13 pixels each, end below
    assert "cut off by the picture's edge (it covers " in only_sentence(opaque(chair))


def test_a_matte_that_is_trimmed_to_the_object_is_not_doubted() -> None:
    rows, columns = np.flatnonzero(BALL.any(axis=1)), np.flatnonzero(BALL.any(axis=0))
    tight = BALL[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert measured(transparent(tight)).warnings == ()


def test_a_half_transparent_object_is_said() -> None:
    alpha = np.where(BALL, np.clip(X / SIZE, 0.0, 0.85), 0.0)
    alpha[120:136, 120:136] = 1.0
    assert "of the object is half transparent; give" in only_sentence(transparent(alpha))


def test_of_several_pictures_the_doubtful_one_is_named() -> None:
    clean, doubtful = measured(transparent(BALL)), measured(opaque(BALL, (0.9, 0.9, 0.9)))
    assert warnings_of_pictures([doubtful]) == doubtful.warnings
    (sentence,) = warnings_of_pictures([clean, doubtful])
    assert sentence == f"picture 2: {doubtful.warnings[0]}"
    framed = np.pad(opaque(BALL, background=(0.7, 0.7, 0.6)), ((9, 9), (9, 9), (0, 0)))
    framed[..., 3] = 1
    (note,) = notes_of_pictures([clean, measured(framed)])
    assert note.startswith("picture 2: a uniform border of up to 10 pixels")
