"""A batch to its end, with its log, and once more."""

import pytest

from ..batch_log import lines

pytestmark = pytest.mark.blender


def test_a_batch_is_resumed(isoform, pictures, tmp_path):
    import bpy

    output = tmp_path / "out"
    words = {"folder": str(pictures("a.png", "blank.png")), "output": str(output)}
    bpy.ops.isoform.batch(**words)
    pictures("b.png")
    bpy.ops.isoform.batch(**words)
    begun = [each["input"] for each in lines(output) if each["status"] == "started"]
    assert begun == ["a.png", "blank.png", "b.png", "blank.png"]
    bpy.ops.isoform.batch(**words, resume=False)
    assert [each["input"] for each in lines(output)].count("a.png") == 4
