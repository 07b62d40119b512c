"""Contact sheets show shapes as clay, and blanks for failures."""

import numpy as np

from core.evaluate.contact_sheet import clay_tile, contact_sheet, picture_tile, result_tiles
from core.train.assets import list_assets, load_asset


def test_sheets_show_the_shape_and_blanks_for_failures(library):
    mesh = load_asset(list_assets(library)[0])
    tile = clay_tile(mesh, 0.5, size_px=32)
    assert tile.shape == (32, 32, 3)
    assert (tile[0] == 255).all()  # white around
    assert tile[16, 16].max() < 255
    assert (clay_tile(None, 0.5, size_px=32) == 160).all()
    red = picture_tile(np.tile(np.array([1, 0, 0, 0.5], np.float32), (8, 8, 1)), 32)
    assert (red == (255, 127, 127)).all()
    sheet = contact_sheet([[tile, tile], [tile, tile], [tile, tile]], columns=2)
    assert sheet.shape == (64, 128, 3)


def test_a_row_of_a_result_has_a_tile_for_picture_and_both_sides_of_both_meshes(library):
    mesh = load_asset(list_assets(library)[0])
    picture = np.ones((8, 8, 4), np.float32)
    shown, made_front, made_back, true_front, true_back = result_tiles(picture, None, mesh)
    assert (shown == 255).all()
    assert (made_front == 160).all()
    assert (made_back == 160).all()
    np.testing.assert_array_equal(true_front, clay_tile(mesh, np.radians(35)))
    np.testing.assert_array_equal(true_back, clay_tile(mesh, np.radians(215)))


def test_marked_faces_have_another_colour(library):
    mesh = load_asset(list_assets(library)[0])
    plain = clay_tile(mesh, 0.5, size_px=32)
    marked = clay_tile(mesh, 0.5, size_px=32, marked=np.ones(len(mesh.faces), bool))
    shown = (plain != 255).any(axis=2)
    redness = [tile[shown].astype(int) @ [1, 0, -1] for tile in (plain, marked)]
    assert redness[1].mean() > redness[0].mean() + 20
    np.testing.assert_array_equal(
        clay_tile(mesh, 0.5, size_px=32, marked=np.zeros(len(mesh.faces), bool)), plain
    )


def test_a_last_line_that_is_not_full_is_filled_with_white():
    tiles = [np.full((2, 3, 3), number, np.uint8) for number in range(3)]
    sheet = contact_sheet([[each] for each in tiles], columns=2)
    assert (sheet[:2, :3] == 0).all()
    assert (sheet[:2, 3:] == 1).all()
    assert (sheet[2:, :3] == 2).all()
    assert (sheet[2:, 3:] == 255).all()
