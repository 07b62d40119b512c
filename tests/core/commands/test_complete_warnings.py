"""The command `complete`: what is said of every shape; completing has tests of its own."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.__main__ import main
from core.meshes import TriangleMesh

OPEN = TriangleMesh(
    np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32),
    np.array([[0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32),
)
"""A tetrahedron without its floor."""


def shape(*warnings: str) -> SimpleNamespace:
    """A completion that adds nothing to `OPEN`."""
    return SimpleNamespace(
        mesh=OPEN,
        normals=OPEN.vertices,
        code=np.zeros(2, np.float32),
        pose=SimpleNamespace(heading_rad=0.0, scale=1.0, offset=(0.0, 0.0, 0.0)),
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

    def complete(self, observed: TriangleMesh, **options: object) -> SimpleNamespace:
        return SimpleNamespace(
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
    monkeypatch.setattr("core.pipeline.Engine", FakeEngine)
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
