"""Makes the lock files of the engine's runtime again; `build.py lock` runs this.

`engine.txt` holds everything but PyTorch, `<platform>-<backend>.txt` PyTorch's build for that
backend and the libraries which that build alone asks for. pip says which files they are and what
their SHA-256 is; nothing is installed. Not shipped itself; standard library only.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import build

FOLDER = build.ROOT / "core" / "install" / "locks"

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""Blender 4.2 to 5.0 carries the first, 5.1 and 5.2 the third; Linux packages take their own."""

PLATFORMS = {
    "linux": tuple(f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1))
    + ("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"),
    "windows": ("win_amd64",),
    "macos": ("macosx_14_0_arm64",),
}
"""pip's tags for the oldest machines that PyTorch itself supports."""

ENGINE = (
    *("numpy", "scipy", "scikit-image", "safetensors", "jaxtyping", "trimesh", "libigl"),
    *("fast_simplification", "embreex", "pillow", "tifffile", "tqdm"),
    *("networkx", "ImageIO", "packaging", "lazy-loader", "wadler_lindig"),
    *("filelock", "typing_extensions", "setuptools", "sympy", "mpmath"),
    *("Jinja2", "MarkupSafe", "fsspec", "colorama"),
)
"""What the worker imports, what that needs, and what PyTorch needs besides its own libraries."""

NUMPY = "2.4.6"
"""The checkout's 1.26 suits Blender 4.2's module and has no wheel for Python 3.13."""

PUBLIC_BUILDS = {("linux", "cuda"), ("windows", "cpu"), ("macos", "mps")}
"""On pip's default index; the other builds are on PyTorch's own indexes alone."""

BARE = (("windows", "cuda"), ("linux", "rocm"), ("linux", "xpu"), ("windows", "xpu"))
"""Builds whose file depends on the index that the artist names."""

UNPACKED = {"linux-cuda": 2.2}
"""Bytes on disk for each byte of a wheel; CUDA's libraries hardly shrink (2.1 in torch's wheel)."""

UNPACKED_ELSE = 3.8
"""3.65 and 3.70 in torch's CPU wheels for Linux and Windows."""


@dataclass(frozen=True)
class Wheel:
    """One file of one project, as pip would fetch it."""

    project: str

    version: str

    sha256: str

    url: str


def lock() -> None:
    """Writes all lock files anew.

    Raises:
        BuildError: pip finds no wheel for a platform and a Python.
    """
    lines = build.LOCK.read_text().splitlines()
    pins = dict(line.split(";")[0].split("==") for line in lines if "==" in line)
    pins["numpy"] = NUMPY
    torch = pins["torch"]
    wanted = [f"{name}=={pins[name]}" for name in ENGINE]
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    found = {}
    for platform in PLATFORMS:
        for python in PYTHONS:
            build.say(f"asking pip for the engine on {platform}, Python {python}")
            found[platform, python] = resolve(wanted, platform, python)
    write("engine", "Everything but PyTorch, for all platforms.", found)
    for platform, backend in sorted(PUBLIC_BUILDS):
        lock_public(platform, backend, torch)
    lock_linux_cpu(f"{torch}+cpu")
    for platform, backend in BARE:
        text = (
            "# PyTorch's build for this backend, on PyTorch's own indexes alone: pinned without\n"
            "# hash, for there is one file for each version of the driver's libraries.\n"
            f"torch=={torch}\n"
        )
        (FOLDER / f"{platform}-{backend}.txt").write_text(text)


def lock_public(platform: str, backend: str, torch: str) -> None:
    """Writes the lock file of a build that pip's default index has."""
    own = {name.lower().replace("_", "-") for name in ENGINE}
    found = {}
    for python in PYTHONS:
        build.say(f"asking pip for torch on {platform} with {backend}, Python {python}")
        wheels = resolve([f"torch=={torch}"], platform, python, is_public=True)
        found[platform, python] = [wheel for wheel in wheels if wheel.project not in own]
    write(f"{platform}-{backend}", "PyTorch and what this build alone asks for.", found)


