"""The arrow from pictures to a mesh, on a tiny model whose every code is an octahedron."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.doubts import DOUBTFUL_BELOW
from core.errors import EmptySurfaceError
from core.operations.engine import Engine
from core.operations.results import Result
from core.operations.settings import Correction

RESOLUTION = 40


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> Engine:
    return Engine(tiny_model, "cpu")


@pytest.fixture(scope="module")
def result(engine: Engine, chair_file: Path) -> Result:
    return engine.reconstruct([chair_file], resolution=RESOLUTION)


@pytest.fixture(scope="module")
def views(chair_file: Path) -> list[np.ndarray]:
    """The chair from three sides, as far as the encoder is concerned."""
    with Image.open(chair_file) as image:
        rgba = np.asarray(image)
    return [rgba, rgba[::-1].copy(), rgba.transpose(1, 0, 2).copy()]


def test_the_mesh_is_the_octahedron_that_the_model_holds(result: Result) -> None:
    assert result.mesh.is_closed
    # |x| + |y| + |z| = 0.2 sqrt(3), dented by at most a tenth by the code
    sums = np.abs(result.mesh.vertices).sum(axis=1)
    assert np.abs(sums - 0.2 * 3**0.5).max() < 0.1
    assert (np.sum(result.normals * result.mesh.vertices, axis=1) > 0).all()
    np.testing.assert_allclose(np.linalg.norm(result.normals, axis=1), 1, atol=1e-5)


def test_a_result_says_how_it_came_about(result: Result, engine: Engine) -> None:
    assert result.code.shape == (8,)
    assert result.code.dtype == np.float32
    assert result.category in engine.categories
    assert list(result.seconds) == ["inputs", "prior", "surface", "finish"]
    assert all(value >= 0 for value in result.seconds.values())
    assert [cutout.shape for cutout in result.cutouts] == [(128, 128, 4)]
    assert 0 <= result.confidence < DOUBTFUL_BELOW  # it has learned no chairs
    assert len(result.warnings) == 1
    assert "looks like nothing that the model knows" in result.warnings[0]


def test_what_is_doubtful_about_a_picture_is_said_of_that_picture(
    engine: Engine, views: list[np.ndarray]
) -> None:
    cut_off = views[1].copy()
    cut_off[:, : cut_off.shape[1] // 2] = 0
    cut_off = cut_off[:, cut_off.shape[1] // 2 :]
    result = engine.reconstruct([views[0], cut_off], resolution=RESOLUTION)
    (sentence,) = [each for each in result.warnings if each.startswith("picture ")]
    assert sentence.startswith("picture 2: the object is cut off by the picture's edge")
    assert [each.edge_share > 0 for each in result.signals] == [False, True]


def test_the_order_of_pictures_changes_no_bit(engine: Engine, views: list[np.ndarray]) -> None:
    straight = engine.reconstruct(views, resolution=RESOLUTION)
    for order in ([2, 0, 1], [1, 2, 0], [2, 1, 0]):
        other = engine.reconstruct([views[number] for number in order], resolution=RESOLUTION)
        assert np.array_equal(straight.code, other.code)
        assert np.array_equal(straight.mesh.vertices, other.mesh.vertices)
        assert straight.category == other.category


def test_every_picture_counts(engine: Engine, views: list[np.ndarray], result: Result) -> None:
    several = engine.reconstruct(views, resolution=RESOLUTION)
    assert np.abs(several.code - result.code).max() > 1e-4
    same = engine.reconstruct([views[0]] * 3, resolution=RESOLUTION)
    np.testing.assert_allclose(same.code, result.code, atol=1e-5)


def test_a_reconstruction_sees_the_cut_out_that_is_shown(
    engine: Engine, chair_file: Path, result: Result
) -> None:
    cut = engine.cut_out(chair_file, Correction())
    assert 0 < cut.share < 1
    again = engine.reconstruct([cut.picture], resolution=RESOLUTION)
    np.testing.assert_array_equal(again.code, result.code)
    grown = engine.cut_out(chair_file, Correction(grow_px=4)).picture
    other = engine.reconstruct([grown], resolution=RESOLUTION)
    assert np.abs(other.code - result.code).max() > 1e-4


def test_a_category_draws_the_code_to_its_statistics(
    engine: Engine, chair_file: Path, result: Result
) -> None:
    for name in engine.categories:
        given = engine.reconstruct([chair_file], category=name, resolution=RESOLUTION)
        assert given.category == name
        mean = engine.card.statistics[name].mean.numpy()
        assert np.abs(given.code - mean).max() < np.abs(result.code - mean).max()


def test_seeds_vary_the_shape_and_repeat(engine: Engine, chair_file: Path, result: Result) -> None:
    first, again, other = (
        engine.reconstruct([chair_file], seed=seed, resolution=RESOLUTION).code
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3
    assert np.abs(first - result.code).max() > 1e-3


def test_resolution_and_target_change_the_number_of_faces(
    engine: Engine, chair_file: Path, result: Result
) -> None:
    finer = engine.reconstruct([chair_file], resolution=2 * RESOLUTION)
    assert len(finer.mesh.faces) > 3 * len(result.mesh.faces)
    fewer = engine.reconstruct([chair_file], resolution=RESOLUTION, target_faces=500)
    assert len(fewer.mesh.faces) <= 500
    assert fewer.mesh.is_closed


def test_a_target_that_cannot_be_met_is_said(engine: Engine, chair_file: Path) -> None:
    rough = engine.reconstruct([chair_file], resolution=RESOLUTION, target_faces=4)
    assert rough.mesh.is_closed
    told = any("faces are left, not 4" in warning for warning in rough.warnings)
    assert told == (len(rough.mesh.faces) > 4)


def test_progress_runs_through_the_stages(engine: Engine, chair_file: Path) -> None:
    told: list[tuple[str, float]] = []
    engine.reconstruct(
        [chair_file],
        resolution=RESOLUTION,
        progress=lambda stage, fraction: told.append((stage, fraction)),
    )
    assert list(dict.fromkeys(stage for stage, _ in told)) == [
        "inputs",
        "prior",
        "surface",
        "finish",
    ]
    for stage in ("inputs", "prior", "surface", "finish"):
        fractions = [fraction for name, fraction in told if name == stage]
        assert fractions[0] == 0.0
        assert fractions[-1] == 1.0
        assert fractions == sorted(fractions)


def test_a_field_without_surface_is_said(tiny_model: Path, chair_file: Path) -> None:
    engine = Engine(tiny_model, "cpu")
    with torch.no_grad():
        engine.decoder.head[4].bias.fill_(5.0)
    with pytest.raises(EmptySurfaceError, match="never crosses the iso-level"):
        engine.reconstruct([chair_file], resolution=RESOLUTION)
