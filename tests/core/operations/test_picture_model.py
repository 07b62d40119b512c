"""A model without latent codes: it reconstructs all the way, its results have no code."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from core.__main__ import main
from core.errors import InputError, ModelFileError
from core.field.analytic import sphere
from core.models.architectures import ARCHITECTURES
from core.models.checkpoint import ModelCard, ModelFile, write_model_file
from core.models.protocol import Decoder, PictureAnswer, PictureModel
from core.operations.engine import Engine
from core.tensors import Picture
from core.worker import jobs, protocol
from core.worker.job_messages import Reconstruct

RADIUS = 0.3


class Bubble:
    """Sees a ball in every picture, as large as its file says."""

    architecture = "bubble"
    picture_px = 40

    def __init__(self, radius: float) -> None:
        self.radius = radius

    @classmethod
    def from_file(cls, stored: ModelFile, device: torch.device) -> "Bubble":
        """The model of a file; it has one number."""
        return cls(float(stored.tensors["radius"]))

    def answer(self, framed: Sequence[Picture]) -> PictureAnswer:
        """The same ball for any pictures, and the surer the more there are."""
        return PictureAnswer(sphere(self.radius), "object", 1 - 0.5 ** len(framed))


@pytest.fixture
def bubble_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a `Bubble`, which is an architecture that the table knows for a while."""
    monkeypatch.setitem(ARCHITECTURES, Bubble.architecture, Bubble)
    path = tmp_path / "bubble.safetensors"
    card = ModelCard("bubble", [], {}, {}, {}, "GPL-3.0-or-later", architecture="bubble")
    write_model_file(path, card, {"radius": torch.tensor(RADIUS)})
    return path


@pytest.fixture
def engine(bubble_model: Path) -> Engine:
    return Engine(bubble_model, "cpu")


def test_it_is_a_model_of_the_second_kind() -> None:
    assert isinstance(Bubble(RADIUS), PictureModel)
    assert not isinstance(Bubble(RADIUS), Decoder)


def test_pictures_become_its_field_s_surface_and_no_code(engine: Engine, chair_file: Path) -> None:
    result = engine.reconstruct([chair_file, chair_file], resolution=32, target_faces=500)
    assert (result.code, result.first_guess) == (None, None)
    assert (result.category, result.confidence) == ("object", 0.75)
    assert list(result.seconds) == ["inputs", "prior", "surface", "finish"]
    assert len(result.cutouts) == len(result.signals) == 2
    side = Bubble.picture_px
    assert {cutout.shape for cutout in result.cutouts} == {(side, side, 4)}
    assert result.mesh.is_closed
    assert len(result.mesh.faces) <= 500
    # fewer faces lie up to a hundredth within the ball; float16 rounds the radius
    np.testing.assert_allclose(np.linalg.norm(result.mesh.vertices, axis=1), RADIUS, atol=0.01)


def test_what_needs_a_code_is_refused(engine: Engine, chair_file: Path) -> None:
    mesh = engine.reconstruct([chair_file], resolution=16).mesh
    with pytest.raises(InputError, match="'bubble' has no latent codes; found one of shape"):
        engine.decode(np.zeros(8, np.float32))
    with pytest.raises(ModelFileError, match="no latent codes, so it cannot complete"):
        engine.complete(mesh, resolution=16)
    with pytest.raises(InputError, match=r"'chair' is unknown .* choose one of auto"):
        engine.reconstruct([chair_file], category="chair")


def test_a_job_s_message_carries_an_empty_code(
    engine: Engine, chair_file: Path, tmp_path: Path
) -> None:
    job = Reconstruct(
        job="1",
        folder=str(tmp_path),
        pictures=(str(chair_file),),
        category="auto",
        resolution=16,
        target_faces=None,
        seed=0,
        size_m=1.0,
        model=str(engine.path),
        device="cpu",
    )
    finished = jobs.run(job, engine, lambda stage, fraction: None, lambda: False)
    assert finished.code == ()
    assert protocol.event_from_line(protocol.to_line(finished)) == finished


def test_the_command_says_that_there_is_no_code(
    bubble_model: Path, chair_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "ball.ply"
    given = [str(chair_file), "--output", str(output), "--model", str(bubble_model)]
    assert main(["reconstruct", *given, "--resolution", "16", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["code"] is None
    assert main(["reconstruct", *given, "--resolution", "16"]) == 0
    assert ": object, " in capsys.readouterr().out
