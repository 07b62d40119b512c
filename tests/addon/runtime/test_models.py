"""Models are listed from the extension and the user's folder; drawing never asks the disk."""

import pytest

from ..conftest import CATEGORIES, write_card

pytestmark = pytest.mark.blender


def identifiers(isoform, chosen="starter"):
    return [each[0] for each in isoform.models.model_items(chosen)]


def test_the_shipped_model_and_a_file_elsewhere_can_be_chosen(isoform):
    assert identifiers(isoform) == ["starter", "FILE"]
    label = isoform.models.model_items("starter")[0][1]
    assert label == "Starter"


def test_a_folder_that_has_not_changed_is_not_read_again(isoform, user_folder, monkeypatch):
    isoform.models.refresh()
    monkeypatch.setattr(isoform.models, "read_card", None)
    isoform.models.refresh()


def test_drawing_asks_no_disk_and_gives_the_same_strings(isoform, monkeypatch):
    first = isoform.models.model_items("starter"), isoform.models.category_items("starter")
    monkeypatch.setattr(isoform.models, "read_card", None)
    monkeypatch.setattr(isoform.models.Path, "stat", None)
    monkeypatch.setattr(isoform.models.Path, "glob", None)
    again = isoform.models.model_items("starter"), isoform.models.category_items("starter")
    assert all(one is other for one, other in zip(first, again, strict=True))


def test_categories_follow_the_chosen_model(isoform, user_folder):
    import bpy

    settings = bpy.context.scene.isoform
    items = [each[:2] for each in isoform.models.category_items("starter")]
    assert [each[0] for each in items] == ["auto", *CATEGORIES]
    assert ("wineglass", "Wine Glass") in items
    settings.category = settings.completion.category = "sofa"
    write_card(user_folder / "boats.safetensors", ("boat", "sailing_boat"))
    path = user_folder / "boats.safetensors"
    assert bpy.ops.isoform.choose_model(filepath=str(path)) == {"FINISHED"}
    assert (settings.model, settings.model_name) == (str(path), str(path))
    assert (settings.category, settings.completion.category) == ("auto", "auto")
    settings.category = "sailing_boat"
    with pytest.raises(TypeError, match='enum "sofa" not found'):
        settings.category = "sofa"
    settings.model = "starter"
    settings.category = "sofa"


def test_choosing_another_file_asks_for_it_later_and_keeps_the_model(isoform):
    import bpy

    bpy.context.scene.isoform.model = "FILE"  # without a window there is nobody to ask
    assert bpy.context.scene.isoform.model == "starter"
    assert not bpy.app.timers.is_registered(isoform.models._ask)
    isoform.models.ask_soon()
    isoform.models.ask_soon()
    assert bpy.app.timers.is_registered(isoform.models._ask)
    isoform.models.unregister()
    assert not bpy.app.timers.is_registered(isoform.models._ask)
    isoform.models.register()


def test_a_model_that_is_gone_stays_chosen_and_is_marked(isoform, tmp_path):
    import bpy

    bpy.context.scene.isoform.model_name = str(tmp_path / "gone.safetensors")
    assert bpy.context.scene.isoform.model == str(tmp_path / "gone.safetensors")
    items = isoform.models.model_items(bpy.context.scene.isoform.model_name)
    assert [each[1] for each in items] == ["Starter", "gone", "Model File..."]
    assert items[1][3] == "ERROR"
    assert bpy.context.scene.isoform.category == "auto"


def test_the_models_that_a_file_names_are_read_when_it_is_loaded(isoform, tmp_path):
    import bpy

    model = tmp_path / "boats.safetensors"
    write_card(model, ("boat",))
    bpy.ops.isoform.choose_model(filepath=str(model))
    bpy.context.scene.isoform.category = "boat"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    isoform.models.unregister()
    isoform.models.register()
    assert str(model) not in identifiers(isoform)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert bpy.context.scene.isoform.category == "boat"
    isoform.models.unregister()
    isoform.models.register()


def test_the_engine_is_asked_for_the_chosen_model(isoform, picture, tmp_path, bowl):
    import bpy

    model = tmp_path / "boats.safetensors"
    write_card(model, ("boat",))
    path = str(picture("stool.png"))
    bpy.ops.isoform.reconstruct(filepath=path, model=str(model), category="boat")
    assert bpy.context.active_object["isoform_model"] == str(model)
    assert bpy.context.active_object["isoform_category"] == "boat"
    bpy.ops.isoform.choose_model(filepath=str(model))
    bpy.ops.isoform.reconstruct(filepath=path)
    assert bpy.context.active_object["isoform_model"] == str(model)
    bpy.ops.object.select_all(action="DESELECT")
    bowl()
    bpy.ops.isoform.complete()
    assert bpy.context.active_object["isoform_model"] == str(model)
    isoform.models.unregister()
    isoform.models.register()
