"""What is doubtful about a result stays with its object and is shown whole, today and later."""

import pytest

from ..layouts import Layout

pytestmark = pytest.mark.blender

LONG = (
    "the outline of the result differs from the picture by 4 % of its height; try another picture, "
    "a higher resolution, or name the category"
)


@pytest.fixture
def thing(isoform):
    """An object with what is kept of a result."""
    import bpy

    def make(confidence, *warnings):
        data = bpy.data.meshes.new("Chair")
        made = bpy.data.objects.new("Chair", data)
        bpy.context.collection.objects.link(made)
        for key, value in isoform.doubts.kept(confidence, warnings).items():
            made[key] = value
        return made

    return make


def test_what_is_kept_is_there_when_the_file_is_opened_again(isoform, thing, tmp_path):
    import bpy

    thing(0.25, LONG, "the mesh is not closed")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "chair.blend"))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "chair.blend"))
    found = bpy.data.objects["Chair"]
    assert found["isoform_warnings"] == f"{LONG}\nthe mesh is not closed"
    assert isoform.doubts.warnings_of(found) == [f"T{LONG[1:]}", "The mesh is not closed"]
    assert isoform.doubts.confidence_of(found) == 0.25


@pytest.mark.parametrize(
    ("confidence", "warnings", "expected"),
    [(0.75, (), False), (0.25, (), True), (0.75, ("the mesh is not closed",), True)],
)
def test_an_object_is_doubtful_as_its_result_was(isoform, thing, confidence, warnings, expected):
    assert isoform.doubts.is_doubtful(thing(confidence, *warnings)) is expected


def test_an_object_that_tells_nothing_is_not_doubtful(isoform, thing, context):
    import bpy

    plain = bpy.data.objects.new("Plain", None)
    assert (isoform.doubts.confidence_of(plain), isoform.doubts.warnings_of(plain)) == (None, [])
    assert not isoform.doubts.is_doubtful(plain)
    plain["isoform_confidence"], plain["isoform_warnings"] = "high", 3  # of somebody else
    assert isoform.doubts.confidence_of(plain) is None
    layout = Layout()
    isoform.doubts.draw_of(context, layout, bpy.data.objects.new("Other", None))
    assert layout.drawn == []


def test_every_sentence_is_drawn_whole_with_a_sign_of_its_own(isoform, thing, context):
    layout = Layout()
    isoform.doubts.draw_of(context, layout, thing(0.25, LONG, "the mesh is not closed"))
    assert layout.sentences("QUESTION")[0].startswith("25 % sure, doubtful")
    assert layout.sentences("ERROR") == [f"T{LONG[1:]}", "The mesh is not closed"]
    letters = isoform.wrapping.letters_of(context)
    assert max(len(text) for _, text in layout.drawn) <= letters
