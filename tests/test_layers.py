"""The import rules, held by file and line: who may import whom, and what stays out of Blender."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GROUND = (
    *("threads", "errors", "memory", "process", "output_names", "array_files", "meshes"),
    *("mesh_files", "frames", "scene_files", "lines", "doubts", "job_messages", "messages"),
    *("cards", "picture_formats", "options", "batch_log", "batch", "batch_files"),
)
"""From left to right: a file may import those before it."""

STAGES = ("inputs", "prior", "latent", "field", "surface", "finish")
MAY_IMPORT = {
    **{name: set(GROUND[:floor]) for floor, name in enumerate(GROUND)},
    "__init__": {"threads"},
    "tensors": set(GROUND),
    "devices": set(GROUND),
    **{stage: {*GROUND, "tensors", stage} for stage in (*STAGES, "metrics")},
    "reading": {*GROUND, "reading"},
    "inputs": {*GROUND, "tensors", "reading", "inputs"},
    "models": {*GROUND, "tensors", "devices", "prior", "field", "models"},
    "train": {
        *(*GROUND, "tensors", "devices", "reading"),
        *("models", "prior", "latent", "field", "metrics", "train"),
    },
    "pipeline": {*GROUND, "tensors", "devices", *STAGES, "models", "pipeline"},
    "install": {"errors", "lines", "messages", "install"},
    "engines": set(GROUND),
    "checks": set(GROUND),
    "jobs": {*GROUND, "engines", "checks"},
    "worker": {*GROUND, "engines", "install", "jobs", "pipeline", "train"},
    "commands": {*GROUND, "pipeline", "commands"},
    "__main__": {*GROUND, "commands", "pipeline", "train"},
}
"""By the file or folder in `core/` that a module belongs to."""

BLENDERS_OWN = {"bpy", "bpy_extras", "mathutils", "addon_utils", "gpu", "blf", "bmesh"}

IN_BLENDER = (
    *("threads", "errors", "array_files", "lines", "doubts", "job_messages", "messages", "cards"),
    *("picture_formats", "options", "output_names", "batch_log", "batch", "batch_files"),
)
"""Of the ground floor: these need no NumPy, which some Linux packages of Blender leave out."""

NOT_SHIPPED = {
    "demo.py": {"numpy"},
    "packaging.py": {"build"},
    "bundling.py": {"build", "core"},
    "locking.py": {"build"},
}
"""Beside the shipped add-on, in the checkout's environment: what else each may import."""


def imports_of(path: Path) -> list[tuple[int, int, str]]:
    """Line, dots of a relative import, and dotted name of everything that the file imports."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, 0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [
                (node.lineno, node.level, f"{node.module or ''}.{alias.name}".strip("."))
                for alias in node.names
            ]
    return found


def faults_in_core(path: Path, core: Path) -> list[str]:
    """What the file imports against the rules, as `file:line: fault`."""
    place = path.relative_to(core).with_suffix("").parts
    if place[0] not in MAY_IMPORT:
        return [f"{path.relative_to(core.parent)}:1: {place[0]} is no part of the house"]
    faults = []
    for line, dots, name in imports_of(path):
        target = (place[: len(place) - dots] + tuple(name.split(".")))[0] if dots else name
        library = name.split(".")[0]
        if dots > len(place):
            fault = "reaches out of core"
        elif dots and target not in MAY_IMPORT[place[0]]:
            fault = f"{place[0]} may not import {target}"
        elif not dots and library in {"core", "addon"}:
            fault = f"imports {name} by name; inside core imports are relative"
        elif not dots and library in BLENDERS_OWN:
            fault = f"core may not import {library}"
        elif not dots and place[0] in GROUND and library not in {*sys.stdlib_module_names, "numpy"}:
            fault = f"the ground floor may not import {library}"
        elif not dots and place[0] == "install" and library not in sys.stdlib_module_names:
            fault = f"the installer may not import {library}: it runs in Blender's own Python"
        else:
            continue
        faults.append(f"{path.relative_to(core.parent)}:{line}: {fault}")
    return faults


def faults_in_addon(path: Path, root: Path) -> list[str]:
    """What the add-on's file imports against the rules, as `file:line: fault`."""
    allowed = {*sys.stdlib_module_names, *BLENDERS_OWN}
    allowed |= NOT_SHIPPED.get(path.name, set())
    faults = []
    for line, dots, name in imports_of(path):
        parts = name.split(".")
        if dots == 0 and parts[0] not in allowed:
            faults.append(f"{path.relative_to(root)}:{line}: the add-on may not import {parts[0]}")
        if (
            dots == 2
            and parts[0] == "core"
            and (len(parts) < 2 or parts[1] not in (*IN_BLENDER, "install"))
        ):
            faults.append(f"{path.relative_to(root)}:{line}: Blender may not load {name}")
    return faults


def test_core_keeps_the_import_rules() -> None:
    faults = [
        fault
        for path in sorted((ROOT / "core").rglob("*.py"))
        for fault in faults_in_core(path, ROOT / "core")
    ]
    assert faults == []


def test_the_addon_imports_blender_and_the_ground_floor_alone() -> None:
    faults = [
        fault
        for path in sorted((ROOT / "addon").rglob("*.py"))
        for fault in faults_in_addon(path, ROOT)
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("place", "line", "fault"),
    [
        ("field/x.py", "from ..surface.lattice import Lattice", "field may not import surface"),
        ("field/x.py", "from .. import surface", "field may not import surface"),
        ("field/x.py", "from ..models import triplane", "field may not import models"),
        ("models/x.py", "from ..latent import known", "models may not import latent"),
        ("metrics/x.py", "from ..inputs import image", "metrics may not import inputs"),
        ("errors.py", "from .meshes import TriangleMesh", "errors may not import meshes"),
        ("frames.py", "import torch", "ground floor may not import torch"),
        ("surface/x.py", "import bpy", "core may not import bpy"),
        ("surface/x.py", "from core.errors import InputError", "imports are relative"),
        ("pipeline.py", "from .train.loop import train", "pipeline may not import train"),
        ("worker.py", "from ..addon import link", "reaches out of core"),
        ("install/x.py", "import numpy", "installer may not import numpy"),
    ],
)
def test_a_broken_rule_in_core_is_found(tmp_path: Path, place: str, line: str, fault: str) -> None:
    path = tmp_path / "core" / place
    path.parent.mkdir(parents=True)
    path.write_text(f"import math\n{line}\n")
    faults = faults_in_core(path, tmp_path / "core")
    assert len(faults) == 1
    assert faults[0].startswith(f"core/{place}:2: ")
    assert fault in faults[0]


@pytest.mark.parametrize(
    "line",
    [
        "import torch",
        "import numpy",
        "from ..core.pipeline import Engine",
        "from ..core import meshes",
    ],
)
def test_a_broken_rule_in_the_addon_is_found(tmp_path: Path, line: str) -> None:
    path = tmp_path / "addon" / "x.py"
    path.parent.mkdir()
    path.write_text(f"import bpy\n{line}\n")
    assert [fault.split(": ")[0] for fault in faults_in_addon(path, tmp_path)] == ["addon/x.py:2"]


@pytest.mark.parametrize(
    ("modules", "missing"),
    [(GROUND, ("torch", "jaxtyping")), (IN_BLENDER, ("torch", "jaxtyping", "numpy"))],
    ids=["ground floor without torch", "Blender's part without NumPy"],
)
def test_modules_load_without_what_may_be_missing(
    modules: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    words = f"import sys; sys.modules.update(dict.fromkeys({missing})); import "
    words += ", ".join(f"core.{name}" for name in modules)
    run = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
