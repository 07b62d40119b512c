"""The panels' settings, saved with each scene, and the state of the run, never saved."""

from collections.abc import Sequence
from typing import Any

import bpy

from .batch import settings as batch_settings
from .jobs.rows import ISOFORM_PG_job
from .runtime import models, places
from .scene import views

RESOLUTION = (
    "Samples along each side of the shape. Twice as many show finer detail and take about "
    "four times as long"
)
SIZE = "Length of the longest side of the result"
FACE_LIMIT = "Highest number of triangles of the result; 0 keeps all"
SEED = "Another number gives another shape where the input leaves a choice"
HYPOTHESES_SEED = "Another number gives other hypotheses after the first"
CATEGORY = "What kind of object it is"
MODEL = "What the engine has learned from; each model knows kinds of objects of its own"

POSES = (
    ("auto", "Standing", "The mesh stands upright (+Z); heading, place and size are found"),
    ("upright", "Facing Front", "The mesh stands upright and its front faces -Y"),
    (
        "canonical",
        "In the Unit Cube",
        "The whole shape fills the cube of 1 m around the origin",
    ),
)
KEEPS = (
    ("exact", "Exact", "Every given face stays as it is; the invented part is joined to it"),
    ("fused", "Fused", "One new surface that passes through the given one; for noisy scans"),
    ("none", "Not at All", "The fitted shape alone, made anew"),
)
EMPTIES = (
    ("none", "Unknown", "Anything may be where nothing is given"),
    ("visible", "Around What Is Seen", "What could be seen past the given surface is empty"),
)
POSE = "What is known of how the mesh stands"
KEEP = "What becomes of the given surface"
EMPTY = "Where the space is known to be empty"
HYPOTHESES = (
    "Number of shapes that fit what is given and differ elsewhere. The best is shown; the others "
    "are hidden at the same place"
)
ANYWAY = (
    "Complete even a mesh of which nothing is missing, which comes back as it is otherwise; for "
    "some faces selected in Edit Mode this is taken for granted"
)
NOISE = "How far off the given vertices are (standard deviation); 0 has it estimated"


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


class ISOFORM_PG_completion(bpy.types.PropertyGroup):
    """What the next completion is to be like."""

    category: bpy.props.EnumProperty(
        name="Category",
        description=CATEGORY,
        items=_categories,
        get=_category,
        set=_set_category,
    )
    category_name: bpy.props.StringProperty(
        name="Category Name", description="What the model calls the category", default="auto"
    )
    pose: bpy.props.EnumProperty(name="Pose", description=POSE, items=POSES)
    keep: bpy.props.EnumProperty(name="Keep", description=KEEP, items=KEEPS)
    hypotheses: bpy.props.IntProperty(
        name="Hypotheses", description=HYPOTHESES, default=1, min=1, max=8
    )
    empty: bpy.props.EnumProperty(name="Empty Space", description=EMPTY, items=EMPTIES)
    noise: bpy.props.FloatProperty(
        name="Noise", description=NOISE, min=0.0, precision=4, step=0.1, unit="LENGTH"
    )
    resolution: bpy.props.IntProperty(
        name="Resolution", description=RESOLUTION, default=128, min=16, max=1024, soft_max=512
    )
    seed: bpy.props.IntProperty(name="Seed", description=HYPOTHESES_SEED, min=0)
    anyway: bpy.props.BoolProperty(name="Complete Anyway", description=ANYWAY)


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
        name="Model", description=MODEL, items=_model_items, get=_model, set=_set_model
    )
    model_name: bpy.props.StringProperty(
        name="Model Name",
        description="Name of a shipped model, or the path of a model file",
        default=places.MODEL,
    )
    category: bpy.props.EnumProperty(
        name="Category",
        description=CATEGORY,
        items=_categories,
        get=_category,
        set=_set_category,
    )
    category_name: bpy.props.StringProperty(
        name="Category Name", description="What the model calls the category", default="auto"
    )
    resolution: bpy.props.IntProperty(
        name="Resolution", description=RESOLUTION, default=128, min=16, max=1024, soft_max=512
    )
    size_m: bpy.props.FloatProperty(
        name="Size", description=SIZE, default=1.0, min=0.001, soft_max=10.0, unit="LENGTH"
    )
    face_limit: bpy.props.IntProperty(name="Face Limit", description=FACE_LIMIT, min=0)
    seed: bpy.props.IntProperty(name="Seed", description=SEED, min=0)
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
