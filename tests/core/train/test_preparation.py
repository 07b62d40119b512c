"""What is sampled from assets, written whole, and not again."""

import numpy as np
import pytest

from core.errors import InputError
from core.field.solid import solid_of
from core.train.assets import list_assets, load_asset
from core.train.dataset import pack
from core.train.preparation import STEP, PreparationConfig, prepare_assets


def test_prepared_distances_are_those_of_the_solid(packed):
    mesh = load_asset(packed.assets[0])
    stored = packed.samples[0].astype(np.float64) * STEP
    expected = solid_of(mesh).signed_distance(stored[:, :3])
    # rounding a point moves its distance by at most its own length
    np.testing.assert_allclose(stored[:, 3], expected, atol=2 * STEP)


def test_preparing_again_changes_nothing_and_takes_no_work(packed, library, tmp_path):
    assets = list_assets(library)[:1]
    config = PreparationConfig(50, 50, 50, lattice_resolution=4, views=1)
    for _ in range(2):
        assert [problem for _, problem in prepare_assets(assets, tmp_path, config)] == [None]
        written = next(tmp_path.glob("*/*.npz"))
        stamp = written.stat().st_mtime_ns
    assert written.stat().st_mtime_ns == stamp
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_a_bad_asset_is_said_and_the_others_are_prepared(tmp_path):
    (tmp_path / "in" / "box").mkdir(parents=True)
    (tmp_path / "in" / "box" / "bad.stl").write_bytes(b"no mesh")
    asset = list_assets(tmp_path / "in")[0]
    ((_, problem),) = prepare_assets([asset], tmp_path / "out", PreparationConfig())
    assert "bad.stl" in problem
    with pytest.raises(InputError, match="prepare them first"):
        pack([asset], tmp_path / "out", tmp_path / "packed", PreparationConfig(), np.copy)
