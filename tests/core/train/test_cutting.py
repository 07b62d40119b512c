"""Partial meshes are parts of the whole, of the share that was asked, somewhere in a scene."""

import igl
import numpy as np
import pytest
import trimesh

from core.meshes import TriangleMesh
from core.train.cutting import LONGEST_EDGE, cut_mesh, partial_mesh, somewhere

AREAS = np.array([4.0, 2.0, 1.0, 1.0, 1.0, 1.0])


def boxes():
    """Six boxes beside each other, of which the first has two fifths of the area."""
    parts = []
    for number, area in enumerate(AREAS):
        box = trimesh.creation.box(extents=[0.12 * np.sqrt(area / AREAS[0])] * 3)
        parts.append(box.apply_translation([0.16 * number - 0.4, 0, 0]))
    return trimesh.util.concatenate(parts)


BOXES = boxes()
BALL = trimesh.creation.icosphere(subdivisions=4, radius=0.5)
WHOLE = {
    name: TriangleMesh.from_arrays(mesh.vertices, mesh.faces)
    for name, mesh in (("boxes", BOXES), ("ball", BALL))
}


def drawn(seed=0):
    return np.random.default_rng(seed)


def area_of(mesh):
    return trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).area


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("cut", ["half-space", "view", "parts"])
@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_what_is_left_is_the_share_that_was_asked(name, cut, share):
    for seed in range(3):
        left, gone = cut_mesh(WHOLE[name], cut, share, drawn(seed))
        removed = area_of(gone) / area_of(WHOLE[name])
        assert area_of(left) + area_of(gone) == pytest.approx(area_of(WHOLE[name]), rel=1e-4)
        # faces go whole; parts, and what a view does not see, go as they are
        most = {"half-space": share, "parts": 1.3 * share, "view": max(share, 0.75)}[cut]
        assert share - 0.02 < removed < most + 0.02


@pytest.mark.parametrize("cut", ["half-space", "view", "parts"])
def test_what_is_left_lies_on_the_whole_and_is_turned_alike(cut):
    left, _ = cut_mesh(WHOLE["ball"], cut, 0.5, drawn())
    points, _ = trimesh.sample.sample_surface(
        trimesh.Trimesh(left.vertices, left.faces, process=False), 200, seed=0
    )
    squared, _, _ = igl.point_mesh_squared_distance(
        np.asarray(points), np.asarray(BALL.vertices), np.asarray(BALL.faces)
    )
    assert squared.max() < 1e-12
    corners = left.corners
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.sum(normals * corners.mean(axis=1), axis=1) > 0).all()


def test_faces_are_split_so_that_a_cut_runs_where_it_should():
    box = trimesh.creation.box()
    left, _ = cut_mesh(
        TriangleMesh.from_arrays(box.vertices, box.faces), "half-space", 0.5, drawn()
    )
    corners = left.corners
    assert np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max() <= LONGEST_EDGE
    assert len(np.unique(left.vertices, axis=0)) == len(left.vertices)
    assert len(np.unique(left.faces)) == len(left.vertices)


def test_a_missing_part_is_missing_as_a_whole():
    for seed in range(8):
        left, gone = cut_mesh(WHOLE["boxes"], "parts", 0.5, drawn(seed))
        assert len(gone.faces) > 0
        pieces = trimesh.Trimesh(left.vertices, left.faces).split(only_watertight=False)
        if len(pieces) < 6 and all(piece.is_watertight for piece in pieces):
            return
    pytest.fail("no draw removed parts alone")


def test_a_view_takes_what_looks_away():
    left, _ = cut_mesh(WHOLE["ball"], "view", 0.25, drawn())
    axis = left.corners.mean(axis=(0, 1))
    along = left.corners.mean(axis=1) @ (axis / np.linalg.norm(axis))
    assert along.min() > -0.05


def test_the_same_seed_cuts_alike():
    one, other = (cut_mesh(WHOLE["boxes"], "view", 0.5, drawn(3))[0] for _ in range(2))
    assert np.array_equal(one.vertices, other.vertices)
    assert np.array_equal(one.faces, other.faces)


def test_somewhere_is_of_any_heading_and_of_a_size_from_a_hundredth_to_a_hundred():
    poses = [somewhere(drawn(seed)) for seed in range(200)]
    scales = np.array([pose.scale for pose in poses])
    yaws = np.array([pose.yaw_rad for pose in poses])
    assert 0.01 <= scales.min() < 0.03
    assert 30 < scales.max() <= 100
    assert 0 <= yaws.min() < 0.2
    assert 6 < yaws.max() <= 2 * np.pi


def test_a_partial_mesh_comes_back_to_the_unit_cube_by_its_pose():
    partial = partial_mesh(WHOLE["ball"], "half-space", 0.5, 0.0, drawn())
    unit = partial.pose.from_scene(partial.mesh.vertices.astype(np.float64))
    # splitting makes vertices inside the ball's flat faces; float32 at a few lengths
    assert np.linalg.norm(unit, axis=1).max() < 0.5 + 1e-5
    assert np.linalg.norm(unit, axis=1).min() > 0.5 * 0.995
    np.testing.assert_allclose(unit, partial.seen.vertices, atol=1e-5)


def test_what_is_seen_and_what_is_missing_are_the_whole():
    partial = partial_mesh(WHOLE["ball"], "half-space", 0.5, 0.01, drawn())
    assert area_of(partial.whole) == pytest.approx(area_of(WHOLE["ball"]), rel=1e-4)
    joined = trimesh.Trimesh(partial.whole.vertices, partial.whole.faces)
    joined.merge_vertices()
    assert joined.is_watertight
    assert len(partial.mesh.faces) == len(partial.seen.faces)


def test_noise_shifts_vertices_in_unit_cube_lengths():
    clean, noisy = (
        partial_mesh(WHOLE["ball"], "half-space", 0.25, n, drawn(4)) for n in (0.0, 0.01)
    )
    clean_unit, noisy_unit = (
        each.pose.from_scene(each.mesh.vertices.astype(np.float64)) for each in (clean, noisy)
    )
    assert np.array_equal(clean.mesh.faces, noisy.mesh.faces)
    shift = noisy_unit - clean_unit
    assert shift.std() == pytest.approx(0.01, rel=0.05)
