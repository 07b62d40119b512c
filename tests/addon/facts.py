"""What a script inside Blender tells of a mesh, and what it does to one; no NumPy needed."""

import bmesh
import bpy


def of(thing):
    """The object's counts, its bounds in the world, and whether it is one closed, outward solid."""
    mesh = bmesh.new()
    mesh.from_mesh(thing.data)
    mesh.transform(thing.matrix_world)
    corners = [tuple(each.co) for each in mesh.verts]
    told = {
        "name": thing.name,
        "vertices": len(mesh.verts),
        "faces": len(mesh.faces),
        "closed": all(len(edge.link_faces) in (2, 4) for edge in mesh.edges),
        "volume": mesh.calc_volume(signed=True),
        "lowest": [min(each) for each in zip(*corners, strict=True)],
        "highest": [max(each) for each in zip(*corners, strict=True)],
        "scale": list(thing.scale),
        "rotation": list(thing.rotation_euler),
        "selected": [each.name for each in bpy.context.selected_objects],
    }
    mesh.free()
    return told


def cut_in_half(thing):
    """A new, active object of the left half of the faces of `thing`, which is removed."""
    mesh = bmesh.new()
    mesh.from_mesh(thing.data)
    right = [face for face in mesh.faces if face.calc_center_median().x > 0]
    bmesh.ops.delete(mesh, geom=right, context="FACES")
    data = bpy.data.meshes.new("Half")
    mesh.to_mesh(data)
    mesh.free()
    half = bpy.data.objects.new("Half", data)
    half.matrix_world = thing.matrix_world
    bpy.context.collection.objects.link(half)
    bpy.data.meshes.remove(thing.data)
    half.select_set(True)
    bpy.context.view_layer.objects.active = half
    bpy.context.view_layer.update()
    return half


def remove_everything():
    """All objects and what only they used, so that datablocks can be counted."""
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    bpy.ops.outliner.orphans_purge(do_recursive=True)
