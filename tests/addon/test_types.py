"""The add-on's types against Blender's, as `fake-bpy-module` states them."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CACHE = Path(__file__).parents[2] / ".pytest_cache" / "mypy"
"""Blender's stubs are large; read once, they need not be read again."""

OPTIONS = (
    "--no-strict-optional",  # Blender's context and preferences are there whenever we are called
    "--disable-error-code=valid-type",  # properties are declared by calls in annotations
    "--follow-imports=silent",
    "--no-error-summary",
)


def test_the_addon_agrees_with_blenders_types(staged):
    pytest.importorskip("mypy", reason="mypy is not installed")
    files = sorted((staged / "isoform" / "addon").rglob("*.py"))
    command = [sys.executable, "-m", "mypy", *OPTIONS, f"--cache-dir={CACHE}"]
    names = [each.relative_to(staged).as_posix() for each in files]
    done = subprocess.run([*command, *names], cwd=staged, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
