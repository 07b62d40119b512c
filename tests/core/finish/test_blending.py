import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from core.errors import InputError
from core.field.analytic import box, sphere, union
from core.finish.blending import JoinConfig, join
from core.geometry.components import face_areas, keep_faces
from core.geometry.welding import signed_volume
from core.meshes import TriangleMesh
from core.surface.lattice import LatticeConfig, sample_lattice
from core.surface.marching_cubes import marching_cubes

CELL = 1.1 / 63
CONFIG = JoinConfig(CELL)
NO_VERTICES, NO_FACES = np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32)
EMPTY = TriangleMesh(NO_VERTICES, NO_FACES)
QUADS = np.array(
    [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]]
)


def mesh_of(*fields):
    return marching_cubes(sample_lattice(union(*fields), LatticeConfig(64)))


def cuboid(half_sizes, centre=(0.0, 0.0, 0.0)):
    """A box of 12 triangles."""
    sign = np.array([[x, y, z] for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)], float)
    faces = np.concatenate([QUADS[:, [0, 1, 2]], QUADS[:, [0, 2, 3]]])
    return TriangleMesh.from_arrays(sign * half_sizes + centre, faces)


def ball(radius, rings=24, around=48):
    """A ball of triangles between its poles; rings of vertices from top to bottom."""
    height = np.cos(np.pi * np.arange(1, rings) / rings)
    angle = 2 * np.pi * np.arange(around) / around
    z, turn = np.meshgrid(height, angle, indexing="ij")
    level = np.sqrt(1 - z**2)
    points = np.stack([level * np.cos(turn), level * np.sin(turn), z], axis=-1).reshape(-1, 3)
    here = np.arange((rings - 2) * around).reshape(-1, around)
    there = np.roll(here, -1, axis=1)
    first = np.arange(around)
    last = first + (rings - 2) * around
    top, bottom = len(points), len(points) + 1
    faces = [
        np.stack([np.full(around, top), first, np.roll(first, -1)], axis=1),
        np.stack([here, here + around, there], axis=-1).reshape(-1, 3),
        np.stack([there, here + around, there + around], axis=-1).reshape(-1, 3),
        np.stack([last, np.full(around, bottom), np.roll(last, -1)], axis=1),
    ]
    points = np.concatenate([points, [[0, 0, 1], [0, 0, -1]]]) * radius
    return TriangleMesh.from_arrays(points, np.concatenate(faces))


SMALL_BALL = ball(0.3)


def above(mesh, height):
    return keep_faces(mesh, mesh.corners[..., 2].min(axis=1) > height)


def together(*meshes):
    first = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    return TriangleMesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, first, strict=False)]),
    )


def assert_kept(joined, observed):
    count = len(observed.vertices)
    assert joined.observed_vertices == count
    assert joined.vertices[:count].tobytes() == observed.vertices.tobytes()
    assert joined.faces[: joined.observed_faces].tobytes() == observed.faces.tobytes()
    assert joined.observed_faces == len(observed.faces)


def assert_clean(joined):
    new = joined.faces[joined.observed_faces :]
    sets = np.sort(joined.faces, axis=1)
    assert len(np.unique(sets, axis=0)) == len(sets)
    assert (new != np.roll(new, 1, axis=1)).all()


def test_the_upper_half_of_a_ball_is_completed_to_a_ball():
    radius = 0.4
    observed = above(ball(radius), 0.01)
    joined = join(observed, mesh_of(sphere(radius)), CONFIG)
    assert_kept(joined, observed)
    assert_clean(joined)
    assert joined.is_closed
    assert joined.mesh.is_closed
    # a facet sags by 1 - cos(pi / 48) of the radius in either direction; beside the seam the
    # part may in addition step back by half a cell, across a slope of about that sag per cell
    lengths = np.linalg.norm(joined.vertices, axis=1)
    assert np.abs(lengths - radius).max() < 2 * radius * (1 - np.cos(np.pi / 48)) + CELL / 8
    assert signed_volume(joined.mesh) == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.02)
    assert joined.widest_gap < 2 * CELL


