"""Whatever picture Blender holds becomes a file that other programs read."""

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.blender


def pixels_of(path):
    return np.asarray(Image.open(path).convert("RGBA"))


@pytest.fixture
def job_folder(tmp_path):
    folder = tmp_path / "job"
    folder.mkdir()
    return folder


def test_a_picture_with_a_file_is_that_file(isoform, picture, job_folder):
    import bpy

    path = picture("mug.png")
    found = isoform.scene_in.picture_file(bpy.data.images.load(str(path)), job_folder)
    assert found == path
    assert not list(job_folder.iterdir())


def test_a_packed_picture_is_written_byte_for_byte(isoform, picture, job_folder):
    import bpy

    path = picture("mug.png")
    content = path.read_bytes()
    image = bpy.data.images.load(str(path))
    image.pack()
    path.unlink()
    assert isoform.scene_in.picture_file(image, job_folder).read_bytes() == content


def test_a_generated_picture_keeps_its_colours_and_itself(isoform, job_folder):
    import bpy

    image = bpy.data.images.new("drawn", 2, 2, alpha=True)
    image.pixels[:] = [1, 0, 0, 1, 0, 1, 0, 0.5, 0, 0, 1, 1, 0, 0, 0, 0]
    path = isoform.scene_in.picture_file(image, job_folder)
    # Blender's first row is the lowest
    np.testing.assert_array_equal(pixels_of(path)[1], [[255, 0, 0, 255], [0, 255, 0, 128]])
    assert (image.source, image.filepath) == ("GENERATED", "")


def test_a_painted_picture_is_saved_as_it_is_on_screen(isoform, picture, job_folder):
    import bpy

    path = picture("mug.png")
    content = path.read_bytes()
    image = bpy.data.images.load(str(path))
    image.pixels[:] = [0, 0, 1, 1] * 16
    saved = isoform.scene_in.picture_file(image, job_folder)
    assert (pixels_of(saved) == [0, 0, 255, 255]).all()
    assert path.read_bytes() == content
    assert image.filepath == str(path)


def test_a_missing_file_is_said(isoform, picture, job_folder):
    import bpy

    path = picture("mug.png")
    image = bpy.data.images.load(str(path))
    path.unlink()
    with pytest.raises(isoform.errors.InputError, match=r"'mug.png' is missing \(.*mug.png\)"):
        isoform.scene_in.picture_file(image, job_folder)


def test_a_picture_without_pixels_is_said(isoform, picture, job_folder):
    import bpy

    image = bpy.data.images.load(str(picture("mug.png")))
    image.source = "MOVIE"
    with pytest.raises(isoform.errors.InputError, match="cannot be saved for the engine"):
        isoform.scene_in.picture_file(image, job_folder)


def test_a_folder_that_cannot_be_written_is_said(isoform, picture, job_folder):
    import bpy

    image = bpy.data.images.load(str(picture("mug.png")))
    image.pack()
    with pytest.raises(isoform.errors.InputError, match="cannot be saved for the engine"):
        isoform.scene_in.picture_file(image, job_folder / "missing")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("chair.png", "chair"),
        ("chair.png.001", "chair"),
        ("chair", "chair"),
        ("chair.2.jpg", "chair.2"),
        ("chair.001", "chair"),
    ],
)
def test_a_shape_is_called_as_its_picture_without_suffix_and_number(isoform, name, expected):
    import bpy

    image = bpy.data.images.new("x", 1, 1)
    image.name = name
    assert isoform.scene_in.name_of(image) == expected
