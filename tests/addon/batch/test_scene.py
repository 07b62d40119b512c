"""Inputs of a batch that are in the scene, and results that go there."""

import pytest

from ..batch_log import ended, lines

pytestmark = pytest.mark.blender


def test_a_folder_of_pictures_becomes_assets_in_a_row(pictures, tmp_path):
    import bpy

    folder, output = pictures("a.png", "b.png", "blank.png"), tmp_path / "out"
    words = {"folder": str(folder), "output": str(output), "results": "assets"}
    bpy.ops.isoform.batch(**words)
    assert [each.name for each in bpy.data.objects] == ["a", "b"]
    for thing in bpy.data.objects:
        assert thing.asset_data is not None
        assert "isoform" in thing.asset_data.tags
        assert thing["isoform_input"] == f"{thing.name}.png"
    a, b = bpy.data.objects
    assert b.location.x - a.location.x == pytest.approx(1.5)
    assert ended(output)["a.png"]["written"] == ["a"]
    bpy.data.objects.remove(b)
    bpy.ops.isoform.batch(**words)
    assert sorted(each.name for each in bpy.data.objects) == ["a", "b"]
    assert [each["input"] for each in lines(output)].count("a.png") == 2


def test_a_collection_becomes_files_in_the_frame_of_the_world(broken, tmp_path):
    import bpy

    output = tmp_path / "out"
    bpy.ops.isoform.batch(
        source="collection", collection="Broken", output=str(output), format="obj"
    )
    assert sorted(each.name for each in output.glob("*.obj")) == ["One.obj", "_Two.obj"]
    written = ended(output)["One"]["written"]
    text = (output / written[0]).read_text().splitlines()
    xs = [float(line.split()[1]) for line in text if line.startswith("v ")]
    assert min(xs) == pytest.approx(2.0)
    assert {path.resolve().parent for path in output.iterdir()} == {output.resolve()}
    assert not bpy.data.objects["One"].hide_get()


def test_a_collection_becomes_assets_in_its_place(broken, tmp_path):
    import bpy

    output = tmp_path / "out"
    words = {"source": "collection", "collection": "Broken", "output": str(output)}
    bpy.ops.isoform.batch(**words, results="assets")
    made = bpy.data.objects["One completed"]
    assert made.asset_data is not None
    assert made.users_collection[0].name == "Broken"
    assert tuple(made.location) == (3, 0, 0)
    assert bpy.data.objects["One"].hide_get()
    assert sorted(ended(output)) == ["../Two", "One"]
    count = len(bpy.data.objects)
    bpy.ops.isoform.batch(**words, results="assets")
    assert len(bpy.data.objects) == count


def test_a_collection_that_holds_no_mesh_is_said(broken, tmp_path):
    import bpy

    bpy.data.collections.new("Empty")
    with pytest.raises(RuntimeError, match="the collection 'Empty' holds no mesh"):
        bpy.ops.isoform.batch(source="collection", collection="Empty", output=str(tmp_path))
