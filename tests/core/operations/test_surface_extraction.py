"""Surfacing: of several codes, the first whose surface is whole."""

import pytest
import torch

from core.errors import EmptySurfaceError
from core.field.analytic import AnalyticField, box, capsule, sphere, union
from core.finish.cleaning import FinishConfig
from core.geometry.components import face_components
from core.operations.stages import Stages
from core.operations.surface_extraction import surfaced
from core.surface.lattice import LatticeConfig

TOP = box((0.45, 0.3, 0.03), (0.0, 0.0, 0.3))


def table(gap):
    """One short leg under a top, `gap` below it."""
    return union(TOP, capsule((0.3, 0.0, 0.0), (0.3, 0.0, 0.25 - gap), 0.03))


WHOLE, TORN, LOOSE = table(0.0), table(0.05), union(TOP, sphere(0.025, (0.0, 0.0, 0.0)))


@AnalyticField
def nothing(points):
    """Outside everywhere."""
    return torch.ones(len(points))


def taken(*fields, progress=None):
    """The number of the field whose mesh was taken, and the mesh."""
    codes = [torch.tensor([float(number)]) for number in range(len(fields))]
    asked = []

    def field_of(code):
        asked.append(int(code))
        return fields[int(code)]

    stages = Stages(progress, None)
    found = surfaced(field_of, codes, LatticeConfig(64), FinishConfig(), stages)
    assert list(stages.seconds) == ["surface", "finish"]
    return int(found.code), asked, found.mesh


def test_the_first_code_is_taken_when_it_is_whole():
    assert taken(WHOLE, TORN, WHOLE)[:2] == (0, [0])


def test_a_table_whose_leg_came_off_gives_way_to_the_next():
    number, asked, mesh = taken(TORN, WHOLE, TORN)
    assert (number, asked) == (1, [0, 1])
    assert face_components(mesh)[0] == 1
    assert mesh.vertices[:, 2].min() < 0.0


def test_a_leg_that_is_barely_missed_is_no_reason_to_give_way():
    leg = capsule((0.3, 0.0, 0.0), (0.3, 0.0, 0.15), 0.03)

    @AnalyticField
    def unsure(points):
        """The leg's upper end is missed by a thousandth."""
        axis = points[:, :2] - torch.tensor([0.3, 0.0])
        upper = (points[:, 2] > 0.1) & (points[:, 2] < 0.3)
        missed = torch.where(upper, 0.001 + 0.2 * axis.norm(dim=1), 1.0)
        return torch.minimum(union(TOP, leg)(points), missed)

    number, asked, mesh = taken(unsure, WHOLE)
    assert (number, asked) == (0, [0])
    assert face_components(mesh)[0] == 1
    assert mesh.vertices[:, 2].min() < 0.0


def test_true_crumbs_are_no_reason_to_give_way():
    number, asked, mesh = taken(LOOSE, WHOLE)
    assert (number, asked) == (0, [0])
    assert face_components(mesh)[0] == 1


def test_of_torn_ones_the_least_torn_is_taken():
    shorter = union(TOP, capsule((0.3, 0.0, 0.0), (0.3, 0.0, 0.1), 0.03))
    assert taken(TORN, shorter, TORN)[:2] == (1, [0, 1, 2])


def test_a_code_without_surface_gives_way_and_the_last_one_is_told():
    assert taken(nothing, WHOLE)[:2] == (1, [0, 1])
    assert taken(TORN, nothing)[:2] == (0, [0, 1])
    with pytest.raises(EmptySurfaceError):
        taken(nothing, nothing)


def test_progress_never_falls_back():
    told = []
    taken(TORN, WHOLE, progress=lambda stage, done: stage == "surface" and told.append(done))
    assert told == sorted(told)
    assert told[-1] == 1.0
