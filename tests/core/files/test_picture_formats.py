"""What a batch takes for pictures is what the engine reads, and what Pillow calls so."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.batch.folder import inputs_of
from core.files.picture_formats import FORMAT_NAMES, PICTURE_SUFFIXES, PICTURES
from core.inputs.image import load_picture

FORMATS = [(name, suffix) for name, suffixes in PICTURE_SUFFIXES.items() for suffix in suffixes]


@pytest.mark.parametrize(("name", "suffix"), FORMATS, ids=[each for _, each in FORMATS])
def test_what_a_batch_finds_is_read(tmp_path: Path, name: str, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Image.new("1" if suffix == ".pbm" else "L", (20, 30), 255).save(path, name)
    assert inputs_of(tmp_path, PICTURES, tmp_path / "out") == [path]
    picture = load_picture(path)
    assert picture.shape == (30, 20, 4)
    np.testing.assert_allclose(picture, 1.0, atol=2 / 255)  # lossy formats miss by a shade


def test_suffixes_are_those_that_pillow_knows_the_formats_by() -> None:
    known = Image.registered_extensions()
    assert {known[suffix] for suffix in PICTURES} == set(PICTURE_SUFFIXES)
    assert all(known[suffix] == name for name, suffix in FORMATS)


def test_every_format_has_its_name_for_a_person() -> None:
    assert FORMAT_NAMES == "PNG, JPEG, WebP, TIFF, BMP, GIF, AVIF, TGA, PPM"
