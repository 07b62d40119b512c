"""STL: triangles without shared vertices, as text or as 50 bytes each.

Many programs write a wrong count, or something after the last triangle. What is there is read
then, with a word. Our own reader, because that of trimesh refuses all of these.
"""

import re

import numpy as np

from .contents import Contents, Damaged, Indices, Positions
from .polygons import triangles_of

_HEADER_BYTES = 84
_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])

_WORDS = re.compile(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)|\b(endloop)\b", re.IGNORECASE)


def read_stl(content: bytes) -> Contents:
    """The triangles of an STL file, three vertices each.

    Args:
        content: Of the whole file.

    Raises:
        Damaged: It is neither kind of STL.
    """
    count = int(np.frombuffer(content[80:84].ljust(4, b"\0"), "<u4")[0])
    is_whole = len(content) == _HEADER_BYTES + count * _FACET.itemsize
    if not is_whole and _is_text(content[:512]):
        return _read_text(content)
    if len(content) < _HEADER_BYTES:
        raise Damaged(f"it has {len(content)} bytes, fewer than the header of an STL file")
    return _read_binary(content, count)


def _is_text(head: bytes) -> bool:
    """Whether a file begins as text does; binary ones may begin with "solid" as well."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(b"solid") and b"\0" not in head


def _read_binary(content: bytes, count: int) -> Contents:
    there, rest = divmod(len(content) - _HEADER_BYTES, _FACET.itemsize)
    warnings = ()
    # too many bytes for the count are a wrong count where whole triangles fill the file
    if count > there or (count < there and (rest == 0 or count == 0)):
        warnings = (
            f"the file says that it has {count:,} triangles; the {there:,} in it were read",
        )
    elif count < there or rest:
        extra = len(content) - _HEADER_BYTES - count * _FACET.itemsize
        warnings = (f"{extra:,} bytes after the last triangle of the file were left out",)
        there = count
    facets = np.frombuffer(content, _FACET, there, _HEADER_BYTES)
    vertices = facets["corners"].reshape(-1, 3).astype(np.float64)
    return _soup(vertices, np.full(there, 3), warnings, is_single=True)


def _read_text(content: bytes) -> Contents:
    """The triangles of a text file; a loop with more than three vertices is a polygon."""
    numbers, sizes, size = [], [], 0
    for x, y, z, end in _WORDS.findall(content):
        if end:
            sizes.append(size)
            size = 0
        else:
            numbers += (x, y, z)
            size += 1
    warnings = ()
    if size:
        warnings = ("the file ends within a triangle, which was left out",)
    try:
        vertices = np.array([float(each) for each in numbers], np.float64).reshape(-1, 3)
    except ValueError as error:
        raise Damaged(f"a vertex has a coordinate that is no number: {error}") from error
    used = len(vertices) - size
    return _soup(vertices[:used], np.array(sizes, np.int64), warnings, is_single=False)


def _soup(
    vertices: Positions, sizes: Indices, warnings: tuple[str, ...], *, is_single: bool
) -> Contents:
    faces = triangles_of(vertices, np.arange(len(vertices)), sizes)
    return Contents(vertices, faces, is_single=is_single, warnings=warnings)
