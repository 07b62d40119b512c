"""Attributes of edges survive that new edges are made, in whatever order Blender then has them."""

import pytest

pytestmark = pytest.mark.blender

VALUES = {"BOOLEAN": True, "INT": -7, "FLOAT": 0.25, "INT8": 3}
VECTORS = {"FLOAT2": (0.5, 1.0), "FLOAT_VECTOR": (1.0, 2.0, 3.0)}


def at(mesh, name, ends):
    """The attribute's value at the edge between two vertices."""
    for edge, each in zip(mesh.edges, mesh.attributes[name].data, strict=True):
        if set(edge.vertices) == set(ends):
            return each.value if hasattr(each, "value") else tuple(each.vector)
    raise AssertionError(f"no edge {ends}")


def test_lost_attributes_are_written_again_edge_by_edge(isoform, bowl):
    import bpy

    old = bowl().data
    ends = tuple(old.edges[5].vertices)
    for kind, value in VALUES.items():
        old.attributes.new(kind, kind, "EDGE").data[5].value = value
    for kind, vector in VECTORS.items():
        old.attributes.new(kind, kind, "EDGE").data[5].vector = vector
    remembered = isoform.edges.remember(old)
    # the same vertices, other faces: the edges are others and in another order
    new = bpy.data.meshes.new("New")
    lid = [(4, 5, 6, 7)]
    faces = [tuple(each.vertices) for each in old.polygons]
    new.from_pydata([each.co for each in old.vertices], [(4, 6)], lid + faces[::-1])
    isoform.edges.restore(new, remembered)
    for kind, value in (VALUES | VECTORS).items():
        assert at(new, kind, ends) == value
        zeros = type(value)(0 for _ in value) if isinstance(value, tuple) else 0
        assert at(new, kind, (4, 6)) == zeros


def test_what_blender_has_kept_is_left_alone(isoform, bowl):
    mesh = bowl().data
    mesh.attributes.new("crease_edge", "FLOAT", "EDGE").data[0].value = 0.5
    remembered = isoform.edges.remember(mesh)
    mesh.attributes["crease_edge"].data[0].value = 0.75
    isoform.edges.restore(mesh, remembered)
    assert mesh.attributes["crease_edge"].data[0].value == 0.75


def test_a_mesh_without_edges_has_nothing_to_remember(isoform):
    import bpy

    mesh = bpy.data.meshes.new("Nothing")
    mesh.attributes.new("crease_edge", "FLOAT", "EDGE")
    remembered = isoform.edges.remember(mesh)
    mesh.attributes.remove(mesh.attributes["crease_edge"])
    isoform.edges.restore(mesh, remembered)
    assert "crease_edge" not in mesh.attributes
