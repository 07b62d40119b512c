"""Bundles are taken as they were made, or not at all."""

import json
import os
from pathlib import Path

import pytest

from core.errors import InstallError
from core.install import bundles
from tests.core.install.tiny import describe


def check(folder: Path, target: Path) -> list[Path]:
    """The verified copies of a bundle's files."""
    return bundles.copy_verified(folder, bundles.read(folder), target, lambda _count: None)


def test_an_untouched_bundle_is_copied_whole(bundle: Path, tmp_path: Path) -> None:
    copies = check(bundle, tmp_path / "copies")
    assert [each.relative_to(tmp_path / "copies").as_posix() for each in copies] == [
        "models/mine.safetensors",
        "wheels/engine-1.0-py3-none-any.whl",
    ]
    for copy in copies:
        assert copy.read_bytes() == (bundle / copy.relative_to(tmp_path / "copies")).read_bytes()


def damage_one_byte(folder: Path) -> None:
    path = folder / "wheels" / "engine-1.0-py3-none-any.whl"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)


def lose_a_file(folder: Path) -> None:
    (folder / "models" / "mine.safetensors").unlink()


def add_a_file(folder: Path) -> None:
    (folder / "wheels" / "extra.whl").touch()


def link_a_file(folder: Path) -> None:
    path = folder / "models" / "mine.safetensors"
    path.rename(folder / "elsewhere")
    path.symlink_to(folder / "elsewhere")


def link_a_folder(folder: Path) -> None:
    (folder / "wheels").rename(folder / "elsewhere")
    (folder / "wheels").symlink_to(folder / "elsewhere", target_is_directory=True)


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (damage_one_byte, r"changed or damaged since the bundle was made \(SHA-256"),
        (lose_a_file, r"mine\.safetensors of the bundle cannot be read \(No such file"),
        (add_a_file, r"bundle\.json does not list \(wheels/extra\.whl\)"),
        (link_a_file, r"mine\.safetensors is a link, and a bundle holds files alone"),
        (link_a_folder, "wheels is a link, and a bundle holds files alone"),
    ],
)
def test_a_changed_bundle_is_refused(
    bundle: Path, tmp_path: Path, harm: object, sentence: str
) -> None:
    harm(bundle)
    with pytest.raises(InstallError, match=sentence):
        check(bundle, tmp_path / "copies")


@pytest.mark.parametrize(
    "name",
    [
        *("../escaped.whl", "wheels/../../escaped.whl", "/etc/passwd", "C:/windows/x.dll"),
        *("wheels\\..\\x.whl", "wheels/sub/x.whl", "other/x.whl", "wheels/.hidden", "bundle.json"),
    ],
)
def test_a_listed_name_outside_of_the_bundles_folders_is_refused(bundle: Path, name: str) -> None:
    told = json.loads((bundle / bundles.NAME).read_text())
    told["files"][name] = {"sha256": "0" * 64, "bytes": 1}
    (bundle / bundles.NAME).write_text(json.dumps(told))
    with pytest.raises(InstallError, match="names a file outside of its folders"):
        bundles.read(bundle)


def test_a_bundle_for_another_python_says_which_and_how_to_make_one(bundle: Path) -> None:
    describe(bundle, python="py399", platform="windows")
    with pytest.raises(
        InstallError, match=r"for windows and Python 3\.99, and this Blender has .* bundle --python"
    ):
        bundles.read(bundle)


def test_a_bundle_of_another_format_is_refused(bundle: Path) -> None:
    describe(bundle, format=7)
    with pytest.raises(InstallError, match="has format 7 and this Isoform reads 1"):
        bundles.read(bundle)


def test_another_folder_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match=r"is no bundle \(bundle\.json: No such file"):
        bundles.read(tmp_path)
    (tmp_path / bundles.NAME).write_text("{")
    with pytest.raises(InstallError, match=r"bundle\.json cannot be read; copy the bundle again"):
        bundles.read(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_an_unreadable_file_is_one_clear_sentence(bundle: Path, tmp_path: Path) -> None:
    (bundle / "models" / "mine.safetensors").chmod(0)
    with pytest.raises(InstallError, match=r"cannot be read \(Permission denied\)"):
        check(bundle, tmp_path / "copies")
