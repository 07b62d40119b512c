"""What is given to be completed: in double, about an origin of its own where that is far."""

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.inputs.given import COARSE, FAR, Partial, joined, read_partial
from core.meshes import PointCloud, TriangleMesh

BALL = trimesh.creation.icosphere(subdivisions=2, radius=0.5)
FACES = BALL.faces.astype(np.int32)
UTM = np.array([500_000.123, 5_600_000.456, 1.3])


def test_a_mesh_near_the_origin_stays_where_it_is():
    partial = Partial.from_arrays(BALL.vertices + 3, FACES)
    assert not partial.exact.origin.any()
    assert np.array_equal(partial.shape.vertices, (BALL.vertices + 3).astype(np.float32))
    assert np.array_equal(partial.exact.vertices, BALL.vertices + 3)
    assert partial.warnings == ()


@settings(deadline=None, max_examples=50)
@given(
    scale=st.floats(1e-3, 1e3),
    place=st.tuples(*[st.one_of(st.just(0.0), st.floats(-1e7, 1e7))] * 3),
    seed=st.integers(0, 1 << 20),
)
def test_wherever_doubles_stand_they_come_back_to_the_bit(scale, place, seed):
    vertices = np.random.default_rng(seed).normal(size=(20, 3)) * scale + place
    partial = Partial.from_arrays(vertices, np.arange(18).reshape(-1, 3))
    assert np.array_equal(partial.exact.absolute, vertices)
    assert np.array_equal(partial.shape.vertices, partial.exact.vertices.astype(np.float32))
    used = vertices[:18]
    side = (used.max(axis=0) - used.min(axis=0)).max()
    assert abs(partial.shape.vertices[:18]).max() <= (FAR + 1) * side
    # what float32 rounds away is nothing beside the shape then
    error = abs(partial.shape.vertices[:18] + partial.exact.origin - used).max()
    assert error <= (FAR + 1) * side * 2**-24


def test_a_loose_vertex_elsewhere_does_not_hold_a_mesh_back():
    vertices = np.concatenate([BALL.vertices + UTM, [[0.0, 0.0, 0.0]]])
    partial = Partial.from_arrays(vertices, FACES)
    assert abs(partial.shape.vertices[:-1]).max() < 3
    assert np.array_equal(partial.exact.absolute, vertices)


def test_points_have_an_origin_as_well():
    partial = Partial.from_arrays(BALL.vertices + UTM, normals=BALL.vertices * 2)
    assert isinstance(partial.shape, PointCloud)
    assert abs(partial.shape.points).max() < 3
    assert np.array_equal(partial.shape.normals, (BALL.vertices * 2).astype(np.float32))
    assert np.array_equal(partial.exact.absolute, BALL.vertices + UTM)
    assert not Partial.from_arrays(BALL.vertices).shape.normals.any()


def test_coordinates_that_were_too_coarse_already_are_said():
    single = (BALL.vertices + UTM).astype(np.float32)
    sentence = "single-precision numbers of up to 5,600,001, where their steps of 0.5 are coarse"
    mesh, cloud = TriangleMesh(single, FACES), PointCloud(single, np.zeros_like(single))
    for partial in (
        Partial.from_arrays(single, FACES),
        Partial.from_arrays(single),
        Partial.of(mesh),
        Partial.of(cloud),
    ):
        (warning,) = partial.warnings
        assert sentence in warning
    assert Partial.of(TriangleMesh(BALL.vertices.astype(np.float32), FACES)).warnings == ()
    # just large enough for the steps where it stands
    side = np.float32(np.spacing(np.float32(2**20)) / COARSE)
    corners = np.float32([[2**20, 0, 0], [2**20 + side + 1, 0, 0], [2**20, side, 0]])
    assert Partial.from_arrays(corners, np.array([[0, 1, 2]])).warnings == ()


def test_a_mesh_of_float32_stays_where_it_is():
    mesh = TriangleMesh((BALL.vertices + UTM).astype(np.float32), FACES)
    partial = Partial.of(mesh)
    assert partial.shape is mesh
    assert not partial.exact.origin.any()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300, -1.7e308])
