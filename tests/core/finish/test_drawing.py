"""A surface that is drawn onto points."""

import numpy as np
import pytest
import trimesh

from core.finish.drawing import drawn
from core.finish.observed_faces import nearest
from core.meshes import TriangleMesh

REACH = 0.05


def ball(radius: float) -> TriangleMesh:
    mesh = trimesh.creation.icosphere(4, radius)
    return TriangleMesh.from_arrays(mesh.vertices, mesh.faces)


def on_ball(radius: float, count: int = 3000) -> np.ndarray:
    normals = np.random.default_rng(0).normal(size=(count, 3))
    return radius * normals / np.linalg.norm(normals, axis=1, keepdims=True)


def away(points: np.ndarray, mesh: TriangleMesh) -> np.ndarray:
    return nearest(points, mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64))[0]


def test_a_ball_is_drawn_onto_the_points_of_a_larger_one() -> None:
    found, points = drawn(ball(0.38), on_ball(0.4), REACH), on_ball(0.4)
    # a chord of an edge e lies e^2 / 8 / radius below; edges are about 0.03 long
    assert np.quantile(away(points, found), 0.99) < 0.03**2 / 8 / 0.4 * 4
    assert found.is_closed
    assert np.array_equal(found.faces, ball(0.38).faces)


def test_what_lies_between_few_points_moves_along() -> None:
    found = drawn(ball(0.38), on_ball(0.4, 200), REACH)
    radii = np.linalg.norm(found.vertices, axis=1)
    assert radii.min() > 0.39
    assert radii.max() < 0.405


def test_points_out_of_reach_draw_nothing() -> None:
    mesh = ball(0.3)
    assert drawn(mesh, on_ball(0.4), REACH) is mesh
    assert drawn(mesh, np.zeros((0, 3)), REACH) is mesh


def test_a_part_without_points_near_it_stays() -> None:
    one, other = ball(0.38), ball(0.1)
    both = TriangleMesh.from_arrays(
        np.concatenate([one.vertices, other.vertices + [1.0, 0.0, 0.0]]),
        np.concatenate([one.faces, other.faces + len(one.vertices)]),
    )
    found = drawn(both, on_ball(0.4), REACH)
    assert found.vertices[len(one.vertices) :] == pytest.approx(
        both.vertices[len(one.vertices) :], abs=1e-6
    )


def test_an_empty_mesh_stays_empty() -> None:
    nothing = TriangleMesh.from_arrays(np.zeros((0, 3)), np.zeros((0, 3), int))
    assert drawn(nothing, on_ball(0.4), REACH) is nothing
