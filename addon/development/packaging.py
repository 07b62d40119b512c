"""Builds the extension's zip and a repository to host it in; `build.py package` runs this.

What ships is what git tracks of the listed folders, and a zip is made of committed files
only: a changed or forgotten file is named, and nothing is written. Blender's own command
checks the zip and writes the repository's index. Not shipped itself; standard library only.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
import zlib
from pathlib import Path

import build

SHIPPED = ("LICENSE", "blender_manifest.toml", "addon", "core")
"""What the extension holds, of the files that git tracks, beside its root `__init__.py`."""

NOT_SHIPPED = "addon/development/"
"""Where what a developer alone runs is."""

WEIGHTS = ".safetensors"
"""Suffix of models; short chance matches cost more there than they save, so that `Z_FILTERED`,
which takes none of fewer than six bytes, makes the starter model 0.7% smaller (15.69 MB)."""

MOST_MEMORY = 9
"""zlib's `MAX_MEM_LEVEL`: blocks of 32,768 symbols (0.15% less than with its default)."""

ROOT_MODULE = '''"""Isoform for Blender: the add-on is in `addon`, the engine in `core`."""

from . import addon

register, unregister = addon.register, addon.unregister
'''

HIGHEST_BYTES = 40_000_000
"""Of the zip: what an artist downloads, and every Blender unpacks again on an update."""


def package(folder: Path, allow_changes: bool = False) -> Path:
    """Writes isoform-<version>.zip into `folder`, and beside it `repository`, ready to host.

    The same sources give the same bytes. Nothing is written before Blender has found the zip valid.

    Args:
        folder: Made when missing; an older zip and repository of the same names are replaced.
        allow_changes: Package the tracked files as they are now, committed or not.

    Raises:
        BuildError: Shipped files were changed, Blender's own validator refuses the extension, or
            it is too large.
    """
    if found := changes():
        names = "\n  ".join(found)
        if not allow_changes:
            raise build.BuildError(
                f"these files differ from the last commit:\n  {names}\n"
                "commit them, or package them as they are with: python build.py package --changed"
            )
        build.say(f"packaged as they are, or left out where git does not know them:\n  {names}")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        archive = write_zip(stage(Path(scratch) / "stage"), Path(scratch))
        command, tags = extension_command()
        step = "Blender's validation of the extension"
        build.call([*command, "validate", *tags, archive], step)
        size_mb = check_size(archive) / 1e6
        repository = Path(scratch) / "repository"
        repository.mkdir()
        shutil.copyfile(archive, repository / archive.name)
        step = "Blender's index of the repository"
        build.call([*command, "server-generate", f"--repo-dir={repository}", "--html"], step)
        shutil.rmtree(folder / "repository", ignore_errors=True)
        archive.replace(folder / archive.name)
        repository.replace(folder / "repository")
    build.say(f"{folder / archive.name}: {size_mb:.1f} MB; to host it: {folder / 'repository'}")
    return folder / archive.name


def changes() -> list[str]:
    """Shipped files that differ from the last commit, with what git says about each."""
    command = ["git", "status", "--porcelain", "--untracked-files=all", "--", *SHIPPED]
    listing = subprocess.run(command, cwd=build.ROOT, capture_output=True, text=True)
    lines = listing.stdout.splitlines()
    return [line for line in lines if NOT_SHIPPED not in line]


def stage(folder: Path) -> Path:
    """Writes the extension as Blender wants it into `folder` and returns that folder.

    Args:
        folder: Made when missing; what it holds under the same names is overwritten.

    Raises:
        BuildError: This is not a git checkout: what ships is decided by what git tracks.
    """
    command = ["git", "ls-files", "-z", "--", *SHIPPED]
    listing = subprocess.run(command, cwd=build.ROOT, capture_output=True, text=True)
    names = [
        name for name in listing.stdout.split("\0") if name and not name.startswith(NOT_SHIPPED)
    ]
    if not names:
        reason = listing.stderr.strip() or "nothing was committed"
        raise build.BuildError(
            f"git lists no files of {build.ROOT} ({reason}); clone the repository"
        )
    for name in names:
        if (build.ROOT / name).exists():  # else it was deleted, and not yet committed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(build.ROOT / name, folder / name)
    (folder / "__init__.py").write_text(ROOT_MODULE)
    return folder