def test_what_is_no_coordinate_is_refused(bad):
    vertices = BALL.vertices + UTM
    vertices[3, 1] = bad
    with pytest.raises(InputError, match=r"1 of 162 mesh vertices are NaN or infinite"):
        Partial.from_arrays(vertices, FACES)


def test_faces_that_name_no_vertex_are_refused():
    with pytest.raises(InputError, match="there are only 162"):
        Partial.from_arrays(BALL.vertices, FACES + 1)


def test_a_completed_mesh_has_what_was_given_in_double():
    partial = Partial.from_arrays(BALL.vertices + UTM, FACES)
    whole = np.concatenate([partial.shape.vertices, np.float32([[1, 2, 3]])])
    exact = partial.exact_of(TriangleMesh(whole, FACES), len(BALL.vertices))
    assert np.array_equal(exact.absolute[:-1], BALL.vertices + UTM)
    assert np.array_equal(exact.absolute[-1], partial.exact.origin + [1, 2, 3])


def test_what_float32_holds_needs_no_doubles():
    single = BALL.vertices.astype(np.float32)
    mesh = TriangleMesh(single, FACES)
    assert Partial.from_arrays(single.astype(float), FACES).exact_of(mesh, 162) is None
    assert Partial.of(mesh).exact_of(mesh, 162) is None
    assert Partial.from_arrays(BALL.vertices, FACES).exact_of(mesh, 162) is not None
    assert Partial.from_arrays(BALL.vertices, FACES).exact_of(mesh, 0) is None


def write_obj(path, vertices, faces=FACES):
    lines = ["v {!r} {!r} {!r}".format(*each) for each in vertices.tolist()]
    lines += ["f {} {} {}".format(*each) for each in (faces + 1).tolist()]
    path.write_text("\n".join(lines))
    return path


def test_a_file_is_read_with_what_there_is_to_say(tmp_path):
    path = write_obj(tmp_path / "far.obj", BALL.vertices + UTM)
    path.write_text(path.read_text() + "\nf 1 2\n")
    partial = read_partial(path)
    assert isinstance(partial.shape, TriangleMesh)
    assert np.array_equal(partial.exact.absolute, BALL.vertices + UTM)
    assert partial.warnings == ("1 faces with fewer than three corners were left out",)


def test_a_file_of_points_alone_is_a_cloud(tmp_path):
    path = write_obj(tmp_path / "points.obj", BALL.vertices, np.zeros((0, 3), int))
    assert isinstance(read_partial(path).shape, PointCloud)


def test_several_meshes_become_one_about_one_origin(tmp_path):
    paths = [
        write_obj(tmp_path / f"{number}.obj", BALL.vertices + UTM + [number, 0, 0])
        for number in range(2)
    ]
    whole = joined([read_partial(path) for path in paths])
    assert len(whole.shape.faces) == 2 * len(FACES)
    both = np.concatenate([BALL.vertices + UTM, BALL.vertices + UTM + [1, 0, 0]])
    assert np.array_equal(whole.exact.absolute, both)
    assert np.array_equal(whole.shape.faces[-1], FACES[-1] + len(BALL.vertices))
    assert abs(whole.shape.vertices).max() < 4


def test_several_clouds_become_one_and_their_warnings_are_said_once():
    single = (BALL.vertices + UTM).astype(np.float32)
    part = Partial.from_arrays(single, normals=single)
    whole = joined([part, part])
    assert len(whole.shape.points) == len(whole.shape.normals) == 2 * len(single)
    assert whole.warnings == part.warnings
    assert joined([part]) is part


def test_meshes_and_clouds_are_not_mixed():
    parts = [Partial.from_arrays(BALL.vertices), Partial.from_arrays(BALL.vertices, FACES)]
    with pytest.raises(InputError, match="1 of the files hold meshes and 1 points alone"):
        joined(parts)
