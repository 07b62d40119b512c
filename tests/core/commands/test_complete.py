"""The command `complete`: what it writes and says, on a tiny model."""

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh

from core import options
from core.__main__ import main
from core.batch import settings_of


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """Two boxes that overlap."""
    boxes = [trimesh.creation.box(), trimesh.creation.box(bounds=[[0, 0, 0], [2, 0.2, 0.2]])]
    path = tmp_path / "whole.obj"
    trimesh.util.concatenate(boxes).export(path)
    return path


def words(model: Path, given: Path, *more: str) -> list[str]:
    chosen = ["--model", str(model), "--device", "cpu", "--resolution", "32"]
    return ["complete", str(given), "--output", str(given.with_name("out.ply")), *chosen, *more]


def test_a_whole_mesh_is_written_as_it_was_with_a_sentence(
    tiny_model: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(tiny_model, whole)) == options.DONE
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "isoform: the mesh is whole: nothing of its surface is missing" in said.err
    assert ": unchanged, 24 triangles, closed, 0% invented" in said.out
    given, made = trimesh.load(whole, process=False), trimesh.load(whole.with_name("out.ply"))
    np.testing.assert_allclose(made.bounds, given.bounds)


def test_anyway_has_the_model_look_at_it(
    tiny_model: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(tiny_model, whole, "--anyway", "--json")) == options.DONE
    said = capsys.readouterr()
    assert "nothing of its surface is missing" not in said.err
    assert json.loads(said.out)["category"] in ("chair", "lamp")


def test_points_that_the_model_does_not_know_are_a_failure(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ring = trimesh.creation.torus(0.4, 0.05)
    given = tmp_path / "ring.ply"
    trimesh.PointCloud(trimesh.sample.sample_surface(ring, 1000, seed=0)[0]).export(given)
    assert main(words(tiny_model, given, "--pose", "canonical")) == options.FAILED
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("isoform: the points look like nothing that the model knows")
    assert said.err.count("\n") == 1
    assert not given.with_name("out.ply").exists()


@pytest.mark.parametrize("more", [(), ("--anyway",)])
def test_anyway_is_a_setting_that_a_batch_goes_on_with(more: tuple[str, ...]) -> None:
    parser = options.Parser()
    options.add_batch(options.commands_of(parser))
    given = parser.parse_args(["batch", "in", "--output", "out", "--inputs", "meshes", *more])
    assert settings_of(options.meshes_asked(given))["anyway"] is bool(more)