def write_zip(staged: Path, folder: Path) -> Path:
    """Packs the files of `staged`, in the order of their names and without their times."""
    manifest = tomllib.loads((staged / "blender_manifest.toml").read_text(encoding="utf-8"))
    archive = folder / f"{manifest['id']}-{manifest['version']}.zip"
    files = {path.relative_to(staged).as_posix(): path for path in staged.rglob("*")}
    with zipfile.ZipFile(archive, "w") as written:
        for name, path in sorted(files.items()):
            if path.is_file():
                entry = zipfile.ZipInfo(name)
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                with written.open(entry, "w") as packed:
                    # zipfile hands on a level alone; where it ignores this, the zip is only larger
                    packed._compressor = compressor(path.suffix)
                    packed.write(path.read_bytes())
    return archive


def compressor(suffix: str) -> "zlib._Compress":
    """What deflates a file, as small as zlib can.

    Args:
        suffix: Of the file; weights have no text's repetitions to look for.
    """
    strategy = zlib.Z_FILTERED if suffix == WEIGHTS else zlib.Z_DEFAULT_STRATEGY
    most = zlib.Z_BEST_COMPRESSION
    return zlib.compressobj(most, zlib.DEFLATED, -zlib.MAX_WBITS, MOST_MEMORY, strategy)


def check_size(archive: Path) -> int:
    """The zip's size in bytes.

    Raises:
        BuildError: It is too large to be shipped.
    """
    size = archive.stat().st_size
    if size > HIGHEST_BYTES:
        raise build.BuildError(
            f"{archive.name} has {size / 1e6:.1f} MB, and {HIGHEST_BYTES / 1e6:.0f} MB are the "
            "most; leave files out or make the models in core/zoo smaller"
        )
    return size


def extension_command() -> tuple[list[str | Path], list[str]]:
    """How to run `extension` commands in the newest Blender at hand, and what validation adds.

    That is a full Blender (`full_blender`) where it is newer than the module in the lock file and
    its command works, which some Linux packages of Blender cannot say. No environment is needed
    then; else it is set up where it is missing.

    Raises:
        BuildError: The environment holds no Blender module, or what should be a full Blender is
            none.
    """
    full, version = full_blender()
    command = [full, "--command", "extension"]
    locked = re.search(r"^bpy==(\d+)\.(\d+)", build.LOCK.read_text(), re.MULTILINE)
    if full and version > tuple(map(int, locked.groups())) and works([*command, "--help"]):
        return command, []
    python = build.environment()
    tool = "site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
    places = (
        *build.ENVIRONMENT.glob(f"lib/python*/{tool}"),
        *build.ENVIRONMENT.glob(f"Lib/{tool}"),
    )
    for module in places:
        tags = module.parents[3] / "modules" / "_bpy_internal" / "extensions" / "tags.py"
        return [python, module], [f"--valid-tags={tags}"]
    raise build.BuildError(
        f"{build.ENVIRONMENT} holds no Blender module; delete the folder and run this again"
    )


def full_blender() -> tuple[str, tuple[int, int]]:
    """Where a Blender with a window is, and its version; empty and (0, 0) where there is none.

    Raises:
        BuildError: What the environment variable names is no Blender.
    """
    named = os.environ.get(build.BLENDERS, "")
    command = shutil.which(named or "blender") or ""
    told = output_of([command, "--version"]) if command else ""
    found = re.search(r"^Blender (\d+)\.(\d+)", told, re.MULTILINE)
    if named and not found:
        raise build.BuildError(
            f"the environment variable {build.BLENDERS} names no Blender ({named}); "
            "give the path of Blender, or unset it"
        )
    return (command, (int(found[1]), int(found[2]))) if found else ("", (0, 0))


def blender_with_window() -> str:
    """The command of a full Blender that can show its window here; "" and a word where not.

    Where there is no screen, xvfb-run makes one; the launcher that a person named is trusted to.
    """
    command, _version = full_blender()
    has_screen = sys.platform != "linux" or {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ)
    if not command:
        build.say(
            "the tests in a window are left out: there is no blender on the PATH, nor one named "
            f"by the environment variable {build.BLENDERS}"
        )
    elif not (has_screen or build.BLENDERS in os.environ or shutil.which("xvfb-run")):
        build.say("the tests in a window are left out: there is no screen here, and no xvfb-run")
        return ""
    return command


def output_of(command: list[str]) -> str:
    """What `command` prints."""
    return subprocess.run(command, capture_output=True, text=True).stdout


def works(command: list[str | Path]) -> bool:
    """Whether `command` runs and ends well; what it says goes nowhere."""
    return subprocess.run(command, capture_output=True).returncode == 0
