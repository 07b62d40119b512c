"""Makes the bundle for artists without a network; `build.py bundle` runs this.

    python build.py bundle [--python 3.11] [--backend cpu] [--wheel-index ADDRESS]

The bundle is a folder in `dist`, for this platform, one Python and one backend: the wheels of the
lock files, fetched by pip and checked, the models, and `bundle.json`. In Blender it goes into
*Install from Folder*. Not shipped itself; standard library only.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import build
from core.errors import IsoformError
from core.install import bundles, downloading, locks, machine
from core.install.programs import Programs


def main(arguments: list[str]) -> int:
    """Makes one bundle and returns the exit code.

    Raises:
        BuildError: There is no such Python here, or pip finds no wheels for it.
    """
    parser = argparse.ArgumentParser(prog="build.py bundle", description=__doc__.splitlines()[0])
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    parser.add_argument("--python", default=here, help="the one that the artist's Blender carries")
    backend = machine.guessed_backend(machine.platform_name())
    parser.add_argument("--backend", default=backend, choices=sorted(machine.BACKENDS))
    parser.add_argument("--wheel-index", default="", help="where PyTorch's build is to be had")
    options = parser.parse_args(arguments)
    try:
        bundle(build.ROOT / "dist", options.python, options.backend, options.wheel_index)
    except IsoformError as error:
        raise build.BuildError(str(error)) from error
    return 0


def bundle(folder: Path, version: str, backend: str, wheel_index: str = "") -> Path:
    """Writes the bundle into `folder` and returns its own folder, made anew.

    Args:
        folder: Made when missing.
        version: Of the Python that the artist's Blender carries, such as "3.11".
        backend: One of `machine.BACKENDS`.
        wheel_index: Where PyTorch's build is to be had; empty: where pip is configured to look.

    Raises:
        BuildError: There is no such Python here.
        InstallError: pip finds no wheels.
    """
    platform, tag = machine.platform_name(), f"py{version.replace('.', '')}"
    plan = locks.plan(backend, wheel_index, platform, tag)
    made = folder / f"isoform-bundle-{platform}-{backend}-{tag}"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        scratch = Path(name)
        environment = scratch / "environment"
        build.call([python_of(version), "-m", "venv", environment], f"making {environment}")
        build.say(f"fetching {machine.gigabytes(plan.download_bytes)} for {platform}, {backend}")
        python = machine.interpreter_of(environment)
        programs = Programs(lambda: False)
        downloading.download(
            plan, backend, python, scratch / "download", programs=programs, told=lambda _count: None
        )
        draft = scratch / "bundle"
        (draft / "models").mkdir(parents=True)
        (scratch / "download" / "wheels").replace(draft / "wheels")
        for model in (build.ROOT / "core" / "zoo").glob("*.safetensors"):
            shutil.copyfile(model, draft / "models" / model.name)
        bundles.describe(draft, backend, platform, tag)
        shutil.rmtree(made, ignore_errors=True)
        draft.replace(made)
    size_bytes = sum(each.stat().st_size for each in made.rglob("*") if each.is_file())
    build.say(f"{made}: {machine.gigabytes(size_bytes)}; take it to the artist's machine")
    return made


def python_of(version: str) -> str:
    """An interpreter of that version, which judges what wheels suit it.

    Raises:
        BuildError: There is none on the PATH.
    """
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    found = sys.executable if version == here else shutil.which(f"python{version}")
    probe = "import sys; print('%d.%d' % sys.version_info[:2])"
    if found:
        told = subprocess.run([found, "-c", probe], capture_output=True, text=True).stdout.strip()
        if told == version:
            return found
    raise build.BuildError(
        f"there is no python{version} on the PATH; install it, for pip tells by it which wheels fit"
    )
