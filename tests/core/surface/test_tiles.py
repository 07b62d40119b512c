import pytest
import torch

from core.surface.tiles import (
    Tiles,
    differs_beyond,
    interior_mask,
    joined_rows,
    pack,
    tile_origins,
    tiles_per_axis,
)


@pytest.mark.parametrize(("resolution", "tiles"), [(1, 1), (8, 1), (9, 2), (256, 32), (257, 33)])
def test_tiles_cover_every_sample(resolution, tiles):
    assert tiles_per_axis(resolution) == tiles


def test_packing_puts_the_first_boolean_in_the_lowest_bit():
    rows = torch.rand(50, 8, generator=torch.Generator().manual_seed(0)) < 0.5
    expected = (rows.int() << torch.arange(8)).sum(dim=1)
    assert torch.equal(pack(rows).int(), expected.int())


def test_interior_excludes_the_border_and_what_lies_beyond():
    numbers = torch.arange(8)
    mask = interior_mask(tile_origins(numbers, 2), resolution=11)
    bits = (mask[..., None] >> torch.arange(8)) & 1
    assert int(bits.sum()) == 9**3


def test_lattice_index_of_a_sample_is_its_tiles_origin_and_its_place_there():
    tiles = Tiles(24, torch.tensor([5, 14]), torch.zeros(3, 3, 3, dtype=torch.bool))
    index = tiles.lattice_index(torch.tensor([0, 1]), torch.tensor([0, 64 * 3 + 8 * 2 + 1]))
    assert index.T.tolist() == [[0, 8, 16], [8 + 3, 8 + 2, 16 + 1]]


def test_neighbours_are_kept_slots_or_say_on_which_side_they_lie():
    inside_elsewhere = torch.zeros(2, 2, 2, dtype=torch.bool)
    inside_elsewhere[0, 0, 1] = True
    tiles = Tiles(16, torch.tensor([0, 4]), inside_elsewhere)
    outside, inside = 2, 3
    assert tiles.neighbours((1, 0, 0)).tolist() == [1, outside]
    assert tiles.neighbours((0, 0, 1)).tolist() == [inside, outside]
    assert tiles.neighbours((-1, 0, 0)).tolist() == [outside, 0]


def test_joined_rows_continue_in_the_tile_beyond():
    lattice = torch.rand(16, 16, 16, generator=torch.Generator().manual_seed(1)) < 0.5
    blocks = lattice.view(2, 8, 2, 8, 2, 8).permute(0, 2, 4, 1, 3, 5).reshape(8, 8, 8, 8)
    tiles = Tiles(16, torch.arange(8), torch.zeros(2, 2, 2, dtype=torch.bool))
    rows = joined_rows(pack(blocks.contiguous()), tiles.positive_neighbours)
    bits = (rows[0].int()[..., None] >> torch.arange(9)) & 1
    assert torch.equal(bits.bool(), lattice[:9, :9, :9])


def test_a_tile_differs_from_one_that_touches_its_far_corner():
    kinds = torch.zeros(3, 3, 3, dtype=torch.int8)
    kinds[1, 1, 1] = 1
    differs = differs_beyond(kinds)
    assert bool(differs[0, 0, 0])
    assert bool(differs[1, 1, 1])
    assert not bool(differs[2, 2, 2])
