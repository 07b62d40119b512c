"""A mesh becomes one object at its place, or nothing at all."""

import logging

import numpy as np
import pytest

pytestmark = pytest.mark.blender

TETRAHEDRON = (
    np.array([[-1, -1, 0], [1, -1, 0], [0, 1, 0], [0, 0, 2]], np.float32),
    np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32),
)


def triangles(isoform, vertices, faces):
    return isoform.object_out.Triangles(vertices.data, faces.data)


def ring(steps):
    """A torus of 2 steps^2 triangles, standing on the floor."""
    u, v = np.meshgrid(np.arange(steps), np.arange(steps), indexing="ij")
    around, across = 2 * np.pi * u / steps, 2 * np.pi * v / steps
    reach = 0.35 + 0.12 * np.cos(across)
    height = 0.12 * np.sin(across) + 0.12
    vertices = np.stack([reach * np.cos(around), reach * np.sin(around), height], axis=-1)

    def at(i, j):
        return (i % steps) * steps + j % steps

    corners = [at(u, v), at(u + 1, v), at(u + 1, v + 1), at(u, v), at(u + 1, v + 1), at(u, v + 1)]
    faces = np.stack(corners, axis=-1).reshape(-1, 3)
    return vertices.reshape(-1, 3).astype(np.float32), faces.astype(np.int32)


def insert(isoform, name="chair", mesh=TETRAHEDRON, **properties):
    import bpy

    destination = isoform.object_out.destination_at_cursor(bpy.context, name)
    return isoform.object_out.insert(triangles(isoform, *mesh), destination, properties)


def test_the_object_stands_at_the_cursor_selected_smooth_and_unscaled(isoform):
    import bpy

    other = bpy.data.objects.new("other", None)
    bpy.context.collection.objects.link(other)
    other.select_set(True)
    bpy.context.scene.cursor.location = (1, 2, 3)
    thing = insert(isoform)
    assert tuple(thing.location) == (1, 2, 3)
    assert tuple(thing.scale) == (1, 1, 1)
    bpy.context.view_layer.update()
    lowest = min((thing.matrix_world @ each.co).z for each in thing.data.vertices)
    assert lowest == pytest.approx(3)
    assert bpy.context.selected_objects == [thing]
    assert bpy.context.view_layer.objects.active == thing
    assert thing.users_collection == (bpy.context.collection,)
    assert all(face.use_smooth for face in thing.data.polygons)


def test_vertices_and_faces_arrive_as_they_were_sent(isoform):
    vertices, faces = TETRAHEDRON
    data = insert(isoform).data
    np.testing.assert_array_equal([tuple(each.co) for each in data.vertices], vertices)
    np.testing.assert_array_equal([tuple(each.vertices) for each in data.polygons], faces)
    assert len(data.edges) == 6


def test_numbers_are_kept_as_arrays_and_mappings_as_groups(isoform):
    thing = insert(isoform, code=(0.5, -1.0), model="starter", seconds={"field": 0.25})
    assert list(thing["code"]) == [0.5, -1.0]
    assert thing["code"].typecode == "f"
    assert thing["model"] == "starter"
    assert thing["seconds"].to_dict() == {"field": 0.25}


@pytest.mark.parametrize(
    ("name", "kept"), [("椅" * 40, "椅" * 19), ("a" * 80, "a" * 59), ("  ", "Shape")]
)
def test_a_name_is_cut_between_two_characters(isoform, name, kept):
    assert insert(isoform, name).name == kept
    twin = insert(isoform, name)
    assert twin.name != kept
    assert len(twin.name.encode()) <= 63


def test_an_empty_mesh_is_refused(isoform):
    nothing = (np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    with pytest.raises(isoform.errors.InputError, match="the result has no faces"):
        insert(isoform, mesh=nothing)


def test_double_faces_are_removed_and_said(isoform, caplog):
    vertices, faces = TETRAHEDRON
    with caplog.at_level(logging.WARNING):
        thing = insert(isoform, mesh=(vertices, np.concatenate([faces, faces[:1]])))
    assert len(thing.data.polygons) == 4
    assert "1 of 5 faces were double or empty" in caplog.text


def test_a_failure_in_the_middle_leaves_no_datablock(isoform, monkeypatch):
    import bpy

    before = (len(bpy.data.objects), len(bpy.data.meshes), len(bpy.data.collections))
    with pytest.raises(TypeError):
        insert(isoform, code=(0.5, "not a number"))
    monkeypatch.setattr(isoform.object_out, "fill", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        insert(isoform)
    assert (len(bpy.data.objects), len(bpy.data.meshes), len(bpy.data.collections)) == before


def test_a_scene_that_is_gone_is_said(isoform):
    import bpy

    scene = bpy.data.scenes.new("short-lived")
    names = ("x", scene.name, scene.session_uid, "ViewLayer", 0)
    destination = isoform.object_out.Destination(*names, (0, 0, 0))
    bpy.data.scenes.remove(scene)
    bpy.data.scenes.new("short-lived")  # another of the same name is another
    with pytest.raises(isoform.object_out.SceneGoneError, match="'short-lived' is not open any"):
        isoform.object_out.insert(triangles(isoform, *TETRAHEDRON), destination, {})


def test_a_collection_that_is_gone_or_left_out_is_replaced_by_the_active_one(isoform):
    import bpy

    scene, layer = bpy.context.scene, bpy.context.view_layer
    hidden = bpy.data.collections.new("hidden")
    scene.collection.children.link(hidden)
    layer.layer_collection.children["hidden"].exclude = True
    for uid in (0, hidden.session_uid):
        names = ("x", scene.name, scene.session_uid, layer.name, uid)
        destination = isoform.object_out.Destination(*names, (0, 0, 0))
        thing = isoform.object_out.insert(triangles(isoform, *TETRAHEDRON), destination, {})
        assert thing.users_collection == (layer.active_layer_collection.collection,)
