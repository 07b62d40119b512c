"""From a completed shape to a mesh: what was given as it was, what was invented joined to it.

Every vertex is told apart: `isoform_observed` (boolean) and `isoform_confidence` (0 to 1) for
nodes and shaders, `isoform_invented` as a colour for the eye. Invented corners have zeros in the
original's UVs and attributes, and its first material.
"""

import logging
import operator
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import bmesh
import bpy
from mathutils import Matrix

from ...core.errors import InputError, WorkerError
from ...core.files.arrays import read_arrays
from ...core.worker.job_messages import Hypothesis
from ..words import said
from . import mesh_in, object_out

logger = logging.getLogger(__name__)

COLOURS = ((1.0, 0.35, 0.05, 1.0), (0.8, 0.8, 0.8, 1.0))
"""Of invented and of given vertices, linear RGBA."""


@dataclass(frozen=True)
class Shape:
    """One hypothesis, read from its file."""

    vertices: array
    """Three floats each, in the sent frame."""

    corners: array
    """Three integers for each triangle."""

    observed: memoryview
    """A byte for each vertex: 1 where it was given."""

    confidence: memoryview
    """A float for each vertex."""

    observed_vertices: int
    observed_faces: int


def read_shape(hypothesis: Hypothesis, is_mirrored: bool) -> Shape:
    """The arrays of one hypothesis.

    Args:
        hypothesis: As the worker told it.
        is_mirrored: Whether the mesh's own frame is a mirror image of the sent one; the
            triangles are then turned.

    Raises:
        InputError: The shape has no faces.
        WorkerError: The file cannot be read, or its arrays do not fit each other.
    """
    names = ("vertices", "faces", "observed", "confidence")
    vertices, faces, observed, confidence = read_arrays(Path(hypothesis.mesh), names)
    if len(faces) == 0:
        raise InputError(said("the result has no faces; select more of the shape"))
    shape = Shape(
        _array("f", vertices),
        _array("i", faces),
        observed,
        confidence,
        hypothesis.observed_vertices,
        hypothesis.observed_faces,
    )
    if not len(shape.vertices) // 3 == len(observed) == len(confidence):
        raise WorkerError(
            said(
                "the result tells of {observed} and {confidence} vertices, but has {vertices}; "
                "start the job again",
                observed=len(observed),
                confidence=len(confidence),
                vertices=len(shape.vertices) // 3,
            )
        )
    if is_mirrored:
        mesh_in.turn(shape.corners)
    return shape


