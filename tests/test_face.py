"""The face for scripts: what is installed, and that the manual's Python lines run as they stand."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import trimesh

ROOT = Path(__file__).parents[1]
STARTER = ROOT / "core" / "zoo" / "starter.safetensors"


def python_lines(manual: Path) -> str:
    """The Python blocks of a manual, in their order, as one script."""
    return "\n".join(re.findall(r"```python\n(.*?)```", manual.read_text(encoding="utf-8"), re.S))


def test_every_folder_of_the_engine_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folders = [path.parent for path in (ROOT / "core").rglob("__init__.py")]
    names = [".".join(("isoform", *each.relative_to(ROOT / "core").parts)) for each in folders]
    assert sorted(project["tool"]["setuptools"]["packages"]) == sorted(names)


@pytest.mark.slow
def test_what_is_installed_is_called_isoform_and_brings_the_models(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "core", source / "core", ignore=shutil.ignore_patterns("__pycache__"))
    words = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path]
    command = [sys.executable, "-m", "pip", *words, source]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"isoform"}
    models = {f"isoform/zoo/{path.name}" for path in (ROOT / "core" / "zoo").glob("*.safetensors")}
    assert models <= set(names)


@pytest.mark.slow
@pytest.mark.skipif(not STARTER.exists(), reason="no model yet")
def test_the_python_lines_of_the_manual_run(tmp_path: Path) -> None:
    lines = python_lines(ROOT / "core" / "README.md")
    assert "import isoform" in lines
    # as an installation has it, whatever this environment holds
    (tmp_path / "installed").mkdir()
    (tmp_path / "installed" / "isoform").symlink_to(ROOT / "core", target_is_directory=True)
    shutil.copy(ROOT / "tests" / "data" / "example_chair.png", tmp_path / "chair.png")
    half = trimesh.creation.cylinder(0.3, 1.0)
    half.update_faces(half.triangles_center[:, 0] < 0.1)
    half.export(tmp_path / "broken.glb")
    script = f"import sys; sys.path.insert(0, 'installed')\n{lines}"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "chair.glb").stat().st_size > 1000
