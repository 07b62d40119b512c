"""Parts of a scene that are another file's, linked or overridden: no result is lost there."""

import json
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.blender

STATES = ("linked", "override", "hierarchy", "system")


@pytest.fixture
def library(isoform, bowl, tmp_path):
    """A file whose collection Props holds Bowl, the child of Rig, and in Inner another one."""
    import bpy

    props, inner = bpy.data.collections.new("Props"), bpy.data.collections.new("Inner")
    bpy.context.scene.collection.children.link(props)
    props.children.link(inner)
    rig = bpy.data.objects.new("Rig", None)
    rig.location, rig.rotation_euler = (1, 2, 3), (0, 0, 0.5)
    props.objects.link(rig)
    for name, collection in (("Bowl", props), ("Other", inner)):
        thing = bowl(name)
        bpy.context.scene.collection.objects.unlink(thing)
        collection.objects.link(thing)
        thing.data.materials.append(bpy.data.materials.new(name))
        thing.select_set(False)
    bpy.data.objects["Bowl"].parent = rig
    bpy.context.scene.name = "Shot"
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return path


@pytest.fixture
def opened(library):
    """The library's collection in a new file, in one of the `STATES`, and the Bowl in it."""
    import bpy

    def link(kind, name):
        with bpy.data.libraries.load(str(library), link=True) as (_, into):
            setattr(into, kind, [name])
        return getattr(into, kind)[0]

    def make(state):
        scene, layer = bpy.context.scene, bpy.context.view_layer
        collection = link("collections", "Props")
        if state == "linked":
            scene.collection.children.link(collection)
        elif state == "override":
            collection = collection.override_create(remap_local_usages=True)
            scene.collection.children.link(collection)
        else:
            is_full = state == "hierarchy"
            collection = collection.override_hierarchy_create(
                scene, layer, do_fully_editable=is_full
            )
        layer.update()
        thing = next(each for each in collection.objects if each.name == "Bowl")
        thing.select_set(True)
        layer.objects.active = thing
        return SimpleNamespace(collection=collection, thing=thing)

    return SimpleNamespace(make=make, link=link)


def activate(collection):
    """Makes a collection of the scene the active one."""
    import bpy

    waiting = [bpy.context.view_layer.layer_collection]
    while waiting:
        each = waiting.pop()
        if each.collection == collection:
            bpy.context.view_layer.active_layer_collection = each
            return
        waiting += each.children
    raise AssertionError(collection.name)


def expected_note(state):
    words = "is linked from another file" if state == "linked" else "is a library override"
    rest = "and takes no new objects; the result is in 'Scene Collection'"
    return f"the collection 'Props' {words} {rest}"


@pytest.mark.parametrize("state", STATES)
def test_a_picture_goes_to_the_scenes_own_collection(isoform, opened, picture, capfd, state):
    import bpy

    activate(opened.make(state).collection)
    assert bpy.ops.isoform.reconstruct(filepath=str(picture("stool.png"))) == {"FINISHED"}
    thing = bpy.context.active_object
    assert (thing.name, thing.library) == ("stool", None)
    assert thing.users_collection == (bpy.context.scene.collection,)
    assert f"Warning: {expected_note(state)}\n" in capfd.readouterr().out


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("keep", ["exact", "none"])
def test_a_mesh_is_completed_beside_its_original(isoform, opened, capfd, state, keep):
    import bpy

    there = opened.make(state)
    material = there.thing.data.materials[0]
    place = there.thing.matrix_world.copy()
    assert bpy.ops.isoform.complete(keep=keep, hypotheses=2) == {"FINISHED"}
    thing = bpy.context.active_object
    assert (thing.name, thing.library, thing.data.library) == ("Bowl completed", None, None)
    assert thing.users_collection == (bpy.context.scene.collection,)
    assert thing.matrix_world == place
    assert thing.parent == there.thing.parent
    assert list(thing.data.materials) == [material]
    assert not there.thing.visible_get()
    assert there.thing.hide_render == (state != "linked" and there.thing.library is None)
    said = capfd.readouterr().out
    assert f"Warning: {expected_note(state)}\n" in said
    rendered = "linked from another file, so hidden here but still rendered: 'Bowl'"
    assert (rendered in said) == (not there.thing.hide_render)
    assert bpy.ops.isoform.pick_hypothesis() == {"FINISHED"}
    assert [each.name for each in bpy.context.visible_objects if each.type == "MESH"].count(
        "Bowl completed.001"
    ) == 1


