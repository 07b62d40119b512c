"""How pictures are chosen: dropped, opened, taken from the Image Editor."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import bpy

from ...core.files.picture_formats import FORMAT_NAMES
from .. import properties
from ..classes import registration
from ..scene import picture_in, views
from ..words import said, shown
from .shapes import Outcome

SUFFIXES = picture_in.SUFFIXES
"""Of what may be dropped and opened."""

HINTS = {
    "picture_side": r"side|left|right|profile",
    "picture_back": r"back|rear|behind",
    "picture": r"front",
}
"""Words in a file's name that say which slot is meant."""


class PictureFiles:
    """The properties of operators that are given picture files.

    No operator itself: Blender reads the properties of plain base classes alone.
    """

    directory: bpy.props.StringProperty(
        name="Folder",
        description="Where the pictures are",
        subtype="DIR_PATH",
        options={"SKIP_SAVE", "HIDDEN"},
    )
    files: bpy.props.CollectionProperty(
        name="Files",
        description="Names of the pictures in that folder",
        type=bpy.types.OperatorFileListElement,
        options={"SKIP_SAVE", "HIDDEN"},
    )
    run: bpy.props.BoolProperty(
        name="Reconstruct",
        description="Start the reconstruction at once",
        options={"SKIP_SAVE"},
    )


class ISOFORM_OT_drop_pictures(PictureFiles, bpy.types.Operator):
    """Take pictures of one object, seen from any sides, and make a mesh of it"""

    bl_idname = "isoform.drop_pictures"
    bl_label = "Reconstruct with Isoform"
    bl_options = {"UNDO"}  # noqa: RUF012 - Blender reads a set

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> Outcome:
        """Fills the slots, opens the tab, and asks whether to start."""
        if not take(self, context):
            return {"CANCELLED"}
        show_tab(context)
        bpy.ops.ed.undo_push(message="Isoform Pictures")
        self.run = True
        return context.window_manager.invoke_props_dialog(
            self,
            width=320,
            title=shown("Reconstruct with Isoform"),
            confirm_text=shown("Reconstruct"),
        )

    def draw(self, context: bpy.types.Context) -> None:
        """The pictures and what their mesh is to be like."""
        settings, layout = properties.settings_of(context.scene), self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for slot in views.filled(settings):
            layout.prop(settings, slot)
        for name in ("model", "category", "resolution", "size_m"):
            layout.prop(settings, name)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """From a script: fills the slots, and starts when asked to. From the dialog: starts."""
        if not self.options.is_invoke and not take(self, context):
            return {"CANCELLED"}
        if self.run:
            start()
        return {"FINISHED"}


