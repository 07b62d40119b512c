"""The one door for a person who has just cloned this: demo, test, bench, package.

    python build.py demo [PICTURE...]     pictures in; .blend, GLB and preview.png in out/demo
    python build.py test [--all] [ARG...] style and all tests; ARGs go to pytest
    python build.py bench [ARG...]        speed beside named peers, measured in the same run
    python build.py package [--changed]   dist/isoform-<version>.zip, checked by Blender, and
                                          dist/repository to host it; --changed: uncommitted too
    python build.py bundle [ARG...]       what an artist installs without a network; --help
    python build.py lock                  makes the runtime's lock files again

Standard library only. The first run makes `.venv` from `requirements.lock` with pip as
you have configured it; later runs find it ready.
"""

import sys

LOWEST_PYTHON = (3, 11)
"""Of build.py and the engine; Blender as a module (the lock's bpy) exists for this one alone."""


def require_python(version):
    """Stops with one sentence when `version` is too old; Python 3.8 must still parse this file."""
    if tuple(version[:2]) < LOWEST_PYTHON:
        found = f"{version[0]}.{version[1]}"
        sys.exit(f"build.py needs Python 3.11 or newer; this is {found}; run: python3.11 build.py")


require_python(sys.version_info)

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
OUT = ROOT / "out" / "demo"

BLENDERS = "ISOFORM_BLENDER"
"""The environment variable that names a full Blender, or a launcher that takes its arguments.

Tests are told of older ones by variables whose names begin with it.
"""

OLDER_BLENDERS = {"42": "4.2.0", "45": "4.5.15"}
"""Of Python 3.11: the oldest that the manifest allows, and the long-term support after it."""

BENCH_PEERS = ("warp-lang==1.19.0",)
"""Needed by the benchmark alone, installed by its first run."""


class BuildError(Exception):
    """A step failed; the message says which and what to do."""


