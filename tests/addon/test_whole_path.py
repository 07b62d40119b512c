"""The whole path with the shipped model: a picture through the worker into a Blender scene."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.blender, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
PICTURES = sorted((ROOT / "tests" / "data").glob("example_*.png"))

SCRIPT = """
import array, hashlib, json, sys
import bpy
import addon_utils

def digest(data, member, code, width):
    numbers = array.array(code, bytes(4 * width * len(data)))
    data.foreach_get(member, numbers)
    return hashlib.sha256(numbers.tobytes()).hexdigest()


sys.path.insert(0, sys.argv[1])
bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
addon_utils.enable("isoform", default_set=True)
bpy.context.preferences.addons["isoform"].preferences.python_path = sys.executable
told = []
for picture in sys.argv[2:]:
    bpy.ops.isoform.reconstruct(filepath=picture, size_m=2.0)
    thing = bpy.context.active_object
    wings = [0] * len(thing.data.edges)
    for loop in thing.data.loops:
        wings[loop.edge_index] += 1
    told.append({
        "name": thing.name,
        "size": max(thing.dimensions),
        "lowest": min(each.co.z for each in thing.data.vertices),
        "closed": set(wings) == {2},
        "torch_in_blender": "torch" in sys.modules,
        "code": list(thing["isoform_code"]),
        "vertices": digest(thing.data.attributes["position"].data, "vector", "f", 3),
        "corners": digest(thing.data.attributes[".corner_vert"].data, "value", "i", 1),
    })
addon_utils.disable("isoform")
sys.stdout.write(json.dumps(told) + chr(10))
"""


@pytest.mark.skipif(not (ROOT / "core/zoo/starter.safetensors").exists(), reason="no model yet")
def test_a_picture_becomes_a_closed_mesh_of_the_size_asked_for(tmp_path):
    package = tmp_path / "isoform"
    unwanted = shutil.ignore_patterns("__pycache__")
    for part in ("addon", "core"):
        shutil.copytree(ROOT / part, package / part, ignore=unwanted)
    shutil.copy(ROOT / "blender_manifest.toml", package)
    (package / "__init__.py").write_text("from .addon import register, unregister\n")
    # the first twice: the same picture and seed give the same shape
    pictures = [str(each) for each in (PICTURES[0], *PICTURES)]
    command = [sys.executable, "-I", "-c", SCRIPT, str(tmp_path), *pictures]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert len(told) == len(pictures)
    for each in told:
        assert each["size"] == pytest.approx(2.0, abs=1e-4)
        assert each["lowest"] == pytest.approx(0.0, abs=1e-5)
        assert each["closed"]
        assert not each["torch_in_blender"]
    for what in ("code", "vertices", "corners"):
        assert told[0][what] == told[1][what]
        assert told[0][what] != told[2][what]
