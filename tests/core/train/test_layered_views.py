"""Layered views: rays cross what is solid, as often as they should, where they should."""

import numpy as np
import pytest
import trimesh

from core.field.solid import SHEET_THICKNESS, solid_of
from core.frames import Camera
from core.geometry.components import parts_of
from core.meshes import TriangleMesh
from core.train.layered_views import (
    DEPTH_STEP,
    NO_CROSSING,
    cast_layers,
    ray_crossings,
    solid_caster,
)
from core.train.rendering import caster_of, frame_of

NOON = np.array([0.0, 0.0, 1.0])
FORWARD = np.array([[0.0, 1.0, 0.0]])
FAR = np.array([0.013, -3.0, 0.017])


def mesh_of(*shapes):
    joined = trimesh.util.concatenate(shapes)
    return TriangleMesh.from_arrays(joined.vertices, joined.faces)


def box(low, high):
    return trimesh.creation.box(bounds=[low, high])


def crossings_of(*shapes):
    """Places on the axis y at which a ray to the front's other side crosses shapes."""
    found = ray_crossings(solid_caster(solid_of(mesh_of(*shapes))), FAR, FORWARD)[0]
    return found[np.isfinite(found)] + FAR[1]


def test_a_ray_enters_and_leaves_a_box():
    np.testing.assert_allclose(crossings_of(box([-0.4] * 3, [0.3] * 3)), [-0.4, 0.3], atol=1e-5)


def test_two_boxes_in_a_row_are_crossed_twice():
    near, far = box([-0.5, -0.5, -0.5], [0.5, -0.2, 0.5]), box([-0.5, 0.1, -0.5], [0.5, 0.4, 0.5])
    np.testing.assert_allclose(crossings_of(far, near), [-0.5, -0.2, 0.1, 0.4], atol=1e-5)


def test_a_third_box_behind_two_is_not_told():
    slabs = [box([-0.5, y, -0.5], [0.5, y + 0.1, 0.5]) for y in (-0.4, -0.1, 0.2)]
    np.testing.assert_allclose(crossings_of(*slabs), [-0.4, -0.3, -0.1, 0.0], atol=1e-5)


def test_boxes_that_overlap_are_one():
    one, other = box([-0.4] * 3, [0.1] * 3), box([-0.2] * 3, [0.4] * 3)
    np.testing.assert_allclose(crossings_of(one, other), [-0.4, 0.4], atol=1e-5)


def test_a_cavity_is_left_and_entered():
    cavity = box([-0.1] * 3, [0.2] * 3)
    cavity.invert()
    whole = box([-0.4] * 3, [0.4] * 3)
    np.testing.assert_allclose(crossings_of(whole, cavity), [-0.4, -0.1, 0.2, 0.4], atol=1e-5)


def test_a_sheet_has_its_thickness():
    sheet = trimesh.Trimesh(
        [[-0.5, 0.1, -0.5], [0.5, 0.1, -0.5], [0.5, 0.1, 0.5], [-0.5, 0.1, 0.5]],
        [[0, 1, 2], [0, 2, 3]],
    )
    found = crossings_of(sheet)
    np.testing.assert_allclose(found, [0.1, 0.1 + SHEET_THICKNESS], atol=1e-5)


def test_what_is_never_left_ends_where_it_was_last_met():
    open_box = box([-0.4] * 3, [0.4] * 3)
    open_box.update_faces(open_box.face_normals[:, 1] < 0.5)  # its back is missing
    caster = solid_caster(solid_of(mesh_of(open_box)))
    # solid or not, what a ray enters it leaves
    found = ray_crossings(caster, FAR, FORWARD)[0]
    assert np.isfinite(found).sum() % 2 == 0
    assert (np.diff(found[np.isfinite(found)]) > 0).all()


def test_a_ray_beside_the_object_crosses_nothing():
    caster = solid_caster(solid_of(mesh_of(box([-0.4] * 3, [0.4] * 3))))
    assert np.isinf(ray_crossings(caster, np.array([2.0, -3.0, 0.0]), FORWARD)).all()


@pytest.fixture(scope="module")
def ball():
    """Buffer and crossings of a green ball of radius .5, seen from some way up."""
    mesh = mesh_of(trimesh.creation.icosphere(subdivisions=4, radius=0.5))
    caster, camera = caster_of(mesh, parts_of(mesh)), Camera(0.8, 0.5, 0.6, 3.0)
    green = np.tile(np.uint8([[10, 200, 30]]), (len(mesh.faces), 1))
    return cast_layers(
        caster,
        solid_caster(solid_of(mesh)),
        green,
        camera,
        NOON,
        frame=frame_of(caster.vertices, camera, 0.8),
        size_px=64,
        layers_px=32,
    )


def test_depths_are_measured_from_the_plane_through_the_centre(ball):
    _, crossings = ball
    middle = crossings[15:17, 15:17].astype(float) * DEPTH_STEP
    np.testing.assert_allclose(middle[..., 0], -0.5, atol=5e-3)
    np.testing.assert_allclose(middle[..., 1], 0.5, atol=5e-3)
    assert (crossings[15:17, 15:17, 2:] == NO_CROSSING).all()


def test_picture_and_crossings_show_the_same_silhouette(ball):
    buffer, crossings = ball
    hit = buffer[..., 2] > 0
    share = hit.reshape(32, 2, 32, 2).mean(axis=(1, 3))
    crosses = crossings[..., 0] != NO_CROSSING
    assert crosses[share == 1].all()
    assert not crosses[share == 0].any()


def test_colours_are_those_of_the_faces(ball):
    buffer, _ = ball
    hit = buffer[..., 2] > 0
    assert (buffer[hit][:, 3:] == (10, 200, 30)).all()
    assert (buffer[~hit] == 0).all()
