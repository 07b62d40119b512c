"""Files as a command reads and writes them: whole or not at all, scripts never run."""

import pytest

pytestmark = pytest.mark.blender


def test_a_file_is_written_whole_and_replaces_another(isoform, tmp_path, bowl):
    import bpy

    bowl()
    output = tmp_path / "a.blend"
    output.write_bytes(b"older")
    isoform.blend_files.save(output)
    assert [each.name for each in tmp_path.iterdir()] == ["a.blend"]
    isoform.blend_files.begin()
    assert len(bpy.data.objects) == 0
    isoform.blend_files.open_(output)
    assert [each.name for each in bpy.data.objects] == ["Bowl"]


def test_a_file_that_cannot_be_written_leaves_the_older(isoform, tmp_path, monkeypatch):
    output = tmp_path / "a.blend"
    output.write_bytes(b"older")

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(isoform.blend_files.os, "replace", refuse)
    with pytest.raises(isoform.errors.InputError, match="No space left on device") as caught:
        isoform.blend_files.save(output)
    assert caught.value.remedy == isoform.errors.FREE_DISK
    assert output.read_bytes() == b"older"
    assert [each.name for each in tmp_path.iterdir()] == ["a.blend"]


def test_the_scripts_of_a_file_are_not_run(isoform, tmp_path):
    import bpy

    text = bpy.data.texts.new("harm.py")
    text.write("import bpy; bpy.context.scene['harmed'] = True")
    text.use_module = True
    isoform.blend_files.save(tmp_path / "a.blend")
    isoform.blend_files.open_(tmp_path / "a.blend")
    assert "harm.py" in bpy.data.texts
    assert "harmed" not in bpy.context.scene


def test_collections_are_found_the_scene_s_own_too(isoform):
    import bpy

    bpy.data.collections.new("Broken")
    assert isoform.blend_files.collection_of("Broken").name == "Broken"
    own = bpy.context.scene.collection
    assert isoform.blend_files.collection_of(own.name) == own
    with pytest.raises(isoform.errors.InputError, match="no collection 'x' \\(it has 'Broken'\\)"):
        isoform.blend_files.collection_of("x")
