"""Results become assets that can be found again, in a catalog where the file is saved."""

import uuid

import pytest

pytestmark = pytest.mark.blender


@pytest.fixture
def result(isoform, picture):
    """A reconstruction, active."""
    import bpy

    bpy.ops.isoform.reconstruct(filepath=str(picture("stool.png")), seed=7)
    return bpy.context.active_object


def test_a_result_is_an_asset_with_tags_and_how_it_was_made(isoform, result):
    import bpy

    assert bpy.ops.isoform.mark_asset() == {"FINISHED"}
    data = result.asset_data
    assert [each.name for each in data.tags] == ["isoform", "chair"]
    words = "Chair: model starter; seed 7; resolution 128; pictures stool.png; confidence 75%"
    assert data.description == words
    bpy.ops.isoform.mark_asset()
    assert len(data.tags) == 2


def test_a_completion_says_what_it_was_made_of(isoform, bowl):
    import bpy

    bowl()
    bpy.ops.isoform.complete(seed=3)
    bpy.ops.isoform.mark_asset()
    data = bpy.context.active_object.asset_data
    made = "Chair: model starter; seed 3; resolution 128; objects Bowl; keep exact"
    assert data.description == f"{made}; confidence 50%; A guess"
    assert [each.name for each in data.tags] == ["isoform", "chair", "doubtful"]


def test_a_catalog_is_made_once_and_found_again(isoform, result, tmp_path):
    import bpy

    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.isoform.mark_asset(catalog="Furniture/ Chairs")
    first = result.asset_data.catalog_id
    text = (tmp_path / "blender_assets.cats.txt").read_text()
    assert text.splitlines()[-1] == f"{first}:Furniture/Chairs:Furniture-Chairs"
    assert "VERSION 1\n" in text
    bpy.ops.isoform.mark_asset(catalog="Furniture/Chairs")
    assert result.asset_data.catalog_id == first
    assert (tmp_path / "blender_assets.cats.txt").read_text() == text
    assert not [*tmp_path.glob("*.part")]


def test_catalogs_of_others_stay_as_they_are(isoform, tmp_path):
    other = f"# mine\nVERSION 1\n{uuid.uuid4()}:Stones:Stones"
    (tmp_path / "blender_assets.cats.txt").write_text(other)
    found = isoform.assets.catalog_id(tmp_path, "Chairs")
    text = (tmp_path / "blender_assets.cats.txt").read_text()
    assert text == f"{other}\n{found}:Chairs:Chairs\n"


def test_a_catalog_s_name_cannot_break_out_of_its_line(isoform, tmp_path):
    found = isoform.assets.catalog_id(tmp_path, "Tall:\nlamps/ for\ttables//")
    lines = (tmp_path / "blender_assets.cats.txt").read_text().splitlines()
    assert lines[-1] == f"{found}:Tall-lamps/for tables:Tall-lamps-for tables"


def test_a_catalog_that_cannot_be_written_is_said_and_the_asset_stays(
    isoform, result, tmp_path, monkeypatch, capfd
):
    import bpy

    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(isoform.assets.os, "replace", full)
    bpy.ops.isoform.mark_asset(catalog="Chairs")
    assert "The catalog cannot be written: No space left on device" in capfd.readouterr().out
    assert result.asset_data is not None
    assert not [*tmp_path.glob("blender_assets*")]


def test_a_file_that_was_never_saved_has_no_catalogs(isoform, result, capfd):
    import bpy

    bpy.ops.isoform.mark_asset(catalog="Chairs")
    assert "Save the file first" in capfd.readouterr().out


def test_what_isoform_has_not_made_is_not_marked(isoform, bowl):
    import bpy

    bowl()
    with pytest.raises(RuntimeError, match="Select something that Isoform has made"):
        bpy.ops.isoform.mark_asset()
