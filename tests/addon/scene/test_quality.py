"""What is counted of a result, what is selected of it, and that both are the same."""

import pytest

pytestmark = pytest.mark.blender

CORNERS = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
FACES = [(0, 2, 1), (0, 1, 3), (1, 2, 3), (2, 0, 3)]
FIN = [*CORNERS, (0, -1, -1)]
MOVED = [*CORNERS, *((x + 3, y, z) for x, y, z in CORNERS)]
BOTH = [*FACES, *((a + 4, b + 4, c + 4) for a, b, c in FACES[1:])]

CASES = {
    "whole": (CORNERS, FACES, {"closed": 1, "pieces": 1}),
    "open": (CORNERS, FACES[1:], {"closed": 0, "pieces": 1, "open_edges": 3}),
    "flipped": (CORNERS, [(1, 2, 0), *FACES[1:]], {"closed": 0, "pieces": 1, "flipped_edges": 3}),
    "fin": (
        FIN,
        [*FACES, (0, 1, 4)],
        {"closed": 0, "pieces": 1, "open_edges": 2, "crowded_edges": 1},
    ),
    "two": (MOVED, BOTH, {"closed": 0, "pieces": 2, "open_edges": 3}),
    "nothing": (CORNERS, [], {"closed": 0, "pieces": 0}),
}


@pytest.fixture
def thing(isoform):
    """Makes an active object of corners and faces."""
    import bpy

    def make(corners, faces):
        data = bpy.data.meshes.new("Result")
        data.from_pydata(corners, [], faces)
        thing = bpy.data.objects.new("Result", data)
        bpy.context.collection.objects.link(thing)
        thing.select_set(True)
        bpy.context.view_layer.objects.active = thing
        return thing

    return make


@pytest.mark.parametrize("name", CASES)
def test_blender_counts_what_the_worker_counts(isoform, thing, name):
    import numpy as np

    from core.meshes import TriangleMesh
    from core.worker.checks import check_of

    corners, faces, expected = CASES[name]
    found = isoform.quality.count(thing(corners, faces).data)
    none = dict.fromkeys(("open_edges", "crowded_edges", "flipped_edges"), 0)
    assert found == none | {"triangles": len(faces), "faces": len(faces)} | expected
    mesh = TriangleMesh(np.array(corners, np.float32), np.array(faces, np.int32).reshape(-1, 3))
    told = isoform.quality.kept(
        check_of(mesh), mesh.is_closed, len(faces), thing(corners, faces).data
    )
    assert told == found


def test_four_faces_at_an_edge_may_be_closed(isoform, thing):
    shared = [*CORNERS, (1, 0, 1), (1, 1, 1)]
    second = [(0, 1, 4), (0, 5, 1), (1, 5, 4), (0, 4, 5)]
    found = isoform.quality.count(thing(shared, [*FACES, *second]).data)
    assert (found["crowded_edges"], found["closed"]) == (1, 1)


@pytest.mark.parametrize(
    ("name", "fault", "edges", "faces"),
    [
        ("open", "open_edges", 3, 0),
        ("flipped", "flipped_edges", 3, 1),
        ("fin", "crowded_edges", 1, 0),
        ("two", "pieces", 6, 3),
        ("whole", "open_edges", 0, 0),
    ],
)
def test_a_click_selects_exactly_what_is_wrong(isoform, thing, name, fault, edges, faces):
    import bmesh
    import bpy

    corners, all_faces, _ = CASES[name]
    made = thing(corners, all_faces)
    bpy.ops.isoform.select_faults(fault=fault)
    assert bpy.context.mode == "EDIT_MESH"
    work = bmesh.from_edit_mesh(made.data)
    assert sum(each.select for each in work.edges) == edges
    assert sum(each.select for each in work.faces) == faces
    bpy.ops.object.mode_set(mode="OBJECT")


def test_results_know_what_the_worker_counted(isoform, picture, bowl):
    import bpy

    bpy.ops.isoform.reconstruct(filepath=str(picture("stool.png")))
    found = isoform.quality.of(bpy.context.active_object)
    assert found == isoform.quality.count(bpy.context.active_object.data)
    assert (found["closed"], found["pieces"], found["triangles"]) == (1, 1, 12)
    bowl()
    bpy.context.view_layer.objects.selected[0].select_set(False)
    bpy.ops.isoform.complete(keep="exact")
    thing = bpy.context.active_object
    found = isoform.quality.of(thing)
    assert found == isoform.quality.count(thing.data)
    assert (found["triangles"], found["faces"]) == (14, 9)
    assert found["invented"] == pytest.approx(1 / 9)


def test_a_changed_mesh_is_counted_again_when_asked(isoform, thing):
    import bmesh
    import bpy

    made = thing(CORNERS, FACES)
    bpy.ops.isoform.check_mesh()
    found = isoform.quality.of(made)
    assert not isoform.quality.is_stale(made, found)
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="DESELECT")
    work = bmesh.from_edit_mesh(made.data)
    work.faces.ensure_lookup_table()
    bmesh.ops.delete(work, geom=[work.faces[0]], context="FACES_ONLY")
    bmesh.update_edit_mesh(made.data)
    bpy.ops.isoform.check_mesh()
    assert isoform.quality.of(made)["open_edges"] == 3
    bpy.ops.object.mode_set(mode="OBJECT")
    assert not isoform.quality.is_stale(made, isoform.quality.of(made))
    assert isoform.quality.is_stale(made, found)


def test_what_is_no_mesh_has_no_badge_and_grey_buttons(isoform):
    import bpy

    bpy.ops.object.empty_add()
    assert isoform.quality.of(bpy.context.active_object) is None
    for operator in (bpy.ops.isoform.check_mesh, bpy.ops.isoform.select_faults):
        with pytest.raises(RuntimeError, match="Select a mesh first"):
            operator()
    assert isoform.quality.of(None) is None