def test_a_misplaced_shape_is_drawn_to_what_was_observed():
    observed = above(ball(0.4), 0.01)
    joined = join(observed, mesh_of(sphere(0.38)), CONFIG)
    assert joined.is_closed
    lengths = np.linalg.norm(joined.vertices, axis=1)
    seam = observed.vertices[:, 2].min()
    near = joined.vertices[:, 2] > seam - CELL
    far = joined.vertices[:, 2] < seam - CONFIG.blend - CELL
    assert lengths[near].min() > 0.395
    assert np.median(lengths[far]) == pytest.approx(0.38, abs=0.1 * CELL)


def test_nothing_is_invented_where_all_was_observed():
    observed = ball(0.4)
    joined = join(observed, mesh_of(sphere(0.39)), CONFIG)
    assert len(joined.faces) == len(observed.faces)
    assert joined.is_closed
    assert joined.widest_gap == joined.widest_cap == 0


def test_of_nothing_observed_the_shape_is_left():
    shape = mesh_of(sphere(0.3))
    joined = join(EMPTY, shape, CONFIG)
    assert joined.is_closed
    assert joined.observed_faces == 0
    assert signed_volume(joined.mesh) == pytest.approx(signed_volume(shape))


def test_of_nothing_at_all_nothing_is_left():
    joined = join(EMPTY, EMPTY, CONFIG)
    assert len(joined.vertices) == len(joined.faces) == 0
    assert not joined.is_closed


def test_vertices_without_faces_are_kept():
    points = TriangleMesh(np.eye(3, dtype=np.float32), NO_FACES)
    joined = join(points, mesh_of(sphere(0.3)), CONFIG)
    assert_kept(joined, points)
    assert joined.is_closed


def test_a_hole_is_capped_where_the_shape_has_nothing():
    lid = cuboid((0.3, 0.3, 0.3))
    observed = TriangleMesh(lid.vertices, lid.faces[1:])
    joined = join(observed, EMPTY, CONFIG)
    assert joined.is_closed
    assert len(joined.faces) == 12
    assert joined.widest_cap == pytest.approx(0.6)


def test_legs_grow_under_a_box_of_twelve_triangles():
    top = cuboid((0.45, 0.3, 0.03), (0, 0, 0.3))
    legs = [box((0.03, 0.03, 0.35), (x, y, -0.05)) for x in (-0.38, 0.38) for y in (-0.2, 0.2)]
    joined = join(top, mesh_of(box((0.45, 0.3, 0.03), (0, 0, 0.3)), *legs), CONFIG)
    assert_kept(joined, top)
    assert_clean(joined)
    assert joined.is_closed
    new = joined.vertices[joined.observed_vertices :]
    # a leg sinks half a cell into the top, and is not closed by a lid below it
    assert new[:, 2].max() == pytest.approx(0.27 + CELL / 2, abs=CELL / 4)
    assert new[:, 2].min() == pytest.approx(-0.4, abs=CELL / 2)
    volume = 8 * (0.45 * 0.3 * 0.03) + 4 * 8 * 0.03 * 0.03 * 0.335
    assert signed_volume(joined.mesh) == pytest.approx(volume, rel=0.05)


def test_a_sheet_without_thickness_gets_a_back():
    sheet = TriangleMesh.from_arrays(
        np.array([[-0.4, -0.3, 0.02], [0.4, -0.3, 0.02], [0.4, 0.3, 0.02], [-0.4, 0.3, 0.02]]),
        np.array([[0, 1, 2], [0, 2, 3]]),
    )
    shape = mesh_of(box((0.4, 0.3, 0.02)))
    joined = join(sheet, shape, CONFIG)
    assert joined.is_closed
    assert not joined.turned.any()
    crosses = face_areas(joined.mesh)[2:].sum()
    assert crosses == pytest.approx(0.8 * 0.6 + 2 * 0.04 * (0.8 + 0.6), rel=0.1)
    assert signed_volume(joined.mesh) == pytest.approx(0.8 * 0.6 * 0.04, rel=0.1)


