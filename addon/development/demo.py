"""The demo's part inside Blender: pictures go through the operator, files to look at come out.

    python addon/demo.py EXTENSION_FOLDER OUT_FOLDER PICTURE...

`build.py demo` runs this with Blender's Python module; the shipped extension leaves it out.
Every mesh is made before the first file is written, so a picture that cannot be used changes
no file. Words for a person go to stderr, Blender's own to stdout.
"""

import math
import sys
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

SPACING_M = 1.5
"""Between neighbours on the floor; a result's longest side is 1 m, its diagonal under 1.5 m."""

TILE_PX = 480
"""A row of the preview is three tiles wide and one high."""

SAMPLES = 16
"""Per pixel; with the denoiser this is free of visible noise and takes seconds on two cores."""

BOUNCES = 3
"""Of light; more changes nothing that shows on a matt object and costs time."""

VIEWS_RAD = (math.radians(-35), math.radians(145))
"""How far the mesh is turned about the upright axis in the preview: front and back quarter."""


def main(extension: Path, out: Path, pictures: list[Path]) -> int:
    """Runs the demo and returns the exit code: 2 when a picture cannot be used."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    enable(extension)
    results = []
    for index, picture in enumerate(pictures):
        say(f"reconstructing {picture.name}")
        bpy.context.scene.cursor.location = (index * SPACING_M, 0, 0)
        try:
            bpy.ops.isoform.reconstruct(filepath=str(picture))
        except RuntimeError as error:  # how Blender passes an operator's report to a script
            say(str(error).strip().removeprefix("Error: "))
            return 2
        results.append(bpy.context.active_object)
    for result, name in zip(results, unique_names(pictures), strict=True):
        export_glb(result, out / f"{name}.glb")
    studio = Studio()
    rows = []
    for result, picture in zip(results, pictures, strict=True):
        say(f"rendering {picture.name}")
        rows.append(studio.render(result.data, picture, out / "row.png"))
    (out / "row.png").unlink()
    save_png(np.concatenate(rows[::-1]), out / "preview.png")
    bpy.ops.wm.save_as_mainfile(filepath=str(out / "scene.blend"), compress=True)
    (out / "table.txt").write_text(table(results, pictures), encoding="utf-8")
    say(f"look at {out / 'preview.png'}; scene.blend and the GLB files are beside it")
    return 0


def enable(extension: Path) -> None:
    """Enables the staged extension as a repository of its own, as Blender does after an install."""
    repositories = bpy.context.preferences.extensions.repos
    repositories.new(
        name="Demo", module="isoform_demo", custom_directory=str(extension.parent), source="USER"
    )
    bpy.ops.preferences.addon_enable(module=f"bl_ext.isoform_demo.{extension.name}")


def unique_names(pictures: list[Path]) -> list[str]:
    """The pictures' names without suffix, numbered where two are the same."""
    names: list[str] = []
    for picture in pictures:
        count = sum(other.stem == picture.stem for other in pictures[: len(names)])
        names.append(f"{picture.stem}_{count + 1}" if count else picture.stem)
    return names


def export_glb(result: bpy.types.Object, path: Path) -> None:
    """Writes `result` alone, standing on the file's origin, with glTF's Y up."""
    place = result.location.copy()
    result.location = (0, 0, 0)
    for each in bpy.context.selected_objects:
        each.select_set(False)
    result.select_set(True)
    bpy.ops.export_scene.gltf(filepath=str(path), export_format="GLB", use_selection=True)
    result.location = place


def is_closed(mesh: bpy.types.Mesh) -> bool:
    """Whether no edge has a free side: every edge belongs to two faces, or to four."""
    edges = np.zeros(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("edge_index", edges)
    faces_at_edge = np.bincount(edges, minlength=len(mesh.edges))
    return bool(np.isin(faces_at_edge, (2, 4)).all())


def table(results: list[bpy.types.Object], pictures: list[Path]) -> str:
    """Aligned text: counts, closed or not, seconds per stage; one line per picture."""
    stages = list(results[0]["isoform_seconds"].keys())
    lines = [["picture", "vertices", "triangles", "closed", *(f"{stage} s" for stage in stages)]]
    for result, picture in zip(results, pictures, strict=True):
        mesh, seconds = result.data, result["isoform_seconds"]
        counts = [f"{len(mesh.vertices):,}", f"{len(mesh.polygons):,}"]
        closed = "yes" if is_closed(mesh) else "no"
        lines.append(
            [picture.name, *counts, closed, *(f"{seconds[stage]:.2f}" for stage in stages)]
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rows = [[line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])] for line in lines]
    return "".join("  ".join(row) + "\n" for row in rows)


