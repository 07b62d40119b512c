"""The set-up of the environments, and the commands of build.py."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import build


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
