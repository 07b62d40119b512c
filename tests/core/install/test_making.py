"""A runtime is made whole, or what was there before stays; from an index that is a folder."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import Cancelled
from core.install import asking, locks, making, messages, runtimes
from core.install.programs import Programs
from tests.core.install.tiny import FAKE_TORCH, engine_files, make_wheel


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


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The time, which a test sets."""
    now_s = [0.0]
    with monkeypatch.context() as patch:
        patch.setattr(making.time, "monotonic", lambda: now_s[0])
        yield now_s


def test_bytes_are_counted_over_the_stages_and_told_a_few_times_a_second(
    clock: list[float],
) -> None:
    told: list[messages.Progress] = []
    meter = making.Meter(told.append, lambda: False)
    meter.expect(100)
    meter.begin("Checking")
    for _ in range(10):
        meter.add(4)
    assert [each.fraction for each in told] == [0.0]
    clock[0] = 4.0
    meter.add(0)
    assert (told[-1].stage, told[-1].fraction) == ("Checking", 0.4)
    assert told[-1].eta_s == pytest.approx(6.0)  # 40 took 4 s
    meter.begin("Unpacking")
    clock[0] = 5.0
    meter.reach(10)
    assert told[-1] == messages.Progress("Unpacking", 0.5, 5.0)


def test_a_count_never_falls_back_and_ends_at_the_whole(clock: list[float]) -> None:
    told: list[messages.Progress] = []
    meter = making.Meter(told.append, lambda: False)
    meter.expect(100)
    meter.begin("Downloading")
    for count in (50, 20, 300):
        clock[0] += 1.0
        meter.reach(count)
    assert [each.fraction for each in told] == [0.0, 0.5, 0.5, 1.0]
    assert {each.eta_s for each in told} == {None}  # so early nobody can say


def test_a_cancel_is_heard_while_bytes_are_counted() -> None:
    meter = making.Meter(lambda _progress: None, lambda: True)
    with pytest.raises(Cancelled, match="nothing was changed"):
        meter.add(1)
