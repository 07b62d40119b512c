"""The slots for pictures of one object, and how each picture's cut-out is corrected."""

from dataclasses import replace

import bpy

from ...core.operations.settings import Correction
from ..setting_properties import names_of, settings_from, with_properties

SLOTS = ("picture", "picture_side", "picture_back", "picture_other")
"""Properties of the settings; their names are for the artist, the engine takes any of them."""

ANY_ORDER = "Fill any of the four: all pictures count the same, and their order does not matter"

NAMES = (
    ("picture", "Front", "The cut-out of the first picture"),
    ("picture_side", "Side", "The cut-out of the side view"),
    ("picture_back", "Back", "The cut-out of the back view"),
    ("picture_other", "Other", "The cut-out of the picture from elsewhere"),
)

CROP = {"min": 0.0, "max": 95.0, "precision": 0, "subtype": "PERCENTAGE"}


@with_properties(Correction)
class ISOFORM_PG_mask(bpy.types.PropertyGroup):
    """How the cut-out of one picture is to differ from what the engine finds."""

    crop_left: bpy.props.FloatProperty(
        name="Crop Left", description="Cuts away so much of the picture at its left", **CROP
    )
    crop_right: bpy.props.FloatProperty(
        name="Right", description="Cuts away so much of the picture at its right", **CROP
    )
    crop_top: bpy.props.FloatProperty(
        name="Top", description="Cuts away so much of the picture at its top", **CROP
    )
    crop_bottom: bpy.props.FloatProperty(
        name="Bottom", description="Cuts away so much of the picture at its bottom", **CROP
    )


def mask_of(settings: bpy.types.PropertyGroup, slot: str) -> ISOFORM_PG_mask:
    """The corrections of a slot's cut-out."""
    return getattr(settings, slot.replace("picture", "mask"))


def correction_of(mask: ISOFORM_PG_mask) -> Correction:
    """The same for the engine."""
    sides = (mask.crop_left, mask.crop_right, mask.crop_top, mask.crop_bottom)
    values = {name: getattr(mask, name) for name in names_of(Correction)}
    crop = tuple(each / 100 for each in sides)
    return replace(settings_from(Correction, values), crop=crop)


def filled(settings: bpy.types.PropertyGroup) -> list[str]:
    """The slots that hold a picture."""
    return [slot for slot in SLOTS if getattr(settings, slot) is not None]
