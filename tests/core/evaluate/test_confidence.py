"""Judging confidences: results are good by their best yaw, whatever they say of themselves."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
import trimesh

from core.__main__ import main
from core.errors import EmptySurfaceError
from core.evaluate.confidence import (
    DRAWN_PX,
    YAWS,
    confidence_text,
    drawn_by_category,
    f_score_at_best_heading,
    judged,
    picture_of,
    turned_in_cube,
)
from core.geometry.surface_samples import sample_surface
from core.meshes import TriangleMesh
from core.train.assets import list_assets, load_asset


@dataclass
class Made:
    mesh: TriangleMesh
    first_guess: np.ndarray
    category: str
    confidence: float
    warnings: tuple[str, ...]


def answering(mesh, confidence, warnings=()):
    """What reconstructs one mesh from every picture."""
    return lambda picture: Made(mesh, np.zeros(2, np.float32), "box", confidence, warnings)


def refusing(picture):
    raise EmptySurfaceError("the field never crosses the iso-level")


def box(*sides):
    mesh = trimesh.creation.box(extents=sides)
    return TriangleMesh.from_arrays(mesh.vertices, mesh.faces)


def test_a_result_that_is_turned_is_as_good_as_one_that_is_not():
    generator = np.random.default_rng(0)
    upright = box(1.0, 0.3, 0.5)
    truth = sample_surface(upright, 4000, generator).points
    turned = TriangleMesh.from_arrays(turned_in_cube(upright.vertices, YAWS // 4), upright.faces)
    assert np.allclose(np.ptp(turned.vertices, axis=0), [0.3, 1.0, 0.5], atol=1e-6)
    # 4,000 points on an area of 1.9 lie 0.02 apart: a few are missed
    assert f_score_at_best_heading(turned, truth, generator) > 0.85
    assert f_score_at_best_heading(box(0.3, 0.3, 1.0), truth, generator) < 0.4


def test_points_that_are_turned_stay_in_the_unit_cube():
    points = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    for yaw in range(0, YAWS, 5):
        turned = turned_in_cube(points, yaw)
        assert np.ptp(turned, axis=0).max() == pytest.approx(1, abs=1e-6)
        assert np.abs(turned).max() == pytest.approx(0.5, abs=1e-6)


def test_pictures_of_shapes_without_renders_are_drawn(library, tmp_path):
    asset = next(each for each in list_assets(library) if each.category == "can")
    with_renders = picture_of(asset, load_asset(asset), np.random.default_rng(0))
    assert with_renders.shape == (32, 32, 4)
    (tmp_path / "can").mkdir()
    (tmp_path / "can" / asset.path.name).write_bytes(asset.path.read_bytes())
    alone = list_assets(tmp_path)[0]
    drawn = picture_of(alone, load_asset(alone), np.random.default_rng(0))
    assert drawn.shape == (DRAWN_PX, DRAWN_PX, 4)
    assert set(np.unique(drawn[..., 3])) == {0.0, 1.0}
    assert drawn.min() >= 0
    assert drawn.max() <= 1


def test_at_most_so_many_of_every_category_are_drawn(library):
    drawn = drawn_by_category(list_assets(library), 2, seed=0)
    assert [each.category for each in drawn] == ["box", "box", "can", "can"]
    assert drawn == drawn_by_category(list_assets(library), 2, seed=0)


def test_the_truth_is_good_and_a_refusal_is_neither_good_nor_warned_of(library):
    asset = list_assets(library)[0]
    good = answering(load_asset(asset), 0.9)
    bad = answering(box(0.1, 0.1, 1.0), 0.1, ("the shape is torn",))
    rows = [next(judged(each, [asset], 0)) for each in (good, bad, refusing)]
    assert [row.is_good for row in rows] == [True, False, False]
    text = confidence_text(rows)
    assert "good: 1 results, 0% of them with a warning" in text
    assert "not good: 1 results, 100% of them with a warning" in text
    assert "refused: 1 of 3" in text


def test_the_command_prints_a_curve_or_a_line_per_picture(library, tiny_model, tmp_path, capsys):
    sheet = tmp_path / "sheet.png"
    options = ["--model", str(tiny_model), "--resolution", "16", "--per-category", "1"]
    assert main(["evaluate-confidence", str(library), *options, "--sheet", str(sheet)]) == 0
    assert "calibration error" in capsys.readouterr().out
    assert sheet.exists()
    assert main(["evaluate-confidence", str(library), *options, "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["asset"].split("/")[0] for line in lines] == ["box", "can"]
    assert all(0 <= line["confidence"] <= 1 for line in lines)


def test_a_folder_of_training_shapes_alone_is_refused(tiny_model, tmp_path, library, capsys):
    from core.models.checkpoint import read_model_file

    category, name = read_model_file(tiny_model).card.trained_on["train"][0].split("/")
    (tmp_path / category).mkdir()
    mesh = next(library.glob("*/*.ply"))
    (tmp_path / category / f"{name}.ply").write_bytes(mesh.read_bytes())
    assert main(["evaluate-confidence", str(tmp_path), "--model", str(tiny_model)]) == 2
    assert "was trained on all of" in capsys.readouterr().err
