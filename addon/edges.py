"""Edges' own attributes (sharp, seam, crease, bevel weight) through a change of the mesh.

When edges are made for new faces, Blender 4.2 forgets the attributes of those that were there;
later versions keep them. Whatever is missing afterwards is written again, edge by edge.
"""

from dataclasses import dataclass

import bpy

MEMBERS = {
    **{name: ("value", 1) for name in ("BOOLEAN", "INT8", "INT", "FLOAT")},
    **{"FLOAT2": ("vector", 2), "FLOAT_VECTOR": ("vector", 3), "FLOAT_COLOR": ("color", 4)},
}
"""By type of an attribute: what it holds, and how many numbers."""

STRUCTURE = ".edge_verts"
"""The edges themselves."""


@dataclass(frozen=True)
class Remembered:
    """The attributes of a mesh's edges."""

    ends: list[int]
    """Two vertices for each edge."""

    values: dict[str, tuple[str, list[float]]]
    """By name: type and numbers, in the order of the edges."""


def remember(mesh: bpy.types.Mesh) -> Remembered:
    """What `restore` may need; nothing where edges have no attributes."""
    values: dict[str, tuple[str, list[float]]] = {}
    for each in mesh.attributes:
        if each.domain == "EDGE" and each.name != STRUCTURE and each.data_type in MEMBERS:
            values[each.name] = (each.data_type, _numbers(each))
    ends = [0] * (2 * len(mesh.edges))
    if values:
        mesh.edges.foreach_get("vertices", ends)
    return Remembered(ends, values)


def restore(mesh: bpy.types.Mesh, remembered: Remembered) -> None:
    """Writes the attributes that have been lost; edges that are new have zeros."""
    lost = {n: each for n, each in remembered.values.items() if n not in mesh.attributes}
    if not lost or not remembered.ends:
        return
    now = [0] * (2 * len(mesh.edges))
    mesh.edges.foreach_get("vertices", now)
    place = {_key(now, edge): edge for edge in range(len(mesh.edges))}
    places = [place[_key(remembered.ends, edge)] for edge in range(len(remembered.ends) // 2)]
    for name, (kind, numbers) in lost.items():
        member, width = MEMBERS[kind]
        whole = [type(numbers[0])(0)] * (width * len(mesh.edges))
        for edge, to in enumerate(places):
            whole[width * to : width * (to + 1)] = numbers[width * edge : width * (edge + 1)]
        attribute = mesh.attributes.new(name, kind, "EDGE")  # type: ignore[arg-type]
        attribute.data.foreach_set(member, whole)  # type: ignore[attr-defined]


def _numbers(attribute: bpy.types.Attribute) -> list[float]:
    member, width = MEMBERS[attribute.data_type]
    data = attribute.data  # type: ignore[attr-defined]
    numbers = [0.0] * (width * len(data))
    data.foreach_get(member, numbers)
    return numbers


def _key(ends: list[int], edge: int) -> tuple[int, int]:
    one, other = ends[2 * edge], ends[2 * edge + 1]
    return (one, other) if one < other else (other, one)
