"""From the artist's order to the request, from the result to the object."""

from dataclasses import replace
from pathlib import Path

import pytest

pytestmark = pytest.mark.blender


def test_a_result_without_a_code_keeps_all_but_the_code(isoform, follow, run, picture):
    import bpy

    follow.start(picture("codeless.png"))
    follow.until(lambda: not run.is_running)
    thing = bpy.data.objects["codeless"]
    assert "isoform_code" not in thing
    assert thing["isoform_category"] == "chair"


def test_what_is_asked_crosses_with_the_pictures_own_names(isoform, picture, tmp_path):
    import bpy

    given = [bpy.data.images.load(str(picture(name))) for name in ("front.png", "side.png")]
    asked = isoform.settings.ReconstructSettings(category="lamp", resolution=64, size_m=2.5)
    corrections = (isoform.settings.Correction(), isoform.settings.Correction(grow_px=2))
    order = isoform.reconstruction.Order(asked, given[0], (given[1],), corrections)
    (tmp_path / "job").mkdir()
    job = order.job(bpy.context, tmp_path / "job", "cpu")
    assert job.name == "front"
    request = job.request
    assert [Path(each).name for each in request.pictures] == ["front.png", "side.png"]
    assert all(tmp_path / "job" in Path(each).parents for each in request.pictures)
    assert (request.category, request.resolution, request.size_m) == ("lamp", 64, 2.5)
    assert (request.device, request.corrections) == ("cpu", corrections)


def test_a_size_that_no_view_shows_is_refused_before_any_file_is_written(isoform, tmp_path):
    import bpy

    most = isoform.reconstruction.MAX_SIZE_M
    asked = isoform.settings.ReconstructSettings(size_m=2.0 * most)
    order = isoform.reconstruction.Order(asked, tmp_path / "chair.png")
    with pytest.raises(isoform.errors.InputError, match="10,000 at most; found 20000; give anoth"):
        order.job(bpy.context, tmp_path, "cpu")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "summary"),
    [
        ({}, "Wine Glass: 1,234 faces, closed, 75 % sure, 1.2 s"),
        ({"closed": False}, "Wine Glass: 1,234 faces, with holes, 75 % sure, 1.2 s"),
        ({"confidence": 0.25}, "Wine Glass, doubtful: 1,234 faces, closed, 25 % sure, 1.2 s"),
        (
            {"warnings": ("it is torn",)},
            "Wine Glass, doubtful: 1,234 faces, closed, 75 % sure, 1.2 s",
        ),
    ],
)
def test_one_sentence_says_what_became_of_it(isoform, changes, summary):
    finished = isoform.messages.Finished(
        job="1",
        mesh="",
        code=(),
        category="wineglass",
        confidence=0.75,
        seconds={"prior": 0.5, "surface": 0.75},
        vertices=617,
        faces=1234,
        closed=True,
        check=isoform.job_messages.MeshCheck(1, 0, 0, 0),
        warnings=(),
    )
    assert isoform.reconstruction.summary(replace(finished, **changes)) == summary
