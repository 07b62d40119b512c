"""What was given stays to the bit, what was invented is joined to it, and both are told apart."""

import logging
from array import array
from itertools import pairwise

import numpy as np
import pytest

pytestmark = pytest.mark.blender

LID = [(5, 4, 8), (6, 5, 8), (7, 6, 8), (4, 7, 8)]
"""From the bowl's rim to a ninth vertex."""


def shape_of(isoform, thing, corners=LID, top=(0.0, 0.0, 2.0), observed_vertices=8):
    vertices = np.array([*(each.co[:] for each in thing.data.vertices), top], np.float32)
    given = [each for face in thing.data.polygons for each in fan(face.vertices)]
    flags = np.array([1] * 8 + [0], np.uint8)
    return isoform.mesh_out.Shape(
        array("f", vertices.tobytes()),
        array("i", np.array([*given, *corners], np.int32).tobytes()),
        flags.data,
        np.linspace(0, 1, 9, dtype=np.float32).data,
        observed_vertices,
        len(given),
    )


def fan(corners):
    return [(corners[0], *each) for each in pairwise(corners[1:])]


def wings(mesh):
    """How many faces every edge has."""
    counts = [0] * len(mesh.edges)
    for loop in mesh.loops:
        counts[loop.edge_index] += 1
    return counts


@pytest.fixture
def identity(isoform):
    from mathutils import Matrix

    return Matrix()


def test_the_invented_part_is_joined_to_the_given_one(isoform, bowl, identity):
    thing = bowl()
    faces = [tuple(each.vertices) for each in thing.data.polygons]
    isoform.mesh_out.extend(thing.data, shape_of(isoform, thing), identity)
    mesh = thing.data
    assert [tuple(each.vertices) for each in mesh.polygons] == [*faces, *LID]
    assert (len(mesh.vertices), len(mesh.edges)) == (9, 16)
    assert set(wings(mesh)) == {2}
    assert not mesh.validate()


def test_attributes_and_shading_of_the_given_part_are_kept(isoform, bowl, identity):
    thing = bowl()
    mesh = thing.data
    mesh.uv_layers.new(name="Map").data[3].uv = (0.25, 0.75)
    mesh.attributes.new("heat", "FLOAT", "POINT").data[2].value = 7.0
    mesh.color_attributes.new("Paint", "BYTE_COLOR", "CORNER").data[5].color = (0, 1, 0, 1)
    sharp = mesh.attributes.new("sharp_edge", "BOOLEAN", "EDGE")
    sharp.data[4].value = True
    ends = tuple(mesh.edges[4].vertices)
    crease = mesh.attributes.new("crease_edge", "FLOAT", "EDGE")
    crease.data[2].value = 0.5
    creased = tuple(mesh.edges[2].vertices)
    thing.vertex_groups.new(name="Group").add([6], 0.5, "REPLACE")
    mesh.polygons.foreach_set("use_smooth", [False, True, False, True, False])
    mesh.polygons.foreach_set("material_index", [0, 1, 0, 1, 0])
    isoform.mesh_out.extend(mesh, shape_of(isoform, thing), identity)
    isoform.mesh_out.mark(mesh, shape_of(isoform, thing))
    assert tuple(mesh.uv_layers["Map"].data[3].uv) == (0.25, 0.75)
    assert tuple(mesh.uv_layers["Map"].data[-1].uv) == (0, 0)
    assert mesh.attributes["heat"].data[2].value == 7.0
    assert tuple(mesh.color_attributes["Paint"].data[5].color) == (0, 1, 0, 1)
    assert mesh.vertices[6].groups[0].weight == 0.5
    found = {tuple(each.vertices): each.index for each in mesh.edges}
    sharp = [each.value for each in mesh.attributes["sharp_edge"].data]
    assert (sharp[found[ends]], sum(sharp)) == (True, 1)
    crease = [each.value for each in mesh.attributes["crease_edge"].data]
    assert (crease[found[creased]], sum(crease)) == (0.5, 0.5)
    smooth = [each.use_smooth for each in mesh.polygons]
    assert smooth == [False, True, False, True, False, *[True] * 4]
    assert [each.material_index for each in mesh.polygons] == [0, 1, 0, 1, 0, *[0] * 4]


