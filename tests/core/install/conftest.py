"""A bundle of tiny wheels, and installers to give it to."""

import pytest

from core.install import messages
from tests.core.install.tiny import Process, describe, engine_files, make_wheel


@pytest.fixture
def bundle(tmp_path):
    """A bundle whose engine is a few empty modules."""
    folder = tmp_path / "the bundle"
    make_wheel(folder / "wheels", "engine", engine_files())
    (folder / "models").mkdir()
    (folder / "models" / "mine.safetensors").write_bytes(b"weights")
    return describe(folder)


@pytest.fixture
def start(tmp_path):
    """Starts installers, and ends them after the test."""
    started = []

    def start_one(request, **options):
        started.append(Process(tmp_path / f"events {len(started)}", request, **options))
        return started[-1]

    yield start_one
    for each in started:
        each.process.stdin.close()
        each.process.wait(10)


@pytest.fixture
def order(tmp_path, bundle):
    """Asks for an installation from the bundle, into a folder with spaces and foreign letters."""
    place = tmp_path / "Zoë's файлы 模型"
    return messages.InstallBundle(str(place / "rt"), str(bundle), str(place / "models"))