def test_an_override_in_a_collection_of_this_file_is_completed_there(isoform, opened, capfd):
    import bpy

    mine = bpy.data.collections.new("Mine")
    bpy.context.scene.collection.children.link(mine)
    linked = opened.link("objects", "Bowl")
    mine.objects.link(linked)
    thing = linked.override_create(remap_local_usages=True)
    bpy.context.view_layer.update()
    thing.select_set(True)
    bpy.context.view_layer.objects.active = thing
    assert bpy.ops.isoform.complete() == {"FINISHED"}
    assert bpy.context.active_object.users_collection == (mine,)
    assert "the result is in" not in capfd.readouterr().out
    assert (thing.visible_get(), thing.hide_render) == (False, True)


def test_a_linked_collection_is_told_from_one_of_this_file_with_its_name(
    isoform, opened, picture, capfd
):
    import bpy

    mine = bpy.data.collections.new("Props")
    bpy.context.scene.collection.children.link(mine)
    activate(opened.make("linked").collection)
    bpy.ops.isoform.reconstruct(filepath=str(picture("stool.png")))
    assert bpy.context.active_object.users_collection == (bpy.context.scene.collection,)
    assert expected_note("linked") in capfd.readouterr().out


def test_the_panel_says_where_a_result_is_and_casts_no_doubt_on_it(
    isoform, opened, follow, run, picture
):
    activate(opened.make("hierarchy").collection)
    job = follow.start(picture("stool.png"))
    follow.until(lambda: not run.is_running)
    assert (job.placed.warnings, job.placed.notes) == ((), (expected_note("hierarchy"),))
    assert (run.hint, run.jobs[-1].look) == (expected_note("hierarchy"), "done")


@pytest.mark.parametrize("state", STATES)
def test_a_batch_over_other_files_meshes_says_so_in_its_log(isoform, opened, tmp_path, state):
    import bpy

    there = opened.make(state)
    batch = {"source": "collection", "results": "assets", "output": str(tmp_path)}
    batch |= {"collection": there.collection.name} if there.collection.library is None else {}
    bpy.context.scene.isoform.batch.collection = there.collection
    assert bpy.ops.isoform.batch(**batch) == {"FINISHED"}
    lines = [json.loads(each) for each in (tmp_path / "isoform_log.jsonl").read_text().splitlines()]
    done = {each["input"]: each for each in lines if each["status"] == "done"}
    assert sorted(done) == ["Bowl", "Other"]
    assert expected_note(state) in done["Bowl"]["notes"]
    made = [each for each in bpy.data.objects if "isoform_input" in each]
    assert [each.users_collection for each in made] == [(bpy.context.scene.collection,)] * 2
    assert all(each.asset_data is not None for each in made)


def test_a_scene_of_another_file_is_refused_before_any_work(isoform, opened, picture, tmp_path):
    import bpy

    bpy.context.window.scene = opened.link("scenes", "Shot")
    bpy.data.objects["Bowl"].select_set(True)
    bpy.context.view_layer.objects.active = bpy.data.objects["Bowl"]
    refusal = "cene 'Shot' is linked from another file and takes no objects; switch to a scene of"
    with pytest.raises(RuntimeError, match=f"The s{refusal}"):
        bpy.ops.isoform.reconstruct(filepath=str(picture("stool.png")))
    with pytest.raises(RuntimeError, match=f"The s{refusal}"):
        bpy.ops.isoform.complete()
    asked = isoform.settings.ReconstructSettings(resolution=64)
    order = isoform.reconstruction.Order(asked, picture("stool.png"))
    with pytest.raises(isoform.errors.InputError, match=f"the s{refusal}"):
        isoform.scheduler.add(bpy.context, order)
    (tmp_path / "stool.png").rename(tmp_path / "chair.png")
    batch = {"source": "pictures", "results": "assets", "folder": str(tmp_path)}
    with pytest.raises(RuntimeError, match=f"the s{refusal}"):
        bpy.ops.isoform.batch(output=str(tmp_path / "out"), **batch)


def test_a_kept_result_waits_until_the_scene_is_one_of_this_file(
    isoform, opened, follow, run, picture
):
    import bpy

    first = bpy.context.scene
    bpy.context.window.scene = asked = bpy.data.scenes.new("Asked")
    job = follow.start(picture("stool.png"))
    bpy.context.window.scene = opened.link("scenes", "Shot")
    bpy.data.scenes.remove(asked)
    follow.until(lambda: not run.is_running)
    with pytest.raises(RuntimeError, match="The scene 'Shot' is linked from another file"):
        bpy.ops.isoform.insert_here(number=job.number)
    with pytest.raises(isoform.errors.InputError, match="the scene 'Shot' is linked"):
        isoform.scheduler.place_here(job)
    assert job.state == "kept"
    bpy.context.window.scene = first
    assert bpy.ops.isoform.insert_here(number=job.number) == {"FINISHED"}
    assert bpy.context.active_object.users_collection == (first.collection,)
