"""The demo's part inside Blender, with the fake engine and a preview of few pixels."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[3] / "addon" / "development" / "demo.py"

SMALL_RUN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import demo
demo.TILE_PX, demo.SAMPLES = 32, 1
sys.exit(demo.main(*map(Path, sys.argv[2:4]), [Path(name) for name in sys.argv[4:]]))
"""

pytestmark = pytest.mark.blender


@pytest.fixture
def run_demo(staged: Path, tmp_path: Path):
    """Runs the demo on pictures, into `tmp_path / "out"`."""
    (tmp_path / "out").mkdir()

    def run(*pictures: Path) -> subprocess.CompletedProcess:
        paths = [DEMO.parent, staged / "isoform", tmp_path / "out", *pictures]
        user = {**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "user")}
        command = [sys.executable, "-c", SMALL_RUN, *paths]
        return subprocess.run(command, env=user, capture_output=True, text=True)

    return run


def test_two_pictures_give_a_scene_two_meshes_a_preview_and_a_table(run_demo, picture, tmp_path):
    done = run_demo(picture("chair.png"), picture("lamp.png"))
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out"
    names = {"scene.blend", "chair.glb", "lamp.glb", "preview.png", "table.txt"}
    assert {path.name for path in out.iterdir()} == names
    # a PNG's size stands at byte 16: three tiles wide, one tile high for every picture
    assert struct.unpack(">II", (out / "preview.png").read_bytes()[16:24]) == (96, 64)
    header, *rows = (out / "table.txt").read_text().splitlines()
    assert header.split() == ["picture", "vertices", "triangles", "closed", "field", "s"]
    assert [row.split() for row in rows] == [
        ["chair.png", "8", "12", "yes", "0.25"],
        ["lamp.png", "8", "12", "yes", "0.25"],
    ]


def test_an_exported_mesh_stands_on_the_origin_one_metre_high(run_demo, picture, tmp_path):
    assert run_demo(picture("first.png"), picture("second.png")).returncode == 0
    data = (tmp_path / "out" / "second.glb").read_bytes()
    length = struct.unpack("<I", data[12:16])[0]
    scene = json.loads(data[20 : 20 + length])
    positions = [each for each in scene["accessors"] if "min" in each and len(each["min"]) == 3]
    # glTF's Y is up; the fake engine's box is twice as high as wide
    assert positions[0]["min"] == pytest.approx([-0.25, 0, -0.25])
    assert positions[0]["max"] == pytest.approx([0.25, 1, 0.25])
    assert "translation" not in scene["nodes"][0]


def test_a_picture_that_cannot_be_used_changes_no_file(run_demo, picture, tmp_path):
    done = run_demo(picture("chair.png"), picture("blank.png"))
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last == "isoform: the picture blank.png is fully transparent; choose another"
    assert list((tmp_path / "out").iterdir()) == []


def test_pictures_of_the_same_name_give_two_files(run_demo, picture, tmp_path):
    first = picture("chair.png")
    other = tmp_path / "other"
    other.mkdir()
    second = first.rename(other / "chair.png")
    assert run_demo(picture("chair.png"), second).returncode == 0
    assert (tmp_path / "out" / "chair.glb").exists()
    assert (tmp_path / "out" / "chair_2.glb").exists()
