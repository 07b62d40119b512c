import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Cancelled, InputError
from core.field.analytic import (
    AnalyticField,
    box,
    capsule,
    intersection,
    plate,
    sphere,
    torus,
    union,
)
from core.surface.lattice import LatticeConfig, sample_lattice
from core.surface.marching_cubes import extract_surface, marching_cubes
from core.surface.near_surface import near_surface


class Truncated:
    """A field as a trained decoder gives it: clamped, and not quite a distance."""

    def __init__(self, distance, clamp=0.05, waviness=0.3):
        self.device, self.clamp, self.lipschitz = torch.device("cpu"), clamp, 1.5
        self._distance = distance
        self._waviness = waviness

    def __call__(self, points):
        # the factor is 1 on the surface's zero set and changes the gradient's length around it
        factor = 1 + self._waviness * torch.sin(40 * points.sum(dim=1))
        return (self._distance(points) * factor).clamp(-self.clamp, self.clamp)


def chair():
    legs = [
        capsule((x, y, 0.0), (1.1 * x, 1.1 * y, -0.45), 0.015)
        for x in (-0.2, 0.2)
        for y in (-0.2, 0.2)
    ]
    seat, back = box((0.25, 0.25, 0.02)), box((0.25, 0.015, 0.22), (0.0, 0.24, 0.24))
    return union(seat, back, *legs)


def assert_same_as_dense(field, config):
    dense = marching_cubes(sample_lattice(field, config))
    sparse = extract_surface(field, config)
    assert sparse.is_closed
    np.testing.assert_array_equal(sparse.faces, dense.faces)
    np.testing.assert_allclose(sparse.vertices, dense.vertices, rtol=0, atol=1e-6)


directions = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: math.hypot(*v) > 0.1)
places = st.tuples(*[st.floats(-0.2, 0.2)] * 3)
resolutions = st.sampled_from([31, 48, 65])


@settings(max_examples=25, deadline=None)
@given(resolutions, places, directions)
def test_rods_two_cells_thick_are_found_whole(resolution, centre, direction):
    config = LatticeConfig(resolution)
    reach = 0.3 / math.hypot(*direction)
    ends = [[c + s * reach * d for c, d in zip(centre, direction, strict=True)] for s in (-1, 1)]
    assert_same_as_dense(capsule(*ends, radius=config.cell), config)


@settings(max_examples=25, deadline=None)
@given(resolutions, st.floats(-0.3, 0.3), directions)
def test_plates_two_cells_thick_are_found_whole(resolution, offset, normal):
    config = LatticeConfig(resolution)
    field = intersection(plate(normal, offset, 2 * config.cell), box((0.4, 0.4, 0.4)))
    assert_same_as_dense(field, config)


@pytest.mark.parametrize("resolution", [40, 64, 129])
@pytest.mark.parametrize(
    "field", [sphere(0.5), chair(), torus(0.35, 0.02), box((0.7, 0.3, 0.02), (0.2, 0.0, 0.0))]
)
def test_the_search_equals_the_dense_lattice(field, resolution):
    assert_same_as_dense(field, LatticeConfig(resolution))


@pytest.mark.parametrize("resolution", [8, 9, 15, 16, 17])
def test_small_lattices_are_searched_exactly(resolution):
    assert_same_as_dense(sphere(0.5), LatticeConfig(resolution))


@pytest.mark.parametrize("resolution", [64, 128, 160])
def test_a_truncated_field_that_is_not_quite_a_distance_is_searched_exactly(resolution):
    assert_same_as_dense(Truncated(chair()), LatticeConfig(resolution))


@pytest.mark.parametrize("iso", [-0.01, 0.01, 0.049])
def test_the_iso_level_may_differ_from_zero(iso):
    config = LatticeConfig(64)
    dense = marching_cubes(sample_lattice(Truncated(chair()), config), iso)
    sparse = extract_surface(Truncated(chair()), config, iso=iso)
    np.testing.assert_array_equal(sparse.faces, dense.faces)
    np.testing.assert_allclose(sparse.vertices, dense.vertices, rtol=0, atol=1e-6)


@pytest.mark.parametrize("steepness", [2.0, 4.0, 10.0])
def test_the_search_follows_a_surface_that_is_steeper_than_promised(steepness):
    @AnalyticField
    def field(points):
        return steepness * torus(0.3, 0.05)(points)

    assert_same_as_dense(field, LatticeConfig(100))


def test_a_field_of_signs_alone_is_still_closed_and_whole():
    @AnalyticField
    def field(points):
        return sphere(0.3)(points).sign()

    assert_same_as_dense(field, LatticeConfig(64))


def test_batching_never_changes_the_result():
    whole = near_surface(chair(), LatticeConfig(50))
    pieces = near_surface(chair(), LatticeConfig(50, points_per_batch=501))
    assert torch.equal(whole.tiles.numbers, pieces.tiles.numbers)
    assert torch.equal(whole.signs, pieces.signs)


def test_few_points_are_asked_for():
    # the truncated chair has an area of 1.3; its surface crosses about 1.5 cells per cell's area
    found = near_surface(Truncated(chair(), waviness=0.0), LatticeConfig(256))
    assert found.evaluations < 256**3 / 40


def test_a_sharper_bound_asks_for_fewer_points():
    exact = near_surface(chair(), LatticeConfig(128))
    careful = near_surface(replace(chair(), lipschitz=2.0), LatticeConfig(128))
    assert exact.evaluations < careful.evaluations


@pytest.mark.parametrize("steepness", [1.0, 4.0])  # the steeper one is followed in many steps
def test_progress_never_goes_back(steepness):
    told = []
    near_surface(
        AnalyticField(lambda points: steepness * torus(0.3, 0.05)(points)),
        LatticeConfig(100, points_per_batch=4000),
        progress=lambda stage, share: told.append((stage, share)),
    )
    shares = [share for _, share in told]
    assert {stage for stage, _ in told} == {"surface"}
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] <= 1


def test_cancelling_stops_before_the_next_batch():
    asked = []

    @AnalyticField
    def field(points):
        asked.append(len(points))
        return sphere(0.4)(points)

    config = LatticeConfig(128, points_per_batch=2000)
    with pytest.raises(Cancelled, match="nothing was changed"):
        near_surface(field, config, cancelled=lambda: len(asked) >= 3)
    assert len(asked) == 3
    assert max(asked) <= 2000


def test_nan_near_the_surface_is_refused():
    @AnalyticField
    def field(points):
        return torch.where(points[:, 2] > 0.3, torch.nan, sphere(0.4)(points))

    with pytest.raises(InputError, match="not a number at"):
        near_surface(field, LatticeConfig(64))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_surface_is_the_same_on_a_gpu():
    config = LatticeConfig(128)
    on_cpu = extract_surface(chair(), config)
    on_gpu = extract_surface(replace(chair(), device=torch.device("cuda")), config)
    np.testing.assert_array_equal(on_gpu.faces, on_cpu.faces)
    np.testing.assert_allclose(on_gpu.vertices, on_cpu.vertices, rtol=0, atol=1e-5)
