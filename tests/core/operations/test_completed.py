"""One completed shape: in its place, with what floats said, and as a file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.errors import InputError
from core.frames import UprightPose
from core.meshes import ExactVertices, TriangleMesh
from core.operations.completed import Completed

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
TETRAHEDRON = TriangleMesh.from_arrays(
    CORNERS, np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
)
FAR = np.array([5e5, 5.6e6, 0.25])


@pytest.fixture
def shape() -> Completed:
    """A tetrahedron of which the first three vertices were given."""
    return Completed(
        mesh=TETRAHEDRON,
        code=np.zeros(2, np.float32),
        pose=UprightPose(0.0, 1.0, (0.0, 0.0, 0.0)),
        observed_vertices=3,
        observed_faces=1,
        is_observed=np.array([True, True, True, False]),
        confidence=np.array([1, 1, 1, 0.5], np.float32),
        is_closed=True,
        widest_gap_m=0.0,
        invented_share=0.75,
        warnings=("the pose is a guess",),
    )


@pytest.mark.parametrize("share", [0.0, float("nan")])
def test_where_nothing_floats_nothing_is_said(shape: Completed, share: float) -> None:
    assert shape.with_floating(share) is shape


def test_what_floats_is_said_behind_what_was_said_before(shape: Completed) -> None:
    floating = shape.with_floating(0.126)
    assert floating.floating_share == 0.126
    first, second = floating.warnings
    assert first == "the pose is a guess"
    assert second.startswith("13% of the surface was invented and touches nothing that was given")
    assert shape.warnings == ("the pose is a guess",)


def test_vertices_far_from_the_origin_are_where_they_were_given(shape: Completed) -> None:
    thirds = CORNERS.astype(float) / 3
    far = replace(shape, exact=ExactVertices(FAR, thirds))
    np.testing.assert_array_equal(far.vertices, thirds + FAR)
    np.testing.assert_array_equal(shape.vertices, CORNERS)


def test_normals_of_a_corner_lean_as_its_three_faces_do(shape: Completed) -> None:
    np.testing.assert_allclose(np.linalg.norm(shape.normals, axis=1), 1, atol=1e-6)
    # the corner at the origin lies between three faces that are alike
    np.testing.assert_allclose(shape.normals[0], -np.ones(3) / 3**0.5, atol=1e-6)


def test_trimesh_gets_every_vertex_in_its_order(shape: Completed) -> None:
    mesh = replace(shape, exact=ExactVertices(FAR, CORNERS.astype(float))).to_trimesh()
    np.testing.assert_array_equal(mesh.vertices, CORNERS + FAR)
    np.testing.assert_array_equal(mesh.faces, TETRAHEDRON.faces)


def test_a_ply_file_tells_what_was_given(shape: Completed, tmp_path: Path) -> None:
    path = tmp_path / "shape.ply"
    assert shape.save(path) == ()
    read = trimesh.load(path, process=False)
    np.testing.assert_array_equal(read.vertices, CORNERS)
    told = read.metadata["_ply_raw"]["vertex"]["data"]
    np.testing.assert_array_equal(told["observed"].ravel(), [1, 1, 1, 0])
    np.testing.assert_array_equal(told["confidence"].ravel(), shape.confidence)


def test_what_a_format_lacks_is_said_and_another_suffix_is_refused(
    shape: Completed, tmp_path: Path
) -> None:
    far = replace(shape, exact=ExactVertices(FAR, CORNERS.astype(float)))
    (sentence,) = far.save(str(tmp_path / "shape.stl"))
    assert "'shape.stl' holds single-precision numbers" in sentence
    with pytest.raises(InputError, match=r"unknown suffix '\.fbx'"):
        shape.save(tmp_path / "shape.fbx")
    assert [each.name for each in tmp_path.iterdir()] == ["shape.stl"]
