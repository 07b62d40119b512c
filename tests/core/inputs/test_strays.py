"""Strays and a floor are left out of a cloud, and nothing else, where the truth is known."""

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from core.inputs.strays import cleared
from core.meshes import PointCloud

COUNT = 4000


def box(low: tuple[float, ...], high: tuple[float, ...]) -> trimesh.Trimesh:
    return trimesh.creation.box(bounds=[low, high])


def table() -> trimesh.Trimesh:
    """A thin top on four thin legs, standing at z = 0."""
    top = box((-0.5, -0.35, 0.5), (0.5, 0.35, 0.53))
    legs = [
        box((x - 0.02, y - 0.02, 0), (x + 0.02, y + 0.02, 0.5))
        for x in (-0.44, 0.44)
        for y in (-0.29, 0.29)
    ]
    return trimesh.util.concatenate([top, *legs])


def lamp() -> trimesh.Trimesh:
    """A flat foot, a thin pole and a shade that is no wider than the foot."""
    foot = trimesh.creation.cylinder(0.15, segment=[[0, 0, 0], [0, 0, 0.01]])
    pole = trimesh.creation.cylinder(0.01, segment=[[0, 0, 0], [0, 0, 0.9]])
    shade = trimesh.creation.cone(0.12, 0.2)
    shade.apply_translation([0, 0, 0.8])
    return trimesh.util.concatenate([foot, pole, shade])


SHAPES = {
    "table": table(),
    "table top": box((-0.5, -0.35, 0.5), (0.5, 0.35, 0.53)),
    "tray": trimesh.util.concatenate(
        [box((-0.5, -0.3, 0), (0.5, 0.3, 0.01)), box((-0.5, -0.3, 0), (0.5, -0.28, 0.04))]
    ),
    "lamp": lamp(),
    "ball": trimesh.creation.icosphere(4, 0.5),
    "cushion on a wide seat": trimesh.util.concatenate(
        [box((-0.5, -0.5, 0), (0.5, 0.5, 0.2)), box((-0.2, -0.2, 0.2), (0.2, 0.2, 0.3))]
    ),
}


def sampled(shape: trimesh.Trimesh, count: int = COUNT) -> np.ndarray:
    return np.asarray(trimesh.sample.sample_surface(shape, count, seed=0)[0])


def cloud_of(*points: np.ndarray) -> PointCloud:
    every = np.float32(np.concatenate(points))
    numbered = np.zeros_like(every)
    numbered[:, 0] = np.arange(len(every))  # normals that tell which point is which
    return PointCloud(every, numbered)


def kept_of(cloud: PointCloud) -> np.ndarray:
    return cleared(cloud).cloud.normals[:, 0].astype(int)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("noise", [0.0, 0.002])
def test_of_a_clean_cloud_nearly_everything_stays(name: str, noise: float) -> None:
    points = sampled(SHAPES[name])
    points = points + noise * np.random.default_rng(1).normal(size=points.shape)
    found = cleared(cloud_of(points))
    assert found.floor == 0
    assert found.strays <= 0.002 * COUNT
    assert len(found.cloud.points) == COUNT - found.strays


def test_a_cloud_without_strays_is_the_same_cloud() -> None:
    cloud = cloud_of(trimesh.creation.icosphere(4, 0.5).vertices)
    assert cleared(cloud).cloud is cloud


@pytest.mark.parametrize("share", [0.001, 0.01, 0.05])
@pytest.mark.parametrize("scale", [0.01, 1000.0])
def test_strays_spread_about_the_object_are_left_out(share: float, scale: float) -> None:
    points, generator = sampled(table()), np.random.default_rng(2)
    count = round(share * COUNT)
    strays = [0, 0, 0.26] + 1.5 * (generator.random((count, 3)) - 0.5) * [1, 0.7, 0.53]
    cloud = cloud_of(scale * points, scale * strays)
    kept = kept_of(cloud)
    assert (kept < COUNT).sum() >= 0.998 * COUNT
    left = strays[kept[kept >= COUNT] - COUNT]
    # four times the distance of neighbours, of which there are COUNT on an area of 2.1
    near = 4 * np.sqrt(2.1 / COUNT)
    assert cKDTree(points).query(left)[0].max(initial=0.0) < near
    assert len(left) < 0.4 * count
    assert cleared(cloud).strays == len(points) + count - len(kept)


def test_strays_far_away_or_in_clusters_are_left_out() -> None:
    points, generator = sampled(table()), np.random.default_rng(3)
    far = 30 * (generator.random((20, 3)) - 0.5)
    cluster = [1.2, 0.4, 0.3] + 0.01 * generator.normal(size=(30, 3))
    kept = kept_of(cloud_of(points, far, cluster))
    assert (kept >= COUNT).sum() == 0
    assert len(kept) >= 0.998 * COUNT


@pytest.mark.parametrize("tilt_rad", [0.0, 0.03])
@pytest.mark.parametrize("size", [1.5, 4.0])
def test_a_floor_is_left_out_and_what_stands_on_it_stays(tilt_rad: float, size: float) -> None:
    generator = np.random.default_rng(4)
    points = sampled(table())
    floor = np.column_stack([size * (generator.random((COUNT, 2)) - 0.5), np.zeros(COUNT)])
    floor[:, 2] = 0.001 * generator.normal(size=COUNT)
    turn = np.array([[np.cos(tilt_rad), 0, np.sin(tilt_rad)], [0, 1, 0]])
    turn = np.vstack([turn, [-np.sin(tilt_rad), 0, np.cos(tilt_rad)]])
    cloud = cloud_of(points @ turn.T, floor @ turn.T)
    kept = kept_of(cloud)
    assert (kept >= COUNT).sum() < 0.005 * COUNT
    above = np.flatnonzero(points[:, 2] > 0.03)  # of the longest side of floor and table, .006
    assert np.isin(above, kept).mean() > 0.998
    assert cleared(cloud).floor > 0.99 * COUNT


def test_without_an_object_above_a_plane_is_no_floor() -> None:
    generator = np.random.default_rng(5)
    plane = np.column_stack([generator.random((COUNT, 2)), np.zeros(COUNT)])
    assert cleared(cloud_of(plane)).floor == 0


@pytest.mark.parametrize("count", [0, 1, 5, 63, 64])
def test_of_few_points_at_one_place_all_stay(count: int) -> None:
    assert len(cleared(cloud_of(np.zeros((count, 3)))).cloud.points) == count