def environment() -> Path:
    """The interpreter of `.venv`, filled again when what it holds changed or the checkout moved."""

    def fill(python: Path) -> None:
        warn_of_cuda(python)
        install(python, "--requirement", LOCK)
        install(python, "--no-deps", "--no-build-isolation", "--editable", ROOT)

    wanted = (str(ROOT), LOCK.read_text(), (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return ready(ENVIRONMENT, "\n".join(wanted), fill)


def older_blender(version: str) -> Path:
    """The interpreter of `.venv-bpy<version>`, which holds that Blender as a module."""
    wanted = (f"bpy=={OLDER_BLENDERS[version]}", "numpy<2")
    folder = ROOT / f".venv-bpy{version}"
    return ready(folder, str(wanted), lambda python: install(python, *wanted))


def ready(folder: Path, wanted: str, fill: Callable[[Path], None]) -> Path:
    """The interpreter of the virtual environment in `folder`, filled when it holds something else.

    The mark is written last. While packages are being installed it reads "unfinished", and
    a set-up that was killed there is thrown away and made again.

    Args:
        folder: Of the virtual environment; made when missing.
        wanted: What the environment must hold; its hash is the mark.
        fill: Installs that, given the interpreter.
    """
    mark = folder / "isoform-ready"
    wanted_mark = hashlib.sha256(wanted.encode()).hexdigest()
    found_mark = mark.read_text() if mark.exists() else ""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if found_mark == wanted_mark and python.exists():
        return python
    say(f"setting up {folder.name} (once; minutes and gigabytes, most of it PyTorch and Blender)")
    again = ["--clear"] if found_mark == "unfinished" else []
    call([find_python(), "-m", "venv", *again, folder], f"making {folder.name}")
    mark.write_text("unfinished")
    fill(python)
    mark.write_text(wanted_mark)
    return python


def find_python() -> str:
    """An interpreter that Blender's module runs in: this one, or the 3.11 on the PATH.

    Raises:
        BuildError: There is none.
    """
    if sys.version_info[:2] == LOWEST_PYTHON:
        return sys.executable
    if other := shutil.which("python3.11"):
        return other
    raise BuildError(
        "Blender's Python module exists for Python 3.11 only; this is "
        f"{sys.version_info[0]}.{sys.version_info[1]} and there is no python3.11 on the PATH; "
        "install Python 3.11 beside it"
    )


def install(python: Path, *arguments: str | Path) -> None:
    """Runs `pip install` with the user's own configuration."""
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    call(command, "installing packages (see pip's message above; run the same command to go on)")


def warn_of_cuda(python: Path) -> None:
    """Says how to save gigabytes where pip would fetch CUDA libraries although there is no GPU.

    A CPU build on disk or in a configured index is taken by pip itself: its version is higher.
    """
    if sys.platform == "linux" and not has_nvidia_gpu() and needs_cuda(python):
        say(
            "there is no NVIDIA GPU, but pip's configuration offers only PyTorch with CUDA "
            "(gigabytes that will not be used); to save them press Ctrl-C, add the index of CPU "
            "builds that PyTorch's installation page names to pip's configuration, and run again"
        )


def has_nvidia_gpu() -> bool:
    """Whether the NVIDIA driver lists a GPU."""
    tool = shutil.which("nvidia-smi")
    return tool is not None and subprocess.run([tool, "-L"], capture_output=True).returncode == 0


def needs_cuda(python: Path) -> bool:
    """Whether the torch that pip would install, if any, asks for CUDA; nothing is installed."""
    probe = ["--dry-run", "--no-deps", "--ignore-installed", "--quiet", "--report", "-"]
    command = [python, "-m", "pip", "install", "torch", "--constraint", LOCK, *probe]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode != 0:
        return True
    report = json.loads(answer.stdout[answer.stdout.index("{") :])
    needs = report["install"][0]["metadata"].get("requires_dist", [])
    return any(name.startswith(("nvidia-", "cuda-")) for name in needs)


def demo(pictures: list[str]) -> int:
    """Runs the main job in a headless Blender through the add-on's operator; prints a table."""
    python = environment()
    examples = sorted((ROOT / "tests" / "data").glob("example_*.png"))
    paths = [Path(name).absolute() for name in pictures] or examples
    OUT.mkdir(parents=True, exist_ok=True)
    say(f"starting Blender without a window for {len(paths)} pictures; its log is in out/demo")
    with tempfile.TemporaryDirectory() as scratch, (OUT / "blender.log").open("w") as log:
        extension = development("packaging").stage(Path(scratch) / "isoform")
        command = [python, ROOT / "addon" / "development" / "demo.py", extension, OUT, *paths]
        own_user_folder = {**os.environ, "BLENDER_USER_RESOURCES": str(Path(scratch) / "user")}
        code = subprocess.run(command, stdout=log, env=own_user_folder).returncode
    if code == 0:
        print((OUT / "table.txt").read_text(), end="")
    return code


def test(arguments: list[str]) -> int:
    """Style, then all tests; with `--all` in older Blenders too, and in a window where one is."""
    python = environment()
    sources = ["addon", "core", "tests", "build.py"]
    call([python, "-m", "ruff", "check", *sources], "ruff's lint (see its findings above)")
    call([python, "-m", "ruff", "format", "--check", *sources], "ruff's format (run: ruff format)")
    settings = {key: os.environ[key] for key in os.environ if not key.startswith(BLENDERS)}
    if "--all" in arguments:
        arguments = [argument for argument in arguments if argument != "--all"]
        for version in OLDER_BLENDERS:
            settings[f"{BLENDERS}_{version}"] = str(older_blender(version))
        if command := development("packaging").blender_with_window():
            settings[BLENDERS] = command
    return subprocess.run([python, "-m", "pytest", *arguments], cwd=ROOT, env=settings).returncode


def bench(arguments: list[str]) -> int:
    """Runs the benchmark beside its named peers."""
    python = environment()
    install(python, "--quiet", *BENCH_PEERS)
    runner = ROOT / "tests" / "bench" / "run.py"
    return subprocess.run([python, runner, *arguments], cwd=ROOT).returncode


def development(name: str) -> ModuleType:
    """The module `addon/development/<name>.py`, which is not shipped and runs outside Blender.

    It says `import build`. The add-on itself, which needs Blender, is not loaded.
    """
    sys.modules.setdefault("build", sys.modules[__name__])
    place = ROOT / "addon" / "development" / f"{name}.py"
    specification = importlib.util.spec_from_file_location(f"isoform_{name}", place)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def say(words: str) -> None:
    """One line of progress, at once."""
    print(f"isoform: {words}", flush=True)


def call(command: list[str | Path], step: str) -> None:
    """Runs `command` from the checkout's root.

    Raises:
        BuildError: It failed; the message names the step.
    """
    code = subprocess.run(command, cwd=ROOT).returncode
    if code != 0:
        raise BuildError(f"{step}: failed with exit code {code}")


def main(arguments: list[str]) -> int:
    """Runs one command and returns the exit code; 2 with one sentence when the user must act."""
    commands = {"demo": demo, "test": test, "bench": bench}
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    try:
        if name in commands:
            return commands[name](rest)
        if name == "package" and rest in ([], ["--changed"]):
            development("packaging").package(ROOT / "dist", allow_changes=bool(rest))
            return 0
        if name == "bundle":
            return development("bundling").main(rest)
        if name == "lock" and not rest:
            development("locking").lock()
            return 0
        print(__doc__, file=sys.stderr)
        return 2
    except BuildError as error:
        print(f"isoform: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
