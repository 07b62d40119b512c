"""`isoform.complete` from a script: what stands in the scene when the operator returns."""

import json
import logging

import numpy as np
import pytest

pytestmark = pytest.mark.blender


def snapshot():
    """What nothing may change."""
    import bpy

    blocks = (bpy.data.objects, bpy.data.meshes, bpy.data.libraries, bpy.data.materials)
    names = [sorted(each.name for each in block) for block in blocks]
    shown = {each.name: (each.visible_get(), each.hide_render) for each in bpy.data.objects}
    selected = sorted(each.name for each in bpy.context.selected_objects)
    return names, shown, selected


@pytest.fixture
def complete(isoform):
    """Runs the operator; gives the new object."""
    import bpy

    def run(**options):
        assert bpy.ops.isoform.complete(**options) == {"FINISHED"}
        return bpy.context.view_layer.objects.active

    return run


@pytest.fixture
def refused(isoform):
    """Asserts that a call is refused in one sentence and changes nothing."""
    import bpy

    def check(sentence, **options):
        before = snapshot()
        with pytest.raises(RuntimeError, match=sentence) as caught:
            bpy.ops.isoform.complete(**options)
        assert "\n" not in str(caught.value).strip()
        assert snapshot() == before

    return check


def wings(mesh):
    counts = [0] * len(mesh.edges)
    for loop in mesh.loops:
        counts[loop.edge_index] += 1
    return set(counts)


def in_world(thing):
    return np.array([thing.matrix_world @ each.co for each in thing.data.vertices])


def volume(thing):
    """Signed, in the world; positive where the faces face outwards, as Blender shows them."""
    thing.data.calc_loop_triangles()
    faces = np.array([each.vertices[:] for each in thing.data.loop_triangles])
    sign = np.sign(thing.matrix_world.determinant())
    return sign * np.linalg.det(in_world(thing)[faces].astype(float)).sum() / 6


def directed_edges(thing):
    """Of a surface that is closed and turned one way, every edge is here in both directions."""
    faces = [tuple(each.vertices) for each in thing.data.polygons]
    return {(a, b) for each in faces for a, b in zip(each, each[1:] + each[:1], strict=True)}


def test_the_whole_shape_stands_in_place_of_the_part(bowl, complete):
    import bpy

    part = bowl(location=(3, 2, 1), rotation_euler=(0, 0, 1), scale=(1, 2, 0.5))
    before = [tuple(each.co) for each in part.data.vertices]
    faces = [tuple(each.vertices) for each in part.data.polygons]
    thing = complete(seed=7, noise=0.5, resolution=64)
    assert (thing.name, bpy.context.selected_objects) == ("Bowl completed", [thing])
    assert thing.matrix_world == part.matrix_world
    assert [tuple(each.co) for each in thing.data.vertices][:8] == before
    assert [tuple(each.vertices) for each in thing.data.polygons][:5] == faces
    assert wings(thing.data) == {2}
    # the fake engine puts a roof on it that is 1 m high in the world
    assert in_world(thing)[8] == pytest.approx((3, 2, 1 + 0.5 + 1), abs=1e-5)
    assert (part.visible_get(), part.hide_render) == (False, True)
    assert [tuple(each.co) for each in part.data.vertices] == before
    assert (len(bpy.data.meshes), len(bpy.data.libraries)) == (2, 0)


def test_the_object_tells_of_its_making(bowl, complete):
    bowl()
    thing = complete(seed=7, noise=0.5, resolution=64, empty="visible", pose="canonical")
    assert list(thing["isoform_code"]) == [64, 7, 0.5, 1, 1]
    assert (thing["isoform_model"], thing["isoform_category"]) == ("starter", "chair")
    assert (thing["isoform_version"], thing["isoform_confidence"]) == ("0.1.0", 0.5)
    assert thing["isoform_seconds"].to_dict() == {"fit": 0.25}
    assert "isoform_group" not in thing
    assert json.loads(thing["isoform_settings"]) == {
        **{"objects": ["Bowl"], "category": "auto", "pose": "canonical", "keep": "exact"},
        **{"hypotheses": 1, "empty": "visible", "noise": 0.5, "resolution": 64, "seed": 7},
        "anyway": False,
    }


