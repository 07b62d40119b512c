"""STL: both kinds, and what other programs write wrong in them."""

import numpy as np
import pytest

from core.reading.contents import Damaged
from core.reading.stl import read_stl

CORNERS = np.arange(36, dtype=np.float32).reshape(4, 3, 3) ** 2 / 7


def binary(count=4, header=b"made by hand", corners=CORNERS):
    facets = np.zeros(
        len(corners), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("a", "<u2")]
    )
    facets["corners"] = corners
    return header.ljust(80) + np.uint32(count).tobytes() + facets.tobytes()


def text(corners=CORNERS):
    lines = ["solid made by hand"]
    for triangle in corners.tolist():
        lines += ["  facet normal 0 0 1", "    outer loop"]
        lines += ["      vertex {!r} {!r} {!r}".format(*corner) for corner in triangle]
        lines += ["    endloop", "  endfacet"]
    return "\n".join([*lines, "endsolid made by hand", ""]).encode()


def is_read(content, corners=CORNERS):
    found = read_stl(content)
    assert np.array_equal(found.vertices[found.faces], corners)
    assert np.array_equal(found.faces, np.arange(3 * len(corners)).reshape(-1, 3))
    return found


@pytest.mark.parametrize(
    "content",
    [
        binary(),
        binary(header=b"solid made by hand"),
        binary(header=b"\0"),
        text(),
        text().replace(b"\n", b"\r\n"),
        text().upper(),
        b"\xef\xbb\xbf \n" + text(),
        text(CORNERS[:2]) + text(CORNERS[2:]),
    ],
)
def test_both_kinds_are_read_to_the_bit(content):
    assert is_read(content).warnings == ()


def test_the_coordinates_of_a_text_are_doubles_and_those_of_bytes_are_not():
    corners = CORNERS.astype(float) + 1e7 / 3
    assert not is_read(text(corners), corners).is_single
    assert is_read(binary()).is_single


@pytest.mark.parametrize("header", [b"made by hand", b"solid made by hand"])
@pytest.mark.parametrize("extra", [b"\0", b"trailing junk", bytes(49), bytes(74)])
def test_bytes_after_the_last_triangle_are_left_out_with_a_word(header, extra):
    found = is_read(binary(header=header) + extra)
    assert found.warnings == (
        f"{len(extra)} bytes after the last triangle of the file were left out",
    )


@pytest.mark.parametrize("count", [0, 1, 3, 5, 1 << 31])
def test_a_wrong_count_is_said_and_what_is_there_is_read(count):
    (warning,) = is_read(binary(count)).warnings
    assert warning == f"the file says that it has {count:,} triangles; the 4 in it were read"


def test_of_a_file_that_ends_early_the_whole_triangles_are_read():
    (warning,) = is_read(binary()[:-60], CORNERS[:2]).warnings
    assert warning == "the file says that it has 4 triangles; the 2 in it were read"
    whole = text()
    found = is_read(whole[: whole.rindex(b"endloop")], CORNERS[:3])
    assert found.warnings == ("the file ends within a triangle, which was left out",)


def test_a_loop_of_four_vertices_is_a_polygon():
    square = np.array([[[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]], float)
    found = read_stl(text(square) + text(square[:, :3]))
    assert found.faces.tolist() == [[0, 1, 2], [0, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize("content", [b"solid nothing\nendsolid nothing\n", binary(0)[:84]])
def test_an_empty_file_holds_nothing(content):
    assert len(read_stl(content).vertices) == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "it has 0 bytes, fewer than the header"),
        (b"hello", "it has 5 bytes, fewer than the header"),
        (text().replace(b"vertex 0.0", b"vertex zero"), "no number: .*zero"),
    ],
)
def test_what_is_no_stl_is_said(content, sentence):
    with pytest.raises(Damaged, match=sentence):
        read_stl(content)
