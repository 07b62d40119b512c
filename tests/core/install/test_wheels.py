"""Wheels are unpacked where Python looks for them, and nowhere else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from core.errors import InstallError
from core.install import machine, wheels
from tests.core.install.tiny import make_wheel, site_packages


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment without pip."""
    place = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    return place


def everything_in(folder: Path) -> set[str]:
    """Relative paths of all files."""
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if not each.is_dir()}


def test_an_unpacked_module_is_imported_and_its_version_known(
    tmp_path: Path, environment: Path
) -> None:
    wheel = make_wheel(tmp_path, "greeting", {"greeting/__init__.py": "word = 'hello'\n"})
    counted: list[int] = []
    wheels.unpack([wheel], environment, counted.append)
    assert sum(counted) == wheels.unpacked_bytes([wheel])
    words = "import greeting, importlib.metadata as m; print(greeting.word, m.version('greeting'))"
    command = [machine.interpreter_of(environment), "-I", "-c", words]
    assert subprocess.check_output(command, text=True) == "hello 1.0\n"


def test_files_of_a_wheels_data_go_to_their_places(tmp_path: Path, environment: Path) -> None:
    files = {
        "a-1.0.data/data/share/man/a.1": "manual",
        "a-1.0.data/scripts/a": "#!python",
        "a-1.0.data/purelib/a/pure.py": "",
        "a-1.0.data/headers/a.h": "",
    }
    wheels.unpack([make_wheel(tmp_path, "a", files)], environment, lambda _count: None)
    assert (environment / "share/man/a.1").read_text() == "manual"
    assert machine.interpreter_of(environment).with_name("a").exists()
    assert (site_packages(environment) / "a" / "pure.py").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../outside.txt",
        "a/../../../../../outside.txt",
        "/tmp/outside.txt",
        "C:/outside.txt",
        "..\\outside.txt",
        "a-1.0.data/data/../../outside.txt",
        "a-1.0.data/everywhere/outside.txt",
    ],
)
def test_a_name_that_leads_outside_is_refused(tmp_path: Path, environment: Path, name: str) -> None:
    wheel = make_wheel(tmp_path / "wheels", "a", {name: "escaped"})
    before = everything_in(tmp_path)
    with pytest.raises(InstallError, match=r"a-1\.0-.* would write outside of its folder"):
        wheels.unpack([wheel], environment, lambda _count: None)
    assert everything_in(tmp_path) == before
    assert not Path("/tmp/outside.txt").exists()


def test_a_link_in_a_wheel_becomes_a_file(tmp_path: Path, environment: Path) -> None:
    wheel = make_wheel(tmp_path, "a", {"a/other.py": ""})
    with zipfile.ZipFile(wheel, "a") as archive:
        link = zipfile.ZipInfo("a/link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc")
        archive.writestr("a/link2/passwd", "")
    wheels.unpack([wheel], environment, lambda _count: None)
    link = site_packages(environment) / "a" / "link"
    assert not link.is_symlink()
    assert link.read_text() == "/etc"


def test_a_truncated_wheel_is_one_clear_sentence(tmp_path: Path, environment: Path) -> None:
    wheel = make_wheel(tmp_path, "a", {"a.py": "x = 1\n" * 1000})
    wheel.write_bytes(wheel.read_bytes()[:-50])
    with pytest.raises(InstallError, match=r"is no whole wheel .*; fetch or copy it again"):
        wheels.unpack([wheel], environment, lambda _count: None)


def test_a_damaged_wheel_is_one_clear_sentence(tmp_path: Path, environment: Path) -> None:
    wheel = make_wheel(tmp_path, "a", {"a.py": "x = 1\n" * 1000})
    packed = bytearray(wheel.read_bytes())
    packed[200] ^= 0xFF
    wheel.write_bytes(packed)
    with pytest.raises(InstallError, match="is no whole wheel"):
        wheels.unpack([wheel], environment, lambda _count: None)
