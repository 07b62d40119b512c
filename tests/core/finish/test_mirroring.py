"""Mirroring moves the side that nobody saw onto the mirror image of what was given."""

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from core.finish.mirroring import BORDER, CARRIED, NO_REFLECTIONS, REACH, mirrored
from core.finish.seams import Part
from core.meshes import TriangleMesh

CELL = 0.01
SIDEWAYS = np.array([[-1.0, 1.0, 1.0]])
BOTH = np.array([[-1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]])
RADIUS = 0.12


def ball(x: float, y: float = 0.0, radius: float = RADIUS) -> trimesh.Trimesh:
    made = trimesh.creation.icosphere(4, radius)
    made.apply_translation((x, y, 0))
    return made


def together(*meshes: trimesh.Trimesh) -> TriangleMesh:
    whole = trimesh.util.concatenate(meshes)
    return TriangleMesh.from_arrays(whole.vertices, whole.faces)


def part_of(mesh: trimesh.Trimesh, keep: np.ndarray | None = None) -> Part:
    faces = np.asarray(mesh.faces if keep is None else mesh.faces[keep], np.int64)
    return Part.of(np.asarray(mesh.vertices, float), faces)


def dented(mesh: trimesh.Trimesh, depth: float) -> trimesh.Trimesh:
    """The same with low waves, as a decoder leaves them."""
    waves = depth * np.sin(40 * mesh.vertices[:, 1]) * np.cos(35 * mesh.vertices[:, 2])
    return trimesh.Trimesh(
        mesh.vertices + waves[:, None] * mesh.vertex_normals, mesh.faces, process=False
    )


def off_the_ball(vertices: np.ndarray, x: float, y: float = 0.0) -> np.ndarray:
    return np.abs(np.linalg.norm(vertices - (x, y, 0), axis=1) - RADIUS)


def test_a_wavy_side_becomes_the_mirror_image_of_the_given_one():
    right, left = ball(0.25), dented(ball(-0.25), 0.01)
    found = mirrored(together(right, left), part_of(right), SIDEWAYS, cell=CELL)
    before, after = (off_the_ball(each, -0.25) for each in (left.vertices, found.vertices[2562:]))
    assert before.max() > 0.009
    assert after.max() < 1e-3
    assert after.mean() < before.mean() / 20


def test_no_wave_becomes_a_fold():
    """A wall with grooves, which a way straight to the image would lay over one another."""
    right = trimesh.creation.box((0.1, 0.4, 0.4))
    for _ in range(6):
        right = right.subdivide()
    right.apply_translation((0.25, 0, 0))
    left = right.copy()
    left.apply_scale((-1, 1, 1))
    side, groove = left.vertices[:, 0] < -0.29, np.abs(left.vertices[:, 1]) < 0.03
    inner = side & (np.abs(left.vertices[:, 1:]).max(axis=1) < 0.15)
    left.vertices[inner & groove, 0] += 0.012
    left.vertices[inner & groove, 1] *= 1.15  # wider inside than at its mouth
    found = mirrored(together(right, left), part_of(right), SIDEWAYS, cell=CELL)
    made = trimesh.Trimesh(found.vertices, found.faces, process=False)
    outer = (made.triangles_center[:, 0] < -0.295) & (
        np.abs(made.triangles_center[:, 1:]).max(axis=1) < 0.15
    )
    assert np.abs(made.triangles_center[outer, 0] + 0.3).max() < 1e-3
    assert (made.face_normals[outer, 0] < -0.8).all()


def test_faces_and_what_was_given_stay():
    right, left = ball(0.25), dented(ball(-0.25), 0.01)
    shape = together(right, left)
    found = mirrored(shape, part_of(right), SIDEWAYS, cell=CELL)
    np.testing.assert_array_equal(found.faces, shape.faces)
    np.testing.assert_array_equal(found.vertices[:2562], shape.vertices[:2562])