class Studio:
    """A second scene of the file: floor, soft light, and a row of picture, front and back."""

    def __init__(self) -> None:
        self.scene = bpy.data.scenes.new("Preview")
        self._clay = new_material("Clay", (0.50, 0.17, 0.07, 1), roughness=0.45)
        self._card = self._add("Card", bpy.data.meshes.new("Card"))
        self._meshes = [self._add(f"Side {i + 1}", bpy.data.meshes.new("Side")) for i in range(2)]
        for place, turn, each in zip((0, SPACING_M), VIEWS_RAD, self._meshes, strict=True):
            each.location, each.rotation_euler = (place, 0, 0), (0, 0, turn)
        self._add_floor()
        self._add_lights()
        self._add_camera()
        self.scene.render.engine = "CYCLES"
        self.scene.render.resolution_x = 3 * TILE_PX
        self.scene.render.resolution_y = TILE_PX
        self.scene.view_settings.view_transform = "Standard"
        cycles = self.scene.cycles
        cycles.samples, cycles.max_bounces = SAMPLES, BOUNCES
        cycles.use_denoising, cycles.denoising_quality = True, "BALANCED"
        cycles.use_light_tree = False  # two lamps: sampling both is faster

    def render(self, mesh: bpy.types.Mesh, picture: Path, path: Path) -> np.ndarray:
        """(TILE_PX, 3 TILE_PX, 4) the row's pixels, lowest first; written to `path` on the way."""
        if not mesh.materials:
            mesh.materials.append(self._clay)
        for each in self._meshes:
            each.data = mesh
        self._show(bpy.data.images.load(str(picture)))
        self.scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True, scene=self.scene.name)
        image = bpy.data.images.load(str(path))
        pixels = np.zeros(len(image.pixels), np.float32)
        image.pixels.foreach_get(pixels)
        bpy.data.images.remove(image)
        return pixels.reshape(TILE_PX, 3 * TILE_PX, 4)

    def _add(self, name: str, data: bpy.types.ID) -> bpy.types.Object:
        added = bpy.data.objects.new(name, data)
        self.scene.collection.objects.link(added)
        return added

    def _show(self, image: bpy.types.Image) -> None:
        """Puts the picture on the card: 1 m wide or high, over white, leaning back a little."""
        longest = max(*image.size, 1)  # a format that Blender cannot read has no size: no card
        width, height = (side / longest / 2 for side in image.size)
        mesh = bpy.data.meshes.new("Card")
        corners = [(-width, 0, 0), (width, 0, 0), (width, 0, 2 * height), (-width, 0, 2 * height)]
        mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
        uv = mesh.uv_layers.new(name="UVMap")
        uv.data.foreach_set("uv", [0, 0, 1, 0, 1, 1, 0, 1])
        mesh.materials.append(picture_material(image))
        image.pack()
        self._card.data = mesh
        self._card.location = (-SPACING_M, 0, 0.002)
        self._card.rotation_euler = (math.radians(-12), 0, 0)

    def _add_floor(self) -> None:
        mesh = bpy.data.meshes.new("Floor")
        side = 40
        corners = [(-side, -side, 0), (side, -side, 0), (side, side, 0), (-side, side, 0)]
        mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
        mesh.materials.append(new_material("Floor", (0.62, 0.61, 0.60, 1), roughness=0.9))
        self._add("Floor", mesh)

    def _add_lights(self) -> None:
        key = ("Key", (-3.0, -5.0, 6.0), 3.0, 400.0)
        rim = ("Rim", (4.0, 4.0, 5.0), 2.0, 200.0)
        for name, place, size_m, power_w in (key, rim):
            light = bpy.data.lights.new(name, "AREA")
            light.size, light.energy = size_m, power_w
            lamp = self._add(name, light)
            lamp.location = place
            point_at(lamp, (0, 0, 0.4))
        self.scene.world = bpy.data.worlds.new("Preview")
        background = self.scene.world.node_tree.nodes["Background"]
        background.inputs["Color"].default_value = (0.9, 0.95, 1.0, 1)
        background.inputs["Strength"].default_value = 0.5

    def _add_camera(self) -> None:
        camera = bpy.data.cameras.new("Camera")
        camera.angle = math.radians(20)
        self.scene.camera = self._add("Camera", camera)
        self.scene.camera.location = (0, -12.4, 4.5)
        point_at(self.scene.camera, (0, 0, 0.42))


def point_at(thing: bpy.types.Object, target: tuple[float, float, float]) -> None:
    """Turns a camera or lamp, which look along their -Z, towards `target`."""
    direction = Vector(target) - thing.location
    thing.rotation_euler = direction.to_track_quat("-Z", "Y").to_euler()


def new_material(
    name: str, colour: tuple[float, float, float, float], roughness: float
) -> bpy.types.Material:
    """A plain surface of one colour (linear RGBA)."""
    material = bpy.data.materials.new(name)
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = colour
    shader.inputs["Roughness"].default_value = roughness
    return material


def picture_material(image: bpy.types.Image) -> bpy.types.Material:
    """A surface that shows `image` over white, as bright as on a screen."""
    material = bpy.data.materials.new(image.name)
    material.cycles.emission_sampling = "NONE"  # it lights nothing
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    texture, mix = nodes.new("ShaderNodeTexImage"), nodes.new("ShaderNodeMixRGB")
    glow, output = nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeOutputMaterial")
    texture.image = image
    mix.inputs["Color1"].default_value = (0.9, 0.9, 0.9, 1)
    links.new(texture.outputs["Alpha"], mix.inputs["Fac"])
    links.new(texture.outputs["Color"], mix.inputs["Color2"])
    links.new(mix.outputs["Color"], glow.inputs["Color"])
    links.new(glow.outputs["Emission"], output.inputs["Surface"])
    return material


def save_png(pixels: np.ndarray, path: Path) -> None:
    """Writes (height, width, 4) display-referred pixels, lowest row first."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new("Preview", width, height)
    image.pixels.foreach_set(np.ascontiguousarray(pixels).ravel())
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)


def say(words: str) -> None:
    """One line for the person who waits."""
    print(f"isoform: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]]))
