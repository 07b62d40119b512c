"""PLY: elements with properties, as text or binary.

Read are the vertices with their normals, the polygons of `face` and the strips of `tristrips`
(Stanford's scanned models); the rest is skipped. Text is read in double, whatever the header
calls it. Our own reader: that of trimesh takes strips for points and files that end early for
whole ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .contents import Contents, Damaged, Indices, Positions
from .polygons import triangles_of, triangles_of_strip

_TYPES = {
    **{"char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4"},
    **{"int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4"},
    **{"float": "f4", "double": "f8", "float32": "f4", "float64": "f8"},
    **{"int64": "i8", "uint64": "u8", "long": "i8", "ulong": "u8"},
}

_CORNERS = ("vertex_indices", "vertex_index")

Column = NDArray[np.generic]


@dataclass(frozen=True)
class _Property:
    name: str
    kind: str
    """NumPy's letter and bytes, of an item of a list as well."""

    count_kind: str = ""
    """Of a list's length; empty where it is no list."""


@dataclass(frozen=True)
class _Element:
    name: str
    rows: int
    properties: tuple[_Property, ...]


@dataclass(frozen=True, eq=False)
class _Lists:
    """The lists of all rows of an element, one after the other."""

    items: Indices
    sizes: Indices


Values = dict[str, Column | _Lists]


def read_ply(content: bytes) -> Contents:
    """The vertices and triangles of a PLY file, or its points where it has no faces.

    Args:
        content: Of the whole file.

    Raises:
        Damaged: The header is none, or the file ends early.
    """
    order, elements, start = _header(content)
    read = _Text(content, start) if order == "" else _Binary(content, start, order)
    values = {each.name: read.element(each) for each in elements}
    vertex = values.get("vertex", {})
    if not {"x", "y", "z"} <= set(vertex):
        raise Damaged("its vertices have no x, y and z")
    vertices = _columns(vertex, ("x", "y", "z"))
    faces = np.concatenate(
        [_faces(values.get("face", {}), vertices), _strips(values.get("tristrips", {}), vertices)]
    )
    is_single = order != "" and vertex["x"].dtype.itemsize == 4
    lines = any(each.name == "edge" and each.rows > 0 for each in elements)
    if len(faces) or lines:
        return Contents(vertices if len(faces) else vertices[:0], faces, is_single=is_single)
    normals = None
    if {"nx", "ny", "nz"} <= set(vertex):
        normals = _columns(vertex, ("nx", "ny", "nz"))
    return Contents(vertices, faces, normals, is_single=is_single)


def _columns(values: Values, names: tuple[str, ...]) -> Positions:
    return np.stack([np.asarray(values[name], np.float64) for name in names], axis=1)


def _faces(values: Values, vertices: Positions) -> Indices:
    lists = [values[name] for name in _CORNERS if isinstance(values.get(name), _Lists)]
    if not lists:
        return np.zeros((0, 3), np.int64)
    return triangles_of(vertices, lists[0].items, lists[0].sizes)


def _strips(values: Values, vertices: Positions) -> Indices:
    """The triangles of strips; -1 ends one and begins another."""
    found = [np.zeros((0, 3), np.int64)]
    for name in _CORNERS:
        lists = values.get(name)
        if not isinstance(lists, _Lists):
            continue
        ends = np.cumsum(lists.sizes)[:-1]
        for row in np.split(lists.items, ends):
            breaks = np.flatnonzero(row == -1)
            pieces = np.split(row, breaks)
            found += [triangles_of_strip(each[each != -1], len(vertices)) for each in pieces]
    return np.concatenate(found)


def _header(content: bytes) -> tuple[str, list[_Element], int]:
    """NumPy's sign of the byte order ("" for text), the elements, and where their data begins."""
    if content[:3] != b"ply":
        raise Damaged("it does not begin with 'ply'")
    end = content.find(b"end_header")
    if end < 0:
        raise Damaged("its header has no end")
    start = end + len(b"end_header")
    while content[start : start + 1] in (b" ", b"\t"):
        start += 1
    start += 2 if content[start : start + 2] == b"\r\n" else 1
    order, elements = None, []
    for line in content[:end].decode("latin-1").splitlines():
        words = line.split()
        if words[:1] == ["format"]:
            orders = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
            order = orders.get(words[1] if len(words) > 1 else "")
        elif words[:1] == ["element"]:
            if len(words) != 3 or not words[2].isdecimal():
                raise Damaged(f"the line '{line}' of its header names no element")
            elements.append(_Element(words[1], int(words[2]), ()))
        elif words[:1] == ["property"]:
            if not elements:
                raise Damaged(f"the line '{line}' of its header belongs to no element")
            last = elements[-1]
            known = (*last.properties, _property(line, words))
            elements[-1] = _Element(last.name, last.rows, known)
    if order is None:
        raise Damaged("its header names no known format")
    return order, elements, start


def _property(line: str, words: list[str]) -> _Property:
    kinds = words[2:4] if words[1:2] == ["list"] else words[1:2]
    if len(words) != 2 + len(kinds) + (len(kinds) == 2) or not set(kinds) <= set(_TYPES):
        raise Damaged(f"the line '{line}' of its header names no known property")
    return _Property(words[-1], _TYPES[kinds[-1]], _TYPES[kinds[0]] if len(kinds) == 2 else "")