def test_every_vertex_is_told_apart_and_shown(isoform, bowl, identity):
    thing = bowl()
    mesh = thing.data
    mesh.attributes.new("isoform_confidence", "INT", "FACE")  # of whatever was here before
    shape = shape_of(isoform, thing)
    isoform.mesh_out.extend(mesh, shape, identity)
    isoform.mesh_out.mark(mesh, shape)
    isoform.mesh_out.mark(mesh, shape)
    observed = mesh.attributes["isoform_observed"]
    assert (observed.data_type, observed.domain) == ("BOOLEAN", "POINT")
    assert [each.value for each in observed.data] == [True] * 8 + [False]
    confidence = [each.value for each in mesh.attributes["isoform_confidence"].data]
    np.testing.assert_array_equal(confidence, np.linspace(0, 1, 9, dtype=np.float32))
    colours = mesh.color_attributes["isoform_invented"]
    given, invented = (np.float32(each) for each in reversed(isoform.mesh_out.COLOURS))
    np.testing.assert_array_equal(colours.data[7].color, given)
    np.testing.assert_array_equal(colours.data[8].color, invented)
    assert mesh.color_attributes.active_color.name == "isoform_invented"


def test_the_invented_vertices_come_into_the_frame_of_the_given_ones(isoform, bowl):
    from mathutils import Matrix

    thing = bowl()
    before = [tuple(each.co) for each in thing.data.vertices]
    to_local = Matrix.Translation((1, 0, 0)) @ Matrix.Scale(0.5, 4)
    isoform.mesh_out.extend(thing.data, shape_of(isoform, thing, top=(1, 2, 4)), to_local)
    assert [tuple(each.co) for each in thing.data.vertices] == [*before, (1.5, 1, 2)]


def test_nothing_invented_changes_nothing(isoform, bowl, identity):
    thing = bowl()
    shape = shape_of(isoform, thing, corners=[(0, 1, 2)])
    nothing = isoform.mesh_out.Shape(
        shape.vertices[:24], shape.corners[:30], shape.observed[:8], shape.confidence[:8], 8, 10
    )
    isoform.mesh_out.extend(thing.data, nothing, identity)
    assert (len(thing.data.vertices), len(thing.data.polygons)) == (8, 5)


def test_empty_faces_are_left_out_and_said(isoform, bowl, identity, caplog):
    thing = bowl()
    with caplog.at_level(logging.WARNING):
        corners = [*LID, (8, 8, 1)]
        isoform.mesh_out.extend(thing.data, shape_of(isoform, thing, corners), identity)
    assert len(thing.data.polygons) == 9
    assert "1 of 5 faces were empty" in caplog.text


def test_a_result_that_does_not_fit_is_refused(isoform, bowl, identity):
    thing, error = bowl(), isoform.errors.WorkerError
    shape = shape_of(isoform, thing, corners=[(0, 1, 9)])
    with pytest.raises(error, match="name vertices 0 to 9, but there are 9; start the job again"):
        isoform.mesh_out.extend(thing.data, shape, identity)
    shape = shape_of(isoform, thing, observed_vertices=7)
    with pytest.raises(error, match="the result keeps 7 of 8 vertices"):
        isoform.mesh_out.extend(thing.data, shape, identity)
    assert (len(thing.data.vertices), len(thing.data.polygons)) == (8, 5)


def test_arrays_that_do_not_fit_each_other_are_refused(isoform, tmp_path):
    from core.files.arrays import write_arrays

    path = tmp_path / "hypothesis_1.npz"
    arrays = {
        "vertices": np.zeros((3, 3), np.float32),
        "faces": np.array([[0, 1, 2]], np.int32),
        "observed": np.zeros(2, np.uint8),
        "confidence": np.zeros(3, np.float32),
    }
    write_arrays(path, {name: each.data for name, each in arrays.items()})
    hypothesis = isoform.mesh_out.Hypothesis(str(path), (), 3, 1, 0, 0, True, None, None, ())
    with pytest.raises(isoform.errors.WorkerError, match="tells of 2 and 3 vertices, but has 3"):
        isoform.mesh_out.read_shape(hypothesis, False)
    arrays |= {"observed": np.zeros(3, np.uint8)}
    write_arrays(path, {name: each.data for name, each in arrays.items()})
    assert list(isoform.mesh_out.read_shape(hypothesis, True).corners) == [0, 2, 1]
    arrays |= {"faces": arrays["faces"][:0]}
    write_arrays(path, {name: each.data for name, each in arrays.items()})
    with pytest.raises(isoform.errors.InputError, match="the result has no faces; select more"):
        isoform.mesh_out.read_shape(hypothesis, False)
