"""`blender --command isoform` in real Blenders, from the zip: the engine's bytes, and scenes."""

import json
import sys
from pathlib import Path

import pytest

from core.__main__ import main
from tests.addon.blenders import FullBlender, blender

pytestmark = [pytest.mark.blender, pytest.mark.slow]

HERE = Path(__file__).parent
PICTURE = HERE.parent / "data" / "example_chair.png"


@pytest.fixture(scope="module", params=["4.2", "4.5", "5.0", "full"])
def command(request, archive, tmp_path_factory):
    """Runs a command in one Blender, into which the zip was installed; gives what it printed."""
    user = tmp_path_factory.mktemp("blender") / "user"
    user.mkdir()
    one = blender(request.param, user)
    one.extension("install-file", "--repo=user_default", archive)
    script = HERE / "command_script.py"
    if not isinstance(one, FullBlender):
        return lambda *words: one.script(script, sys.executable, *words)
    one.script(script, sys.executable)
    return lambda *words: one.run([one.command, "--command", "isoform", *words])


def test_a_mesh_file_has_the_engine_s_own_bytes(command, tmp_path):
    words = ["reconstruct", str(PICTURE), "--resolution", "48", "--seed", "3", "--output"]
    said = command(*words, tmp_path / "blender.glb")
    assert "chair" in said
    assert main([*words, str(tmp_path / "engine.glb")]) == 0
    assert (tmp_path / "blender.glb").read_bytes() == (tmp_path / "engine.glb").read_bytes()


def test_a_batch_of_assets_is_one_file_and_resumed(command, tmp_path):
    folder, output = tmp_path / "pictures", tmp_path / "library"
    folder.mkdir()
    (folder / "chair.png").write_bytes(PICTURE.read_bytes())
    words = ["batch", folder, "--output", output, "--as", "assets", "--resolution", "32", "--json"]
    for done, skipped in ((1, 0), (0, 1)):
        said = command(*words, "--resume")
        counts = json.loads(next(line for line in said.splitlines() if line[:1] == "{"))
        assert (counts["done"], counts["failed"], counts["skipped"]) == (done, 0, skipped)
    assert sorted(each.name for each in output.iterdir()) == [
        "isoform_assets.blend",
        "isoform_log.jsonl",
    ]
