"""What a Python that was chosen says of itself, and which one is refused."""

import sys
import time
from pathlib import Path

import pytest

from core.install import asking, messages

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="plays with POSIX processes")


def pretend(folder: Path, script: str, name: str = "python3") -> Path:
    """A program that the user may choose by mistake."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("echo hello", r"does not answer as a Python does (hello); choose another"),
        ("exit 3", "does not answer as a Python does (exit status 3)"),
        ('echo \'{"version": "3.9.1", "missing": {}}\'', "is Python 3.9.1 and the engine needs"),
        (
            'echo \'{"version": "3.12.1", "missing": {"PIL": "ImportError: no", "torch": "x"}}\'',
            "lacks pillow torch (ImportError: no); install that with its pip",
        ),
        ("echo '[]'; echo '{}'", "does not answer as a Python does"),
    ],
)
def test_another_program_than_a_fit_python_is_refused(
    start, tmp_path: Path, script: str, sentence: str
) -> None:
    answer = start(messages.Probe(str(pretend(tmp_path, script)))).answer()
    assert sentence in answer.sentence


def test_what_is_no_python_is_not_even_started(start, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    other = pretend(tmp_path, f"touch '{witness}'", name="blender")
    assert "is not called python" in start(messages.Probe(str(other))).answer().sentence
    assert not witness.exists()
    missing = start(messages.Probe(str(tmp_path / "none"))).answer()
    assert "there is no Python at" in missing.sentence
    picture = tmp_path / "python.png"
    picture.write_bytes(b"\x89PNG")
    assert "cannot be started" in start(messages.Probe(str(picture))).answer().sentence


def test_a_python_that_hangs_is_ended_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.errors import InstallError
    from core.install.programs import Programs

    monkeypatch.setattr(asking, "LIMIT_S", 0.5)
    python = pretend(tmp_path, f"sleep 60 & echo $! > '{tmp_path}/child'; wait")
    with pytest.raises(InstallError, match="has not answered for 0 s and was ended"):
        asking.ask(python, Programs(lambda: False))
    child = int((tmp_path / "child").read_text())
    time.sleep(0.2)
    assert not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text()


@pytest.mark.slow
def test_a_fit_python_is_described(start) -> None:
    """The environment of the tests has all that the engine needs."""
    for chosen in (Path(sys.executable), Path(sys.prefix)):
        answer = start(messages.Probe(str(chosen))).answer()
        assert isinstance(answer, messages.Runtime), answer
        assert Path(answer.python).parent == Path(sys.executable).parent
        assert answer.version.startswith(f"{sys.version_info[0]}.{sys.version_info[1]}.")
        assert answer.devices[-1] == "cpu"
        assert answer.disk_bytes is None
        assert answer.memory_bytes > 1_000_000_000
