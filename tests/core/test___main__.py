"""The program: its commands, its ends, and how it is started as a module and as a script."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import InputError
from tests.core.cli.doubt import doubt_of

ROOT = Path(__file__).parents[2]


def test_shipped_models_are_listed(
    capsys: pytest.CaptureFixture[str], tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.operations.zoo.ZOO", tiny_model.parent)
    assert main(["models"]) == 0
    assert capsys.readouterr().out == (
        "tiny: chair, lamp\n  licence: GPL-3.0-or-later\n  f_score: 0.5\n"
    )
    assert main(["models", "--json"]) == 0
    (card,) = json.loads(capsys.readouterr().out)
    assert card["categories"] == ["chair", "lamp"]


@pytest.mark.parametrize(
    "command", ["reconstruct", "batch", "models", "prepare", "train", "evaluate"]
)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert f"\n    {command}" in capsys.readouterr().out
    assert main([command, "--help"]) == 0
    assert f"usage: isoform {command}" in capsys.readouterr().out


def test_no_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "COMMAND" in capsys.readouterr().err


def test_the_module_runs_as_a_program(tmp_path: Path, chair_file: Path, tiny_model: Path) -> None:
    command = [sys.executable, "-m", "core", "reconstruct", chair_file, "--model", tiny_model]
    command += ["--resolution", "24", "--json", "--output", tmp_path / "a.glb"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, doubt_of(done.stderr))
    assert json.loads(done.stdout)["closed"]


def test_help_is_quick_to_import() -> None:
    program = (
        "import sys; from core.__main__ import main; "
        "main(['--help']); sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


SCRIPT = ROOT / "core" / "__main__.py"
"""What Blender starts, in a Python of which it knows nothing."""


def test_the_script_does_what_the_module_does(tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(SCRIPT), "models", "--json"]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    answer = process.stdout.read()  # its stdin stays open all the while
    assert json.loads(answer)[0]["name"] == "starter"
    assert process.wait() == 0
    process.stdin.close()
    process.stdout.close()


def test_the_script_ends_with_its_starter(chair_file: Path, tmp_path: Path) -> None:
    words = ["reconstruct", chair_file, "--output", tmp_path / "a.glb"]
    command = [sys.executable, "-I", SCRIPT, *words]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("lack", "trick"),
    [
        ("torch", "sys.modules['torch'] = None"),
        ("numpy and torch", "sys.modules['torch'] = sys.modules['numpy'] = None"),
        ("Python 3.11", "sys.version_info = (3, 9)"),
    ],
)
def test_the_script_says_what_its_python_lacks(lack: str, trick: str) -> None:
    program = f"import runpy, sys; {trick}; runpy.run_path({str(SCRIPT)!r}, {{}}, '__main__')"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True)
    assert done.returncode == 2
    assert f"cannot run Isoform (it lacks {lack}); choose one that has torch" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        (
            InputError("the picture is blank; choose another"),
            2,
            "the picture is blank; choose another",
        ),
        (KeyboardInterrupt(), 130, "stopped"),
    ],
)
def test_what_ends_a_command_is_one_sentence_and_a_status(
    end: BaseException,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> None:
        raise end

    monkeypatch.setattr("core.operations.zoo.shipped_models", fail)
    assert main(["models"]) == status
    assert capsys.readouterr() == ("", f"isoform: {said}\n")
