"""How models are chosen: a file, or the folder for models of the artist's own."""

import pytest

from ..conftest import write_card

pytestmark = pytest.mark.blender


def identifiers(isoform, chosen="starter"):
    return [each[0] for each in isoform.models.model_items(chosen)]


def test_models_in_the_users_folder_are_listed_after_a_refresh(isoform, user_folder):
    import bpy

    write_card(user_folder / "boats.safetensors", ("boat", "sailing_boat"))
    (user_folder / "notes.txt").write_text("no model")
    assert len(identifiers(isoform)) == 2
    bpy.ops.isoform.refresh_models()
    key = str(user_folder / "boats.safetensors")
    assert identifiers(isoform) == ["starter", key, "FILE"]
    (user_folder / "boats.safetensors").unlink()
    bpy.ops.isoform.refresh_models()
    assert identifiers(isoform) == ["starter", "FILE"]


def test_the_folder_for_own_models_is_made_when_it_is_opened(isoform, user_folder, monkeypatch):
    import bpy

    assert bpy.ops.isoform.open_models() == {"FINISHED"}
    assert user_folder.is_dir()
    user_folder.rmdir()
    user_folder.write_text("in its way")
    with pytest.raises(RuntimeError, match="The folder cannot be made: File exists"):
        bpy.ops.isoform.open_models()
    monkeypatch.setattr(isoform.places, "user_folder", lambda: None)
    with pytest.raises(RuntimeError, match="Only an installed extension"):
        bpy.ops.isoform.open_models()


def test_a_file_that_is_no_model_is_refused_and_nothing_changes(isoform, tmp_path):
    import bpy

    path = tmp_path / "broken.safetensors"
    path.write_bytes(b"broken")
    with pytest.raises(RuntimeError, match="is truncated or no"):
        bpy.ops.isoform.choose_model(filepath=str(path))
    assert bpy.context.scene.isoform.model == "starter"
    assert len(identifiers(isoform)) == 2
