"""The same request with the same seed gives the same bytes: in any process, warm or cold."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import trimesh

from core.batch.log import LOG_NAME
from core.models.card import ZOO
from core.operations.engine import Engine

ROOT = Path(__file__).parents[3]
PICTURE = ROOT / "tests" / "data" / "example_mug.png"
SUFFIXES = (".glb", ".obj", ".ply", ".stl")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ZOO / "starter.safetensors").exists(), reason="no model yet"),
]

SCRIPT = """
import hashlib, json, sys
from pathlib import Path

from core.operations.engine import Engine
from core.files.scene import write_completed_mesh, write_scene_mesh

picture, part, folder = map(Path, sys.argv[1:4])
engine = Engine("starter", "cpu")
told = []
for _ in range(int(sys.argv[4])):
    result = engine.reconstruct([picture], resolution=64, target_faces=3000, seed=3)
    best = engine.complete(part, pose="upright", resolution=48, seed=3).hypotheses[0]
    told.append({})
    for suffix in SUFFIXES:
        path = folder / f"mesh{suffix}"
        write_scene_mesh(path, result.mesh, result.normals)
        told[-1][f"reconstruct{suffix}"] = hashlib.sha256(path.read_bytes()).hexdigest()
        write_completed_mesh(path, best.mesh, best.normals, best.is_observed, best.confidence)
        told[-1][f"complete{suffix}"] = hashlib.sha256(path.read_bytes()).hexdigest()
sys.stdout.write(json.dumps(told))
"""
"""Both tasks with one engine, in every format, once or several times."""


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table top on two of its four legs."""
    boxes = [trimesh.creation.box(bounds=[[-0.5, -0.35, 0.2], [0.5, 0.35, 0.26]])]
    for y in (-0.29, 0.29):
        corners = [[-0.47, y - 0.03, -0.26], [-0.41, y + 0.03, 0.21]]
        boxes.append(trimesh.creation.box(bounds=corners))
    path = tmp_path_factory.mktemp("parts") / "table.ply"
    trimesh.util.concatenate(boxes).export(path)
    return path


def in_a_process(part: Path, folder: Path, rounds: int, hash_seed: str) -> list[dict[str, str]]:
    """What the script tells, in a Python that orders its sets by `hash_seed`."""
    script = f"SUFFIXES = {SUFFIXES}\n{SCRIPT}"
    done = subprocess.run(
        [sys.executable, "-c", script, str(PICTURE), str(part), str(folder), str(rounds)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def told(part: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Hashes of all files, from the first round of a process."""
    cold, warm = in_a_process(part, tmp_path_factory.mktemp("first"), 2, "1")
    assert len(cold) == 2 * len(SUFFIXES)
    assert cold == warm
    return cold


def test_another_process_writes_the_same_files(
    told: dict[str, str], part: Path, tmp_path: Path
) -> None:
    assert in_a_process(part, tmp_path, 1, "2") == [told]


@pytest.mark.parametrize(
    ("task", "workers"), [("pictures", "1"), ("pictures", "2"), ("meshes", "2")]
)
def test_workers_of_a_batch_write_the_same_files(
    told: dict[str, str], part: Path, tmp_path: Path, task: str, workers: str
) -> None:
    inputs, output = tmp_path / "inputs", tmp_path / "output"
    inputs.mkdir()
    for name in ("a", "b"):
        shutil.copy(part, inputs / f"{name}.ply")
        shutil.copy(PICTURE, inputs / f"{name}.png")
    words = ["batch", inputs, "--inputs", task, "--output", output, "--workers", workers]
    words += ["--device", "cpu", "--seed", "3", "--pose", "upright"]
    words += ["--resolution", "64" if task == "pictures" else "48"]
    command = [sys.executable, "-m", "core", *map(str, words)]
    assert subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0
    files = [each for each in output.iterdir() if each.name != LOG_NAME]
    found = {hashlib.sha256(each.read_bytes()).hexdigest() for each in files}
    assert len(files) == 2
    assert len(found) == 1
    if task == "meshes":  # the picture's mesh was reduced, and lay in the unit cube
        assert found == {told["complete.glb"]}


def test_a_reconstruction_is_the_same_whatever_the_number_of_threads() -> None:
    engine, before = Engine("starter", "cpu"), torch.get_num_threads()
    found = set()
    try:
        for threads in (1, 2, 3, 5):
            torch.set_num_threads(threads)
            result = engine.reconstruct([PICTURE], resolution=96)
            found.add(result.code.tobytes() + result.mesh.vertices.tobytes())
    finally:
        torch.set_num_threads(before)
    assert len(found) == 1


def test_another_seed_gives_other_bytes() -> None:
    engine = Engine("starter", "cpu")
    codes = {
        engine.reconstruct([PICTURE], resolution=32, seed=each).code.tobytes() for each in (0, 3)
    }
    assert len(codes) == 2
