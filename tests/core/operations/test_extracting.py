"""A field's surface without its crumbs."""

import numpy as np
import pytest

from core.errors import Cancelled, EmptySurfaceError
from core.field.analytic import sphere, union
from core.operations.extracting import extracted, surface_of
from core.surface.lattice import LatticeConfig


def test_the_surface_of_a_sphere_lies_on_it_and_is_closed():
    radius, cell = 0.3, 1.1 / 47
    mesh = surface_of(sphere(radius), 48)
    # a chord of length h bends by at most h^2 / 8 times the curvature
    bound = cell**2 / (8 * (radius - cell))
    assert np.abs(np.linalg.norm(mesh.vertices, axis=1) - radius).max() < 2 * bound
    assert mesh.is_closed


def test_a_crumb_is_left_out():
    with_crumb = union(sphere(0.3), sphere(0.02, (0.4, 0.4, 0.0)))
    mesh = surface_of(with_crumb, 48)
    assert np.linalg.norm(mesh.vertices, axis=1).max() < 0.31
    np.testing.assert_array_equal(mesh.vertices.shape, surface_of(sphere(0.3), 48).vertices.shape)


def test_a_field_that_is_positive_everywhere_has_no_surface():
    with pytest.raises(EmptySurfaceError, match="never crosses"):
        surface_of(sphere(0.1, (3.0, 0.0, 0.0)), 32)


def test_progress_never_falls_back_and_a_cancel_ends_it():
    told = []
    extracted(sphere(0.3), LatticeConfig(32), None, progress=lambda *each: told.append(each))
    fractions = [fraction for _, fraction in told]
    assert {stage for stage, _ in told} == {"surface"}
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < fractions[-1] <= 1
    with pytest.raises(Cancelled):
        extracted(sphere(0.3), LatticeConfig(32), lambda: True)
