"""Snapping puts a surface back onto the one that it was made from, and tears nothing."""

import igl
import numpy as np
import trimesh

from core.finish.snapping import KEPT_APART, snapped
from core.meshes import TriangleMesh

REACH, BORDER = 0.02, 0.03


def ball(radius: float) -> TriangleMesh:
    made = trimesh.creation.icosphere(4, radius)
    return TriangleMesh.from_arrays(made.vertices, made.faces)


def sheet(side: float = 0.4) -> TriangleMesh:
    """A square in the plane z = 0, one face thick."""
    half = side / 2
    corners = [(-half, -half, 0), (half, -half, 0), (half, half, 0), (-half, half, 0)]
    return TriangleMesh.from_arrays(np.array(corners), np.array([(0, 1, 2), (0, 2, 3)]))


def distances(mesh: TriangleMesh, given: TriangleMesh) -> np.ndarray:
    squared, _, _ = igl.point_mesh_squared_distance(
        mesh.vertices.astype(float), given.vertices.astype(float), given.faces.astype(np.int64)
    )
    return np.sqrt(squared)


def test_a_ball_a_little_too_large_comes_back_onto_its_own_surface():
    found = snapped(ball(0.41), ball(0.4), REACH, BORDER)
    assert distances(found, ball(0.4)).max() < 2 * KEPT_APART
    np.testing.assert_array_equal(found.faces, ball(0.41).faces)


def test_what_is_further_away_than_the_reach_stays_where_it_is():
    far = ball(0.45)
    np.testing.assert_array_equal(snapped(far, ball(0.4), REACH, BORDER).vertices, far.vertices)


def test_both_sides_of_a_sheet_come_near_and_stay_apart():
    made = trimesh.creation.box((0.3, 0.3, 0.014)).subdivide().subdivide().subdivide()
    thick = TriangleMesh.from_arrays(made.vertices, made.faces)
    found = snapped(thick, sheet(), REACH, BORDER)
    inner = np.abs(found.vertices[:, :2]).max(axis=1) < 0.14
    height = found.vertices[inner, 2]
    np.testing.assert_allclose(np.abs(height), KEPT_APART, atol=1e-6)
    np.testing.assert_array_equal(np.sign(height), np.sign(thick.vertices[inner, 2]))


def test_vertices_beyond_the_border_of_what_was_given_are_not_dragged_onto_it():
    made = trimesh.creation.box((0.8, 0.8, 0.014)).subdivide().subdivide().subdivide().subdivide()
    thick = TriangleMesh.from_arrays(made.vertices, made.faces)
    beyond = np.abs(thick.vertices[:, :2]).max(axis=1) > 0.2 + BORDER
    found = snapped(thick, sheet(), 0.1, BORDER)
    np.testing.assert_array_equal(found.vertices[beyond], thick.vertices[beyond])
