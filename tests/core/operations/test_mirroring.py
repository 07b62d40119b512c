"""Which reflections leave a shape as it is, told from its field and the points that were given."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import Cancelled
from core.field.analytic import AnalyticField, box, capsule, sphere, union
from core.field.axisymmetric import AxisymmetricField
from core.meshes import TriangleMesh
from core.operations import merging, mirroring
from core.operations.axisymmetry import THICKER, coarse_preview_of
from core.operations.engine import Engine
from core.operations.mirroring import reflections_of
from core.surface.lattice import LatticeConfig
from core.surface.marching_cubes import extract_surface

SEAT = box((0.25, 0.25, 0.05), (0.0, 0.0, 0.0))
BACK = box((0.25, 0.03, 0.2), (0.0, 0.22, 0.2))
ARM = capsule((0.23, -0.2, 0.15), (0.23, 0.2, 0.15), 0.04)
BALL = sphere(0.3, (0.0, 0.0, 0.0))


def points_of(field, keep=lambda points: points[:, 0] > 0.05):
    """What was given: some of the surface."""
    points = extract_surface(field, LatticeConfig(48)).vertices
    return points[keep(points)]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (SEAT, [(-1, 1, 1), (1, -1, 1), (-1, -1, 1)]),
        (union(SEAT, BACK), [(-1, 1, 1)]),
        (union(SEAT, capsule((0.2, 0.0, 0.1), (0.4, 0.0, 0.1), 0.05)), [(1, -1, 1)]),
        (union(SEAT, BACK, ARM), []),
    ],
    ids=["table", "chair", "mug", "chair with one arm"],
)
def test_a_reflection_is_found_where_the_points_come_to_lie_on_the_shape(field, expected):
    found = reflections_of(field, points_of(field, lambda points: points[:, 2] > -1))
    assert [tuple(each) for each in found] == expected


def test_the_points_of_one_side_alone_tell_it():
    field = union(SEAT, BACK)
    assert [tuple(each) for each in reflections_of(field, points_of(field))] == [(-1, 1, 1)]


def test_a_shape_that_was_made_round_needs_no_reflection():
    assert reflections_of(AxisymmetricField(BALL), points_of(BALL)).shape == (0, 3)


def test_a_shape_beside_the_axis_has_none():
    field = sphere(0.2, (0.15, 0.12, 0.0))
    assert reflections_of(field, points_of(field)).shape == (0, 3)
    assert reflections_of(field, np.zeros((0, 3), np.float32)).shape == (0, 3)


def symmetric(field, cancelled=None):
    seen = coarse_preview_of(field, None, level=THICKER)
    return mirroring.symmetric(field, seen, cancelled)


@AnalyticField
def wavy_chair(points):
    """Its waves differ between left and right."""
    waves = torch.sin(40 * points).sum(dim=1)
    return union(SEAT, BACK)(points) + 0.002 * waves


def test_a_nearly_symmetric_chair_becomes_its_own_mirror_image():
    mean = symmetric(wavy_chair)
    points = torch.rand(500, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    image = points * torch.tensor([-1.0, 1.0, 1.0])
    assert (wavy_chair(image) - wavy_chair(points)).abs().max() > 0.003
    torch.testing.assert_close(mean(image), mean(points), rtol=0, atol=1e-6)
    assert (mean(points) - union(SEAT, BACK)(points)).abs().max() < 0.0045


@pytest.mark.parametrize(
    "field",
    [
        union(SEAT, BACK, ARM),
        sphere(0.2, (0.15, 0.12, 0.0)),
        AnalyticField(lambda points: torch.ones(len(points))),
        union(SEAT, BACK, sphere(0.035, (0.27, 0.0, 0.0))),
    ],
    ids=["one arm", "beside the middle", "nothing", "a knob on one side"],
)
def test_what_is_not_symmetric_or_would_lose_something_is_left_alone(field):
    assert symmetric(field) is None


def test_legs_that_meet_their_mirror_images_are_kept():
    legs = [capsule((x, 0.0, -0.4), (x, 0.0, 0.0), 0.01) for x in (0.2, -0.202)]
    mean = symmetric(union(SEAT, BACK, *legs))
    assert (mean(torch.tensor([[0.201, 0.0, -0.2], [-0.201, 0.0, -0.2]])) < -0.005).all()


def test_looking_for_symmetry_can_be_cancelled():
    with pytest.raises(Cancelled):
        symmetric(wavy_chair, lambda: True)


@pytest.mark.parametrize(("noise", "asked"), [(0.0, 1), (0.01, 0)])
def test_what_was_given_with_noise_is_not_mirrored(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, noise: float, asked: int
):
    engine, calls = Engine(tiny_model, "cpu"), []

    def recorded(*given):
        calls.append(given)
        return reflections_of(*given)

    monkeypatch.setattr(merging, "reflections_of", recorded)
    whole = engine.decode(engine.card.statistics["chair"].mean.numpy(), resolution=48)
    left = whole.faces[whole.corners.mean(axis=1)[:, 0] < 0.02]
    used, faces = np.unique(left, return_inverse=True)
    part = TriangleMesh.from_arrays(whole.vertices[used], faces.reshape(-1, 3))
    engine.complete(part, pose="canonical", resolution=32, noise=noise)
    assert len(calls) == asked
