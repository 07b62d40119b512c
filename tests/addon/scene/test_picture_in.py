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
    found = isoform.picture_in.picture_file(bpy.data.images.load(str(path)), job_folder)
    assert found == path
    assert not list(job_folder.iterdir())


def test_a_packed_picture_is_written_byte_for_byte(isoform, picture, job_folder):
    import bpy

    path = picture("mug.png")
    content = path.read_bytes()
    image = bpy.data.images.load(str(path))
    image.pack()
    path.unlink()
    assert isoform.picture_in.picture_file(image, job_folder).read_bytes() == content


def test_a_generated_picture_keeps_its_colours_and_itself(isoform, job_folder):
    import bpy

    image = bpy.data.images.new("drawn", 2, 2, alpha=True)
    image.pixels[:] = [1, 0, 0, 1, 0, 1, 0, 0.5, 0, 0, 1, 1, 0, 0, 0, 0]
    path = isoform.picture_in.picture_file(image, job_folder)
    # Blender's first row is the lowest
    np.testing.assert_array_equal(pixels_of(path)[1], [[255, 0, 0, 255], [0, 255, 0, 128]])
    assert (image.source, image.filepath) == ("GENERATED", "")


def test_a_painted_picture_is_saved_as_it_is_on_screen(isoform, picture, job_folder):
    import bpy

    path = picture("mug.png")
    content = path.read_bytes()
    image = bpy.data.images.load(str(path))
    image.pixels[:] = [0, 0, 1, 1] * 16
    saved = isoform.picture_in.picture_file(image, job_folder)
    assert (pixels_of(saved) == [0, 0, 255, 255]).all()
    assert path.read_bytes() == content
    assert image.filepath == str(path)


def srgb(linear):
    """Bytes of scene-linear values, as IEC 61966-2-1 has it."""
    linear = np.clip(linear, 0, 1)
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return 255 * curve


LINEAR = np.array([[[0.25, 0.5, 2, 1], [0.6, -0.1, 0, 1]], [[0.001, 0.9, 0.1, 1], [1, 0, 0.3, 1]]])


@pytest.mark.parametrize("suffix", [".exr", ".hdr"])
def test_a_file_that_blender_alone_reads_becomes_what_view_standard_shows(
    isoform, job_folder, tmp_path, suffix
):
    import bpy

    path = tmp_path / f"render{suffix}"
    drawn = bpy.data.images.new("drawn", 2, 2, alpha=True, float_buffer=True)
    drawn.pixels[:] = LINEAR[::-1].ravel().tolist()
    drawn.file_format, drawn.filepath_raw = {".exr": "OPEN_EXR", ".hdr": "HDR"}[suffix], str(path)
    drawn.save()
    image = bpy.data.images.load(str(path))
    held = np.array(image.pixels[:]).reshape(2, 2, 4)[::-1]
    found = isoform.picture_in.picture_file(image, job_folder)
    assert found == job_folder / "picture.png"
    # half a shade of eight bits, and what Blender's table of the curve adds
    np.testing.assert_allclose(pixels_of(found)[..., :3], srgb(held[..., :3]), atol=1.01)
    assert (pixels_of(found)[..., 3] == 255).all()
    image.pack()
    assert isoform.picture_in.picture_file(image, job_folder, "packed").suffix == ".png"


def test_soft_rims_of_floats_keep_the_colour_that_alpha_was_multiplied_into(isoform, job_folder):
    import bpy

    straight = LINEAR.copy()
    straight[..., 3] = [[0.5, 0.25], [1, 0]]
    image = bpy.data.images.new("drawn", 2, 2, alpha=True, float_buffer=True)
    multiplied = np.dstack([straight[..., :3] * straight[..., 3:], straight[..., 3]])
    image.pixels[:] = multiplied[::-1].ravel().tolist()
    found = pixels_of(isoform.picture_in.picture_file(image, job_folder))
    visible = straight[..., 3] > 0
    np.testing.assert_allclose(found[visible][:, :3], srgb(straight[visible][:, :3]), atol=1.01)
    np.testing.assert_allclose(found[..., 3], 255 * straight[..., 3], atol=0.51)


@pytest.mark.parametrize("suffix", [".gif", ".avif", ".ppm"])
def test_a_file_that_the_engine_alone_reads_is_that_file(isoform, job_folder, tmp_path, suffix):
    import bpy

    path = tmp_path / f"mug{suffix}"
    Image.new("RGB", (32, 32), (200, 30, 30)).save(path)
    image = bpy.data.images.load(str(path))
    assert isoform.picture_in.picture_file(image, job_folder) == path


def test_what_neither_reads_is_left_to_the_engine_to_refuse(isoform, job_folder, tmp_path):
    import bpy

    path = tmp_path / "notes.xyz"
    path.write_text("no picture")
    image = bpy.data.images.load(str(path))
    assert isoform.picture_in.picture_file(image, job_folder) == path


def test_a_missing_file_is_said(isoform, picture, job_folder):
    import bpy

    path = picture("mug.png")
    image = bpy.data.images.load(str(path))
    path.unlink()
    with pytest.raises(isoform.errors.InputError, match=r"'mug.png' is missing \(.*mug.png\)"):
        isoform.picture_in.picture_file(image, job_folder)


def test_a_picture_without_pixels_is_said(isoform, picture, job_folder, tmp_path):
    import bpy

    image = bpy.data.images.load(str(picture("clip.png").rename(tmp_path / "clip.mp4")))
    image.source = "MOVIE"
    with pytest.raises(isoform.errors.InputError, match="cannot be saved for the engine"):
        isoform.picture_in.picture_file(image, job_folder)


def test_a_folder_that_cannot_be_written_is_said(isoform, picture, job_folder):
    import bpy

    image = bpy.data.images.load(str(picture("mug.png")))
    image.pack()
    with pytest.raises(isoform.errors.InputError, match="cannot be saved for the engine"):
        isoform.picture_in.picture_file(image, job_folder / "missing")


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
    assert isoform.picture_in.name_of(image) == expected
