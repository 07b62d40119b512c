"""Partial shapes: what is refused, and what points know of a surface."""

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.inputs.partial import BORDER_WIDTH, SAMPLES, observe
from core.meshes import PointCloud, TriangleMesh

BALL = trimesh.creation.icosphere(subdivisions=3, radius=0.5)
WHOLE = TriangleMesh.from_arrays(BALL.vertices, BALL.faces)
LOWEST_CHORD = np.linalg.norm(BALL.triangles_center, axis=1).min()
"""How far from the centre the flat faces of the ball come."""


def cut_ball(height=0.1):
    """The ball without what lies above a height; split vertices, as .stl files have them."""
    below = BALL.triangles_center[:, 2] < height
    corners = BALL.triangles[below]
    return TriangleMesh.from_arrays(
        corners.reshape(-1, 3), np.arange(corners.size // 3).reshape(-1, 3)
    )


def look_at(partial, seed=0):
    return observe(partial, np.random.default_rng(seed))


CLOUD = np.random.default_rng(3).normal(size=(100, 6)).astype(np.float32)


CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)


@pytest.mark.parametrize(
    ("vertices", "faces", "sentence"),
    [
        (np.zeros((0, 3)), np.zeros((0, 3)), "has 0 faces, only loose vertices and edges"),
        (CORNERS, np.zeros((0, 3)), "has 0 faces, only loose vertices and edges"),
        (CORNERS, [[0, 1, 2]], "has 1 faces, too little to complete .* at least 4 faces"),
        (CORNERS * [1, 0, 0], [[0, 1, 2]] * 8, "the 8 faces of the mesh have no area"),
        (CORNERS, [[0, 1, 1]] * 8, "the 8 faces of the mesh have no area"),
        (CORNERS * 0 + 7, [[0, 1, 2]] * 8, "all vertices of the mesh coincide"),
        (CORNERS, [[3, 3, 3]] * 8, "all vertices of the mesh coincide"),
    ],
)
def test_meshes_that_show_nothing_are_refused(vertices, faces, sentence):
    mesh = TriangleMesh.from_arrays(np.asarray(vertices), np.asarray(faces, np.int32))
    with pytest.raises(InputError, match=sentence):
        look_at(mesh)


def test_clouds_that_show_nothing_are_refused():
    with pytest.raises(InputError, match=r"has 63 points, too few .* at least 64"):
        look_at(PointCloud(CLOUD[:63, :3].copy(), CLOUD[:63, 3:].copy()))
    with pytest.raises(InputError, match="coincide"):
        look_at(PointCloud(np.ones((64, 3), np.float32), np.zeros((64, 3), np.float32)))


def test_points_are_drawn_evenly_from_the_surface_with_its_normals():
    seen = look_at(WHOLE)
    assert seen.points.shape == seen.normals.shape == (SAMPLES, 3)
    away = np.linalg.norm(seen.points, axis=1)
    assert away.max() <= 0.5 + 1e-6
    assert away.min() >= LOWEST_CHORD - 1e-6
    np.testing.assert_allclose(np.linalg.norm(seen.normals, axis=1), 1)
    # a face's normal leans from its points' own by no more than an edge is long
    lean = BALL.edges_unique_length.max() / 0.5
    assert (np.sum(seen.normals * seen.points, axis=1) / away > np.cos(lean)).all()
    # Archimedes: the heights of even points on a sphere are uniform; 4 standard errors
    heights = np.histogram(seen.points[:, 2], bins=8, range=(-0.5, 0.5))[0]
    assert abs(heights - SAMPLES / 8).max() < 4 * np.sqrt(SAMPLES / 8) + 0.02 * SAMPLES / 8


def test_what_is_loose_does_not_count_for_the_box():
    far = np.concatenate([WHOLE.vertices, [[50, 50, 50]]])
    seen = look_at(TriangleMesh.from_arrays(far, WHOLE.faces))
    assert seen.box.scale_m == pytest.approx(1)


