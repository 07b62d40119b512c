"""Canonical order: one surface has one listing."""

import numpy as np
import pytest
import trimesh

from core.inputs.ordering import in_canonical_order
from core.inputs.partial import observe
from core.meshes import PointCloud, TriangleMesh

DRAWN = np.random.default_rng(0)


def shuffled(mesh: TriangleMesh, seed: int) -> TriangleMesh:
    """The same faces in another order, from other corners, over vertices numbered otherwise."""
    drawn = np.random.default_rng(seed)
    number = drawn.permutation(len(mesh.vertices))
    vertices = np.zeros_like(mesh.vertices)
    vertices[number] = mesh.vertices
    faces = number[mesh.faces][drawn.permutation(len(mesh.faces))]
    turn = (drawn.integers(0, 3, (len(faces), 1)) + np.arange(3)) % 3
    return TriangleMesh.from_arrays(vertices, np.take_along_axis(faces, turn, axis=1))


def shell() -> TriangleMesh:
    """A ball without its top, and a box with split vertices inside."""
    ball, box = trimesh.creation.icosphere(subdivisions=2), trimesh.creation.box()
    low = ball.faces[ball.triangles_center[:, 2] < 0.3]
    corners = box.triangles.reshape(-1, 3)
    faces = np.arange(len(corners)).reshape(-1, 3) + len(ball.vertices)
    return TriangleMesh.from_arrays(
        np.concatenate([ball.vertices, corners]), np.concatenate([low, faces])
    )


def triangles(mesh: TriangleMesh) -> set[tuple[float, ...]]:
    """The corners of every face, from the least one on."""
    rows = []
    for corners in mesh.corners.tolist():
        first = corners.index(min(corners))
        rows.append(tuple(np.ravel(corners[first:] + corners[:first])))
    return set(rows)


def test_of_nothing_there_is_nothing():
    nothing = TriangleMesh(np.zeros((2, 3), np.float32), np.zeros((0, 3), np.int32))
    assert in_canonical_order(nothing) is nothing
    no_points = PointCloud(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32))
    assert in_canonical_order(no_points) is no_points


def test_faces_stay_the_same_to_the_bit_and_keep_their_sense():
    found = in_canonical_order(shell())
    assert triangles(found) == triangles(shell())
    assert len(found.faces) == len(shell().faces)


def test_what_no_face_uses_is_left_out_and_split_vertices_are_one():
    found = in_canonical_order(shell())
    assert len(np.unique(found.faces)) == len(found.vertices)
    assert len(np.unique(found.vertices, axis=0)) == len(found.vertices)
    assert len(found.vertices) < len(shell().vertices)


@pytest.mark.parametrize("seed", range(5))
def test_every_listing_of_a_mesh_becomes_the_same(seed):
    one, other = in_canonical_order(shell()), in_canonical_order(shuffled(shell(), seed))
    assert one.vertices.tobytes() == other.vertices.tobytes()
    assert one.faces.tobytes() == other.faces.tobytes()


@pytest.mark.parametrize("seed", range(5))
def test_places_nearer_than_a_step_are_told_apart(seed):
    # around 1, floats are 2^-24 to 2^-23 apart, steps 2^-21
    steps = np.random.default_rng(1).integers(0, 4, (300, 3)) * np.float32(2**-23)
    corners = np.concatenate([steps + [1, 0, 0], [[0, 0, 0], [0, 1, 0], [0, 0, 1]]])
    wide = TriangleMesh.from_arrays(corners, np.arange(303).reshape(-1, 3))
    one, other = in_canonical_order(wide), in_canonical_order(shuffled(wide, seed))
    assert one.vertices.tobytes() == other.vertices.tobytes()
    assert one.faces.tobytes() == other.faces.tobytes()


@pytest.mark.parametrize("seed", range(3))
def test_every_listing_of_a_cloud_becomes_the_same(seed):
    points = DRAWN.integers(0, 5, (400, 3)).astype(np.float32)  # many lie at one place
    normals = DRAWN.integers(-1, 2, (400, 3)).astype(np.float32)
    order = np.random.default_rng(seed).permutation(400)
    one = in_canonical_order(PointCloud(points, normals))
    other = in_canonical_order(PointCloud(points[order], normals[order]))
    assert one.points.tobytes() == other.points.tobytes()
    assert one.normals.tobytes() == other.normals.tobytes()


@pytest.mark.parametrize("seed", range(3))
def test_every_listing_of_a_mesh_is_observed_alike(seed):
    one = observe(shell(), np.random.default_rng(0))
    other = observe(shuffled(shell(), seed), np.random.default_rng(0))
    for name in ("points", "normals", "thickness", "parts"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (one.box, one.noise) == (other.box, other.noise)


def test_every_listing_of_a_cloud_is_observed_alike():
    points = np.float32(trimesh.sample.sample_surface(trimesh.creation.box(), 20_000, seed=0)[0])
    order = np.random.default_rng(0).permutation(len(points))
    one, other = (
        observe(PointCloud(each, np.zeros_like(each)), np.random.default_rng(0))
        for each in (points, points[order])
    )
    np.testing.assert_array_equal(one.points, other.points)
    assert one.noise == other.noise


@pytest.mark.parametrize("scale", [0.01, 30.0])
def test_a_mesh_that_was_moved_keeps_its_order(scale):
    given = shell()
    moved = TriangleMesh.from_arrays(scale * given.vertices + 2 * scale, given.faces)
    one, other = in_canonical_order(given), in_canonical_order(moved)
    centres = [each.corners.mean(axis=1) for each in (one, other)]
    apart = np.linalg.norm(scale * centres[0] + 2 * scale - centres[1], axis=1)
    # rounding moves every coordinate by up to 2^-23 of it; few pass each other by that
    assert (apart < 1e-5 * scale).mean() > 0.98
