"""What is selected becomes triangles in the world's frame, the right way out."""

from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

BOWL_VERTICES = [(x, y, z) for z in (-1, 1) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]

pytestmark = pytest.mark.blender


@pytest.fixture
def sent(isoform, tmp_path):
    """Vertices and faces as they are sent of what is selected."""
    import bpy

    from core.files.arrays import read_arrays

    def send(to_sent=None):
        things = isoform.mesh_in.chosen(bpy.context)
        path = tmp_path / "mesh.npz"
        before = len(bpy.data.meshes), len(bpy.data.objects)
        with isoform.mesh_in.joined(bpy.context, things) as mesh:
            isoform.mesh_in.write_triangles(mesh, to_sent or things[0].matrix_world, path)
        assert (len(bpy.data.meshes), len(bpy.data.objects)) == before
        return [np.array(each) for each in read_arrays(Path(path), ("vertices", "faces"))]

    return send


@contextmanager
def editing():
    import bpy

    bpy.ops.object.mode_set(mode="EDIT")
    yield
    bpy.ops.object.mode_set(mode="OBJECT")


def select_faces(*indices):
    import bmesh
    import bpy

    for thing in bpy.context.objects_in_mode_unique_data:
        mesh = bmesh.from_edit_mesh(thing.data)
        mesh.faces.ensure_lookup_table()
        for each in mesh.faces:
            each.select_set(False)
        for index in indices:
            mesh.faces[index].select_set(True)
        mesh.select_flush_mode()
        bmesh.update_edit_mesh(thing.data)


def volume(vertices, faces):
    """Signed; positive where the faces of a shape around the origin face outwards."""
    return np.linalg.det(vertices[faces].astype(float)).sum() / 6


def test_the_world_s_coordinates_are_sent(bowl, sent):
    import bpy

    parent = bpy.data.objects.new("parent", None)
    bpy.context.collection.objects.link(parent)
    parent.scale, parent.rotation_euler = (1, 2, 3), (0.3, 0.2, 0.1)
    thing = bowl(location=(4, 5, 6), rotation_euler=(1, 2, 3), scale=(0.5, 1, 2), parent=parent)
    vertices, faces = sent()
    expected = [thing.matrix_world @ each.co for each in thing.data.vertices]
    np.testing.assert_allclose(vertices, expected, atol=1e-5)
    assert (vertices.shape, faces.shape) == ((8, 3), (10, 3))


@pytest.mark.parametrize("scale", [(1, 1, 1), (-1, 1, 1), (-1, -2, 1), (-1, -1, -1)])
def test_the_faces_of_a_mirrored_object_still_face_outwards(bowl, sent, scale):
    bowl(scale=scale)
    vertices, faces = sent()
    # a box of 2 x 2 x 2 without its top, seen from its middle: five sixths of its volume
    assert volume(vertices, faces) == pytest.approx(8 * 5 / 6 * abs(np.prod(scale)))


def test_modifiers_count_and_triangles_are_sent_as_they_are(bowl, sent):
    thing = bowl()
    thing.modifiers.new("Triangulate", "TRIANGULATE")
    mirror = thing.modifiers.new("Mirror", "MIRROR")
    mirror.use_axis = (False, False, True)
    mirror.use_mirror_merge = False
    vertices, faces = sent()
    assert (len(vertices), len(faces)) == (16, 20)
    assert volume(vertices, faces) == pytest.approx(2 * 8 * 5 / 6)


def test_several_objects_are_joined_in_the_frame_of_the_active_one(bowl, sent, isoform):
    import bpy

    other = bowl("Other", location=(10, 0, 0), scale=(-1, 1, 1))
    thing = bowl("Bowl", location=(0, 5, 0), rotation_euler=(0, 0, 1))
    assert isoform.mesh_in.described(bpy.context) == "2 objects, as one"
    vertices, faces = sent()
    first = [thing.matrix_world @ each.co for each in thing.data.vertices]
    second = [other.matrix_world @ each.co for each in other.data.vertices]
    np.testing.assert_allclose(vertices, first + second, atol=1e-5)
    for half, place in ((faces[:10], (0, 5, 0)), (faces[10:], (10, 0, 0))):
        assert volume(vertices - np.array(place), half) == pytest.approx(8 * 5 / 6, rel=1e-5)
    assert [each.name for each in bpy.context.selected_objects] == ["Other", "Bowl"]
    assert bpy.context.view_layer.objects.active == thing


def test_text_and_curves_are_sent_as_blender_meshes_them(isoform, sent):
    import bpy

    data = bpy.data.curves.new("Text", "FONT")
    data.body, data.extrude = "O", 0.1
    thing = bpy.data.objects.new("Text", data)
    bpy.context.collection.objects.link(thing)
    thing.select_set(True)
    _, faces = sent()
    assert len(faces) > 50


def test_in_edit_mode_the_selected_faces_alone_are_sent(bowl, sent, isoform):
    import bpy

    thing = bowl(location=(1, 0, 0))
    thing.modifiers.new("Mirror", "MIRROR").use_axis = (False, False, True)
    with editing():
        bpy.ops.mesh.select_all(action="SELECT")
        bpy.ops.transform.translate(value=(0, 0, 1))  # not yet in the object's data
        select_faces(0, 2)
        assert isoform.mesh_in.described(bpy.context) == "2 selected faces"
        vertices, faces = sent()
    assert faces.shape == (4, 3)
    # the floor and the side at x = 1, in the order of the original's vertices
    given = [0, 1, 2, 3, 5, 6]
    expected = [thing.matrix_world @ thing.data.vertices[each].co for each in given]
    np.testing.assert_allclose(vertices, expected, atol=1e-6)
    assert vertices[:, 2].min() == 0