@settings(deadline=None, max_examples=12)
@given(
    scale=st.floats(0.01, 100),
    offset=st.tuples(*[st.floats(-3, 3)] * 3),
)
def test_place_and_size_of_a_mesh_end_up_in_the_box_alone(scale, offset):
    cut = cut_ball()
    offset = np.array(offset) * scale
    there = TriangleMesh.from_arrays(scale * cut.vertices.astype(np.float64) + offset, cut.faces)
    here, seen = look_at(cut), look_at(there)
    rounding = 1e-6  # of float32, at coordinates of up to 4 boxes
    assert seen.box.scale_m == pytest.approx(scale * here.box.scale_m, rel=rounding)
    middle = scale * np.array(here.box.offset_m) + offset
    np.testing.assert_allclose(seen.box.offset_m, middle, atol=rounding * scale)
    # a point may fall on the face beside it where areas are rounded otherwise
    same = np.abs(seen.points - here.points).max(axis=1) < 4 * rounding
    assert same.mean() > 0.999
    np.testing.assert_allclose(seen.normals[same], here.normals[same], atol=2e-3)
    assert seen.noise == pytest.approx(here.noise, abs=1e-5)


def test_the_same_seed_draws_the_same_points():
    assert np.array_equal(look_at(WHOLE).points, look_at(WHOLE).points)
    assert not np.array_equal(look_at(WHOLE).points, look_at(WHOLE, seed=1).points)


def distance_to_border(points, mesh):
    """(N,) by brute force, to the edges that only one face has, copies of vertices welded."""
    welded = trimesh.Trimesh(mesh.vertices, mesh.faces, process=True)
    once = trimesh.grouping.group_rows(welded.edges_sorted, require_count=1)
    start, end = np.moveaxis(welded.vertices[welded.edges_sorted[once]], 1, 0)
    along = end - start
    share = ((points[:, None] - start) * along).sum(axis=2) / (along**2).sum(axis=1)
    foot = start + share.clip(0, 1)[..., None] * along
    return np.linalg.norm(points[:, None] - foot, axis=2).min(axis=1)


def test_normals_are_dropped_along_the_border_and_nowhere_else():
    cut = cut_ball()
    seen = look_at(cut)
    away = distance_to_border(seen.box.to_scene(seen.points), cut) / seen.box.scale_m
    known = seen.normals.any(axis=1)
    assert not known[away < 0.9 * BORDER_WIDTH].any()
    assert known[away > 1.001 * BORDER_WIDTH].all()
    assert 0 < (~known).mean() < 0.1


def test_a_whole_mesh_of_split_vertices_has_no_border():
    corners = BALL.triangles.reshape(-1, 3)
    split = TriangleMesh.from_arrays(corners, np.arange(len(corners)).reshape(-1, 3))
    assert look_at(split).normals.any(axis=1).all()


def test_connected_parts_are_numbered():
    apart = WHOLE.vertices + np.float32([2, 0, 0])
    two = TriangleMesh.from_arrays(
        np.concatenate([WHOLE.vertices, apart]),
        np.concatenate([WHOLE.faces, WHOLE.faces + len(apart)]),
    )
    seen = look_at(two)
    right = seen.points[:, 0] > 0
    assert len(set(seen.parts[right])) == len(set(seen.parts[~right])) == 1
    assert set(seen.parts[right]) != set(seen.parts[~right])
    assert set(look_at(WHOLE).parts) == {0}


def test_the_input_s_own_frame_leaves_points_where_they_were():
    cut = cut_ball()
    moved = TriangleMesh.from_arrays(0.5 * cut.vertices + np.float32([0.1, 0, 0]), cut.faces)
    seen = look_at(moved)
    empty = np.array([[0.0, 0.0, 0.5]])
    own, own_empty = seen.in_own_frame(empty)
    np.testing.assert_allclose(own.points, seen.box.to_scene(seen.points))
    np.testing.assert_allclose(own_empty, seen.box.to_scene(empty))
    assert (own.box.scale_m, own.box.offset_m) == (1.0, (0.0, 0.0, 0.0))
