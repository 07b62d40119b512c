"""Parts that touch nothing given are told from those that do, also over others."""

import numpy as np
import pytest
import trimesh

from core.finish.floating import CRUMB, floating
from core.meshes import TriangleMesh

REACH = 0.01


def boxes(*heights: float, side: float = 0.1) -> TriangleMesh:
    """Boxes over each other, the first one large."""
    made = [trimesh.creation.box((0.4, 0.4, 0.1))]
    for each in heights:
        box = trimesh.creation.box((side, side, side))
        box.apply_translation((0, 0, 0.05 + each + side / 2))
        made.append(box)
    every = trimesh.util.concatenate(made)
    return TriangleMesh.from_arrays(every.vertices, every.faces)


def first_given(mesh: TriangleMesh) -> np.ndarray:
    return np.arange(len(mesh.faces)) < 12


def test_parts_that_touch_what_is_given_also_over_others_do_not_float() -> None:
    mesh = boxes(0.005, 0.113)
    found = floating(mesh, first_given(mesh), REACH)
    assert (found.crumbs.any(), found.share) == (False, 0.0)


def test_a_large_part_in_the_air_is_told_by_its_share_of_the_area() -> None:
    mesh = boxes(0.2)
    found = floating(mesh, first_given(mesh), REACH)
    assert not found.crumbs.any()
    assert found.share == pytest.approx(0.06 / (0.06 + 0.48))


def test_a_small_part_in_the_air_is_a_crumb() -> None:
    mesh = boxes(0.2, side=0.02)
    assert CRUMB > 6 * 0.02**2 / 0.48
    found = floating(mesh, first_given(mesh), REACH)
    assert np.array_equal(found.crumbs, ~first_given(mesh))
    assert found.share == 0.0


def test_where_nothing_is_given_nothing_floats() -> None:
    mesh = boxes(0.2)
    found = floating(mesh, np.zeros(24, bool), REACH)
    assert (found.crumbs.any(), found.share) == (False, 0.0)


def test_copies_of_vertices_at_one_place_hold_a_part_together() -> None:
    mesh = boxes(0.0)
    loose = TriangleMesh(mesh.corners.reshape(-1, 3), np.arange(72, dtype=np.int32).reshape(-1, 3))
    found = floating(loose, np.arange(24) < 1, REACH)
    assert (found.crumbs.any(), found.share) == (False, 0.0)
