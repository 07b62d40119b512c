"""Signed distances of soups, against solids whose distances are known in closed form."""

import numpy as np
import pytest
import torch
import trimesh

from core.errors import InputError
from core.field.solid import SHEET_THICKNESS, SolidField, solid_of
from core.geometry.soups import winding_number
from core.meshes import TriangleMesh
from tests.core.geometry.boxes import LEFT, POINTS, RIGHT, box, soup


def box_distance(points, low, high):
    centre, half = (np.array(low) + high) / 2, (np.array(high) - low) / 2
    beyond = np.abs(points - centre) - half
    outside = np.linalg.norm(np.maximum(beyond, 0), axis=1)
    return outside + np.minimum(beyond.max(axis=1), 0)


@pytest.mark.parametrize("flipped", [False, True])
def test_overlapping_boxes_have_the_distance_of_their_union_outside(flipped):
    solid = solid_of(soup(box(*LEFT), box(*RIGHT, flipped=flipped)))
    union = np.minimum(box_distance(POINTS, *LEFT), box_distance(POINTS, *RIGHT))
    found = solid.signed_distance(POINTS)
    np.testing.assert_array_equal(found < 0, union < 0)
    # faces half hidden by the other box still pass through its inside: outside is exact
    np.testing.assert_allclose(found[union > 0], union[union > 0], atol=1e-6)


def test_a_hollow_bottle_with_a_label_around_it_stays_hollow():
    # the label is open at both ends: within it the winding number is one half and more
    outer, inner = trimesh.creation.cylinder(0.2, 0.8), trimesh.creation.cylinder(0.17, 0.74)
    label = trimesh.creation.cylinder(0.21, 0.6)
    around = np.abs(label.face_normals[:, 2]) < 0.5
    parts = [(each.vertices.astype(np.float32), each.faces) for each in (outer, inner)]
    parts[1] = (parts[1][0], parts[1][1][:, ::-1])
    solid = solid_of(soup(*parts, (label.vertices.astype(np.float32), label.faces[around])))
    axis = np.stack([np.zeros(30), np.zeros(30), np.linspace(-0.36, 0.36, 30)], axis=1)
    assert (winding_number(axis, solid.vertices, solid.faces) > 0.5).any()
    assert not solid.contains(axis).any()
    assert solid.contains(axis + [0.185, 0, 0]).all()


def test_the_bounds_hold_all_that_is_inside():
    sheet = trimesh.creation.box(bounds=[(-0.3, -0.2, 0.1), (0.3, 0.2, 0.1001)])
    top = sheet.face_normals[:, 2] > 0.5
    solid = solid_of(soup((sheet.vertices.astype(np.float32), sheet.faces[top])))
    points = np.random.default_rng(1).uniform(-0.4, 0.4, (20_000, 3))
    inside = points[solid.contains(points)]
    assert len(inside) > 50
    low, high = solid.bounds
    assert (inside > low).all()
    assert (inside < high).all()


def test_a_face_inside_another_part_is_no_surface():
    inner = ((-0.1, -0.1, -0.1), (0.1, 0.1, 0.1))
    solid = solid_of(soup(box(*LEFT), box(*inner)))
    np.testing.assert_allclose(
        solid.signed_distance(POINTS)[is_in(POINTS, LEFT)],
        box_distance(POINTS, *LEFT)[is_in(POINTS, LEFT)],
        atol=1e-6,
    )


def is_in(points, bounds):
    return box_distance(points, *bounds) < 0


def test_an_inward_part_inside_another_is_a_cavity():
    hole = ((-0.2, -0.1, -0.1), (0.0, 0.1, 0.1))
    # smaller and turned inward: it bounds a cavity, as the inside of a bottle does
    solid = solid_of(soup(box(*LEFT), box(*hole, flipped=True)))
    expected = np.maximum(box_distance(POINTS, *LEFT), -box_distance(POINTS, *hole))
    np.testing.assert_allclose(solid.signed_distance(POINTS), expected, atol=1e-6)


def test_an_open_sheet_gets_a_small_thickness():
    square = np.array([[-0.3, -0.3, 0], [0.3, -0.3, 0], [0.3, 0.3, 0], [-0.3, 0.3, 0]], np.float32)
    solid = solid_of(TriangleMesh.from_arrays(square, np.array([[0, 1, 2], [0, 2, 3]])))
    heights = np.linspace(-0.1, 0.1, 41)
    above_centre = np.stack([0 * heights, 0 * heights, heights], axis=1)
    np.testing.assert_allclose(
        solid.signed_distance(above_centre), np.abs(heights) - SHEET_THICKNESS / 2, atol=1e-6
    )


