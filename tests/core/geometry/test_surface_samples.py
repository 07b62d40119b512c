import numpy as np
import pytest

from core.errors import EmptySurfaceError
from core.geometry.surface_samples import sample_surface
from core.meshes import TriangleMesh


def triangles(vertices, faces):
    return TriangleMesh(np.asarray(vertices, np.float32), np.asarray(faces, np.int32))


SQUARES = triangles(
    # a unit square at z = 0 and one of half the side at z = 1, facing down
    [
        [0, 0, 0],
        [1, 0, 0],
        [1, 1, 0],
        [0, 1, 0],
        [0, 0, 1],
        [0.5, 0, 1],
        [0.5, 0.5, 1],
        [0, 0.5, 1],
    ],
    [[0, 1, 2], [0, 2, 3], [4, 6, 5], [4, 7, 6]],
)


@pytest.mark.parametrize("faces", [np.zeros((0, 3)), [[0, 0, 1]]])
def test_a_mesh_without_area_is_refused(faces):
    mesh = triangles(SQUARES.vertices, faces)
    with pytest.raises(EmptySurfaceError, match="faces without area has no surface to measure"):
        sample_surface(mesh, 10, np.random.default_rng(0))


def test_points_lie_evenly_on_the_faces():
    count = 20000
    samples = sample_surface(SQUARES, count, np.random.default_rng(0))
    upper = samples.points[:, 2] == 1
    # a fifth of the area; four standard errors of a binomial
    assert upper.mean() == pytest.approx(0.2, abs=4 * np.sqrt(0.2 * 0.8 / count))
    lower = samples.points[~upper]
    assert lower.min() >= 0
    assert lower.max() <= 1
    # the mean of a uniform variable varies by 1 / sqrt(12)
    np.testing.assert_allclose(lower[:, :2].mean(axis=0), 0.5, atol=4 / np.sqrt(12 * len(lower)))


def test_normals_are_those_of_the_faces():
    samples = sample_surface(SQUARES, 1000, np.random.default_rng(0))
    expected = np.where(samples.points[:, 2:] == 1, [[0, 0, -1]], [[0, 0, 1]])
    np.testing.assert_allclose(samples.normals, expected)


def test_the_same_seed_gives_the_same_points():
    first, again, other = (
        sample_surface(SQUARES, 100, np.random.default_rng(seed)).points for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_faces_without_area_are_never_drawn():
    faces = np.concatenate([[[0, 0, 1]], SQUARES.faces, [[2, 2, 2]]])
    samples = sample_surface(triangles(SQUARES.vertices, faces), 5000, np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(samples.normals, axis=1), 1, atol=1e-6)
