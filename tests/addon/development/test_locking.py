"""Lock files are written from what pip says, whole or not at all."""

import hashlib
import re

import pytest

import build
from tests.core.install.tiny import make_wheel

locking = build.development("locking")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where lock files go."""
    monkeypatch.setattr(locking, "FOLDER", tmp_path / "locks")
    (tmp_path / "locks").mkdir()
    return tmp_path / "locks"


def wheel(tmp_path, project, version, digest, megabytes=1):
    """A wheel as pip reports it, with a file of that size."""
    path = tmp_path / f"{project}-{version}-{digest}.whl"
    path.write_bytes(bytes(megabytes * 1_000_000))
    return locking.Wheel(project, version, digest * 64, path.as_uri())


def test_a_project_is_pinned_once_with_the_hashes_of_all_platforms(folder, tmp_path):
    found = {
        ("linux", "3.11"): [wheel(tmp_path, "a", "1.0", "1"), wheel(tmp_path, "b", "2.0", "2", 3)],
        ("macos", "3.13"): [wheel(tmp_path, "a", "1.0", "3")],
    }
    locking.write("engine", "All.", found)
    text = (folder / "engine.txt").read_text()
    assert text.splitlines()[1] == "# download_bytes = 4000000"
    assert re.findall(r"^\w+==\S+", text, re.MULTILINE) == ["a==1.0", "b==2.0"]
    assert text.count("--hash=sha256:") == 3


def test_two_versions_of_one_project_are_refused(folder, tmp_path):
    found = {
        ("linux", "3.11"): [wheel(tmp_path, "a", "1.0", "1")],
        ("linux", "3.13"): [wheel(tmp_path, "a", "1.1", "2")],
    }
    with pytest.raises(build.BuildError, match="engine: pip takes several versions of a, for"):
        locking.write("engine", "All.", found)
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_pip_is_asked_for_the_wheels_of_other_pythons(tmp_path, monkeypatch):
    made = make_wheel(tmp_path, "greeting", {"greeting.py": ""})
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    (found,) = locking.resolve(["greeting==1.0"], "windows", "3.13")
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    assert found == locking.Wheel("greeting", "1.0", digest, made.as_uri())
    assert locking.bytes_of(found) == made.stat().st_size
    with pytest.raises(build.BuildError, match=r"no wheels of farewell==1\.0 for macos"):
        locking.resolve(["farewell==1.0"], "macos", "3.13")
