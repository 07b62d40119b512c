"""A batch in Blender from a script, to its end: what goes in, what comes out, what is refused."""

import pytest

from ..batch_log import ended

pytestmark = pytest.mark.blender


def test_a_folder_of_pictures_becomes_files(isoform, pictures, tmp_path):
    import bpy

    folder, output = pictures("stool.png", "blank.png", "surprise.png", "jar.png"), tmp_path / "out"
    bpy.context.scene.isoform.seed = 7
    done = bpy.ops.isoform.batch(folder=str(folder), output=str(output), format="ply", workers=2)
    assert done == {"FINISHED"}
    assert sorted(each.name for each in output.glob("*.ply")) == ["jar.ply", "stool.ply"]
    told = ended(output)
    assert {name for name, each in told.items() if each["status"] == "done"} == {
        "jar.png",
        "stool.png",
    }
    assert "is fully transparent" in told["blank.png"]["error"]
    assert told["stool.png"]["seed"] == 7
    assert told["stool.png"]["version"] == isoform.places.version()
    assert len(bpy.data.objects) == 0


def test_what_is_not_given_is_said(isoform, tmp_path):
    import bpy

    words = {"folder": str(tmp_path), "output": str(tmp_path / "out")}
    for wrong, sentence in (
        ({"folder": str(tmp_path / "missing"), "output": str(tmp_path)}, "there is no folder"),
        (words, "there is no input in"),
        ({"output": str(tmp_path)}, "needs a source and an output folder"),
        ({"source": "collection", "collection": "x", "output": "/"}, "there is no collection 'x'"),
        ({**words, "source": "meshes", "results": "assets"}, "mesh files of a folder become"),
    ):
        with pytest.raises(RuntimeError, match=sentence):
            bpy.ops.isoform.batch(**wrong)