def test_a_wall_thinner_than_a_sheet_is_filled_up_to_one():
    thin = ((-0.3, -0.2, -0.002), (0.3, 0.2, 0.002))
    solid = solid_of(soup(box(*thin)))
    heights = np.linspace(-0.1, 0.1, 41)
    above_centre = np.stack([0 * heights, 0 * heights, heights], axis=1)
    np.testing.assert_allclose(
        solid.signed_distance(above_centre), np.abs(heights) - SHEET_THICKNESS / 2, atol=2e-5
    )


def test_filling_up_a_thin_part_leaves_a_thick_part_alone():
    fin = ((0.3, -0.2, -0.002), (0.45, 0.2, 0.002))
    found = solid_of(soup(box(*LEFT), box(*fin))).signed_distance(POINTS)
    thick = box_distance(POINTS, *LEFT)
    np.testing.assert_allclose(found[thick < 0], thick[thick < 0], atol=1e-6)
    beside_the_fin = (np.abs(POINTS[:, 2]) < 0.006) & (box_distance(POINTS, *fin) < 0.004)
    assert (found[beside_the_fin] < 0).all()


def test_caps_turned_against_their_rim_still_bound_a_solid():
    vertices, faces = box(*LEFT)
    normal = np.cross(
        vertices[faces[:, 1]] - vertices[faces[:, 0]], vertices[faces[:, 2]] - vertices[faces[:, 0]]
    )
    caps = np.abs(normal[:, 2]) > 1e-6
    rim, turned_caps = faces[~caps], faces[caps][:, ::-1]
    # parts that share no vertex, as exporters leave them
    mesh = soup((vertices, rim), (vertices, turned_caps))
    found = solid_of(mesh).signed_distance(POINTS)
    np.testing.assert_allclose(found, box_distance(POINTS, *LEFT), atol=1e-6)


def test_surface_points_lie_on_the_visible_surface():
    solid = solid_of(soup(box(*LEFT), box((-0.1, -0.1, -0.1), (0.0, 0.1, 0.1))))
    points = solid.sample_surface(2000, np.random.default_rng(1)).points
    np.testing.assert_allclose(box_distance(points, *LEFT), 0, atol=1e-6)


def test_surface_points_know_their_normals_and_parts():
    other = ((0.2, -0.2, -0.2), (0.4, 0.2, 0.2))
    mesh = soup(box(*LEFT), box(*other, flipped=True))
    points, normals, parts = solid_of(mesh).sample_surface(2000, np.random.default_rng(1))
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1)
    union = soup(box(*LEFT), box(*other))
    step = 1e-3
    outside = solid_of(union).signed_distance(points + step * normals)
    np.testing.assert_allclose(outside, step, atol=1e-6)
    inside = solid_of(union).signed_distance(points - step * normals)
    assert ((inside < 0) & (inside >= -step - 1e-6)).all()
    right = points[:, 0] > 0.15
    assert len(set(parts[right])) == len(set(parts[~right])) == 1
    assert set(parts[right]) != set(parts[~right])
    # uniform by area; 4 standard errors
    areas = np.array([2 * (0.4 * 0.4 * 3), 2 * (0.2 * 0.4 * 2 + 0.4 * 0.4)])
    assert right.mean() == pytest.approx(areas[1] / areas.sum(), abs=4 * 0.5 / 2000**0.5)


def test_a_solid_s_field_is_its_signed_distance_in_the_points_own_type():
    solid = solid_of(soup(box(*LEFT)))
    expected = box_distance(POINTS, *LEFT)
    for dtype in (torch.float32, torch.float64):
        values = SolidField(solid, torch.device("cpu"))(torch.from_numpy(POINTS).to(dtype))
        assert values.dtype == dtype
        np.testing.assert_allclose(values, expected, atol=1e-6)
    assert SolidField(solid, torch.device("cpu"))(torch.zeros(0, 3)).shape == (0,)


def test_a_mesh_of_degenerate_faces_is_refused():
    flat = TriangleMesh.from_arrays(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]]))
    with pytest.raises(InputError, match="none of the mesh's 1 faces has an area"):
        solid_of(flat)