def test_in_edit_mode_the_faces_of_several_objects_are_sent(bowl, sent):
    bowl("First")
    bowl("Second", location=(5, 0, 0))
    with editing():
        select_faces(1)
        vertices, faces = sent()
    assert (vertices.shape, faces.shape) == ((8, 3), (4, 3))


def test_faces_with_one_vertex_in_common_do_not_bring_their_edges(isoform, sent):
    import bpy

    bpy.ops.mesh.primitive_grid_add(x_subdivisions=3, y_subdivisions=3)
    with editing():
        select_faces(0, 4, 8)
        vertices, faces = sent()
    assert (vertices.shape, faces.shape) == ((10, 3), (6, 3))


def select_only(thing):
    import bpy

    bpy.context.collection.objects.link(thing)
    bpy.ops.object.select_all(action="DESELECT")
    thing.select_set(True)
    bpy.context.view_layer.update()


@pytest.fixture
def refused(isoform, sent):
    """Asserts that what is selected is refused in one sentence."""

    def check(sentence):
        with pytest.raises(isoform.errors.InputError, match=sentence) as caught:
            sent()
        assert "\n" not in str(caught.value)

    return check


def test_without_a_selection_it_is_said_what_to_select(bowl, refused, isoform):
    import bpy

    refused("no visible object is selected; select the mesh")
    thing = bowl()
    thing.hide_set(True)
    refused("no visible object is selected")
    assert isoform.mesh_in.described(bpy.context) == ""
    thing.hide_set(False)
    thing.select_set(True)
    with editing():
        select_faces()
        refused("no face is selected; select the faces to trust")
    bpy.ops.object.mode_set(mode="SCULPT")
    refused("works in Object Mode and in Edit Mode")
    bpy.ops.object.mode_set(mode="OBJECT")


def test_what_has_no_surface_is_named(isoform, refused):
    import bpy

    select_only(bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT")))
    refused(r"the object 'Lamp' has no surface \(it is of type light\); deselect it")
    data = bpy.data.meshes.new("Wires")
    select_only(bpy.data.objects.new("Wires", data))
    refused(r"no faces \(only 0 vertices and 0 edges\)")
    data.from_pydata([(0, 0, 0), (1, 0, 0)], [(0, 1)], [])
    refused(r"no faces \(only 2 vertices and 1 edges\); select a mesh that has")


@pytest.mark.parametrize("scale", [(0, 1, 1), (0, 0, 0), (1, 1, 1e-20)])
def test_an_object_scaled_to_nothing_is_named(bowl, refused, scale):
    bowl(scale=scale)
    refused(r"the object 'Bowl' has no volume \(its scale in the world is .*0.*\); give it")


def test_vertices_that_are_not_finite_are_counted(bowl, refused):
    thing = bowl()
    places = np.array(BOWL_VERTICES, np.float32)
    places[1, 0], places[4] = np.nan, (np.inf, -np.inf, 0)
    thing.data.attributes["position"].data.foreach_set("vector", places.ravel())
    thing.data.update()
    refused("2 of 8 vertices of the selection are NaN or infinite; delete them")


def test_an_instanced_collection_is_named(bowl, refused):
    import bpy

    collection = bpy.data.collections.new("Chairs")
    collection.objects.link(bowl())
    empty = bpy.data.objects.new("Instance", None)
    empty.instance_type, empty.instance_collection = "COLLECTION", collection
    select_only(empty)
    refused(r"'Instance' shows instances of a collection; make them real \(Object > Apply")


def test_instances_made_by_nodes_are_named(bowl, refused):
    import bpy

    nodes = bpy.data.node_groups.new("Nodes", "GeometryNodeTree")
    for side in ("INPUT", "OUTPUT"):
        nodes.interface.new_socket("Geometry", in_out=side, socket_type="NodeSocketGeometry")
    start, end = nodes.nodes.new("NodeGroupInput"), nodes.nodes.new("NodeGroupOutput")
    cube = nodes.nodes.new("GeometryNodeMeshCube")
    on_points = nodes.nodes.new("GeometryNodeInstanceOnPoints")
    nodes.links.new(start.outputs[0], end.inputs[0])
    modifier = bowl().modifiers.new("Nodes", "NODES")
    modifier.node_group = nodes
    nodes.links.new(start.outputs[0], on_points.inputs[0])
    nodes.links.new(cube.outputs[0], on_points.inputs["Instance"])
    nodes.links.new(on_points.outputs[0], end.inputs[0])
    refused("'Bowl' shows instances, which are no part of its mesh; make them real")


def test_a_folder_that_cannot_be_written_is_said(bowl, isoform, tmp_path):
    import bpy
    from mathutils import Matrix

    with (
        isoform.mesh_in.joined(bpy.context, [bowl()]) as mesh,
        pytest.raises(isoform.errors.InputError, match="cannot be written for the engine"),
    ):
        isoform.mesh_in.write_triangles(mesh, Matrix(), tmp_path / "missing" / "mesh.npz")
