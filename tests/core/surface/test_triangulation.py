import torch

from core.surface.tiles import SIZE, Tiles, pack
from core.surface.triangulation import CELLS_PER_BATCH, triangulate


def all_tiles_of(inside):
    """The tiles of a boolean lattice of 8 n samples per axis, all kept."""
    per_axis = inside.shape[0] // SIZE
    split = inside.view(per_axis, SIZE, per_axis, SIZE, per_axis, SIZE)
    blocks = split.permute(0, 2, 4, 1, 3, 5).reshape(-1, SIZE, SIZE, SIZE).contiguous()
    nowhere = torch.zeros((per_axis,) * 3, dtype=torch.bool)
    return Tiles(inside.shape[0], torch.arange(per_axis**3), nowhere), pack(blocks)


def random_interior(side, seed, share=0.5):
    inside = torch.rand((side,) * 3, generator=torch.Generator().manual_seed(seed)) < share
    for axis in range(3):
        inside.select(axis, 0).fill_(False)
        inside.select(axis, side - 1).fill_(False)
    return inside


def test_nothing_inside_gives_no_edge_and_no_face():
    edges, faces = triangulate(*all_tiles_of(torch.zeros(16, 16, 16, dtype=torch.bool)))
    assert len(edges.tile) == 0
    assert faces.shape == (0, 3)


def test_crossed_edges_are_those_between_different_signs():
    inside = random_interior(24, seed=0)
    tiles, signs = all_tiles_of(inside)
    edges, _ = triangulate(tiles, signs)
    x, y, z = tiles.lattice_index(edges.tile, edges.sample)
    found = set(zip(x.tolist(), y.tolist(), z.tolist(), edges.axis.tolist(), strict=True))
    expected = set()
    for axis in range(3):
        crossed = inside.narrow(axis, 0, 23) ^ inside.narrow(axis, 1, 23)
        expected |= {(*index, axis) for index in torch.nonzero(crossed).tolist()}
    assert len(found) == len(edges.axis)
    assert found == expected


def test_every_vertex_is_used_and_every_directed_edge_has_its_opposite():
    inside = random_interior(48, seed=1)
    edges, faces = triangulate(*all_tiles_of(inside))
    assert len(faces) > CELLS_PER_BATCH  # several batches
    assert torch.equal(torch.unique(faces), torch.arange(len(edges.axis), dtype=torch.int32))
    start, end = faces.flatten().long(), faces[:, [1, 2, 0]].flatten().long()
    count = len(edges.axis)
    forward, backward = start * count + end, end * count + start
    assert len(torch.unique(forward)) == len(forward)  # no edge has more than two faces
    assert torch.equal(forward.sort().values, backward.sort().values)
