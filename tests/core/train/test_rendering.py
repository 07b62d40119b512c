"""Ray-cast views: framing, normals, shadows, and what shading makes of them."""

import numpy as np
import pytest
import torch
import trimesh

from core.frames import Camera
from core.geometry.components import parts_of
from core.meshes import TriangleMesh
from core.train.rendering import (
    FILL,
    _octahedral,
    cast_view,
    caster_of,
    normals_of,
    random_camera,
    random_sun,
    shade_views,
)

NOON = np.array([0.0, 0.0, 1.0])


def mesh_of(shape):
    return TriangleMesh.from_arrays(shape.vertices, shape.faces)


def view_of(shape, camera, sun=NOON, size_px=64):
    mesh = mesh_of(shape)
    return cast_view(caster_of(mesh, parts_of(mesh)), camera, sun, size_px)


@pytest.mark.parametrize("seed", range(5))
def test_the_object_is_centred_and_fills_its_share_of_the_frame(seed):
    camera = random_camera(np.random.default_rng(seed))
    hit = view_of(trimesh.creation.box(extents=[1, 0.4, 0.7]), camera, size_px=128)[..., 3] > 0
    rows, columns = np.flatnonzero(hit.any(axis=1)), np.flatnonzero(hit.any(axis=0))
    spans = [(rows[0], rows[-1] + 1), (columns[0], columns[-1] + 1)]
    assert max(high - low for low, high in spans) == pytest.approx(FILL * 128, abs=2)
    for low, high in spans:
        assert (low + high) / 2 == pytest.approx(64, abs=1.5)


def test_normals_of_a_sphere_point_away_from_its_centre():
    camera = Camera(0.7, 0.3, 0.6, 3.0)
    buffer = view_of(trimesh.creation.icosphere(subdivisions=4, radius=0.5), camera)
    middle = normals_of(torch.from_numpy(buffer[None]))[0, 32, 32].numpy()
    # the centre pixel sees the point nearest to the camera, half a pixel off
    assert middle @ camera.position / camera.distance > 0.99


def test_normals_survive_their_two_bytes():
    directions = np.random.default_rng(0).normal(size=(200, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    buffer = np.zeros((200, 1, 1, 4), np.uint8)
    buffer[:, 0, 0, :2] = _octahedral(directions)
    back = normals_of(torch.from_numpy(buffer))[:, 0, 0].numpy()
    assert (back * directions).sum(axis=1).min() > np.cos(np.radians(1.5))


def test_the_floor_under_a_roof_lies_in_shadow():
    roof = trimesh.creation.box(bounds=[[-0.5, -0.5, 0.3], [0.5, 0.5, 0.35]])
    floor = trimesh.creation.box(bounds=[[-0.5, -0.5, -0.35], [0.5, 0.5, -0.3]])
    buffer = view_of(trimesh.util.concatenate([roof, floor]), Camera(0.0, 0.2, 0.6, 3.0))
    up = normals_of(torch.from_numpy(buffer[None]))[0, ..., 2].numpy() > 0.99
    light = buffer[..., 3]
    upper, lower = (light > 0) & up, np.arange(64)[:, None] >= 32
    assert (light[upper & ~lower] == 2).all()
    assert (light[upper & lower] == 1).all()


def test_parts_are_told_apart():
    boxes = [
        trimesh.creation.box(bounds=[[x, -0.1, -0.1], [x + 0.2, 0.1, 0.1]]) for x in (-0.5, 0.3)
    ]
    buffer = view_of(trimesh.util.concatenate(boxes), Camera(0.0, 0.0, 0.6, 3.0))
    hit = buffer[..., 3] > 0
    left, right = buffer[:, :32, 2][hit[:, :32]], buffer[:, 32:, 2][hit[:, 32:]]
    assert len(set(left.tolist())) == len(set(right.tolist())) == 1
    assert left[0] != right[0]


def test_shaded_views_are_premultiplied_pictures_that_differ_by_the_draw():
    generator = np.random.default_rng(0)
    camera, sun = random_camera(generator), random_sun(generator)
    buffer = torch.from_numpy(view_of(trimesh.creation.box(), camera, sun)[None])
    towards = torch.tensor(camera.position / camera.distance, dtype=torch.float32)[None]
    light = torch.tensor(sun, dtype=torch.float32)[None]
    one, other = (
        shade_views(buffer, towards, light, torch.Generator().manual_seed(seed)) for seed in (0, 1)
    )
    assert one.shape == (1, 4, 64, 64)
    torch.testing.assert_close(one[0, 3], (buffer[0, ..., 3] > 0).float())
    assert one.min() >= 0
    assert one.max() <= 1
    assert (one[0, :3].amax(dim=0) <= one[0, 3]).all()
    assert (one - other).abs().max() > 0.05


def test_suns_stand_above_the_horizon():
    suns = np.stack([random_sun(np.random.default_rng(seed)) for seed in range(50)])
    np.testing.assert_allclose(np.linalg.norm(suns, axis=1), 1)
    assert suns[:, 2].min() >= np.sin(np.radians(20)) - 1e-9
