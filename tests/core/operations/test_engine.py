"""The face for scripts: what it takes and refuses, on a tiny model."""

import inspect
from pathlib import Path

import numpy as np
import pytest

from core.devices import available_devices
from core.errors import Cancelled, InputError, ModelFileError, OutOfMemoryError
from core.models.card import ZOO, model_path
from core.operations.engine import Engine
from core.operations.results import Result
from core.operations.settings import COMPLETE, RECONSTRUCT, Operation
from core.operations.settings.setting import values_of
from core.operations.zoo import shipped_models

RESOLUTION = 40


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> Engine:
    return Engine(tiny_model, "cpu")


@pytest.fixture(scope="module")
def result(engine: Engine, chair_file: Path) -> Result:
    return engine.reconstruct([chair_file], resolution=RESOLUTION)


def test_a_result_s_code_decodes_to_its_mesh(engine: Engine, result: Result) -> None:
    mesh = engine.decode(result.code, resolution=RESOLUTION)
    assert np.array_equal(mesh.vertices, result.mesh.vertices)
    assert np.array_equal(mesh.faces, result.mesh.faces)


def test_a_code_of_another_model_is_refused(engine: Engine) -> None:
    with pytest.raises(InputError, match=r"has codes of 8 entries; found shape \(9,\)"):
        engine.decode(np.zeros(9, np.float32))


@pytest.mark.parametrize("asked_before", [0, 1, 3, 6])
def test_cancelling_ends_the_work(engine: Engine, chair_file: Path, asked_before: int) -> None:
    asked = iter(range(1000))
    with pytest.raises(Cancelled):
        engine.reconstruct(
            [chair_file], resolution=RESOLUTION, cancelled=lambda: next(asked) >= asked_before
        )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"category": "spaceship"}, "'spaceship' is unknown .* choose one of auto, chair, lamp"),
        ({"resolution": 0}, "resolution must lie between 8 and 1024; found 0"),
        ({"resolution": 100_000}, "resolution must lie between 8 and 1024; found 100000"),
        ({"target_faces": 3}, "must be at least 4; found 3"),
        ({"seed": -1}, "the seed must not be negative; found -1"),
    ],
)
def test_unusable_options_are_refused(
    engine: Engine, chair_file: Path, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        engine.reconstruct([chair_file], **options)


@pytest.mark.parametrize("operation", [RECONSTRUCT, COMPLETE], ids=lambda each: each.name)
def test_the_python_face_has_the_declared_settings_with_their_defaults(
    operation: Operation,
) -> None:
    parameters = inspect.signature(getattr(Engine, operation.name)).parameters
    given = {"self", "pictures", "observed", "progress", "cancelled"}
    defaults = {name: each.default for name, each in parameters.items() if name not in given}
    assert defaults == values_of(operation.settings(), "work")


def test_no_picture_is_refused(engine: Engine) -> None:
    with pytest.raises(InputError, match="there is no picture; give at least one"):
        engine.reconstruct([])


def test_lack_of_memory_names_the_resolution(
    engine: Engine, chair_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("core.operations.extracting.extract_surface", fail)
    with pytest.raises(OutOfMemoryError, match="cpu has too little free memory for resolution 40"):
        engine.reconstruct([chair_file], resolution=RESOLUTION)


def test_models_are_names_of_the_zoo_or_paths(tmp_path: Path) -> None:
    assert model_path("starter") == ZOO / "starter.safetensors"
    assert model_path("mine.safetensors") == Path("mine.safetensors")
    assert model_path(tmp_path / "mine") == tmp_path / "mine"


def test_unusable_models_are_refused(tmp_path: Path, tiny_model: Path) -> None:
    with pytest.raises(ModelFileError, match="there is no model file"):
        Engine("nothing", "cpu")
    truncated = tmp_path / "short.safetensors"
    truncated.write_bytes(tiny_model.read_bytes()[:5000])
    with pytest.raises(ModelFileError, match="truncated"):
        Engine(truncated, "cpu")


def test_shipped_models_have_cards() -> None:
    names = [card.name for card in shipped_models()]
    assert names == sorted(path.stem for path in ZOO.glob("*.safetensors"))


@pytest.mark.gpu
@pytest.mark.skipif(available_devices() == ("cpu",), reason="there is no accelerator here")
def test_an_accelerator_gives_the_cpu_s_shape(tiny_model: Path, chair_file: Path) -> None:
    on_cpu = Engine(tiny_model, "cpu").reconstruct([chair_file], resolution=RESOLUTION)
    there = Engine(tiny_model).reconstruct([chair_file], resolution=RESOLUTION)
    np.testing.assert_allclose(there.code, on_cpu.code, atol=1e-3)
    np.testing.assert_allclose(there.mesh.bounds, on_cpu.mesh.bounds, atol=1e-2)
