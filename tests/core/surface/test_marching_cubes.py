import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree
from skimage import measure

from core.errors import EmptySurfaceError, InputError
from core.field.analytic import box, capsule, sphere, torus, union
from core.geometry.welding import signed_volume
from core.surface.lattice import LatticeConfig, sample_lattice
from core.surface.marching_cubes import CLOSEST, extract_surface, marching_cubes


def euler_characteristic(mesh):
    return len(mesh.vertices) - 3 * len(mesh.faces) // 2 + len(mesh.faces)


def smooth_lattice(side, seed):
    """A random field without special values, outside on the border."""
    waves = torch.randn((3, side, side, side), generator=torch.Generator().manual_seed(seed))
    smooth = torch.nn.functional.avg_pool3d(waves[None], 5, 1, 2, count_include_pad=False)[0, 0]
    padded = torch.ones_like(smooth)
    padded[1:-1, 1:-1, 1:-1] = smooth[1:-1, 1:-1, 1:-1]
    return padded


def test_vertices_of_a_sphere_lie_on_the_sphere():
    radius, config = 0.3, LatticeConfig(64)
    mesh = marching_cubes(sample_lattice(sphere(radius), config))
    # a chord of length h bends by at most h^2 / 8 times the curvature; vertices keep off the
    # samples by a share of the cell
    bound = config.cell**2 / (8 * (radius - config.cell)) + CLOSEST * config.cell
    assert np.abs(np.linalg.norm(mesh.vertices, axis=1) - radius).max() < bound


def test_volume_of_a_sphere_is_positive_and_right():
    radius, config = 0.4, LatticeConfig(100)
    mesh = marching_cubes(sample_lattice(sphere(radius), config))
    # all vertices lie on or just inside the sphere, faces sag by h^2 / 2 at most
    sphere_volume = 4 / 3 * np.pi * radius**3
    assert 0 < sphere_volume - signed_volume(mesh) < 4 * np.pi * radius * config.cell**2


@pytest.mark.parametrize(
    ("field", "characteristic"),
    [
        (sphere(0.4), 2),
        (torus(0.3, 0.1), 0),
        (union(sphere(0.15, (-0.3, 0, 0)), sphere(0.15, (0.3, 0, 0))), 4),
        (union(torus(0.3, 0.06), capsule((0, -0.3, 0), (0, 0.3, 0), 0.06)), -2),
    ],
)
def test_topology_is_that_of_the_solid(field, characteristic):
    mesh = marching_cubes(sample_lattice(field, LatticeConfig(65)))
    assert mesh.is_closed
    assert euler_characteristic(mesh) == characteristic


def test_vertices_and_their_number_are_those_of_scikit_image():
    values = smooth_lattice(30, seed=3)
    mesh = marching_cubes(values, half_extent=14.5)
    theirs, _, _, _ = measure.marching_cubes(values.numpy(), 0.0, method="lorensen")
    theirs = np.unique(np.round(theirs, 6), axis=0) - 14.5
    assert len(mesh.vertices) == len(theirs)
    # ours keep off the samples by a share of the cell, which is 1 here
    assert cKDTree(theirs).query(mesh.vertices)[0].max() < 1.5 * CLOSEST
    assert cKDTree(mesh.vertices).query(theirs)[0].max() < 1.5 * CLOSEST


@pytest.mark.parametrize("field", [sphere(0.37), torus(0.3, 0.11)])
def test_where_nothing_is_ambiguous_faces_are_as_many_as_scikit_images(field):
    values = sample_lattice(field, LatticeConfig(50))
    _, theirs, _, _ = measure.marching_cubes(values.numpy(), 0.0, method="lorensen")
    assert len(marching_cubes(values).faces) == len(theirs)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 19), st.integers(0, 10**6), st.floats(-1, 1))
def test_any_field_gives_a_closed_surface(side, seed, iso):
    values = torch.randn((side,) * 3, generator=torch.Generator().manual_seed(seed))
    interior = values[1:-1, 1:-1, 1:-1]
    if interior.numel() == 0 or interior.min() >= iso:
        with pytest.raises(EmptySurfaceError, match="never crosses"):
            marching_cubes(values, iso)
        return
    mesh = marching_cubes(values, iso)
    assert mesh.is_closed
    assert signed_volume(mesh) > 0


def test_the_iso_level_is_where_the_surface_runs():
    values = sample_lattice(sphere(0.3), LatticeConfig(64))
    shifted = marching_cubes(values, iso=0.1)
    radii = np.linalg.norm(shifted.vertices, axis=1)
    assert abs(radii.mean() - 0.4) < 1e-3


def test_samples_on_the_iso_level_give_neither_nan_nor_faces_without_area():
    values = torch.randint(-1, 2, (12, 12, 12), generator=torch.Generator().manual_seed(0)).float()
    mesh = marching_cubes(values)
    first, second, third = (mesh.vertices[column] for column in mesh.faces.T)
    areas = np.linalg.norm(np.cross(second - first, third - first), axis=1)
    assert mesh.is_closed
    assert areas.min() > 0


def test_infinite_values_give_finite_vertices():
    values = sample_lattice(box((0.2, 0.2, 0.2)), LatticeConfig(20))
    mesh = marching_cubes(values.sign() * torch.inf)
    assert mesh.is_closed
    assert np.abs(mesh.vertices).max() < 0.3


def test_a_surface_that_leaves_the_lattice_is_cut_off_flat_at_its_border():
    config = LatticeConfig(33)
    mesh = marching_cubes(sample_lattice(box((2, 0.2, 0.2)), config))
    assert mesh.is_closed
    assert euler_characteristic(mesh) == 2
    capped = np.abs(mesh.vertices[:, 0]) > config.half_extent - 2 * CLOSEST * config.cell
    assert capped.sum() > 100
    assert mesh.vertices[:, 0].max() == pytest.approx(0.55, abs=2 * CLOSEST * config.cell)


def test_nan_is_refused():
    values = sample_lattice(sphere(0.3), LatticeConfig(16))
    values[3, 4, 5] = torch.nan
    with pytest.raises(InputError, match="not a number at 1 of 4096 samples"):
        marching_cubes(values)


def test_an_empty_field_says_what_it_spans():
    with pytest.raises(EmptySurfaceError, match=r"iso-level 0 \(it spans 2 to 2\)"):
        marching_cubes(torch.full((9, 9, 9), 2.0))


def test_a_lattice_of_one_sample_is_a_callers_mistake():
    with pytest.raises(ValueError, match="at least 2 samples per axis; found 1"):
        marching_cubes(torch.zeros(1, 1, 1))


def test_extracting_finds_the_same_surface_as_the_dense_lattice():
    field, config = torus(0.3, 0.1), LatticeConfig(70)
    dense = marching_cubes(sample_lattice(field, config))
    sparse = extract_surface(field, config)
    np.testing.assert_array_equal(sparse.faces, dense.faces)
    np.testing.assert_allclose(sparse.vertices, dense.vertices, rtol=0, atol=1e-6)


def test_extracting_from_an_empty_field_says_what_it_spans():
    with pytest.raises(EmptySurfaceError, match="never crosses the iso-level 0"):
        extract_surface(sphere(0.1, (3, 0, 0)), LatticeConfig(32))