def test_two_observed_parts_are_joined_to_one_shape():
    whole = ball(0.4)
    caps = together(above(whole, 0.2), keep_faces(whole, whole.corners[..., 2].max(axis=1) < -0.2))
    joined = join(caps, mesh_of(sphere(0.4)), CONFIG)
    assert_kept(joined, caps)
    assert joined.is_closed
    assert signed_volume(joined.mesh) == pytest.approx(4 / 3 * np.pi * 0.4**3, rel=0.02)


def test_split_vertices_count_as_one():
    half = above(ball(0.4), 0.01)
    split = TriangleMesh.from_arrays(
        half.corners.reshape(-1, 3), np.arange(3 * len(half.faces)).reshape(-1, 3)
    )
    joined = join(split, mesh_of(sphere(0.4)), CONFIG)
    assert_kept(joined, split)
    assert joined.is_closed
    assert len(joined.faces) == len(join(half, mesh_of(sphere(0.4)), CONFIG).faces)


@pytest.mark.parametrize("every", [1, 3])
def test_faces_that_look_inward_are_named(every):
    half = above(ball(0.4), 0.01)
    faces = half.faces.copy()
    faces[::every] = faces[::every, ::-1]
    observed = TriangleMesh(half.vertices, faces)
    joined = join(observed, mesh_of(sphere(0.4)), CONFIG)
    assert_kept(joined, observed)
    assert joined.turned.tolist() == [index % every == 0 for index in range(len(faces))]
    assert joined.is_closed
    consistent = joined.faces.copy()
    consistent[: len(faces)][joined.turned] = consistent[: len(faces)][joined.turned][:, ::-1]
    assert TriangleMesh(joined.vertices, consistent).is_closed


def test_a_longer_reach_draws_borders_from_further_away():
    observed, shape = above(ball(0.4), 0.1), above(mesh_of(sphere(0.4)), -1)
    lower = keep_faces(shape, shape.corners[..., 2].max(axis=1) < 0.04)
    near, far = (join(observed, lower, JoinConfig(CELL, reach=reach)) for reach in (0.01, 0.15))
    assert near.is_closed
    assert far.is_closed
    assert far.widest_gap < near.widest_gap + near.widest_cap


def test_a_shorter_image_distance_keeps_more_of_the_shape():
    observed, shape = above(ball(0.4), 0.01), mesh_of(sphere(0.37))
    counts = [
        len(join(observed, shape, JoinConfig(CELL, image_distance=distance)).faces)
        for distance in (0.02, 0.06)
    ]
    assert counts[0] > 1.5 * counts[1]


def test_a_longer_blend_carries_the_seam_further():
    observed, shape = above(ball(0.4), 0.01), mesh_of(sphere(0.38))
    tree = cKDTree(shape.vertices)
    moved = [
        int((tree.query(join(observed, shape, JoinConfig(CELL, blend=b)).vertices)[0] > 1e-4).sum())
        for b in (0.04, 0.2)
    ]
    assert moved[1] > moved[0] + 500


@pytest.mark.parametrize("name", ["cell", "image_distance", "reach", "blend"])
def test_lengths_are_positive(name):
    lengths = {"cell": CELL} | {name: 0.0}
    with pytest.raises(InputError, match=rf"{name} must be a positive length; found 0"):
        JoinConfig(**lengths)


def test_one_line_is_logged(caplog):
    with caplog.at_level(logging.INFO, logger="core.finish.blending"):
        join(above(ball(0.4), 0.01), EMPTY, CONFIG)
    assert "0 open edges" in caplog.text


@settings(deadline=None, max_examples=12)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 40), names=st.integers(3, 40))
def test_any_soup_is_kept_and_closed(seed, count, names):
    generator = np.random.default_rng(seed)
    faces = np.stack([generator.permutation(names)[:3] for _ in range(count)])
    faces = faces[np.unique(np.sort(faces, axis=1), axis=0, return_index=True)[1]]
    observed = TriangleMesh.from_arrays(generator.uniform(-0.4, 0.4, (names, 3)), faces)
    joined = join(observed, cuboid((0.3, 0.3, 0.3)) if count % 2 else SMALL_BALL, CONFIG)
    assert_kept(joined, observed)
    assert_clean(joined)
    assert joined.is_closed
