"""What this machine is said to be, from files in a made-up root."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from core.errors import InstallError
from core.install import machine


@pytest.mark.parametrize(
    ("system", "processor", "name"),
    [
        ("linux", "x86_64", "linux"),
        ("win32", "AMD64", "windows"),
        ("darwin", "arm64", "macos"),
        ("darwin", "x86_64", ""),
        ("linux", "aarch64", ""),
    ],
)
def test_platforms_without_wheels_have_no_name(system: str, processor: str, name: str) -> None:
    assert machine.platform_name(system, processor) == name


@pytest.mark.parametrize(
    ("system", "files", "backend"),
    [
        ("linux", {}, "cpu"),
        ("linux", {"proc/driver/nvidia/version": "NVRM version: 580.65"}, "cuda"),
        ("linux", {"usr/lib/wsl/lib/libcuda.so.1": ""}, "cuda"),
        ("linux", {"dev/kfd": ""}, "rocm"),
        ("linux", {"proc/driver/nvidia/version": "", "dev/kfd": ""}, "cuda"),
        ("windows", {"Windows/System32/nvcuda.dll": ""}, "cuda"),
        ("windows", {"dev/kfd": ""}, "cpu"),
        ("macos", {}, "mps"),
        ("", {}, "cpu"),
    ],
)
def test_the_backend_is_guessed_from_what_drivers_leave(
    tmp_path: Path, system: str, files: dict[str, str], backend: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert machine.guessed_backend(system, tmp_path) == backend


@pytest.mark.parametrize(
    ("vendor", "device", "backend"),
    [("0x8086", "0x56a0", "xpu"), ("0x8086", "0x9a49", "cpu"), ("0x1002", "0x56a0", "cpu")],
    ids=["Arc", "graphics of an Intel processor", "another vendor"],
)
def test_of_intel_only_cards_of_its_own_are_guessed(
    tmp_path: Path, vendor: str, device: str, backend: str
) -> None:
    card = tmp_path / "sys/class/drm/card0/device"
    card.mkdir(parents=True)
    (card / "vendor").write_text(f"{vendor}\n")
    (card / "device").write_text(f"{device}\n")
    (tmp_path / "sys/class/drm/card1/device").mkdir(parents=True)
    assert machine.guessed_backend("linux", tmp_path) == backend


USUAL = (
    r"C:\Users\Maximiliane\AppData\Roaming\Blender Foundation\Blender\5.0\extensions\.user"
    r"\user_default\isoform\rt\999-abcdef"
)


def test_the_usual_place_on_windows_is_short_enough() -> None:
    machine.refuse_long_path(USUAL, "win32")


def test_a_path_too_long_for_windows_is_refused_with_the_letters_too_many() -> None:
    longest = machine.LONGEST_PATH - machine.DEEPEST_LETTERS - len(r"\Lib\site-packages" "\\")
    machine.refuse_long_path("C" * longest, "win32")
    with pytest.raises(InstallError, match=r"is 5 letters too long for Windows; set BLENDER_USER"):
        machine.refuse_long_path("C" * (longest + 5), "win32")
    machine.refuse_long_path("C" * 400, "linux")


def test_a_disk_with_too_little_room_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")(10**12, 0, 400_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
    machine.refuse_full_disk(tmp_path, 400_000_000)
    with pytest.raises(InstallError, match=r"has 400 MB free and the engine needs 1\.2 GB"):
        machine.refuse_full_disk(tmp_path, 1_200_000_000)
