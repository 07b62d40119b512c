"""The package: what it holds, what is refused, and its installation in real Blenders."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import build

packaging = build.beside_addon("packaging")

INSTALL_AND_ENABLE = """
import sys

import bpy

archive = sys.argv[-1]
bpy.ops.extensions.package_install_files(
    filepath=archive, repo="user_default", enable_on_install=True
)
name = "bl_ext.user_default.isoform"
assert bpy.context.preferences.addons[name].preferences is not None
assert "filepath" in bpy.ops.isoform.reconstruct.get_rna_type().properties
bpy.ops.preferences.addon_disable(module=name)
assert not hasattr(bpy.types, "ISOFORM_OT_reconstruct")
print("installed and enabled in", bpy.app.version_string)
"""


@pytest.fixture(scope="module", autouse=True)
def _environment() -> Iterator[None]:
    """The environment of the test run serves; none is set up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "environment", lambda: Path(sys.executable))
        patch.setattr(build, "ENVIRONMENT", Path(sys.prefix))
        yield


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of the checkout, made once and away from dist."""
    return packaging.package(tmp_path_factory.mktemp("dist"), allow_changes=True)


def test_a_copy_without_git_is_not_staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "ROOT", tmp_path)
    with pytest.raises(build.BuildError, match=r"git lists no files of .* clone the repository"):
        packaging.stage(tmp_path / "stage")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small repository of its own with everything committed, taken for the checkout."""
    root = tmp_path / "checkout"
    (root / "addon").mkdir(parents=True)
    (root / "core").mkdir()
    shutil.copy(build.ROOT / "blender_manifest.toml", root)
    for name in ("LICENSE", "addon/__init__.py", "core/__init__.py", *packaging.NOT_SHIPPED):
        (root / name).write_text("# the last commit\n")
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    for command in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "All")):
        subprocess.run(["git", *command], cwd=root, check=True)
    monkeypatch.setattr(build, "ROOT", root)
    return root


@pytest.mark.parametrize("name", ["addon/__init__.py", "core/forgotten.py"])
def test_a_changed_or_forgotten_file_is_named_and_nothing_is_written(
    checkout: Path, tmp_path: Path, name: str
) -> None:
    (checkout / name).write_text("# changed\n")
    with pytest.raises(build.BuildError, match=rf"differ from the last commit:\n.*{name}\ncommit"):
        packaging.package(tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_a_deleted_file_is_named(checkout: Path, tmp_path: Path) -> None:
    (checkout / "core" / "__init__.py").unlink()
    with pytest.raises(build.BuildError, match=r"D core/__init__\.py"):
        packaging.package(tmp_path / "dist")


def test_files_that_are_not_shipped_may_be_changed(checkout: Path, tmp_path: Path) -> None:
    for name in packaging.NOT_SHIPPED:
        (checkout / name).write_text("# changed\n")
    (checkout / "notes.txt").write_text("mine\n")
    assert zipfile.is_zipfile(packaging.package(tmp_path / "dist"))


def test_changed_files_are_packaged_when_asked(checkout: Path, tmp_path: Path) -> None:
    (checkout / "core" / "__init__.py").unlink()
    (checkout / "addon" / "__init__.py").write_text("# changed\n")
    (checkout / "core" / "forgotten.py").write_text("# git knows nothing of it\n")
    with zipfile.ZipFile(packaging.package(tmp_path / "dist", allow_changes=True)) as archive:
        assert archive.read("addon/__init__.py") == b"# changed\n"
        names = {"__init__.py", "LICENSE", "addon/__init__.py", "blender_manifest.toml"}
        assert set(archive.namelist()) == names


def test_a_package_that_blender_refuses_is_not_written(checkout: Path, tmp_path: Path) -> None:
    manifest = checkout / "blender_manifest.toml"
    manifest.write_text(manifest.read_text().replace('"Add Mesh"', '"Sculpture"'))
    with pytest.raises(build.BuildError, match=r"Blender's validation .* failed with exit code"):
        packaging.package(tmp_path / "dist", allow_changes=True)
    assert list((tmp_path / "dist").iterdir()) == []


def test_a_package_that_is_too_large_is_not_written(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packaging, "HIGHEST_BYTES", 100)
    with pytest.raises(
        build.BuildError, match=r"isoform-.*\.zip has 0\.0 MB, and 0 MB are the most"
    ):
        packaging.package(tmp_path / "dist")
    assert list((tmp_path / "dist").iterdir()) == []


def test_the_package_holds_what_git_tracks_and_nothing_else(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
    assert names == sorted(names)
    assert {"__init__.py", "blender_manifest.toml", "LICENSE"} <= set(names)
    assert {"addon/__init__.py", "core/worker.py"} <= set(names)
    assert not {*packaging.NOT_SHIPPED} & set(names)
    strange = [
        name for name in names if name.split("/")[0] not in {*packaging.SHIPPED, "__init__.py"}
    ]
    assert strange == []
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_package_is_small_enough_to_ship(package: Path) -> None:
    assert package.stat().st_size <= packaging.HIGHEST_BYTES


def test_the_repository_lists_the_package_under_its_hash(package: Path) -> None:
    repository = package.parent / "repository"
    assert (repository / package.name).read_bytes() == package.read_bytes()
    assert package.name in (repository / "index.html").read_text()
    (entry,) = json.loads((repository / "index.json").read_text())["data"]
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    assert entry["id"] == "isoform"
    assert entry["archive_url"] == f"./{package.name}"
    assert entry["archive_hash"] == f"sha256:{digest}"


def test_the_same_sources_give_the_same_bytes(package: Path, tmp_path: Path) -> None:
    assert packaging.package(tmp_path, allow_changes=True).read_bytes() == package.read_bytes()


def check_installation(command: list[str], package: Path, tmp_path: Path) -> None:
    """Installs, enables and disables the package in the Blender that `command` starts."""
    script = tmp_path / "install_and_enable.py"
    script.write_text(INSTALL_AND_ENABLE)
    user = {**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "user")}
    run = subprocess.run(
        [*command, str(script), "--", str(package)], env=user, capture_output=True, text=True
    )
    assert "installed and enabled in" in run.stdout, run.stdout + run.stderr


@pytest.mark.blender
def test_the_package_installs_in_blender_5_0(package: Path, tmp_path: Path) -> None:
    check_installation([sys.executable], package, tmp_path)


@pytest.mark.blender
@pytest.mark.skipif("ISOFORM_BLENDER_42" not in os.environ, reason="build.py test --all makes it")
def test_the_package_installs_in_blender_4_2(package: Path, tmp_path: Path) -> None:
    check_installation([os.environ["ISOFORM_BLENDER_42"]], package, tmp_path)


BLENDER, _version = packaging.full_blender()


@pytest.mark.blender
@pytest.mark.skipif(not BLENDER, reason="no full Blender in ISOFORM_BLENDER or on the PATH")
def test_the_package_installs_in_a_full_blender(package: Path, tmp_path: Path) -> None:
    command = [BLENDER, "--background", "--factory-startup", "--python-exit-code", "1", "--python"]
    check_installation(command, package, tmp_path)
