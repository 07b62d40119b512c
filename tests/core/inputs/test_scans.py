"""Scans: how noisy they are, whether they come from one side, and what they saw to be empty."""

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from core.inputs.partial import SAMPLES, observe
from core.inputs.patches import LEAST_NOISE
from core.inputs.scans import empty_towards, seen_from_one_side
from core.meshes import PointCloud, TriangleMesh


def look_at(partial):
    return observe(partial, np.random.default_rng(0))


def on_sphere(count=8000, radius=0.5):
    normals = np.random.default_rng(1).normal(size=(count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return radius * normals, normals


def on_square(count=8000):
    points = np.random.default_rng(2).uniform(-0.5, 0.5, (count, 3)) * [1, 1, 0]
    return points, np.tile([0.0, 0.0, 1.0], (count, 1))


def cloud(points, normals=None):
    normals = np.zeros_like(points) if normals is None else normals
    return PointCloud(points.astype(np.float32), normals.astype(np.float32))


@pytest.mark.parametrize("surface", [on_sphere, on_square])
def test_a_clean_surface_has_no_noise(surface):
    assert look_at(cloud(*surface())).noise == 0.0


def test_edges_and_corners_of_a_mesh_are_no_noise():
    box = trimesh.creation.box(extents=[1, 0.6, 0.3])
    assert look_at(TriangleMesh.from_arrays(box.vertices, box.faces)).noise == 0.0


@pytest.mark.parametrize("surface", [on_sphere, on_square])
@pytest.mark.parametrize("deviation", [0.005, 0.01])
@pytest.mark.parametrize("scale", [0.02, 50.0])
def test_noise_is_estimated_in_the_box_s_lengths(surface, deviation, scale):
    points, normals = surface()
    along = np.random.default_rng(3).normal(size=(len(points), 1)) * deviation
    found = look_at(cloud(scale * (points + along * normals)))
    # among few neighbours part of the noise looks like a tilt of their plane
    assert 0.5 * deviation < found.noise * found.box.scale_m / scale < 1.1 * deviation


def test_more_noise_is_estimated_as_more():
    points, normals = on_sphere()
    along = np.random.default_rng(3).normal(size=(len(points), 1))
    found = [look_at(cloud(points + d * along * normals)).noise for d in (0.004, 0.008, 0.016)]
    assert LEAST_NOISE < found[0] < found[1] < found[2]


def test_of_many_points_some_are_kept_as_they_are():
    points, normals = on_sphere(2 * SAMPLES)
    seen = look_at(cloud(points, 3 * normals))
    assert len(seen.points) == SAMPLES
    own = {row.tobytes() for row in points.astype(np.float32)}
    there = seen.box.to_scene(seen.points).astype(np.float32)
    assert sum(row.tobytes() in own for row in there) > 0.5 * SAMPLES  # the others by a last bit
    np.testing.assert_allclose(np.linalg.norm(seen.normals, axis=1), 1)
    assert len(np.unique(seen.points, axis=0)) == SAMPLES


def test_points_without_normals_stay_without():
    points, normals = on_sphere()
    normals[::2] = 0
    seen = look_at(cloud(points, normals))
    _, given = cKDTree(points).query(seen.box.to_scene(seen.points))
    assert sorted(given) == list(range(len(points)))
    np.testing.assert_allclose(seen.normals, normals[given], atol=1e-6)


def half_ball(direction, least=0.45):
    """The part of a sphere that looks towards a direction."""
    points, normals = on_sphere()
    front = normals @ direction > least
    return cloud(points[front], normals[front])


@pytest.mark.parametrize("direction", [[0, 0, 1], [0, -1, 0], [0.6, 0, 0.8], [-1, 0, 0]])
@pytest.mark.parametrize("least", [0.45, 0.1])
def test_a_part_of_a_sphere_was_seen_from_its_side(direction, least):
    seen = look_at(half_ball(np.array(direction, float), least))
    found = seen_from_one_side(seen)
    assert np.linalg.norm(found) == pytest.approx(1)
    # every direction less than the arc cosine of the least away sees all of it
    assert found @ direction > np.cos(np.arcsin(least) + np.radians(15))


def test_a_whole_sphere_was_not_seen_from_one_side():
    assert seen_from_one_side(look_at(cloud(*on_sphere()))) is None


def test_a_bowl_was_seen_from_above():
    points, normals = on_sphere()
    back = normals[:, 2] < -0.45
    seen = look_at(cloud(points[back], -normals[back]))
    assert seen_from_one_side(seen)[2] > 0.7


def test_two_floors_that_both_look_up_are_no_view_from_one_side():
    low, normals = on_square()
    high = low[::2] * 0.9 + [0, 0, 0.5]
    both = np.concatenate([low[::2], high])
    assert seen_from_one_side(look_at(cloud(both, normals))) is None


def test_without_normals_no_side_is_known():
    points, _ = on_sphere()
    assert seen_from_one_side(look_at(cloud(points[points[:, 2] > 0]))) is None


@pytest.mark.parametrize("direction", [[0, 0, 1], [0.6, 0, 0.8]])
def test_empty_points_lie_outside_the_sphere_in_front_of_it(direction):
    direction = np.array(direction, float)
    seen = look_at(half_ball(direction))
    empty = empty_towards(seen, direction, 500)
    assert empty.shape == (500, 3)
    there = seen.box.to_scene(empty)
    assert (np.linalg.norm(there, axis=1) > 0.5).all()
    assert (there @ direction > 0).all()


def test_where_nothing_faces_the_viewer_nothing_is_known_to_be_empty():
    seen = look_at(half_ball(np.array([0.0, 0.0, 1.0])))
    assert empty_towards(seen, np.array([0.0, 0.0, -1.0])).shape == (0, 3)
