"""What floats beside a completed shape is dropped or named, and what was given stays."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.meshes import TriangleMesh
from core.operations import merging
from core.operations.engine import Engine

QUICK = {"resolution": 32, "pose": "canonical"}


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> Engine:
    return Engine(tiny_model, "cpu")


@pytest.fixture(scope="module")
def part(engine: Engine) -> TriangleMesh:
    """The left half of what the model knows, and a vertex that no face uses."""
    whole = engine.decode(engine.card.statistics["chair"].mean.numpy(), resolution=32)
    left = whole.corners.mean(axis=1)[:, 0] < 0.02
    used, faces = np.unique(whole.faces[left], return_inverse=True)
    vertices = np.concatenate([whole.vertices[used], [[0, 0, 0]]])
    return TriangleMesh.from_arrays(vertices, faces.reshape(-1, 3))


def with_ball(monkeypatch: pytest.MonkeyPatch, radius: float) -> None:
    """Has every surface come with a ball in a corner of the unit cube."""
    ball, surface = trimesh.creation.icosphere(3, radius), merging._surface

    def both(*given: object) -> TriangleMesh:
        own = surface(*given)  # type: ignore[arg-type]
        return TriangleMesh.from_arrays(
            np.concatenate([own.vertices, ball.vertices + 0.4]),
            np.concatenate([own.faces, ball.faces + len(own.vertices)]),
        )

    monkeypatch.setattr(merging, "_surface", both)


@pytest.mark.parametrize("keep", ["exact", "none"])
def test_a_large_part_that_touches_nothing_is_named(
    engine: Engine, part: TriangleMesh, monkeypatch: pytest.MonkeyPatch, keep: str
) -> None:
    with_ball(monkeypatch, 0.1)
    found = engine.complete(part, keep=keep, **QUICK)
    (kept,) = found.hypotheses
    # a ball of radius 0.1 beside an octahedron of 0.35
    area = 4 * np.pi * 0.1**2
    expected = area / (area + 4 * np.sqrt(3) * 0.35**2)
    assert kept.floating_share == pytest.approx(expected, rel=0.15)
    assert any("invented and touches nothing that was given" in each for each in found.warnings)


@pytest.mark.parametrize("keep", ["exact", "none"])
def test_a_crumb_that_touches_nothing_is_dropped(
    engine: Engine, part: TriangleMesh, monkeypatch: pytest.MonkeyPatch, keep: str
) -> None:
    with_ball(monkeypatch, 0.02)
    found = engine.complete(part, keep=keep, **QUICK)
    (kept,) = found.hypotheses
    assert kept.mesh.vertices[:, 0].max() < 0.37
    assert kept.floating_share == 0.0
    assert not any("touches nothing" in each for each in found.warnings)
    given = kept.observed_vertices
    assert np.array_equal(kept.mesh.vertices[:given], part.vertices[:given])
    assert given == (len(part.vertices) if keep == "exact" else 0)
    assert len(kept.is_observed) == len(kept.mesh.vertices) == len(kept.confidence)
