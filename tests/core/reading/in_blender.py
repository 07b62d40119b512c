"""Run on its own: writes files with Blender, and measures what its importers make of all of them.

python in_blender.py FOLDER: adds files to the folder, then prints one JSON object, of every file
the triangles, their area and volume, the lowest and highest corner.
"""

import json
import sys
from pathlib import Path

import bpy
import numpy as np

Z_UP = {"forward_axis": "Y", "up_axis": "Z"}


def put(name: str, vertices: np.ndarray, faces: list[list[int]]) -> bpy.types.Object:
    """A new object in the scene."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(np.asarray(vertices).tolist(), [], faces)
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def build_scene() -> None:
    """Polygons of many corners, bent and concave ones, mirrored and nested objects, materials."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.mesh.primitive_cylinder_add(vertices=17, end_fill_type="NGON")
    parent = bpy.context.object
    parent.scale, parent.rotation_euler = (1, 2, -0.5), (0.3, 0.2, 0.9)
    bpy.ops.mesh.primitive_monkey_add(location=(3, 0, 1))
    bpy.context.object.parent = parent
    for name in ("red", "blue"):
        bpy.context.object.data.materials.append(bpy.data.materials.new(name))
    for face in bpy.context.object.data.polygons:
        face.material_index = face.index % 2
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    radius = np.where(np.arange(20) % 2, 1, 0.3)
    rim = np.stack([radius * np.cos(turn), radius * np.sin(turn), 0 * turn], axis=1)
    star = put("star", rim + [6, 0, 0], [list(range(20))])
    star.rotation_euler = (1, 2, 0.3)
    arrow = np.array([[0, 0, 0], [2, 0, 0], [0.4, 0.4, 0], [0, 2, 0]])
    put("arrow", arrow + [9, 0, 0], [[0, 1, 2, 3]])
    put("bent", np.array([[0, 0, 0], [2, 0, 0], [2, 2, 1], [0, 2, 0]]) + [12, 0, 0], [[0, 1, 2, 3]])


def build_moving_scene() -> None:
    """A cube on a posed bone, and one with a shape key."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.object.armature_add()
    armature = bpy.context.object
    armature.location, armature.scale = (1, 1, 1), (2, 2, 2)
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.object
    cube.parent, cube.location = armature, (0, 0, 0.5)
    cube.vertex_groups.new(name="Bone").add(range(8), 1, "ADD")
    cube.modifiers.new("armature", "ARMATURE").object = armature
    armature.pose.bones["Bone"].rotation_mode = "XYZ"
    armature.pose.bones["Bone"].rotation_euler = (0.4, 0.1, 0)
    bpy.ops.mesh.primitive_cube_add(location=(5, 0, 0))
    cube = bpy.context.object
    cube.shape_key_add(name="as it is")
    key = cube.shape_key_add(name="dented")
    key.data[0].co, key.value = (-3, -2, -1), 0.6


def export(folder: Path) -> None:
    """The scenes in all formats, each as Blender can write it."""
    build_scene()
    name = str(folder / "blender")
    bpy.ops.export_scene.gltf(filepath=f"{name}.glb")
    bpy.ops.export_scene.gltf(filepath=f"{name}_z.glb", export_yup=False)
    bpy.ops.export_scene.gltf(filepath=f"{name}.gltf", export_format="GLTF_SEPARATE")
    for tail, more in (("", {}), ("_triangles", {"export_triangulated_mesh": True})):
        bpy.ops.wm.obj_export(filepath=f"{name}{tail}.obj", **Z_UP, **more)
    bpy.ops.wm.obj_export(
        filepath=f"{name}_groups.obj", **Z_UP, export_object_groups=True, export_smooth_groups=True
    )
    for tail, text in (("", False), ("_text", True)):
        bpy.ops.wm.ply_export(filepath=f"{name}{tail}.ply", ascii_format=text, **Z_UP)
        bpy.ops.wm.stl_export(filepath=f"{name}{tail}.stl", ascii_format=text, **Z_UP)
    build_moving_scene()
    bpy.ops.export_scene.gltf(
        filepath=str(folder / "blender_moving.glb"), export_rest_position_armature=False
    )


def open_file(path: Path) -> None:
    """Imports it into an empty scene."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if path.suffix in (".glb", ".gltf"):
        bpy.ops.import_scene.gltf(filepath=str(path))
    elif path.suffix == ".stl":
        bpy.ops.wm.stl_import(filepath=str(path), **Z_UP, use_mesh_validate=False)
    else:
        getattr(bpy.ops.wm, f"{path.suffix[1:]}_import")(filepath=str(path), **Z_UP)


def corners() -> np.ndarray:
    """(F, 3, 3) of all triangles that the scene shows, in double."""
    found = [np.zeros((0, 3, 3))]
    for shown in bpy.context.evaluated_depsgraph_get().object_instances:
        thing = shown.object
        helpers = any(each.hide_viewport for each in thing.original.users_collection)
        if thing.type != "MESH" or helpers or thing.name.startswith("Icosphere"):
            continue  # the importer draws bones with a sphere
        mesh = thing.to_mesh()
        mesh.calc_loop_triangles()
        vertices = np.zeros(3 * len(mesh.vertices), np.float32)
        mesh.vertices.foreach_get("co", vertices)
        faces = np.zeros(3 * len(mesh.loop_triangles), np.int32)
        mesh.loop_triangles.foreach_get("vertices", faces)
        matrix = np.array(shown.matrix_world)
        there = vertices.reshape(-1, 3).astype(float) @ matrix[:3, :3].T + matrix[:3, 3]
        faces = faces.reshape(-1, 3)
        if np.linalg.det(matrix[:3, :3]) < 0:  # shown with its inside out
            faces = faces[:, ::-1]
        found.append(there[faces])
        thing.to_mesh_clear()
    return np.concatenate(found)


def measured(corners: np.ndarray) -> dict[str, object]:
    """What is compared."""
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return {
        "triangles": len(corners),
        "area": float(np.linalg.norm(crosses, axis=1).sum() / 2),
        "volume": float(np.einsum("ij,ij->", corners[:, 0], crosses) / 6),
        "bounds": [corners.min(axis=(0, 1)).tolist(), corners.max(axis=(0, 1)).tolist()],
    }


if __name__ == "__main__":
    place = Path(sys.argv[1])
    export(place)
    answer = {}
    for each in sorted(place.iterdir()):
        if each.suffix in (".glb", ".gltf", ".obj", ".ply", ".stl"):
            open_file(each)
            answer[each.name] = measured(corners())
    (place / "measured.json").write_text(json.dumps(answer))
