"""OBJ: what lines of text may look like, and what is said of those that cannot be read."""

import numpy as np
import pytest

from core.reading.contents import Damaged
from core.reading.obj import read_obj

SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"
QUAD = [[0, 1, 2], [0, 2, 3]]


def read(text):
    return read_obj(text.encode())


def test_an_empty_file_holds_nothing():
    found = read("")
    assert found.vertices.shape == found.faces.shape == (0, 3)


@pytest.mark.parametrize(
    "text",
    [
        SQUARE + "f 1 2 3 4\n",
        SQUARE + "f 1 2 3 4",
        SQUARE + "f -4 -3 -2 -1\n",
        SQUARE + "f 1/7 2/8/9 3//4 4\n",
        SQUARE.replace("\n", "\r") + "f 1 2 3 4\r",
        SQUARE.replace("\n", "\r\n") + "f 1 2 3 4\r\n",
        SQUARE.replace(" ", "\t") + "f\t1\t2\t3\t4\n",
        SQUARE.replace(" ", "  \t ") + "  f 1 2 3 4 \n",
        SQUARE + "f 1 2 \\\n 3 4\n",
        SQUARE + "f 1 2 \\\r\n 3 4\r\n",
        "\ufeff# a mesh\nmtllib none.mtl\n" + SQUARE + "usemtl red\ns off\n\nf 1 2 3 4 # 5\nend\n",
        SQUARE.replace("v 1 1 0", "v 1 1 0 1.0") + "f 1 2 3 4\n",
        SQUARE.replace("v 1 1 0", "v 1.0e0 +1 -0. .5 .5 .5 # grey") + "f 1 2 3 4\n",
        SQUARE + "o a\nf 1 2 3\nusemtl b\ng c\nf 1 3 4\n",
        "f 1 2 3 4\n" + SQUARE,
    ],
)
def test_all_ways_to_write_a_square(text):
    found = read(text)
    assert found.vertices.tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]
    assert found.faces.tolist() == QUAD
    assert found.warnings == ()


def test_names_in_any_encoding_are_skipped():
    found = read_obj(b"o St\xfchle \xff\n" + SQUARE.encode() + b"f 1 2 3\n")
    assert found.faces.tolist() == [[0, 1, 2]]


def test_relative_indices_count_from_the_vertices_so_far():
    text = (
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf -3 -2 -1\nv 5 0 0\nv 6 0 0\nv 5 1 0\nf -3 -2 -1\nf 1 -1 2\n"
    )
    assert read(text).faces.tolist() == [[0, 1, 2], [3, 4, 5], [0, 5, 1]]


def test_coordinates_are_doubles():
    given = np.random.default_rng(0).normal(size=(30, 3)) * 1e7 + 1e7 / 3
    text = "".join("v {!r} {!r} {!r}\n".format(*row) for row in given.tolist()) + "f 1 2 3\n"
    found = read(text)
    assert np.array_equal(found.vertices, given)
    assert not found.is_single


def test_vertices_alone_are_points_with_normals_where_all_have_one():
    for lines in ("", "p 1 2 3 4\n"):
        found = read(SQUARE + lines)
        assert len(found.vertices) == 4
        assert len(found.faces) == 0
        assert found.normals is None
    assert read(SQUARE + "vn 0 0 1\n" * 4).normals.tolist() == [[0, 0, 1]] * 4
    assert read(SQUARE + "vn 0 0 1\n" * 3).normals is None


def test_the_ends_of_lines_are_no_points():
    assert len(read(SQUARE + "l 1 2 3 4\n").vertices) == 0
    assert len(read(SQUARE + "l 1 2 3 4\nf 1 2 3\n").faces) == 1


def test_what_is_left_out_is_said():
    assert read(SQUARE + "f 1 2\nf 1 2 3\n").warnings == (
        "1 faces with fewer than three corners were left out",
    )
    assert read(SQUARE + "cstype bezier\ncurv 0 1 1 2\nf 1 2 3\n").warnings == (
        "free-form curves and surfaces of the file were left out",
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("v 0 0\nf 1 1 1\n", "the line 'v 0 0' has no three numbers"),
        ("v 0 0,5 0\n", "the line 'v 0 0,5 0' has no three numbers"),
        ("v\n", "the line 'v ' has no three numbers"),
        (SQUARE + "vn 0 up 1\n" * 4, "the line 'vn 0 up 1' has no three numbers"),
        (SQUARE + "f 1 2 three\n", "a face has a corner that is no whole number: .*'three'"),
        (SQUARE + "f 0 1 2\n", "names vertex 0, but the first one is 1"),
        (SQUARE + "f 1 2 5\n", "names vertex 4, counted from 0, but there are 4"),
        (SQUARE + "f -5 1 2\n", "counts back to before the first vertex"),
    ],
)
def test_what_cannot_be_read_is_said(text, sentence):
    with pytest.raises(Damaged, match=sentence):
        read(text)
