"""PLY: text and binary, polygons and strips, and files that end early."""

import numpy as np
import pytest

from core.reading.contents import Damaged
from core.reading.ply import read_ply

XYZ = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
FORMATS = ["ascii", "binary_little_endian", "binary_big_endian"]


def ply(kind, elements, line_end="\n"):
    """A file of (name, properties, rows); a list is a property of a tuple of types."""
    lines, text, data = ["ply", f"format {kind} 1.0", "comment by hand"], [], b""
    order = ">" if kind == "binary_big_endian" else "<"
    types = {
        "uchar": "u1",
        "int": "i4",
        "float": "f4",
        "double": "f8",
        "ushort": "u2",
        "char": "i1",
    }
    for name, properties, rows in elements:
        lines.append(f"element {name} {len(rows)}")
        for label, each in properties.items():
            listed = isinstance(each, tuple)
            lines.append(f"property {'list ' + ' '.join(each) if listed else each} {label}")
        for row in rows:
            for value, each in zip(row, properties.values(), strict=True):
                if isinstance(each, tuple):
                    text += [len(value), *value]
                    data += np.array([len(value)], order + types[each[0]]).tobytes()
                    data += np.array(value, order + types[each[1]]).tobytes()
                else:
                    text.append(value)
                    data += np.array([value], order + types[each]).tobytes()
    header = (line_end.join([*lines, "end_header"]) + line_end).encode()
    return header + (" ".join(map(repr, text)).encode() if kind == "ascii" else data)


def vertex(rows=XYZ, kind="float", names=("x", "y", "z")):
    return ("vertex", dict.fromkeys(names, kind), np.asarray(rows).tolist())


def face(rows, label="vertex_indices", kinds=("uchar", "int")):
    return ("face", {label: kinds}, [[row] for row in rows])


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("label", ["vertex_indices", "vertex_index"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_triangles_quads_and_both_are_read(kind, label, line_end):
    for rows, faces in (
        ([[0, 1, 2], [3, 4, 5]], [[0, 1, 2], [3, 4, 5]]),
        ([[0, 1, 2, 3]] * 2, None),
        ([[0, 1, 2], [0, 1, 2, 3], [5, 4, 3]], None),
    ):
        found = read_ply(ply(kind, [vertex(), face(rows, label)], line_end))
        assert np.array_equal(found.vertices, XYZ)
        assert len(found.faces) == sum(len(row) - 2 for row in rows)
        assert faces is None or found.faces.tolist() == faces
        assert set(found.faces[0].tolist()) <= set(rows[0])


@pytest.mark.parametrize("kind", FORMATS)
def test_what_else_is_in_the_file_is_skipped(kind):
    more = ("tag", {"weights": ("ushort", "double"), "id": "char"}, [[[0.5, 2.0], 1], [[], -1]])
    colours = {"red": "uchar"} | dict.fromkeys("zyx", "double") | {"alpha": "uchar"}
    rows = [[255, *row[::-1], 7] for row in XYZ.tolist()]
    faces = ("face", {"red": "uchar", "vertex_indices": ("uchar", "int")}, [[9, [0, 1, 2]]])
    found = read_ply(ply(kind, [more, ("vertex", colours, rows), more, faces, more]))
    assert np.array_equal(found.vertices, XYZ)
    assert found.faces.tolist() == [[0, 1, 2]]
    assert not found.is_single


@pytest.mark.parametrize("kind", FORMATS)
def test_strips_are_triangles_and_minus_one_begins_another(kind):
    strips = ("tristrips", {"vertex_indices": ("int", "int")}, [[[0, 1, 2, 3, -1, 3, 4, 5]]])
    found = read_ply(ply(kind, [vertex(), strips]))
    assert found.faces.tolist() == [[0, 1, 2], [1, 3, 2], [3, 4, 5]]


@pytest.mark.parametrize("kind", FORMATS)
def test_points_have_the_normals_of_the_file(kind):
    found = read_ply(ply(kind, [vertex()]))
    assert len(found.faces) == 0
    assert found.normals is None
    names = ("x", "y", "z", "nx", "ny", "nz")
    found = read_ply(ply(kind, [vertex(np.hstack([XYZ, XYZ[::-1]]), names=names), face([])]))
    assert np.array_equal(found.vertices, XYZ)
    assert np.array_equal(found.normals, XYZ[::-1])


def test_the_ends_of_edges_are_no_points():
    edges = ("edge", {"vertex1": "int", "vertex2": "int"}, [[0, 1]])
    assert len(read_ply(ply("ascii", [vertex(), edges])).vertices) == 0


@pytest.mark.parametrize("kind", FORMATS)
def test_doubles_stay_doubles(kind):
    given = XYZ.astype(float) + 1e7 / 3
    found = read_ply(ply(kind, [vertex(given, "double"), face([[0, 1, 2]])]))
    assert np.array_equal(found.vertices, given)
    assert not found.is_single


def test_a_text_is_a_double_whatever_its_header_says():
    given = XYZ.astype(float) + 1e7 / 3
    found = read_ply(ply("ascii", [vertex(given), face([[0, 1, 2]])]))
    assert np.array_equal(found.vertices, given)
    assert read_ply(ply("binary_little_endian", [vertex()])).is_single


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("rows", [[[0, 1, 2]] * 4, [[0, 1, 2], [0, 1, 2, 3]]])
@pytest.mark.parametrize("share", [0.0, 0.4, 0.8, 0.99])
def test_a_file_that_ends_early_is_refused(kind, rows, share):
    whole = ply(kind, [vertex(), face(rows)])
    start = whole.index(b"end_header\n") + len(b"end_header\n")
    content = whole[: start + int(share * (len(whole) - start - 2))]
    with pytest.raises(Damaged, match=r"ends (early|before the last of its elements)"):
        read_ply(content)


HEADER = b"ply\nformat ascii 1.0\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"hello", "does not begin with 'ply'"),
        (HEADER, "its header has no end"),
        (b"ply\nformat utf8 1.0\nend_header\n", "its header names no known format"),
        (b"ply\nend_header\n", "its header names no known format"),
        (HEADER + b"element vertex many\nend_header\n", "'element vertex many' of its header"),
        (HEADER + b"property float x\nend_header\n", "belongs to no element"),
        (HEADER + b"element vertex 1\nproperty real x\nend_header\n", "no known property"),
        (HEADER + b"element vertex 1\nproperty list int x\nend_header\n", "no known property"),
        (HEADER + b"element vertex 9\nend_header\n", "its vertices have no x, y and z"),
        (HEADER + b"element point 9\nend_header\n", "its vertices have no x, y and z"),
        (ply("ascii", [vertex(), face([[0, 1, 6]])]), "names vertex 6, counted from 0"),
        (
            ply("binary_little_endian", [vertex(), face([[0], [0, 1]])])[:-13] + b"\xff" * 13,
            "ends early|names vertex|names no",
        ),
    ],
)
def test_what_is_no_ply_is_said(content, sentence):
    with pytest.raises(Damaged, match=sentence):
        read_ply(content)


def test_a_list_of_negative_length_is_refused():
    content = ply("binary_little_endian", [vertex(), face([[0, 1, 2], [1]], kinds=("char", "int"))])
    with pytest.raises(Damaged, match="a list of it has -1 items"):
        read_ply(content[:-5] + b"\xff" + content[-4:])
