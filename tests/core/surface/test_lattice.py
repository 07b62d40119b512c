import pytest
import torch

from core.errors import Cancelled, InputError
from core.field.analytic import AnalyticField, box, sphere
from core.surface.lattice import LatticeConfig, axis_coordinates, sample_lattice


@pytest.mark.parametrize("resolution", [0, 7, 1025, 100000])
def test_resolutions_that_cannot_work_are_refused(resolution):
    with pytest.raises(InputError, match=f"between 8 and 1024; found {resolution};"):
        LatticeConfig(resolution)


@pytest.mark.parametrize(("name", "value"), [("half_extent", 0.0), ("points_per_batch", 0)])
def test_numbers_must_be_positive(name, value):
    with pytest.raises(ValueError, match=f"{name} must be positive; found {value}"):
        LatticeConfig(**{name: value})


def test_the_lattice_spans_exactly_the_cube():
    at = axis_coordinates(64, 0.55)
    assert (at[0].item(), at[-1].item()) == (pytest.approx(-0.55), pytest.approx(0.55))
    assert torch.allclose(at.diff(), torch.tensor(LatticeConfig(64).cell), atol=1e-6)


def test_samples_are_indexed_x_y_z():
    config = LatticeConfig(16)
    field = AnalyticField(lambda points: points @ torch.tensor([1.0, 10.0, 100.0]))
    values = sample_lattice(field, config)
    at = axis_coordinates(16, config.half_extent)
    expected = at[:, None, None] + 10 * at[None, :, None] + 100 * at[None, None, :]
    assert torch.allclose(values, expected, atol=1e-5)


def test_batching_never_changes_the_result():
    field = box((0.3, 0.2, 0.1), (0.05, 0.0, 0.0))
    whole = sample_lattice(field, LatticeConfig(20))
    pieces = sample_lattice(field, LatticeConfig(20, points_per_batch=777))
    assert torch.equal(whole, pieces)


def test_progress_grows_to_one():
    told = []
    config = LatticeConfig(16, points_per_batch=1000)
    sample_lattice(sphere(0.3), config, progress=lambda stage, share: told.append((stage, share)))
    shares = [share for _, share in told]
    assert {stage for stage, _ in told} == {"surface"}
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_cancelling_stops_before_the_next_batch():
    asked = []

    @AnalyticField
    def field(points):
        asked.append(len(points))
        return points[:, 0]

    with pytest.raises(Cancelled, match="nothing was changed"):
        sample_lattice(
            field, LatticeConfig(16, points_per_batch=1000), cancelled=lambda: len(asked) == 2
        )
    assert asked == [1000, 1000]


def test_nan_is_refused():
    @AnalyticField
    def field(points):
        return torch.where(points[:, 0] > 0.5, torch.nan, 1.0)

    with pytest.raises(InputError, match="not a number at 256 of 2048 points"):
        sample_lattice(field, LatticeConfig(16, points_per_batch=2048))
