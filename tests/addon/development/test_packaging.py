"""The package: what it holds, what is refused, and its installation from a hosted repository."""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import build
from tests.addon.blenders import blender

packaging = build.development("packaging")


@pytest.fixture(scope="module", autouse=True)
def _environment() -> Iterator[None]:
    """The environment of the test run serves; none is set up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "environment", lambda: Path(sys.executable))
        patch.setattr(build, "ENVIRONMENT", Path(sys.prefix))
        yield


@pytest.fixture(scope="module")
def package(archive: Path) -> Path:
    """The package of the checkout, made once and away from dist."""
    return archive


def test_a_copy_without_git_is_not_staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "ROOT", tmp_path)
    with pytest.raises(build.BuildError, match=r"git lists no files of .* clone the repository"):
        packaging.stage(tmp_path / "stage")


UNSHIPPED = "addon/development/packaging.py"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small repository of its own with everything committed, taken for the checkout."""
    root = tmp_path / "checkout"
    (root / "addon" / "development").mkdir(parents=True)
    (root / "core").mkdir()
    shutil.copy(build.ROOT / "blender_manifest.toml", root)
    for name in ("LICENSE", "addon/__init__.py", "core/__init__.py", UNSHIPPED):
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
    (checkout / UNSHIPPED).write_text("# changed\n")
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


def test_the_models_that_ship_have_20_megabytes_at_most() -> None:
    models = [*(Path(__file__).parents[3] / "core/zoo").iterdir()]
    assert sum(path.stat().st_size for path in models) <= 20_000_000


def test_the_package_holds_what_git_tracks_and_nothing_else(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
    assert names == sorted(names)
    assert {"__init__.py", "blender_manifest.toml", "LICENSE"} <= set(names)
    assert {"addon/__init__.py", "core/worker/server.py"} <= set(names)
    assert not [name for name in names if name.startswith(packaging.NOT_SHIPPED)]
    strange = [
        name for name in names if name.split("/")[0] not in {*packaging.SHIPPED, "__init__.py"}
    ]
    assert strange == []
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_nothing_is_packed_larger_than_zipfile_packs_it(package: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.zip"
    with (
        zipfile.ZipFile(package) as archive,
        zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as other,
    ):
        for name in archive.namelist():
            other.writestr(name, archive.read(name))
        sizes = {each.filename: each.compress_size for each in archive.infolist()}
        plainly = {each.filename: each.compress_size for each in other.infolist()}
    assert [name for name, size in sizes.items() if size > plainly[name]] == []
    weights = [name for name in sizes if name.endswith(packaging.WEIGHTS)]
    assert weights
    for name in weights:
        assert sizes[name] < 0.995 * plainly[name]  # 0.9915 of the starter model


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


@pytest.mark.blender
@pytest.mark.parametrize("name", ["4.2", "4.5", "5.0", "full"])
def test_the_package_installs_from_the_hosted_repository(
    package: Path, tmp_path: Path, name: str
) -> None:
    user = tmp_path / "user"
    user.mkdir()
    index = package.parent / "repository" / "index.json"
    said = blender(name, user).install_from(index.as_uri())
    assert 'Installed "isoform"' in said
    assert (user / "extensions" / "studio" / "isoform" / "blender_manifest.toml").is_file()


def test_a_newer_full_blender_checks_the_package_and_nothing_is_set_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packaging, "works", lambda command: True)
    monkeypatch.setattr(packaging, "full_blender", lambda: ("/opt/blender", (99, 0)))
    monkeypatch.delattr(build, "environment")
    assert packaging.extension_command() == (["/opt/blender", "--command", "extension"], [])


def test_an_older_or_crippled_full_blender_leaves_the_check_to_the_module(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for version, answers in (((4, 2), True), ((99, 0), False)):
        monkeypatch.setattr(packaging, "works", lambda command, answers=answers: answers)
        monkeypatch.setattr(
            packaging, "full_blender", lambda version=version: ("/opt/blender", version)
        )
        command, tags = packaging.extension_command()
        assert command[1].name == "blender_ext.py"
        assert Path(tags[0].partition("=")[2]).is_file()


def test_a_full_blender_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(build.BLENDERS, sys.executable)
    with pytest.raises(build.BuildError, match=r"ISOFORM_BLENDER names no Blender .* or unset it"):
        packaging.full_blender()


def test_without_a_blender_or_a_screen_the_window_is_left_out_with_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (build.BLENDERS, "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", {}.get)
    assert packaging.blender_with_window() == ""
    assert "there is no blender on the PATH" in capsys.readouterr().out
    monkeypatch.setattr(shutil, "which", {"blender": "/opt/blender"}.get)
    monkeypatch.setattr(packaging, "output_of", lambda command: "Blender 5.2.2 LTS\n")
    assert packaging.blender_with_window() == ""
    assert "there is no screen here, and no xvfb-run" in capsys.readouterr().out
    monkeypatch.setenv("DISPLAY", ":0")
    assert packaging.blender_with_window() == "/opt/blender"