class ISOFORM_OT_open_pictures(PictureFiles, bpy.types.Operator):
    """Choose pictures of one object, seen from any sides, and make a mesh of it at the 3D cursor"""

    bl_idname = "isoform.open_pictures"
    bl_label = "Isoform from Pictures"
    bl_options = {"UNDO"}  # noqa: RUF012 - Blender reads a set

    filter_glob: bpy.props.StringProperty(
        name="Pictures",
        description="Which files are shown",
        default=";".join(f"*{each}" for each in SUFFIXES),
        options={"HIDDEN", "SKIP_SAVE"},
    )
    filter_folder: bpy.props.BoolProperty(
        name="Show Folders",
        description="Shows folders",
        default=True,
        options={"HIDDEN", "SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether a job may start."""
        return bpy.ops.isoform.reconstruct.poll()  # type: ignore[attr-defined]

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> Outcome:
        """Opens the file selector."""
        self.run = True
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Fills the slots, and starts when asked to."""
        if not take(self, context):
            return {"CANCELLED"}
        if self.run:
            start()
        return {"FINISHED"}


class ISOFORM_OT_reconstruct_image(bpy.types.Operator):
    """Make a mesh of the object in the image that is shown"""

    bl_idname = "isoform.reconstruct_image"
    bl_label = "Reconstruct with Isoform"
    bl_options = {"UNDO"}  # noqa: RUF012 - Blender reads a set

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether an image is shown; says why not."""
        if getattr(context.space_data, "image", None) is None:
            cls.poll_message_set(said("Show an image in the Image Editor first"))
            return False
        return bpy.ops.isoform.reconstruct.poll()  # type: ignore[attr-defined]

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Takes the image alone, and presses the panel's button."""
        settings = properties.settings_of(context.scene)
        for slot in views.SLOTS:
            setattr(settings, slot, None)
        settings.picture = cast(bpy.types.SpaceImageEditor, context.space_data).image
        start()
        return {"FINISHED"}


class ISOFORM_FH_picture(bpy.types.FileHandler):
    """Pictures that are dropped onto the 3D View."""

    bl_idname = "ISOFORM_FH_picture"
    bl_label = "Reconstruct with Isoform"
    bl_import_operator = "isoform.drop_pictures"
    bl_file_extensions = ";".join(SUFFIXES)

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        """Whether they fall where a mesh can appear."""
        return context.area is not None and context.area.type == "VIEW_3D"


def take(operator: bpy.types.Operator, context: bpy.types.Context) -> bool:
    """Puts an operator's pictures into the slots, and says so where that could not be done."""
    folder, files = operator.directory, operator.files  # type: ignore[attr-defined]
    paths = [Path(bpy.path.abspath(folder), each.name) for each in files if each.name]
    pictures = [each for each in paths if each.suffix.lower() in SUFFIXES]
    try:
        images = [bpy.data.images.load(str(each), check_existing=True) for each in pictures]
    except RuntimeError as error:
        operator.report({"ERROR"}, str(error).removeprefix("Error: ").strip())
        return False
    if not images:
        operator.report(
            {"ERROR"}, said("Give at least one picture ({formats})", formats=FORMAT_NAMES)
        )
        return False
    if len(images) > len(views.SLOTS):
        operator.report({"WARNING"}, said("Only the first four pictures are taken"))
    settings = properties.settings_of(context.scene)
    for slot, image in zip(views.SLOTS, in_slots(pictures, images), strict=True):
        setattr(settings, slot, image)
    return True


def start() -> None:
    """Has the panel's button pressed."""
    mode = "EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT"
    bpy.ops.isoform.reconstruct(mode)  # type: ignore[attr-defined]


def in_slots(
    paths: Sequence[Path], images: Sequence[bpy.types.Image]
) -> list[bpy.types.Image | None]:
    """The images slot by slot: where their names say, the others where there is room."""
    taken: dict[str, bpy.types.Image] = {}
    rest = []
    for path, image in list(zip(paths, images, strict=True))[: len(views.SLOTS)]:
        hinted = [
            slot
            for slot, words in HINTS.items()
            if re.search(words, path.stem, re.IGNORECASE) and slot not in taken
        ]
        if hinted and len(paths) > 1:
            taken[hinted[0]] = image
        else:
            rest.append(image)
    free = [slot for slot in views.SLOTS if slot not in taken]
    taken |= dict(zip(free, rest, strict=False))
    return [taken.get(slot) for slot in views.SLOTS]


def show_tab(context: bpy.types.Context) -> None:
    """Opens the sidebar of the 3D View where the pictures fell; from Blender 4.2 on at the tab."""
    if context.space_data is None or context.space_data.type != "VIEW_3D":
        return
    space = cast(bpy.types.SpaceView3D, context.space_data)
    space.show_region_ui = True
    for region in context.area.regions:
        if region.type == "UI" and not region.active_panel_category.startswith("UNSUPPORTED"):
            region.active_panel_category = "Isoform"  # type: ignore[assignment]


CLASSES = (
    ISOFORM_OT_drop_pictures,
    ISOFORM_OT_open_pictures,
    ISOFORM_OT_reconstruct_image,
    ISOFORM_FH_picture,
)

register, unregister = registration(CLASSES)
