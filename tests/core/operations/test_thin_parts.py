"""Mending: what a field only just misses is found again, and nothing else changes."""

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree

from core.errors import Cancelled
from core.field.analytic import AnalyticField, box, capsule, sphere, union
from core.finish.cleaning import FinishConfig, clean
from core.geometry.components import Cleaned, face_components
from core.meshes import TriangleMesh
from core.operations.thin_parts import APART, LEVELS, LOST, mended, tear_of
from core.surface.lattice import LatticeConfig
from core.surface.marching_cubes import extract_surface

LATTICE = LatticeConfig(80)
SHADE, FOOT = sphere(0.15, (0.0, 0.0, 0.3)), box((0.15, 0.15, 0.03), (0.0, 0.0, -0.4))
POLE = capsule((0.0, 0.0, -0.4), (0.0, 0.0, 0.3), 0.02)


def lamp(missed_by):
    """A shade, a foot, and between them a pole that is missed by so much along its middle.

    As a decoder misses it: the field falls towards the pole, slowly, and not below zero.
    """

    @AnalyticField
    def field(points):
        unsure = missed_by + 0.2 * points[:, :2].norm(dim=1)
        middle = points[:, 2].abs() < 0.1
        return torch.minimum(union(SHADE, FOOT)(points), torch.where(middle, unsure, POLE(points)))

    return field


def surface(field):
    return clean(extract_surface(field, LATTICE), FinishConfig())


def mend(field, cancelled=None):
    return mended(field, surface(field), LATTICE, FinishConfig(), cancelled)


def test_a_pole_that_is_barely_missed_is_found_again():
    field = lamp(missed_by=0.001)
    assert tear_of(surface(field)) >= 1
    found = mend(field)
    assert tear_of(found) < 1
    assert face_components(found.mesh)[0] == 1
    assert found.mesh.is_closed


def test_away_from_what_was_missed_not_a_vertex_moves():
    field = lamp(missed_by=0.001)
    torn, found = surface(field).mesh, mend(field).mesh
    far = np.abs(torn.vertices[:, 2]) > 0.25
    assert far.sum() > 500
    nearest, _ = cKDTree(found.vertices).query(torn.vertices[far])
    assert nearest.max() == 0


def test_what_is_missed_by_more_than_the_levels_stays_missing():
    field = lamp(missed_by=2 * LEVELS[-1])
    assert tear_of(mend(field)) == tear_of(surface(field)) >= 1


def test_a_whole_shape_has_nothing_to_be_mended():
    field = union(SHADE, FOOT, POLE)
    found = surface(field)
    assert mended(field, found, LATTICE, FinishConfig(), None) is found


def test_long_crumbs_and_wide_gaps_are_tears():
    mesh = TriangleMesh.from_arrays(np.zeros((0, 3)), np.zeros((0, 3), int))
    assert tear_of(Cleaned(mesh, lost=0.99 * LOST, apart=0.99 * APART)) < 1
    assert tear_of(Cleaned(mesh, lost=LOST, apart=0.0)) >= 1
    assert tear_of(Cleaned(mesh, lost=0.0, apart=APART)) >= 1


def test_mending_can_be_cancelled():
    with pytest.raises(Cancelled):
        mend(lamp(missed_by=0.001), cancelled=lambda: True)
