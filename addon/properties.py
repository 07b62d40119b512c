"""The panels' settings, saved with each scene, and the state of the run, never saved."""

from collections.abc import Sequence
from typing import Any

import bpy

from ..core.operations.settings import CompleteSettings, ReconstructSettings
from ..core.operations.settings.common import CATEGORY, MODEL
from .batch import settings as batch_settings
from .jobs.rows import ISOFORM_PG_job
from .runtime import models, places
from .scene import views
from .setting_properties import with_properties


def _model_items(settings: "ISOFORM_PG_settings", _context: object) -> Sequence[models.Item]:
    return models.model_items(settings.model_name)


def _model(settings: "ISOFORM_PG_settings") -> int:
    return _number(models.model_items(settings.model_name), settings.model_name)


def _set_model(settings: "ISOFORM_PG_settings", number: int) -> None:
    key = models.model_items(settings.model_name)[number][0]
    if key != models.CHOOSE:
        settings.model_name = key
    elif not bpy.app.background:
        models.ask_soon()


def _categories(group: Any, _context: object = None) -> Sequence[models.Item]:
    """Of the scene's model, which reconstruction and completion share."""
    return models.category_items(group.id_data.isoform.model_name)


def _category(group: Any) -> int:
    return _number(_categories(group), group.category_name)


def _set_category(group: Any, number: int) -> None:
    group.category_name = _categories(group)[number][0]


def _number(items: Sequence[models.Item], key: str) -> int:
    """Where `key` stands; the first where it is not one of them."""
    return next((each[4] for each in items if each[0] == key), 0)


@with_properties(CompleteSettings)
class ISOFORM_PG_completion(bpy.types.PropertyGroup):
    """What the next completion is to be like."""

    category: bpy.props.EnumProperty(
        name=CATEGORY.label,
        description=CATEGORY.help,
        items=_categories,
        get=_category,
        set=_set_category,
    )
    category_name: bpy.props.StringProperty(
        name="Category Name", description="What the model calls the category", default="auto"
    )


@with_properties(ReconstructSettings)
class ISOFORM_PG_settings(bpy.types.PropertyGroup):
    """What the next reconstruction is to be like."""

    picture: bpy.props.PointerProperty(
        name="Picture",
        description="The picture that shows the object: whole, alone, and best on a plain "
        "or transparent background",
        type=bpy.types.Image,
    )
    picture_side: bpy.props.PointerProperty(
        name="Side",
        description=f"The object from its side. {views.ANY_ORDER}",
        type=bpy.types.Image,
    )
    picture_back: bpy.props.PointerProperty(
        name="Back", description=f"The object from behind. {views.ANY_ORDER}", type=bpy.types.Image
    )
    picture_other: bpy.props.PointerProperty(
        name="Other",
        description=f"The object from anywhere else. {views.ANY_ORDER}",
        type=bpy.types.Image,
    )
    mask: bpy.props.PointerProperty(
        name="Mask", description="Corrections of the first cut-out", type=views.ISOFORM_PG_mask
    )
    mask_side: bpy.props.PointerProperty(
        name="Side Mask",
        description="Corrections of the side's cut-out",
        type=views.ISOFORM_PG_mask,
    )
    mask_back: bpy.props.PointerProperty(
        name="Back Mask",
        description="Corrections of the back's cut-out",
        type=views.ISOFORM_PG_mask,
    )
    mask_other: bpy.props.PointerProperty(
        name="Other Mask",
        description="Corrections of the other picture's cut-out",
        type=views.ISOFORM_PG_mask,
    )
    view: bpy.props.EnumProperty(
        name="Cut-Out", description="Which picture's cut-out is shown", items=views.NAMES
    )
    model: bpy.props.EnumProperty(
        name=MODEL.label,
        description=MODEL.help,
        items=_model_items,
        get=_model,
        set=_set_model,
    )
    model_name: bpy.props.StringProperty(
        name="Model Name",
        description="Name of a shipped model, or the path of a model file",
        default=places.MODEL,
    )
    category: bpy.props.EnumProperty(
        name=CATEGORY.label,
        description=CATEGORY.help,
        items=_categories,
        get=_category,
        set=_set_category,
    )
    category_name: bpy.props.StringProperty(
        name="Category Name", description="What the model calls the category", default="auto"
    )
    completion: bpy.props.PointerProperty(
        name="Completion",
        description="What the next completion is to be like",
        type=ISOFORM_PG_completion,
    )
    batch: bpy.props.PointerProperty(
        name="Batch",
        description="What the next batch is to be like",
        type=batch_settings.ISOFORM_PG_batch,
    )


class ISOFORM_PG_run(bpy.types.PropertyGroup):
    """What the panels show of the job; written by the scheduler, cleared when a file is loaded."""

    jobs: bpy.props.CollectionProperty(
        name="Jobs", description="What the engine is asked to do, in its order", type=ISOFORM_PG_job
    )
    active_job: bpy.props.IntProperty(name="Active Job", description="The job that is looked at")
    kind: bpy.props.StringProperty(description="Whether the last job was a reconstruction or else")
    is_running: bpy.props.BoolProperty(description="Whether a job is on its way")
    is_error: bpy.props.BoolProperty(description="Whether the last job failed")
    status: bpy.props.StringProperty(description="One sentence about the job")
    hint: bpy.props.StringProperty(description="More about it: warnings, or the end of a log")
    fraction: bpy.props.FloatProperty(description="How far the job is", min=0.0, max=1.0)
    batch: bpy.props.PointerProperty(
        name="Batch",
        description="What the panel shows of the batch",
        type=batch_settings.ISOFORM_PG_batch_run,
    )


def settings_of(scene: bpy.types.Scene) -> ISOFORM_PG_settings:
    """The panel's settings."""
    return scene.isoform  # type: ignore[attr-defined]


def run_of(manager: bpy.types.WindowManager) -> ISOFORM_PG_run:
    """The state of the run."""
    return manager.isoform  # type: ignore[attr-defined]


CLASSES = (
    *(ISOFORM_PG_job, views.ISOFORM_PG_mask, ISOFORM_PG_completion),
    *batch_settings.CLASSES,
    *(ISOFORM_PG_settings, ISOFORM_PG_run),
)


def register() -> None:
    """Adds one property to scenes and one to the window manager."""
    for each in CLASSES:
        bpy.utils.register_class(each)
    bpy.types.Scene.isoform = bpy.props.PointerProperty(  # type: ignore
        type=ISOFORM_PG_settings
    )
    bpy.types.WindowManager.isoform = bpy.props.PointerProperty(  # type: ignore
        type=ISOFORM_PG_run
    )


def unregister() -> None:
    """Removes both."""
    del bpy.types.WindowManager.isoform  # type: ignore[attr-defined]
    del bpy.types.Scene.isoform  # type: ignore[attr-defined]
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
