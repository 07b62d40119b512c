"""The set-up, the staged extension, and the package in real Blenders."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import build

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


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of the checkout, made once and away from dist."""
    return build.package(tmp_path_factory.mktemp("dist"))


def test_an_old_python_is_refused_with_one_sentence() -> None:
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer; this is 3\.8; run"):
        build.require_python((3, 8, 10, "final", 0))


def test_a_python_without_blender_needs_3_11_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 13, 0, "final", 0))
    monkeypatch.setattr(shutil, "which", {"python3.11": "/opt/python3.11"}.get)
    assert build.find_python() == "/opt/python3.11"
    monkeypatch.setattr(shutil, "which", {}.get)
    with pytest.raises(build.BuildError, match=r"this is 3\.13 and there is no python3\.11"):
        build.find_python()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of a set-up that is only written down, its interpreter made by hand."""
    commands: list[list[str]] = []

    def write_down(command: list[str | Path], step: str) -> None:
        commands.append([str(word) for word in command])
        if "venv" in commands[-1]:
            python = Path(command[-1]) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()

    monkeypatch.setattr(build, "call", write_down)
    return commands


def test_a_ready_environment_is_left_alone(tmp_path: Path, calls: list[list[str]]) -> None:
    filled: list[Path] = []
    first = build.ready(tmp_path / "venv", "one", filled.append)
    assert build.ready(tmp_path / "venv", "one", filled.append) == first
    assert filled == [first]
    assert len(calls) == 1


def test_another_lock_file_fills_the_environment_again(
    tmp_path: Path, calls: list[list[str]]
) -> None:
    filled: list[Path] = []
    for wanted in ("one", "two", "two"):
        build.ready(tmp_path / "venv", wanted, filled.append)
    assert len(filled) == 2
    assert "--clear" not in calls[1]


def test_a_killed_set_up_is_made_from_scratch(tmp_path: Path, calls: list[list[str]]) -> None:
    def die(python: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build.ready(tmp_path / "venv", "one", die)
    build.ready(tmp_path / "venv", "one", lambda python: None)
    assert ["--clear" in call for call in calls] == [False, True]


CPU_BUILD = ["filelock", "sympy>=1.13.3"]
CUDA_BUILD = [*CPU_BUILD, 'nvidia-cudnn-cu13==9.20.0.48; platform_system == "Linux"']


@pytest.mark.parametrize(
    ("gpu", "configured", "warned"),
    [(True, CUDA_BUILD, False), (False, CPU_BUILD, False), (False, CUDA_BUILD, True)],
    ids=["gpu", "cpu build in reach", "only cuda in reach"],
)
def test_useless_cuda_libraries_are_announced(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    gpu: bool,
    configured: list[str],
    warned: bool,
) -> None:
    def pip(command: list[str], **options: bool) -> subprocess.CompletedProcess[str]:
        report = {"install": [{"metadata": {"requires_dist": configured}}]}
        return subprocess.CompletedProcess(command, 0, stdout=json.dumps(report))

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(build, "has_nvidia_gpu", lambda: gpu)
    monkeypatch.setattr(subprocess, "run", pip)
    build.warn_of_cuda(Path("python"))
    assert ("only PyTorch with CUDA" in capsys.readouterr().out) == warned


def test_the_lock_file_pins_everything_and_names_no_cuda_package() -> None:
    lines = [line for line in build.LOCK.read_text().splitlines() if line and line[0] != "#"]
    assert all("==" in line for line in lines)
    assert not [line for line in lines if line.startswith(("nvidia", "cuda", "triton"))]


def test_an_unknown_command_shows_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["polish"]) == 2
    assert "python build.py demo [PICTURE...]" in capsys.readouterr().err


def test_a_failing_step_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(build.BuildError, match="sleeping: failed with exit code 3"):
        build.call([sys.executable, "-c", "raise SystemExit(3)"], "sleeping")


def test_a_copy_without_git_is_not_staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "ROOT", tmp_path)
    with pytest.raises(build.BuildError, match=r"git lists no files of .* clone the repository"):
        build.stage(tmp_path / "stage")


def test_the_package_holds_what_git_tracks_and_nothing_else(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
    assert names == sorted(names)
    assert {"__init__.py", "blender_manifest.toml", "LICENSE"} <= set(names)
    assert {"addon/__init__.py", "core/worker.py"} <= set(names)
    assert "addon/demo.py" not in names
    strange = [name for name in names if name.split("/")[0] not in {*build.SHIPPED, "__init__.py"}]
    assert strange == []
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_same_sources_give_the_same_bytes(package: Path, tmp_path: Path) -> None:
    assert build.package(tmp_path).read_bytes() == package.read_bytes()


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


BLENDER = os.environ.get("BLENDER") or shutil.which("blender")


@pytest.mark.blender
@pytest.mark.skipif(BLENDER is None, reason="no Blender in the variable BLENDER or on the PATH")
def test_the_package_installs_in_a_full_blender(package: Path, tmp_path: Path) -> None:
    command = [BLENDER, "--background", "--factory-startup", "--python-exit-code", "1", "--python"]
    check_installation(command, package, tmp_path)
