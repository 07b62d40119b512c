r"""OBJ: lines of text, of which vertices and polygons are read.

Relative indices count back from the vertices *so far*; words may be parted by tabs, lines end
with `\n`, `\r\n` or `\r` and go on after a backslash. Our own reader: that of trimesh counts
relative indices from the end of the file, knows no tabs, and takes a vertex for two where
materials meet, so that what was given is no longer told from its copies.
"""

import re

import numpy as np

from .contents import Contents, Damaged, Indices, Positions
from .polygons import triangles_of

_FREE_FORMS = ("curv", "curv2", "surf")


def read_obj(content: bytes) -> Contents:
    """The vertices and triangles of an OBJ file, or its points where it has no faces.

    Args:
        content: Of the whole file.

    Raises:
        Damaged: A line cannot be understood.
    """
    text = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\\\n", " ")
    found: dict[str, list[str]] = {"v": [], "vn": [], "f": [], "l": [], "p": []}
    so_far, left_out = [], set()
    if "#" in text:
        text = re.sub("#[^\n]*", "", text)
    for line in text.split("\n"):
        word, *rest = line.split(None, 1) or ("",)
        if word in found:
            found[word].append(rest[0] if rest else "")
            if word == "f":
                so_far.append(len(found["v"]))
        elif word in _FREE_FORMS:
            left_out.add(word)
    warnings = []
    if left_out:
        warnings.append("free-form curves and surfaces of the file were left out")
    vertices = _triples(found["v"], "v")
    corners, sizes = _polygons(found["f"], so_far)
    faces = triangles_of(vertices, corners, sizes)
    if (sizes < 3).any():
        warnings.append(f"{(sizes < 3).sum()} faces with fewer than three corners were left out")
    if len(faces) or found["l"]:
        return Contents(vertices if len(faces) else vertices[:0], faces, warnings=tuple(warnings))
    normals = _triples(found["vn"], "vn") if len(found["vn"]) == len(vertices) else None
    return Contents(vertices, faces, normals, warnings=tuple(warnings))


def _triples(lines: list[str], word: str) -> Positions:
    """(N, 3) the first three numbers of each line; a weight or a colour may follow."""
    rows = [line.split()[:3] for line in lines]
    try:
        return np.array([(float(x), float(y), float(z)) for x, y, z in rows]).reshape(-1, 3)
    except ValueError as error:
        for row in rows:
            if len(row) < 3 or not all(map(_is_number, row)):
                raise Damaged(f"the line '{word} {' '.join(row)}' has no three numbers") from error
        raise


def _polygons(lines: list[str], so_far: list[int]) -> tuple[Indices, Indices]:
    """Corners of all polygons, counted from 0, and how many each has."""
    text = "\n".join(lines)
    if "/" in text:  # texture and normal of a corner
        text = re.sub(r"/\S*", "", text)
    rows = [line.split() for line in text.split("\n")] if lines else []
    counts = np.array([len(row) for row in rows], np.int64)
    try:
        corners = np.array([int(each) for row in rows for each in row], np.int64)
    except ValueError as error:
        raise Damaged(f"a face has a corner that is no whole number: {error}") from error
    if (corners == 0).any():
        raise Damaged("a face names vertex 0, but the first one is 1")
    back = np.repeat(np.array(so_far, np.int64), counts)
    if (back + corners < 0)[corners < 0].any():
        raise Damaged("a face counts back to before the first vertex")
    return np.where(corners > 0, corners - 1, back + corners), counts


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