def test_what_a_script_does_not_give_is_taken_from_the_panel(bowl, complete):
    import bpy

    bowl()
    settings = bpy.context.scene.isoform.completion
    settings.category, settings.resolution, settings.keep = "sofa", 32, "none"
    thing = complete(seed=3)
    assert thing["isoform_category"] == "sofa"
    assert list(thing["isoform_code"]) == [32, 3, -1, 0, 0]
    assert len(thing.data.polygons) == 12


@pytest.mark.parametrize("keep", ["exact", "fused"])
@pytest.mark.parametrize("scale", [(-1, 1, 1), (1, 2, 3), (-1, -1, -2)])
def test_a_mirrored_object_is_completed_the_right_way_out(bowl, complete, keep, scale):
    part = bowl(scale=scale)
    thing = complete(keep=keep)
    assert thing.matrix_world == part.matrix_world
    assert volume(thing) > 1
    sides = {each for face in thing.data.polygons for each in face.edge_keys}
    assert len(directed_edges(thing)) == 2 * len(sides)


def test_materials_uvs_and_attributes_are_kept(bowl, complete):
    import bpy

    part = bowl()
    wood, steel = bpy.data.materials.new("Wood"), bpy.data.materials.new("Steel")
    part.data.materials.append(wood)
    part.data.materials.append(None)
    part.material_slots[1].link = "OBJECT"
    part.material_slots[1].material = steel
    part.data.polygons[2].material_index = 1
    part.data.uv_layers.new(name="Map").data[3].uv = (0.25, 0.75)
    part.data.attributes.new("heat", "FLOAT", "POINT").data[2].value = 7.0
    part.vertex_groups.new(name="Legs").add([6], 0.5, "REPLACE")
    thing = complete()
    assert list(thing.data.materials) == [wood, steel]
    assert [each.material_index for each in thing.data.polygons][:3] == [0, 0, 1]
    assert tuple(thing.data.uv_layers["Map"].data[3].uv) == (0.25, 0.75)
    assert thing.data.attributes["heat"].data[2].value == 7.0
    assert thing.vertex_groups["Legs"].weight(6) == 0.5
    assert sum(each.value for each in thing.data.attributes["isoform_observed"].data) == 8


def test_a_complete_mesh_is_left_alone_and_that_is_said(isoform, capfd):
    import bpy

    bpy.ops.mesh.primitive_cube_add()
    before = snapshot()
    assert bpy.ops.isoform.complete() == {"CANCELLED"}
    output = capfd.readouterr().out
    assert "Info: Nothing was added; the mesh stays as it is" in output
    assert "Warning: the mesh is whole already" in output
    assert snapshot() == before


def test_a_complete_mesh_is_completed_anyway_where_that_is_asked_for(complete):
    import bpy

    bpy.ops.mesh.primitive_cube_add()
    thing = complete(anyway=True)
    assert thing.name == "Cube completed"
    assert json.loads(thing["isoform_settings"])["anyway"] is True
    bpy.context.scene.isoform.completion.anyway = True
    bpy.ops.mesh.primitive_cube_add()
    assert complete().name == "Cube.001 completed"


def test_faces_selected_of_a_mesh_are_a_part_even_if_they_are_whole(complete, isoform):
    import bpy

    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    assert bpy.ops.isoform.complete() == {"CANCELLED"}  # all of it is no part
    bpy.ops.mesh.primitive_cube_add(location=(5, 0, 0))  # its faces alone are selected
    thing = complete()
    assert json.loads(thing["isoform_settings"])["anyway"] is True
    assert [len(each.vertices) for each in thing.data.polygons] == [4] * 6


def test_a_fused_shape_has_the_first_material(bowl, complete):
    import bpy

    part = bowl(scale=(2, 2, 2), location=(5, 0, 0))
    part.data.materials.append(bpy.data.materials.new("Wood"))
    part.data.materials.append(bpy.data.materials.new("Steel"))
    thing = complete(keep="fused")
    assert [each.name for each in thing.data.materials] == ["Wood"]
    low, high = in_world(thing).min(axis=0), in_world(thing).max(axis=0)
    assert (*low, *high) == pytest.approx((3, -2, -2, 7, 2, 2), abs=1e-5)
    assert thing.matrix_world == part.matrix_world
    observed = [each.value for each in thing.data.attributes["isoform_observed"].data]
    assert observed == [True, False] * 4


