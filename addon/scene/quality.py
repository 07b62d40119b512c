"""The badge of a result: closed or not, pieces, triangles, and how much was invented.

The worker counts when it makes the mesh; after the artist has changed it, `count` does so again
when asked. Drawing reads what is kept at the object, in the custom property `isoform_check`.
"""

from dataclasses import asdict
from typing import Any, cast

import bmesh
import bpy

from ...core.worker.job_messages import MeshCheck
from ..words import shown

KEY = "isoform_check"

FAULTS = (
    ("open_edges", "Open Edges", "Edges of one face, where the surface has a hole"),
    ("crowded_edges", "Crowded Edges", "Edges of more than two faces"),
    ("flipped_edges", "Flipped Edges", "Edges between a face and one that is inside out"),
    ("pieces", "Smaller Pieces", "Every piece but the largest"),
)
"""What can be selected, by its name in what is kept."""

Kept = dict[str, float]


def kept(check: MeshCheck, closed: bool, triangles: int, mesh: bpy.types.Mesh) -> Kept:
    """What is kept at the object, of a mesh as the worker counted it."""
    return asdict(check) | _rest(closed, triangles, mesh)


def count(mesh: bpy.types.Mesh) -> Kept:
    """The same, counted here; 200,000 triangles take about a second."""
    work = bmesh.new()
    try:
        work.from_mesh(mesh)
        faces_at = [len(each.link_faces) for each in work.edges]
        check = MeshCheck(
            pieces=len(_pieces(work)),
            open_edges=faces_at.count(1),
            crowded_edges=sum(each > 2 for each in faces_at),
            flipped_edges=sum(_is_flipped(each) for each in work.edges),
        )
        used = [each for each in work.edges if each.link_faces]
        closed = bool(used) and all(_turns(each) == 0 for each in used)
        triangles = sum(len(each.verts) - 2 for each in work.faces)
    finally:
        work.free()
    return asdict(check) | _rest(closed, triangles, mesh)


def of(thing: bpy.types.Object | None) -> Kept | None:
    """What is kept at an object; None where it is no result."""
    found = None if thing is None or thing.type != "MESH" else thing.get(KEY)
    return None if found is None else found.to_dict()


def pieces(found: Kept) -> str:
    """How many there are, in words."""
    number = int(found["pieces"])
    return shown("One piece") if number == 1 else shown("{pieces:,} pieces", pieces=number)


def triangles(found: Kept) -> str:
    """How many there are, in words."""
    return shown("{triangles:,} triangles", triangles=int(found["triangles"]))


def is_stale(thing: bpy.types.Object, found: Kept) -> bool:
    """Whether the mesh plainly is another than the one that was counted."""
    return found.get("faces") != len(cast(bpy.types.Mesh, thing.data).polygons)


def select(work: bmesh.types.BMesh, fault: str) -> int:
    """Selects what is wrong, and nothing else, and returns how many edges or faces that is.

    Args:
        work: Of the mesh in Edit Mode.
        fault: One of `FAULTS`.
    """
    for each in (*work.verts, *work.edges, *work.faces):
        each.select = False
    if fault == "pieces":
        pieces = sorted(_pieces(work), key=len)
        found: list[Any] = [face for piece in pieces[:-1] for face in piece]
    elif fault == "flipped_edges":
        found = [each for each in work.edges if _is_flipped(each)]
    else:
        is_open = fault == "open_edges"
        counts = ((each, len(each.link_faces)) for each in work.edges)
        found = [each for each, faces in counts if (faces == 1 if is_open else faces > 2)]
    for each in found:
        each.hide_set(False)
        each.select_set(True)
    work.select_flush_mode()
    return len(found)


def _rest(closed: bool, triangles: int, mesh: bpy.types.Mesh) -> Kept:
    told: Kept = {"closed": int(closed), "triangles": triangles, "faces": len(mesh.polygons)}
    observed: Any = mesh.attributes.get("isoform_observed")
    if observed is None or observed.domain != "POINT" or len(mesh.vertices) == 0:
        return told
    flags = bytearray(len(mesh.vertices))
    observed.data.foreach_get("value", memoryview(flags).cast("?"))
    return told | {"invented": 1 - flags.count(1) / len(flags)}


def _turns(edge: bmesh.types.BMEdge) -> int:
    """How many more faces run along the edge than against it."""
    return sum(1 if each.vert == edge.verts[0] else -1 for each in edge.link_loops)


def _is_flipped(edge: bmesh.types.BMEdge) -> bool:
    return len(edge.link_faces) == 2 and not edge.is_contiguous


def _pieces(work: bmesh.types.BMesh) -> list[list[bmesh.types.BMFace]]:
    """The faces of every part that shares no vertex with another."""
    waiting, pieces = set(work.faces), []
    while waiting:
        edge_of_piece, piece = [waiting.pop()], []
        while edge_of_piece:
            face = edge_of_piece.pop()
            piece.append(face)
            near = {other for vertex in face.verts for other in vertex.link_faces} & waiting
            waiting -= near
            edge_of_piece += near
        pieces.append(piece)
    return pieces
