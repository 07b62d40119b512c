"""What this machine is and has: its platform, its graphics card, room on its disk.

Nothing here runs a program or imports torch: drivers are known by the files that they leave, so
that asking is cheap enough for Blender's main thread.
"""

import os
import platform
import shutil
import sys
from pathlib import Path

from ..errors import InstallError

BACKENDS = {
    "cpu": "CPU",
    "cuda": "CUDA",
    "rocm": "ROCm",
    "xpu": "Intel XPU",
    "mps": "Metal",
}
"""What PyTorch is built for, with its name for the user."""

OFFERED = {
    "linux": ("cpu", "cuda", "rocm", "xpu"),
    "windows": ("cpu", "cuda", "xpu"),
    "macos": ("mps",),
}
"""By platform, what PyTorch has builds for."""

DEVICES = {"cpu": "cpu", "cuda": "cuda", "rocm": "cuda", "xpu": "xpu", "mps": "mps"}
"""By backend, torch's name of the device."""

PYTHONS = ((3, 11), (3, 14))
"""Lowest and highest Python that the lock files have wheels for."""

DRIVERS = (
    ("cuda", ("/proc/driver/nvidia/version", "/usr/lib/wsl/lib/libcuda.so.1")),
    ("cuda", ("/Windows/System32/nvcuda.dll",)),
    ("rocm", ("/dev/kfd",)),
)
"""Files that a graphics driver leaves where it has found its card; the first found decides."""

INTEL_CARDS = ("0x56", "0xe2")
"""Beginnings of the PCI device ids of Intel's own cards (Arc A and B)."""

LONGEST_PATH = 259
"""Letters that Windows takes unless long paths are switched on; no program can rely on that."""

DEEPEST_LETTERS = 120
"""Of the deepest file of the runtime that Python or Windows must open, from `site-packages` on.

116 in torch 2.13. Its licence texts lie deeper; they are written all the same (see `wheels`).
"""


def platform_name(system: str = sys.platform, machine: str = "") -> str:
    """Name of this platform in the lock files; empty where there are none for it.

    Args:
        system: As in `sys.platform`.
        machine: As in `platform.machine()`; empty: this machine's.
    """
    machine = (machine or platform.machine()).lower()
    known = {
        ("linux", "x86_64"): "linux",
        ("win32", "amd64"): "windows",
        ("darwin", "arm64"): "macos",
    }
    return known.get((system, machine), "")


def guessed_backend(system: str, root: Path | None = None) -> str:
    """What PyTorch should be built for here: the fastest that a driver is there for.

    Args:
        system: Name of the platform, as of `platform_name`.
        root: Of the file system; None: this machine's.
    """
    root = root or Path(os.environ.get("SYSTEMDRIVE", "") + "/")
    offered = OFFERED.get(system, ("cpu",))
    if offered == ("mps",):
        return "mps"
    for backend, files in DRIVERS:
        if backend in offered and any((root / name.lstrip("/")).exists() for name in files):
            return backend
    if "xpu" in offered and _has_intel_card(root):
        return "xpu"
    return "cpu"


def python_tag() -> str:
    """The Python's short name in lock files, wheels and bundles, such as "py311"."""
    return f"py{sys.version_info[0]}{sys.version_info[1]}"


def refuse_long_path(folder: str, system: str = sys.platform) -> None:
    """Refuses a folder that is too deep for a runtime on Windows.

    Args:
        folder: Of one runtime.
        system: As in `sys.platform`.

    Raises:
        InstallError: It is too long.
    """
    if system != "win32":
        return
    deepest = len(folder) + len("\\Lib\\site-packages\\") + DEEPEST_LETTERS
    if deepest > LONGEST_PATH:
        raise InstallError(
            f"the folder {folder} is {deepest - LONGEST_PATH} letters too long for Windows; "
            "set BLENDER_USER_RESOURCES to a shorter folder, or use an existing Python"
        )


def refuse_full_disk(folder: Path, needed_bytes: int) -> None:
    """Refuses to begin what the disk has no room for.

    Args:
        folder: Existing folder on that disk.
        needed_bytes: At the moment of greatest need.

    Raises:
        InstallError: Less is free.
    """
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise InstallError(
            f"the disk of {folder} has {gigabytes(free_bytes)} free and the engine needs "
            f"{gigabytes(needed_bytes)}; free some space, or use an existing Python"
        )


def gigabytes(size_bytes: int) -> str:
    """The size for a person, in MB or GB."""
    if size_bytes < 950_000_000:
        return f"{size_bytes / 1e6:.0f} MB"
    return f"{size_bytes / 1e9:.1f} GB"


def interpreter_of(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _has_intel_card(root: Path) -> bool:
    for card in (root / "sys" / "class" / "drm").glob("card*/device"):
        try:
            vendor, device = ((card / name).read_text().strip() for name in ("vendor", "device"))
        except OSError:
            continue
        if vendor == "0x8086" and device.startswith(INTEL_CARDS):
            return True
    return False
