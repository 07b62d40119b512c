"""Where things are: the worker's Python, and folders to write in."""

import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.blender


def test_a_farm_names_its_python(isoform, monkeypatch, tmp_path):
    monkeypatch.setenv("ISOFORM_PYTHON", sys.executable)
    assert isoform.places.worker_python("/chosen/python") == Path(sys.executable)
    monkeypatch.setenv("ISOFORM_PYTHON", str(tmp_path))
    with pytest.raises(isoform.errors.WorkerError, match="that ISOFORM_PYTHON names is not a file"):
        isoform.places.worker_python("")


def test_the_chosen_python_comes_before_all_that_is_installed(isoform, monkeypatch, tmp_path):
    monkeypatch.delenv("ISOFORM_PYTHON", raising=False)
    chosen = tmp_path / "python"
    chosen.touch()
    assert isoform.places.worker_python(str(chosen)) == chosen
    with pytest.raises(
        isoform.errors.WorkerError, match="in the preferences is not a file"
    ) as told:
        isoform.places.worker_python(str(tmp_path))
    assert told.value.remedy == isoform.errors.ANOTHER_PYTHON


def test_where_nothing_is_installed_blender_s_own_python_serves_as_a_module_alone(
    isoform, monkeypatch, tmp_path
):
    monkeypatch.delenv("ISOFORM_PYTHON", raising=False)
    monkeypatch.setattr(isoform.places, "user_folder", lambda: tmp_path)
    assert isoform.places.worker_python("") == Path(sys.executable)
    with monkeypatch.context() as patch:
        patch.setattr(isoform.places.sys, "executable", "")
        with pytest.raises(isoform.errors.WorkerError, match="not installed yet; press") as told:
            isoform.places.worker_python("")
    assert told.value.remedy == isoform.errors.INSTALL_RUNTIME


def test_runtimes_lie_in_the_user_s_folder_where_there_is_one(isoform, monkeypatch, tmp_path):
    monkeypatch.setattr(isoform.places, "user_folder", lambda: None)
    assert isoform.places.runtimes_folder() is None
    monkeypatch.setattr(isoform.places, "user_folder", lambda: tmp_path)
    assert isoform.places.runtimes_folder() == tmp_path / "rt"


def test_folders_of_workers_are_empty_and_their_own(isoform):
    one, other = isoform.places.new_worker_folder(), isoform.places.new_worker_folder()
    assert one != other
    for folder in (one, other):
        assert list(folder.iterdir()) == []
        folder.rmdir()


def test_a_temporary_folder_that_cannot_be_written_is_said(isoform, monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(isoform.places.tempfile, "mkdtemp", full)
    with pytest.raises(isoform.errors.WorkerError, match="No space left on device") as told:
        isoform.places.new_worker_folder()
    assert told.value.remedy == isoform.errors.FREE_DISK


def test_the_version_is_the_manifest_s(isoform):
    manifest = tomllib.loads((isoform.places.ROOT / "blender_manifest.toml").read_text())
    assert isoform.places.version() == manifest["version"]