def test_two_objects_become_one(bowl, complete):
    import bpy

    other = bowl("Other", location=(10, 0, 0), scale=(-1, 1, 1))
    other.data.materials.append(bpy.data.materials.new("Steel"))
    part = bowl("Bowl", location=(0, 5, 0))
    part.data.materials.append(bpy.data.materials.new("Wood"))
    thing = complete()
    assert thing.name == "Bowl completed"
    assert [each.name for each in thing.data.materials] == ["Wood", "Steel"]
    expected = np.concatenate([in_world(part), in_world(other)])
    np.testing.assert_allclose(in_world(thing)[:16], expected, atol=1e-5)
    assert wings(thing.data) == {2}
    assert not part.visible_get()
    assert not other.visible_get()
    assert json.loads(thing["isoform_settings"])["objects"] == ["Bowl", "Other"]


def test_in_edit_mode_the_selected_faces_are_kept_and_the_result_is_in_object_mode(bowl, complete):
    import bmesh
    import bpy

    part = bowl()
    bpy.ops.object.mode_set(mode="EDIT")
    mesh = bmesh.from_edit_mesh(part.data)
    mesh.faces.ensure_lookup_table()
    for index, each in enumerate(mesh.faces):
        each.select_set(index in (0, 1))
    bmesh.update_edit_mesh(part.data)
    thing = complete()
    assert bpy.context.mode == "OBJECT"
    assert [len(each.vertices) for each in thing.data.polygons] == [4, 4, *[3] * 6]
    assert len(thing.data.vertices) == 6 + 1
    assert (len(part.data.polygons), part.visible_get()) == (5, False)


def test_linked_objects_give_a_local_result(bowl, complete, tmp_path):
    import bpy

    part = bowl()
    part.data.materials.append(bpy.data.materials.new("Wood"))
    bpy.data.libraries.write(str(tmp_path / "library.blend"), {part})
    bpy.data.objects.remove(part)
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (found, wanted):
        wanted.objects = found.objects
    linked = wanted.objects[0]
    bpy.context.collection.objects.link(linked)
    linked.select_set(True)
    bpy.context.view_layer.objects.active = linked
    thing = complete()
    assert (linked.library is None, linked.visible_get()) == (False, False)
    assert (thing.library, thing.data.library) == (None, None)
    assert thing.data.materials[0] == linked.data.materials[0]
    assert len(bpy.data.libraries) == 1


def test_bad_input_is_one_sentence_and_changes_nothing(isoform, bowl, complete, refused):
    refused("No visible object is selected; select the mesh to complete")
    bowl()
    refused("the mesh is a single triangle; select more of the shape", seed=isoform.fake.REFUSE)
    refused(r"failed unexpectedly \(KeyError: 'surprise'\)", seed=isoform.fake.SURPRISE)
    refused("name vertices 0 to 9, but there are 9", seed=isoform.fake.BROKEN)
    refused("the result has no faces", seed=isoform.fake.EMPTY, keep="none")
    assert complete().name == "Bowl completed"


def test_a_fault_in_the_middle_leaves_nothing_behind(isoform, bowl, refused, monkeypatch, caplog):
    bowl()
    monkeypatch.setattr(isoform.standing, "stand_like", lambda *_: {}["nothing"])
    with caplog.at_level(logging.ERROR):
        refused("KeyError: 'nothing'.*see the console")
    assert "Traceback" in caplog.text


def test_every_shape_keeps_the_warnings_that_are_true_of_it(isoform, bowl, complete):
    import bpy

    bowl()
    complete(seed=isoform.fake.UNSURE, hypotheses=2)
    made = [each for each in bpy.data.objects if "isoform_group" in each]
    kept = {each["isoform_rank"]: each["isoform_warnings"] for each in made}
    assert kept == {rank: "the pose is ambiguous\na guess" for rank in (1, 2)}


def test_what_came_out_worse_than_asked_is_reported(isoform, bowl, complete, capfd):
    bowl()
    complete(seed=isoform.fake.UNSURE)
    output = capfd.readouterr().out
    assert "Warning: the pose is ambiguous" in output
    assert output.count("Warning: a guess") == 1
    assert "Info: Chair, doubtful: 14 faces, closed, 50 % sure, 0.2 s" in output