class _Text:
    """The elements of a text file, one after the other."""

    def __init__(self, content: bytes, start: int) -> None:
        self._words = content[start:].split()
        self._next = 0

    def element(self, element: _Element) -> Values:
        """The next element's columns by name; elements are taken in the header's order."""
        if not any(each.count_kind for each in element.properties):
            width = len(element.properties)
            words = self._take(element.rows * width)
            table = _numbers(words).reshape(element.rows, width)
            return {each.name: table[:, n] for n, each in enumerate(element.properties)}
        rows: dict[str, list[list[bytes]]] = {each.name: [] for each in element.properties}
        for _ in range(element.rows):
            for each in element.properties:
                size = int(self._take(1)[0]) if each.count_kind else 1
                rows[each.name].append(self._take(size))
        return {
            each.name: _listed(rows[each.name]) if each.count_kind else _flat(rows[each.name])
            for each in element.properties
        }

    def _take(self, count: int) -> list[bytes]:
        if count < 0 or self._next + count > len(self._words):
            raise Damaged("it ends before the last of its elements")
        self._next += count
        return self._words[self._next - count : self._next]


def _numbers(words: list[bytes]) -> Positions:
    return np.array([float(each) for each in words], np.float64)


def _flat(rows: list[list[bytes]]) -> Positions:
    return _numbers([each for row in rows for each in row])


def _listed(rows: list[list[bytes]]) -> _Lists:
    return _Lists(_flat(rows).astype(np.int64), np.array([len(row) for row in rows], np.int64))


class _Binary:
    """The elements of a binary file, one after the other."""

    def __init__(self, content: bytes, start: int, order: str) -> None:
        self._content, self._next, self._order = content, start, order

    def element(self, element: _Element) -> Values:
        """The next element's columns by name; elements are taken in the header's order."""
        listed = [each for each in element.properties if each.count_kind]
        if element.rows == 0 or not listed:
            table = self._table(element, [0] * len(listed))
            return dict(self._split(element, table))
        # nearly always all lists are as long as the first: read them as a table, then
        sizes = self._sizes_of_first(element)
        start = self._next
        if start + self._dtype(element, sizes).itemsize * element.rows <= len(self._content):
            table = self._table(element, sizes)
            if all(
                (table[f"{each.name}#"] == n).all() for each, n in zip(listed, sizes, strict=True)
            ):
                return dict(self._split(element, table))
            self._next = start
        return self._row_by_row(element)

    def _dtype(self, element: _Element, sizes: list[int]) -> np.dtype:
        lengths = iter(sizes)
        fields = []
        for each in element.properties:
            if each.count_kind:
                fields.append((f"{each.name}#", self._order + each.count_kind))
                fields.append((each.name, self._order + each.kind, (next(lengths),)))
            else:
                fields.append((each.name, self._order + each.kind))
        return np.dtype(fields)

    def _table(self, element: _Element, sizes: list[int]) -> np.ndarray:
        dtype = self._dtype(element, sizes)
        end = self._next + dtype.itemsize * element.rows
        if end > len(self._content):
            raise Damaged(f"it has {len(self._content):,} bytes and ends early")
        if dtype.itemsize == 0:
            return np.zeros(element.rows, dtype)
        table = np.frombuffer(self._content, dtype, element.rows, self._next)
        self._next = end
        return table

    def _split(self, element: _Element, table: np.ndarray) -> Iterator[tuple[str, Column | _Lists]]:
        for each in element.properties:
            column = table[each.name]
            if each.count_kind:
                sizes = np.full(len(column), column.shape[1], np.int64)
                column = _Lists(column.reshape(-1).astype(np.int64), sizes)
            yield each.name, column

    def _sizes_of_first(self, element: _Element) -> list[int]:
        place, sizes = self._next, []
        for each in element.properties:
            size = 1
            if each.count_kind:
                size = self._number(each.count_kind, place)
                place += int(each.count_kind[1])
                sizes.append(size)
            place += size * int(each.kind[1])
        return sizes

    def _row_by_row(self, element: _Element) -> Values:
        parts: dict[str, list[np.ndarray]] = {each.name: [] for each in element.properties}
        for _ in range(element.rows):
            for each in element.properties:
                size = 1
                if each.count_kind:
                    size = self._number(each.count_kind, self._next)
                    self._next += int(each.count_kind[1])
                end = self._next + size * int(each.kind[1])
                if end > len(self._content):
                    raise Damaged(f"it has {len(self._content):,} bytes and ends early")
                kind = self._order + each.kind
                parts[each.name].append(np.frombuffer(self._content, kind, size, self._next))
                self._next = end
        values: Values = {}
        for each in element.properties:
            rows = parts[each.name]
            values[each.name] = np.concatenate(rows)
            if each.count_kind:
                sizes = np.array([len(row) for row in rows], np.int64)
                values[each.name] = _Lists(np.concatenate(rows).astype(np.int64), sizes)
        return values

    def _number(self, kind: str, place: int) -> int:
        if place + int(kind[1]) > len(self._content):
            raise Damaged(f"it has {len(self._content):,} bytes and ends early")
        number = int(np.frombuffer(self._content, self._order + kind, 1, place)[0])
        if number < 0:
            raise Damaged(f"a list of it has {number} items")
        return number
