"""The command `complete`: what it writes and says, on a tiny model."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import trimesh

from core.__main__ import main
from core.batch.running import settings_of
from core.cli import options
from core.frames import UprightPose
from core.meshes import TriangleMesh
from core.operations.completed import Completed
from core.operations.completing import Completion
from core.worker.protocol import Complete


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
    assert settings_of(options.template_given(Complete, given))["anyway"] is bool(more)


OPEN = TriangleMesh(
    np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32),
    np.array([[0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32),
)
"""A tetrahedron without its floor."""


def shape(*warnings: str) -> Completed:
    """A completion that adds nothing to `OPEN`."""
    return Completed(
        mesh=OPEN,
        code=np.zeros(2, np.float32),
        pose=UprightPose(0.0, 1.0, (0.0, 0.0, 0.0)),
        observed_vertices=4,
        observed_faces=3,
        is_observed=np.ones(4, bool),
        confidence=np.ones(4, np.float32),
        is_closed=False,
        widest_gap_m=0.0,
        invented_share=0.0,
        warnings=warnings,
    )


class FakeEngine:
    """Finds two shapes, each with a warning of its own."""

    def __init__(self, model: str, device: str) -> None:
        self.device = SimpleNamespace(type="cpu")

    def complete(self, observed: TriangleMesh, **options: object) -> Completion:
        return Completion(
            hypotheses=(shape("it has a gap"), shape("it floats")),
            category="chair",
            confidence=0.25,
            seconds={"latent": 0.5},
            warnings=("the heading is ambiguous", "it has a gap"),
            is_unchanged=False,
        )


def test_every_warning_is_on_stderr_and_in_the_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("core.operations.engine.Engine", FakeEngine)
    (tmp_path / "part.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    words = ["complete", str(tmp_path / "part.obj"), "--output", str(tmp_path / "out.ply")]
    assert main([*words, "--hypotheses", "2", "--json"]) == 0
    said = capsys.readouterr()
    other = tmp_path / "out.2.ply"
    assert said.err.splitlines() == [
        "isoform: the heading is ambiguous",
        "isoform: it has a gap",  # the best shape's are among the completion's
        f"isoform: {other}: it floats",
    ]
    answer = json.loads(said.out)
    assert answer["confidence"] == 0.25
    assert answer["warnings"] == ["the heading is ambiguous", "it has a gap"]
    assert [each["warnings"] for each in answer["hypotheses"]] == [["it has a gap"], ["it floats"]]
