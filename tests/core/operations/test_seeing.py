"""What is known of a partial shape before the model is asked."""

import numpy as np
import pytest
import trimesh

from core.meshes import PointCloud, TriangleMesh
from core.operations.seeing import seen_of


def mesh_of(made: trimesh.Trimesh) -> TriangleMesh:
    return TriangleMesh.from_arrays(made.vertices, made.faces)


def cap(lowest: float = 0.2) -> TriangleMesh:
    """What lies above a height of a ball around the origin, of radius 0.5."""
    ball = trimesh.creation.icosphere(subdivisions=4, radius=0.5)
    kept = ball.faces[ball.triangles_center[:, 2] > lowest]
    ball = trimesh.Trimesh(ball.vertices, kept)
    return mesh_of(ball)


def cloud_of_ball(*more: np.ndarray) -> PointCloud:
    normals = np.random.default_rng(0).normal(size=(4000, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    points = np.concatenate([0.5 * normals, *more]).astype(np.float32)
    known = np.zeros_like(points)
    known[:4000] = normals
    return PointCloud(points, known)


@pytest.mark.parametrize("place", [(0.0, 0.0, 0.0), (30.0, -20.0, 5.0)])
def test_points_that_are_seen_lie_on_the_part_where_it_is(place):
    part = cap()
    moved = TriangleMesh.from_arrays(part.vertices + np.array(place), part.faces)
    seen = seen_of(moved, "upright", "none", None)
    radii = np.linalg.norm(seen.points - place, axis=1)
    # a triangle of the ball lies this deep below it, and float32 is coarser far away
    assert np.abs(radii - 0.5).max() < 1e-3
    # a triangle whose middle is above 0.2 reaches down by less than its height
    assert (seen.points[:, 2] > 0.15 + place[2]).all()
    assert len(seen.thickness) == len(seen.points)


def test_of_a_mesh_nothing_is_left_out_and_nothing_is_known_to_be_empty():
    seen = seen_of(cap(), "auto", "none", None)
    assert (seen.left_out, seen.warnings) == ([], [])
    assert seen.empty.shape == (0, 3)


def test_strays_of_a_cloud_are_left_out_with_a_word():
    seen = seen_of(cloud_of_ball(np.array([[9.0, 9.0, 9.0]])), "auto", "none", None)
    assert len(seen.partial.points) == 4000
    (sentence,) = seen.left_out
    assert sentence.startswith("1 of 4001 points lie far from all others")
    assert seen.warnings == seen.left_out


def test_a_whole_cloud_of_a_ball_is_no_scan_from_one_side():
    seen = seen_of(cloud_of_ball(), "auto", "visible", None)
    assert seen.warnings == ["the mesh is no scan from one side, so no space is known to be empty"]
    assert seen.left_out == []
    assert len(seen.empty) == 0


def test_known_noise_counts_in_lengths_of_the_input():
    ball = cloud_of_ball()
    larger = PointCloud(10 * ball.points, ball.normals)
    one, ten = (
        seen_of(each, "auto", "none", noise) for each, noise in ((ball, 0.01), (larger, 0.1))
    )
    assert one.noise == pytest.approx(ten.noise, rel=1e-5)
    assert one.noise * one.observation.box.scale_m == pytest.approx(0.01, rel=1e-6)


def test_a_cloud_shows_no_mirror_and_lacks_no_leg():
    seen = seen_of(cloud_of_ball(), "auto", "none", None)
    assert seen.reflection is None
    assert not seen.lacks_a_leg
