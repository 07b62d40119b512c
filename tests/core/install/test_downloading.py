"""Wheels through the real pip, from an index that is a folder, checked against a lock file."""

import hashlib
import os
import re
from pathlib import Path

import pytest

from core.install import asking, downloading, locks, making, messages, runtimes
from core.install.programs import Programs
from tests.core.install.tiny import FAKE_TORCH, engine_files, make_wheel


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        ("ERROR: No matching distribution found for torch==2.13.0", "paste the address after"),
        ("ERROR: Cannot install torch==2.13.0 because these", "paste the address after"),
        ("OSError: [Errno 28] No space left on device", "is full; free some space"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM", "not the one that Isoform was tested"),
        ("Max retries exceeded with url: /simple", "cannot reach its package index"),
        ("ReadTimeoutError: Read timed out.", "cannot reach its package index"),
        ("WARNING: a\nERROR: something new\n", r"pip failed \(ERROR: something new\); see the log"),
        ("", r"pip failed \(no message\)"),
    ],
)
def test_what_pip_says_becomes_one_sentence(tmp_path: Path, printed: str, sentence: str) -> None:
    assert re.search(sentence, downloading.sentence_of(printed, "cuda", tmp_path))


class Index:
    """A package index in a folder, and lock files for what it has."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.locks = folder / "simple", folder / "locks"
        self.locks.mkdir()
        files = engine_files()
        torch = {name: text for name, text in files.items() if name.startswith("torch/")}
        self.add("torch", torch, "2.13.0")
        self.engine = self.add("engine", {k: v for k, v in files.items() if k not in torch}, "1.0")
        self.write("engine", self.engine)

    def add(self, name: str, files: dict[str, str], version: str) -> Path:
        """Adds a project to the index; its wheel."""
        wheel = make_wheel(self.folder / name, name, files, version)
        link = f'<a href="{wheel.name}">{wheel.name}</a>'
        (self.folder / name / "index.html").write_text(f"<!DOCTYPE html><html>{link}</html>")
        return wheel

    def write(self, name: str, wheel: Path, digest: str = "") -> None:
        """Writes a lock file with the wheel's hash, or another."""
        digest = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
        project, version = wheel.name.split("-")[:2]
        sizes = "# download_bytes = 1000\n# disk_bytes = 3000\n"
        pin = f"{project}=={version} --hash=sha256:{digest}\n"
        (self.locks / f"{name}.txt").write_text(sizes + pin)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """An index that pip is configured to, and lock files for it alone."""
    made = Index(tmp_path)
    for name in [each for each in os.environ if each.startswith("PIP_")]:
        monkeypatch.delenv(name)
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {made.folder.as_uri()}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("PIP_REQUIRE_VIRTUALENV", "1")
    monkeypatch.setattr(locks, "FOLDER", made.locks)
    return made


def install(folder: Path, wheel_index: str = "") -> messages.Runtime:
    """Installs for the CPU, in this process."""
    programs = Programs(lambda: False)
    meter = making.Meter(lambda _progress: None, lambda: False)
    order = messages.Install(str(folder), "cpu", wheel_index)
    return making.install(order, programs, meter)


@pytest.mark.slow
def test_a_runtime_is_made_from_the_configured_index(tmp_path: Path, index: Index) -> None:
    torch = next((index.folder / "torch").glob("*.whl"))
    index.write("linux-cpu", torch)
    runtime = install(tmp_path / "rt")
    assert runtime.torch == "2.13.0+cpu"
    environment, found = runtimes.current(tmp_path / "rt")
    assert found == runtime
    assert not (environment / "download").exists()
    log = (tmp_path / "rt" / runtimes.LOG).read_text()
    assert "--require-hashes" in log
    # and with a file that is not the one of the lock, the old one stays
    index.write("engine", index.engine, "0" * 64)
    with pytest.raises(asking.InstallError, match="not the one that Isoform was tested with"):
        install(tmp_path / "rt")
    assert runtimes.current(tmp_path / "rt")[1] == runtime
    assert len(list((tmp_path / "rt").glob("*-*"))) == 1


@pytest.mark.slow
def test_torch_may_come_from_an_index_that_the_artist_names(tmp_path: Path, index: Index) -> None:
    (tmp_path / "named").mkdir()
    other = Index(tmp_path / "named")
    files = {"torch/__init__.py": FAKE_TORCH.replace("+cpu", "+xyz")}
    other.add("torch", files, "2.13.0+xyz")
    (index.locks / "linux-cpu.txt").write_text("torch==2.13.0\n")
    with pytest.raises(asking.InstallError, match="paste the address after --index-url"):
        install(tmp_path / "rt", (tmp_path / "nothing").as_uri())
    assert install(tmp_path / "rt", other.folder.as_uri()).torch == "2.13.0+xyz"
