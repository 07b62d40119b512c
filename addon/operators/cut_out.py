"""The operators of the cut-out: show it, paint on it, go back to the picture."""

from typing import Any, Literal, cast

import bpy

from ...core.errors import InputError
from .. import properties
from ..classes import registration
from ..jobs import scheduler
from ..scene import cut_out, views
from ..words import said, sentence
from .shapes import JobOperator, Outcome

BRUSHES = (
    ("ERASE_ALPHA", "Erase", "Paint away what is not the object"),
    ("ADD_ALPHA", "Restore", "Paint back what belongs to the object"),
)


class ISOFORM_OT_matte(JobOperator):
    """Show what the engine would see of the picture: the object, cut out of its background"""

    bl_idname = "isoform.matte"
    bl_label = "Show Cut-Out"

    comes_first = True

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether there is a picture to cut out; says why not."""
        settings = properties.settings_of(context.scene)
        if getattr(settings, settings.view) is None:
            cls.poll_message_set(said("Choose a picture first"))
        else:
            return True
        return False

    def order(self, context: bpy.types.Context) -> scheduler.Order:
        """The picture whose cut-out is shown, with its corrections."""
        settings = properties.settings_of(context.scene)
        mask = views.mask_of(settings, settings.view)
        picture = getattr(settings, settings.view)
        return cut_out.Order(settings.view, picture, views.correction_of(mask), settings.model_name)


class ISOFORM_OT_edit_mask(bpy.types.Operator):
    """Take the cut-out as the picture, and paint on it in the Image Editor"""

    bl_idname = "isoform.edit_mask"
    bl_label = "Edit Mask"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads a set

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether the cut-out is there; says why not."""
        settings = properties.settings_of(context.scene)
        if cut_out.gallery.of(settings.view, getattr(settings, settings.view)) is None:
            cls.poll_message_set(said("Show the cut-out first"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Makes the image, puts it into the slot, and shows it where there is an editor for it."""
        settings = properties.settings_of(context.scene)
        slot = settings.view
        picture = getattr(settings, slot)
        try:
            image = cut_out.as_image(cut_out.gallery.of(slot, picture), picture)
        except InputError as error:
            self.report({"ERROR"}, sentence(str(error)))
            return {"CANCELLED"}
        setattr(settings, slot, image)
        mask = views.mask_of(settings, slot)
        for each in mask.bl_rna.properties:
            if each.identifier not in ("rna_type", "name"):
                mask.property_unset(each.identifier)
        if _paint_on(context, image):
            _take_brush(context, "ERASE_ALPHA")
            self.report({"INFO"}, said("Paint away what is not the object"))
        else:
            self.report(
                {"INFO"}, said("To paint on it, open {name} in an Image Editor", name=image.name)
            )
        return {"FINISHED"}


class ISOFORM_OT_mask_brush(bpy.types.Operator):
    """Choose what the brush of the Image Editor does to the mask"""

    bl_idname = "isoform.mask_brush"
    bl_label = "Mask Brush"

    brush: bpy.props.EnumProperty(
        name="Brush", description="What the brush does", items=BRUSHES, options={"SKIP_SAVE"}
    )

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: Any) -> str:
        """What the brush would do."""
        return next(tip for name, _, tip in BRUSHES if name == properties.brush)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether there is a brush; says what to do where not."""
        if context.tool_settings.image_paint.brush is None:
            cls.poll_message_set(said("Press Edit Mask with an Image Editor open first"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Changes the brush."""
        _take_brush(context, self.brush)
        return {"FINISHED"}


class ISOFORM_OT_restore_picture(bpy.types.Operator):
    """Go back to the picture that the cut-out was made from; the cut-out stays in the file"""

    bl_idname = "isoform.restore_picture"
    bl_label = "Back to the Picture"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads a set

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether the slot holds a cut-out; says why not."""
        settings = properties.settings_of(context.scene)
        if cut_out.original_of(getattr(settings, settings.view)) is None:
            cls.poll_message_set(said("The picture is no cut-out"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Puts the picture back into its slot."""
        settings = properties.settings_of(context.scene)
        image = cut_out.original_of(getattr(settings, settings.view))
        setattr(settings, settings.view, image)
        return {"FINISHED"}


def _paint_on(context: bpy.types.Context, image: bpy.types.Image) -> bool:
    """Whether an Image Editor of this window shows the image now, ready to paint on."""
    for area in [] if context.screen is None else context.screen.areas:
        if area.type == "IMAGE_EDITOR" and area.ui_type == "IMAGE_EDITOR":
            space = cast(bpy.types.SpaceImageEditor, area.spaces.active)
            space.image, space.ui_mode = image, "PAINT"
            return True
    return False


def _take_brush(context: bpy.types.Context, blend: Literal["ERASE_ALPHA", "ADD_ALPHA"]) -> None:
    brush = context.tool_settings.image_paint.brush
    if brush is not None:
        brush.blend = blend


CLASSES = (
    ISOFORM_OT_matte,
    ISOFORM_OT_edit_mask,
    ISOFORM_OT_mask_brush,
    ISOFORM_OT_restore_picture,
)

register, unregister = registration(CLASSES)