def test_where_a_shape_is_symmetric_in_two_planes_a_quarter_shows_the_other_three():
    centres = [(0.25, 0.2), (-0.25, 0.2), (0.25, -0.2), (-0.25, -0.2)]
    balls = [ball(*centres[0]), *(dented(ball(*each), 0.008) for each in centres[1:])]
    found = mirrored(together(*balls), part_of(balls[0]), BOTH, cell=CELL)
    for row, centre in enumerate(centres):
        assert off_the_ball(found.vertices[2562 * row :][:2562], *centre).max() < 1e-3


@pytest.mark.parametrize("away", ["no reflection", "nothing seen"])
def test_without_a_mirror_image_the_shape_is_the_same_object(away: str):
    right = ball(0.25)
    shape = together(right, ball(-0.25))
    nothing = Part(np.zeros((0, 3)), np.zeros((0, 3), np.int64))
    case = {
        "no reflection": (part_of(right), NO_REFLECTIONS),
        "nothing seen": (nothing, SIDEWAYS),
    }
    assert mirrored(shape, *case[away], cell=CELL) is shape


def test_what_is_further_from_the_image_than_the_reach_stays():
    right, other = ball(0.25), ball(-0.25, radius=RADIUS + 1.1 * REACH)
    shape = together(right, other)
    found = mirrored(shape, part_of(right), SIDEWAYS, cell=CELL)
    np.testing.assert_array_equal(found.vertices, shape.vertices)


def test_what_looks_the_other_way_is_no_image():
    """The inner wall of a vessel whose outer wall alone was seen, and too far to be carried."""
    right, inner = ball(0.25), ball(-0.25, radius=RADIUS - 0.9 * REACH)
    inner.invert()
    shape = together(right, inner)
    found = mirrored(shape, part_of(right), SIDEWAYS, cell=CELL)
    np.testing.assert_array_equal(found.vertices, shape.vertices)


def test_beyond_the_border_of_the_image_only_what_is_carried_moves():
    right = ball(0.25)
    upper = part_of(right, right.triangles_center[:, 2] > 0)
    left = dented(ball(-0.25), 0.01)
    found = mirrored(together(right, left), upper, SIDEWAYS, cell=CELL).vertices[2562:]
    moved = np.linalg.norm(found - left.vertices, axis=1)
    height = left.vertices[:, 2]
    assert off_the_ball(found[height > BORDER + 0.01], -0.25).max() < 2e-3
    assert moved[height < -CARRIED].max() < CELL / 1000


def test_the_back_of_a_thin_wall_goes_with_its_front():
    def wall(x: float) -> trimesh.Trimesh:
        made = trimesh.creation.box((0.014, 0.4, 0.4))
        for _ in range(5):
            made = made.subdivide()
        made.apply_translation((x, 0, 0))
        return made

    right, left = wall(0.3), wall(-0.28)
    front = part_of(right, right.face_normals[:, 0] > 0.9)  # the outer side alone was seen
    shape = together(right, left)
    count = len(right.vertices)
    found = mirrored(shape, front, SIDEWAYS, cell=CELL).vertices[count:]
    inner = np.abs(left.vertices[:, 1:]).max(axis=1) < 0.15
    outside = inner & (left.vertices[:, 0] < -0.28)
    np.testing.assert_allclose(found[outside, 0], -0.307, atol=1e-3)
    behind = found[inner & ~outside]
    apart = cKDTree(found[outside]).query(behind)[0]
    assert (behind[:, 0] > -0.307).all()
    assert apart.min() > 0.007


def test_mirroring_a_shape_in_x_gives_the_mirror_image_of_the_result():
    right, left = ball(0.25), dented(ball(-0.25), 0.01)
    found = mirrored(together(right, left), part_of(right), SIDEWAYS, cell=CELL)
    flip = np.array([-1.0, 1.0, 1.0])
    turned = [
        trimesh.Trimesh(each.vertices * flip, each.faces[:, ::-1], process=False)
        for each in (right, left)
    ]
    other = mirrored(together(*turned), part_of(turned[0]), SIDEWAYS, cell=CELL)
    np.testing.assert_allclose(other.vertices, found.vertices * flip, atol=CELL / 20)
