"""Revolving: what is nearly round is made round; handles, arms and corners are kept."""

import numpy as np
import pytest
import torch

from core.errors import Cancelled
from core.field.analytic import AnalyticField, box, capsule, intersection, sphere, union
from core.field.axisymmetric import AxisymmetricField
from core.finish.cleaning import FinishConfig, clean
from core.operations import axisymmetry
from core.operations.axisymmetry import (
    ROUND,
    THICKER,
    coarse_preview_of,
    has_handles,
    rounded,
    waves_of,
)
from core.operations.stages import Stages
from core.operations.surface_extraction import surfaced
from core.surface.lattice import LatticeConfig
from core.surface.marching_cubes import extract_surface

LATTICE = LatticeConfig(80)
BALL = sphere(0.3, (0.0, 0.0, 0.0))
EAR, OTHER_EAR = (
    capsule((side * 0.25, 0.0, 0.0), (side * 0.38, 0.0, 0.0), 0.05) for side in (1, -1)
)
LEGS = [
    capsule((0.2 * x, 0.2 * y, -0.3), (0.2 * x, 0.2 * y, 0.0), 0.005)
    for x, y in ((1, 1), (1, -1), (-1, 1), (-1, -1))
]
DISC = intersection(sphere(0.3, (0.0, 0.0, 0.0)), box((0.4, 0.4, 0.02), (0.0, 0.0, 0.0)))
THIN_TABLE = union(DISC, *LEGS)
"""Legs thinner than a cell of the glance, under a round top."""


@AnalyticField
def wavy(points):
    """A ball with four low bulges on its equator."""
    yaws = torch.atan2(points[:, 1], points[:, 0])
    return BALL(points) + 0.01 * torch.cos(4 * yaws) * points[:, :2].norm(dim=1) / 0.3


def surface(field):
    return clean(extract_surface(field, LATTICE), FinishConfig())


def revolved(field):
    return axisymmetry.revolved(field, coarse_preview_of(field, None, level=THICKER))


def test_a_wavy_ball_becomes_a_ball():
    before, after = surface(wavy).mesh.vertices, surface(revolved(wavy)).mesh
    off = np.abs(np.linalg.norm(after.vertices, axis=1) - 0.3)
    assert np.abs(np.linalg.norm(before, axis=1) - 0.3).max() > 0.008
    assert off.max() < 1e-3
    assert after.is_closed


@pytest.mark.parametrize(
    "field",
    [
        box((0.3, 0.3, 0.3), (0.0, 0.0, 0.0)),
        box((0.4, 0.2, 0.03), (0.0, 0.0, 0.0)),
        sphere(0.2, (0.1, 0.0, 0.0)),
        union(BALL, EAR),
        union(BALL, EAR, OTHER_EAR),
        THIN_TABLE,
    ],
    ids=["cube", "table top", "ball off the axis", "one handle", "two handles", "thin legs"],
)
def test_what_is_not_round_is_left_alone(field):
    assert revolved(field) is None


def test_waves_are_what_turning_moves():
    turns = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    heights = np.linspace(-0.2, 0.2, 40)
    angle, height = np.meshgrid(turns, heights)
    ring = np.stack([0.3 * np.cos(angle), 0.3 * np.sin(angle), height], axis=-1).reshape(-1, 3)
    assert waves_of(ring) < 0.004
    assert waves_of(ring + np.array([0.03, 0.0, 0.0])) > ROUND


def test_four_corners_of_a_foot_are_no_handles():
    round_foot = AxisymmetricField(union(BALL, sphere(0.2, (0.0, 0.0, -0.3)))).reaches()
    corners = [
        capsule((0.0, 0.0, 0.0), (0.36 * x, 0.36 * y, 0.0), 0.03)
        for x, y in ((1, 0), (0, 1), (-1, 0), (0, -1))
    ]
    assert not has_handles(surface(union(BALL, *corners)).mesh.vertices, round_foot)
    assert has_handles(surface(union(BALL, corners[0])).mesh.vertices, round_foot)


def test_of_several_codes_a_wavy_one_is_made_round_and_one_alone_is_left_as_it_is():
    def taken(count):
        codes = [torch.zeros(1)] * count
        found = surfaced(lambda _: wavy, codes, LATTICE, FinishConfig(), Stages(None, None))
        return np.abs(np.linalg.norm(found.mesh.vertices, axis=1) - 0.3).max()

    assert taken(2) < 2e-3
    assert taken(1) > 0.008


def test_a_shape_that_would_come_apart_is_left_as_it_is():
    shade, foot = sphere(0.2, (0.0, 0.0, 0.3)), sphere(0.2, (0.0, 0.0, -0.3))
    beside = capsule((0.03, 0.0, -0.3), (0.03, 0.0, 0.3), 0.02)
    field = union(shade, foot, beside)
    assert surface(revolved(field)).apart > 0.08
    assert rounded(field, None) is field
    codes = [torch.zeros(1)] * 2
    found = surfaced(lambda _: field, codes, LATTICE, FinishConfig(), Stages(None, None)).mesh
    middle = found.vertices[np.abs(found.vertices[:, 2]) < 0.05]
    assert len(middle) > 10
    assert middle[:, 0].mean() == pytest.approx(0.03, abs=0.01)


def test_a_field_is_rounded_before_its_surface_is_wanted_or_given_back_as_it_was():
    points = 0.3 * torch.nn.functional.normalize(torch.randn(500, 3), dim=1)
    assert rounded(wavy, None)(points).abs().max() < 2e-3
    handled = union(BALL, EAR)
    assert rounded(handled, None) is handled


def test_a_field_without_a_surface_is_given_back_as_it_was():
    @AnalyticField
    def nothing(points):
        return torch.ones(len(points))

    assert rounded(nothing, None) is nothing


def test_it_can_be_cancelled():
    with pytest.raises(Cancelled):
        coarse_preview_of(wavy, lambda: True)
