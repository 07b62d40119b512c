"""The shipped model completes what it was not shown, if it has a point encoder."""

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from core.errors import UnknownShapeError
from core.frames import UprightPose
from core.meshes import PointCloud, TriangleMesh
from core.models.card import ZOO
from core.operations.completing import Completion
from core.operations.engine import Engine
from core.operations.zoo import shipped_models

CARDS = {card.name: card for card in shipped_models()}
STARTER = CARDS.get("starter")
POSE = UprightPose(0.0, 3.0, (10.0, -4.0, 1.0))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        STARTER is None or not STARTER.point_encoder,
        reason=f"no model in {ZOO} has a point encoder",
    ),
]


@pytest.fixture(scope="module")
def table() -> trimesh.Trimesh:
    """A top on four legs, one mesh of five boxes that fit the unit cube."""
    top = trimesh.creation.box(bounds=[[-0.5, -0.35, 0.2], [0.5, 0.35, 0.26]])
    legs = [
        trimesh.creation.box(bounds=[[x - 0.03, y - 0.03, -0.26], [x + 0.03, y + 0.03, 0.21]])
        for x in (-0.44, 0.44)
        for y in (-0.29, 0.29)
    ]
    return trimesh.util.concatenate([top, *legs])


@pytest.fixture(scope="module")
def part(table: trimesh.Trimesh) -> TriangleMesh:
    """The top and two of the legs, as large as a real one."""
    stays = np.arange(len(table.faces)) < 36
    return TriangleMesh.from_arrays(POSE.to_scene(table.vertices), table.faces[stays])


@pytest.fixture(scope="module")
def found(part: TriangleMesh) -> Completion:
    return Engine("starter", "cpu").complete(part, pose="upright", resolution=96, anyway=True)


def test_what_was_given_of_a_table_stays_to_the_bit(found: Completion, part: TriangleMesh) -> None:
    kept = found.hypotheses[0]
    assert found.category == "table"
    assert np.array_equal(kept.mesh.vertices[: len(part.vertices)], part.vertices)
    assert np.array_equal(kept.mesh.faces[: len(part.faces)], part.faces)


def test_a_table_gets_its_other_legs(found: Completion, table: trimesh.Trimesh) -> None:
    missing = trimesh.Trimesh(table.vertices, table.faces[36:], process=False)
    points = np.asarray(trimesh.sample.sample_surface(missing, 2000, seed=0)[0])
    mesh = found.hypotheses[0].mesh
    drawn = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    tree = cKDTree(POSE.from_scene(np.asarray(trimesh.sample.sample_surface(drawn, 50_000)[0])))
    away = tree.query(points)[0]
    assert np.median(away) < 0.04  # of the longest side: two thirds of a leg's width
    assert not found.is_unchanged


def test_points_without_a_surface_are_nothing_that_the_model_knows() -> None:
    points = np.random.default_rng(0).random((3000, 3), np.float32)
    with pytest.raises(UnknownShapeError, match=r"nothing that the model knows \(confidence 0%"):
        Engine("starter", "cpu").complete(PointCloud(points, np.zeros_like(points)))
