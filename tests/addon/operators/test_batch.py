"""A batch in Blender from a script, to its end: what goes in, what comes out, what is refused."""

import json

import pytest

pytestmark = pytest.mark.blender


def lines(output):
    log = output / "isoform_log.jsonl"
    return [json.loads(each) for each in log.read_text().splitlines()]


def ended(output):
    return {each["input"]: each for each in lines(output) if each["status"] != "started"}


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


def test_a_batch_is_resumed(pictures, tmp_path):
    import bpy

    output = tmp_path / "out"
    words = {"folder": str(pictures("a.png", "blank.png")), "output": str(output)}
    bpy.ops.isoform.batch(**words)
    pictures("b.png")
    bpy.ops.isoform.batch(**words)
    begun = [each["input"] for each in lines(output) if each["status"] == "started"]
    assert begun == ["a.png", "blank.png", "b.png", "blank.png"]
    bpy.ops.isoform.batch(**words, resume=False)
    assert [each["input"] for each in lines(output)].count("a.png") == 4


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


@pytest.fixture
def broken(bowl):
    """A collection of two bowls, one of them in another inside, and a lamp."""
    import bpy

    collection, inner = bpy.data.collections.new("Broken"), bpy.data.collections.new("Inner")
    bpy.context.scene.collection.children.link(collection)
    collection.children.link(inner)
    for name, place in (("One", collection), ("../Two", inner)):
        thing = bowl(name, location=(3, 0, 0))
        for each in thing.users_collection:
            each.objects.unlink(thing)
        place.objects.link(thing)
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
    collection.objects.link(lamp)
    return collection


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


def test_what_is_not_given_is_said(isoform, tmp_path, broken):
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
    bpy.data.collections.new("Empty")
    with pytest.raises(RuntimeError, match="the collection 'Empty' holds no mesh"):
        bpy.ops.isoform.batch(source="collection", collection="Empty", output=str(tmp_path))
