"""Packed arrays, and the batches drawn from them."""

from pathlib import Path

import numpy as np

from core.field.solid import solid_of
from core.train.assets import load_asset
from core.train.dataset import pack
from core.train.preparation import STEP


def test_batches_hold_points_of_the_asked_shapes_with_their_distances(packed):
    shapes = np.array([1, 5])
    points, distances = packed.batch(shapes, 200, np.random.default_rng(0))
    assert points.shape == (2, 200, 3)
    for row, shape in enumerate(shapes):
        solid = solid_of(load_asset(packed.assets[shape]))
        np.testing.assert_allclose(
            distances[row], solid.signed_distance(points[row].double().numpy()), atol=3 * STEP
        )


def test_packed_arrays_are_opened_not_rewritten(packed, library, tmp_path):
    folder = Path(packed.samples.filename).parent
    stamp = (folder / "samples.npy").stat().st_mtime_ns
    again = pack(packed.assets, folder.parent / "prepared", folder, packed.config, np.copy)
    assert (folder / "samples.npy").stat().st_mtime_ns == stamp
    np.testing.assert_array_equal(again.lattice, packed.lattice)