def lock_linux_cpu(torch: str) -> None:
    """Writes the lock files of a build that the configured index may have for some Pythons.

    Raises:
        BuildError: pip finds it for no Python at all.
    """
    largest = 0
    for python in PYTHONS:
        try:
            found = resolve([f"torch=={torch}"], "linux", python, has_dependencies=False)
        except build.BuildError:
            continue
        largest = max(largest, *map(bytes_of, found))
        name = f"linux-cpu-py{python.replace('.', '')}"
        write(name, f"PyTorch without CUDA, Python {python}.", {("linux", python): found})
    if not largest:
        raise build.BuildError(
            f"pip finds torch=={torch} for no Python; add PyTorch's index of CPU builds to pip's "
            "configuration, and run this again"
        )
    text = (
        "# PyTorch without CUDA, on PyTorch's own index alone; for Pythons without a file of\n"
        "# their own that index was not at hand, and it is pinned without hash.\n"
        f"{size_lines('linux-cpu', largest)}\ntorch=={torch}\n"
    )
    (FOLDER / "linux-cpu.txt").write_text(text)


def resolve(
    wanted: list[str],
    platform: str,
    python: str,
    *,
    is_public: bool = False,
    has_dependencies: bool | None = None,
) -> list[Wheel]:
    """The wheels that pip would fetch.

    Args:
        wanted: Requirements.
        platform: One of `PLATFORMS`.
        python: Version of the Python that is to import them.
        is_public: Ask the index alone, and not what pip's configuration names besides it.
        has_dependencies: Whether what they need is resolved as well. pip judges by the system
            it runs on, so that this is of use for Linux alone, and the default there for
            public builds.

    Raises:
        BuildError: pip finds nothing; its own message was shown.
    """
    if has_dependencies is None:
        has_dependencies = is_public and platform == "linux"
    settings = dict(os.environ)
    if is_public:
        settings = {name: value for name, value in settings.items() if name != "PIP_FIND_LINKS"}
        settings["PIP_CONFIG_FILE"] = os.devnull
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet"]
        command += ["--ignore-installed", "--only-binary=:all:", f"--report={report}"]
        command += ["--no-warn-conflicts", "--target", scratch, f"--python-version={python}"]
        command += [f"--platform={tag}" for tag in PLATFORMS[platform]]
        command += [*([] if has_dependencies else ["--no-deps"]), *wanted]
        if subprocess.run(command, env=settings).returncode != 0:
            raise build.BuildError(
                f"pip finds no wheels of {', '.join(wanted)} for {platform}, Python {python} "
                "(see its message above)"
            )
        entries = json.loads(report.read_text())["install"]
    return [
        Wheel(
            entry["metadata"]["name"].lower().replace("_", "-"),
            entry["metadata"]["version"],
            entry["download_info"]["archive_info"]["hashes"]["sha256"],
            entry["download_info"]["url"],
        )
        for entry in entries
    ]


def write(name: str, caption: str, found: dict[tuple[str, str], list[Wheel]]) -> None:
    """Writes a lock file for pip: one pin for each project, with the hashes of all its wheels.

    Args:
        name: Of the file, without its suffix.
        caption: What the file holds.
        found: The wheels, by platform and Python.

    Raises:
        BuildError: pip takes different versions of one project, which one file cannot say.
    """
    largest = max(sum(map(bytes_of, wheels)) for wheels in found.values())
    lines = [
        f"# {caption} Made by `python build.py lock`.",
        size_lines(name, largest),
    ]
    pins: dict[str, set[str]] = {}
    for wheels in found.values():
        for wheel in wheels:
            pins.setdefault(f"{wheel.project}=={wheel.version}", set()).add(wheel.sha256)
    projects = [pin.split("==")[0] for pin in pins]
    if twice := {each for each in projects if projects.count(each) > 1}:
        raise build.BuildError(
            f"{name}: pip takes several versions of {', '.join(sorted(twice))}, for different "
            "platforms or Pythons; choose older ones in requirements.lock that suit all"
        )
    for pin, hashes in sorted(pins.items()):
        lines.append(" \\\n".join([pin, *(f"    --hash=sha256:{each}" for each in sorted(hashes))]))
    (FOLDER / f"{name}.txt").write_text("\n".join(lines) + "\n")


def size_lines(name: str, download_bytes: int) -> str:
    """What `core.install.locks` reads of the sizes."""
    disk_bytes = int(download_bytes * UNPACKED.get(name, UNPACKED_ELSE))
    return f"# download_bytes = {download_bytes}\n# disk_bytes = {disk_bytes}"


def bytes_of(wheel: Wheel) -> int:
    """The size of the file, asked where it lies."""
    with urllib.request.urlopen(urllib.request.Request(wheel.url, method="HEAD")) as answer:
        return int(answer.headers["Content-Length"])
