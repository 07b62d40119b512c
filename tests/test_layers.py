"""The import rules, held by file and line: who may import whom, and what stays out of Blender."""

import ast
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GROUND = (
    *(
        "threads",
        "errors",
        "operations.settings",
        "memory",
        "files.names",
        "files.arrays",
        "meshes",
        "files.meshes",
    ),
    *("frames", "files.scene", "files.json_lines", "doubts", "worker.job_messages"),
    *("worker.protocol", "worker.task", "worker.client", "worker.supervision", "worker.pool"),
    *("models.card", "files.picture_formats", "cli.setting_options", "cli.options", "batch.log"),
    *("batch.running", "batch.folder"),
)
"""From left to right: a file may import those before it."""

FIRST = ("tensors", "devices", "reading", "geometry")
STAGES = ("inputs", "prior", "latent", "field", "surface", "finish")
MAY_IMPORT = {
    **{name: set(GROUND[:floor]) for floor, name in enumerate(GROUND)},
    "__init__": {"threads", "operations"},
    "tensors": set(GROUND),
    "devices": set(GROUND),
    "reading": set(GROUND),
    "geometry": set(GROUND),
    **{stage: {*GROUND, "tensors", "geometry"} for stage in (*STAGES, "metrics")},
    "inputs": {*GROUND, *FIRST} - {"devices"},
    "models": {*GROUND, *FIRST, "prior", "field"},
    "train": {*GROUND, *FIRST, "models", "prior", "latent", "field", "metrics"},
    "operations": {*GROUND, *FIRST, *STAGES, "models"},
    "evaluate": {*GROUND, *FIRST, *STAGES, "models", "metrics", "operations", "train"},
    "install": {"errors", "files.json_lines", "worker.protocol"},
    "worker": {*GROUND, "install", "operations"},
    "cli": {*GROUND, "operations", "inputs", "worker"},
    "__main__": {*GROUND, "cli", "inputs", "operations", "evaluate", "train"},
}
"""By the file or folder in `core/` that a module belongs to, beside its own."""

BLENDERS_OWN = {"bpy", "bpy_extras", "mathutils", "addon_utils", "gpu", "blf", "bmesh"}

IN_BLENDER = tuple(
    name
    for name in GROUND
    if name not in ("memory", "meshes", "files.meshes", "frames", "files.scene")
)
"""Of the ground floor: these need no NumPy, which some Linux packages of Blender leave out."""

DEVELOPERS_OWN = {"demo": {"numpy"}, "packaging": {"build"}, "bundling": {"build", "core"}} | {
    "locking": {"build"}
}
"""In `addon/development`, which is not shipped: what else each file may import."""


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


def owner_of(dotted: str, names: Collection[str]) -> str:
    """The longest of the names that the module is, or lies in; its own first part if none is."""
    parts = dotted.split(".")
    beginnings = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return next((each for each in beginnings if each in names), parts[0])


def faults_in_core(path: Path, core: Path) -> list[str]:
    """What the file imports against the rules, as `file:line: fault`."""
    place = path.relative_to(core).with_suffix("").parts
    owner = owner_of(".".join(place), MAY_IMPORT)
    if place[-1] == "__init__" and len(place) > 1:
        owner = place[0] if place[0] in MAY_IMPORT else "__init__"  # of a room of the ground floor
    if owner not in MAY_IMPORT:
        return [f"{path.relative_to(core.parent)}:1: {place[0]} is no part of the house"]
    faults = []
    for line, dots, name in imports_of(path):
        target = owner_of(".".join((*place[: len(place) - dots], name)), MAY_IMPORT)
        library = name.split(".")[0]
        if dots > len(place):
            fault = "reaches out of core"
        elif dots and target != owner and target not in MAY_IMPORT[owner]:
            fault = f"{owner} may not import {target}"
        elif not dots and library in {"core", "addon"}:
            fault = f"imports {name} by name; inside core imports are relative"
        elif not dots and library in BLENDERS_OWN:
            fault = f"core may not import {library}"
        elif not dots and owner in GROUND and library not in {*sys.stdlib_module_names, "numpy"}:
            fault = f"the ground floor may not import {library}"
        elif not dots and owner == "install" and library not in sys.stdlib_module_names:
            fault = f"the installer may not import {library}: it runs in Blender's own Python"
        else:
            continue
        faults.append(f"{path.relative_to(core.parent)}:{line}: {fault}")
    return faults


def faults_in_addon(path: Path, root: Path) -> list[str]:
    """What the add-on's file imports against the rules, as `file:line: fault`."""
    place = path.relative_to(root).with_suffix("").parts
    allowed = {*sys.stdlib_module_names, *BLENDERS_OWN}
    if place[1] == "development":
        allowed |= DEVELOPERS_OWN.get(place[-1], set())
    faults = []
    for line, dots, name in imports_of(path):
        parts = name.split(".")
        if dots == 0 and parts[0] not in allowed:
            faults.append(f"{path.relative_to(root)}:{line}: the add-on may not import {parts[0]}")
        if dots == len(place) and parts[0] == "core":
            target = owner_of(".".join(parts[1:]), (*IN_BLENDER, "install"))
            if target not in (*IN_BLENDER, "install"):
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
        (
            "operations/settings/x.py",
            "from ...files.arrays import x",
            "may not import files.arrays",
        ),
        ("operations/settings/x.py", "import torch", "ground floor may not import torch"),
        ("frames.py", "import torch", "ground floor may not import torch"),
        ("surface/x.py", "import bpy", "core may not import bpy"),
        ("surface/x.py", "from core.errors import InputError", "imports are relative"),
        ("operations/x.py", "from ..train.loop import train", "operations may not import train"),
        ("batch/log.py", "from ..worker.server import main", "batch.log may not import worker"),
        ("worker/protocol.py", "from . import jobs", "worker.protocol may not import worker"),
        ("worker/server.py", "from ...addon import jobs", "reaches out of core"),
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
        "from ..core.operations.engine import Engine",
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