def extend(kept: bpy.types.Mesh, shape: Shape, to_local: Matrix) -> None:
    """Adds what was invented to the mesh that was given, whose own part stays to the bit.

    Args:
        kept: The mesh that was sent, in its own frame; changed.
        shape: Its first vertices and faces are those that were sent.
        to_local: From the sent frame to that of `kept`.

    Raises:
        WorkerError: The shape does not begin with the mesh that was sent.
    """
    given = len(kept.vertices)
    if given != shape.observed_vertices:
        raise WorkerError(
            said(
                "the result keeps {kept} of {given} vertices; start the job again, or keep the "
                "surface fused",
                kept=shape.observed_vertices,
                given=given,
            )
        )
    new = _moved(shape.vertices[3 * given :], to_local)
    corners = _sound(shape.corners[3 * shape.observed_faces :], len(shape.vertices) // 3)
    grown = bmesh.new()
    try:
        grown.from_mesh(kept, face_normals=False, vertex_normals=False)
        _grow(grown, new, corners)
        grown.to_mesh(kept)
    finally:
        grown.free()


def plain(mesh: bpy.types.Mesh, shape: Shape, to_local: Matrix) -> None:
    """Fills the empty `mesh` with the whole shape, smooth-shaded.

    Args:
        mesh: Empty; changed.
        shape: In the sent frame.
        to_local: From the sent frame to that of `mesh`.
    """
    vertices = _moved(shape.vertices, to_local)
    triangles = object_out.Triangles(
        mesh_in.rows_of_three(vertices), mesh_in.rows_of_three(shape.corners)
    )
    object_out.fill(mesh, triangles)


def mark(mesh: bpy.types.Mesh, shape: Shape) -> None:
    """Gives every vertex its attributes, and shows the colour where attributes are shown."""
    observed = shape.observed.cast("B").cast("?")
    _new(mesh, "isoform_observed", "BOOLEAN").foreach_set("value", observed)
    _new(mesh, "isoform_confidence", "FLOAT").foreach_set("value", shape.confidence)
    palette = [array("f", each).tobytes() for each in COLOURS]
    colours = array("f", b"".join(map(palette.__getitem__, shape.observed)))
    _new(mesh, "isoform_invented", "FLOAT_COLOR").foreach_set("color", colours)
    mesh.color_attributes.active_color = mesh.color_attributes["isoform_invented"]


def _array(typecode: Literal["f", "i"], numbers: memoryview) -> array:
    copied = array(typecode)
    copied.frombytes(numbers.cast("B"))
    return copied


def _new(mesh: bpy.types.Mesh, name: str, kind: str) -> bpy.types.bpy_prop_collection:
    """The data of a new attribute of the vertices; an older one of that name is replaced."""
    older: bpy.types.Attribute | None = mesh.attributes.get(name)
    if older is not None:
        mesh.attributes.remove(older)
    return mesh.attributes.new(name, kind, "POINT").data  # type: ignore[arg-type, attr-defined]


def _grow(grown: bmesh.types.BMesh, new: array, corners: array) -> None:
    """Adds vertices and smooth triangles after those that are there.

    Not with `mesh.loops.add` and the like: Blender 5.2 spoils its memory there and crashes.
    """
    for place in zip(new[0::3], new[1::3], new[2::3], strict=True):
        grown.verts.new(place)
    vertices = list(grown.verts)
    twice = 0
    for row in zip(corners[0::3], corners[1::3], corners[2::3], strict=True):
        try:
            grown.faces.new([vertices[each] for each in row]).smooth = True
        except ValueError:  # how Blender says that these corners have a face already
            twice += 1
    if twice > 0:
        logger.warning("%d of %d faces were there already", twice, len(corners) // 3)


def _moved(vertices: array, matrix: Matrix) -> array:
    """The vertices in another frame."""
    moved = array("f", bytes(4 * len(vertices)))
    scratch = bpy.data.meshes.new("Isoform")
    try:
        scratch.vertices.add(len(vertices) // 3)
        if len(vertices) > 0:
            data = scratch.attributes["position"].data  # type: ignore[attr-defined]
            data.foreach_set("vector", vertices)
            scratch.transform(matrix)
            scratch.attributes["position"].data.foreach_get("vector", moved)  # type: ignore[attr-defined]
    finally:
        bpy.data.meshes.remove(scratch)
    return moved


def _sound(corners: array, vertex_count: int) -> array:
    """The triangles with three different corners; Blender may crash on others.

    Raises:
        WorkerError: A triangle names a vertex that does not exist.
    """
    if len(corners) > 0 and not 0 <= min(corners) <= max(corners) < vertex_count:
        raise WorkerError(
            said(
                "the result's faces name vertices {low} to {high}, but there are {count}; "
                "start the job again",
                low=min(corners),
                high=max(corners),
                count=vertex_count,
            )
        )
    first, second, third = corners[0::3], corners[1::3], corners[2::3]
    pairs = ((first, second), (second, third), (third, first))
    if not any(any(map(operator.eq, *each)) for each in pairs):
        return corners
    rows = zip(first, second, third, strict=True)
    sound = [each for each in rows if len(set(each)) == 3]
    logger.warning("%d of %d faces were empty", len(first) - len(sound), len(first))
    return array("i", [each for row in sound for each in row])
