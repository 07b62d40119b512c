"""Corrections of a cut-out: each does what it says to the outline, and no more."""

import numpy as np
import pytest
from PIL import Image

from core.errors import InputError
from core.inputs.correcting import corrected_cut_out
from core.operations.settings import Correction

SIDE = 64


def picture(*boxes):
    """Orange boxes (left, top, right, bottom) on nothing."""
    rgba = np.zeros((SIDE, SIDE, 4), np.float32)
    for left, top, right, bottom in boxes:
        rgba[top:bottom, left:right] = (0.8, 0.4, 0.1, 1.0)
    return rgba


BIG, SMALL, AT_THE_EDGE = (20, 20, 40, 40), (50, 20, 56, 40), (0, 20, 20, 40)


def visible(cut):
    return cut.picture[..., 3] > 0.5


def test_without_a_correction_the_cut_out_is_the_matting_s_own():
    cut = corrected_cut_out(picture(BIG, SMALL), Correction())
    np.testing.assert_array_equal(cut.picture, picture(BIG, SMALL))
    assert cut.share == pytest.approx((400 + 120) / SIDE**2)
    assert (cut.pieces, cut.touches_border) == (2, False)


def test_an_object_at_the_edge_is_said():
    assert corrected_cut_out(picture(AT_THE_EDGE), Correction()).touches_border


def test_the_largest_piece_alone_stays():
    cut = corrected_cut_out(picture(SMALL, BIG), Correction(largest_only=True))
    np.testing.assert_array_equal(visible(cut), picture(BIG)[..., 3] > 0.5)
    assert cut.pieces == 1


@pytest.mark.parametrize("pixels", [3, 1, -1, -5])
def test_the_outline_moves_by_as_many_pixels_as_asked(pixels):
    cut = corrected_cut_out(picture(BIG), Correction(grow_px=pixels))
    rows, columns = np.nonzero(visible(cut))
    found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert found == [20 - pixels, 20 - pixels, 40 + pixels, 40 + pixels]


def test_colours_stay_those_of_the_picture():
    opaque = picture(BIG)
    opaque[..., 2] = np.where(opaque[..., 3] > 0, 0.1, 0.9)
    cut = corrected_cut_out(opaque, Correction(grow_px=2))
    assert cut.picture[19, 30, 2] == np.float32(0.9)


def test_the_crop_holds_the_object_that_is_meant():
    half = Correction(crop=(0.7, 0.0, 0.0, 0.0))
    cut = corrected_cut_out(picture(BIG, SMALL), half)
    assert cut.picture.shape == (SIDE, SIDE, 4)
    np.testing.assert_array_equal(visible(cut), picture(SMALL)[..., 3] > 0.5)


def test_an_opaque_picture_is_cut_by_its_colours_within_the_crop():
    opaque = np.ones((SIDE, SIDE, 4), np.float32)
    opaque[20:40, 8:24, :3] = (0.7, 0.2, 0.1)
    opaque[20:40, 40:60, :3] = (0.1, 0.2, 0.7)
    cut = corrected_cut_out(opaque, Correction(crop=(0.5, 0.0, 0.0, 0.0)))
    assert not visible(cut)[:, :32].any()
    assert visible(cut)[30, 50]


@pytest.mark.parametrize(
    ("correction", "sentence"),
    [
        (Correction(crop=(0.5, 0.4, 0.0, 0.0)), "left, right, top, bottom: 50 %, 40 %, 0 %, 0 %"),
        (Correction(crop=(0.0, 0.0, -0.5, 0.0)), "leaves too little"),
        (Correction(grow_px=-10), "leaves nothing of the object"),
        (Correction(crop=(0.0, 0.0, 0.7, 0.0)), "fully transparent"),
    ],
)
def test_a_correction_that_leaves_nothing_is_refused(correction, sentence):
    with pytest.raises(InputError, match=sentence):
        corrected_cut_out(picture(BIG), correction)


def test_the_saved_file_is_the_picture_in_eight_bits(tmp_path):
    cut = corrected_cut_out(picture(BIG), Correction(grow_px=1))
    cut.save(tmp_path / "cut.png")
    saved = np.asarray(Image.open(tmp_path / "cut.png"))
    np.testing.assert_allclose(saved / 255, cut.picture, atol=0.5 / 255 + 1e-6)
