"""The panel's settings, saved with each scene, and the state of the run, never saved."""

import bpy

CATEGORIES = (
    ("auto", "Automatic", "Recognised in the picture"),
    ("bottle", "Bottle", "A bottle"),
    ("bowl", "Bowl", "A bowl"),
    ("chair", "Chair", "A chair"),
    ("lamp", "Lamp", "A lamp"),
    ("mug", "Mug", "A mug"),
    ("sofa", "Sofa", "A sofa"),
    ("table", "Table", "A table"),
    ("vase", "Vase", "A vase"),
    ("wineglass", "Wine Glass", "A wine glass"),
)
"""What the starter model was trained on."""

RESOLUTION = (
    "Samples along each side of the shape. Twice as many show finer detail and take about "
    "four times as long"
)
SIZE = "Length of the longest side of the result"
FACE_LIMIT = "Highest number of triangles of the result; 0 keeps all"
SEED = "Another number gives another shape where the picture leaves a choice"
CATEGORY = "What kind of object the picture shows"


class ISOFORM_PG_settings(bpy.types.PropertyGroup):
    """What the next reconstruction is to be like."""

    picture: bpy.props.PointerProperty(
        name="Picture",
        description="The picture that shows the object: whole, alone, and best on a plain "
        "or transparent background",
        type=bpy.types.Image,
    )
    category: bpy.props.EnumProperty(name="Category", description=CATEGORY, items=CATEGORIES)
    resolution: bpy.props.IntProperty(
        name="Resolution", description=RESOLUTION, default=128, min=16, max=1024, soft_max=512
    )
    size_m: bpy.props.FloatProperty(
        name="Size", description=SIZE, default=1.0, min=0.001, soft_max=10.0, unit="LENGTH"
    )
    face_limit: bpy.props.IntProperty(name="Face Limit", description=FACE_LIMIT, min=0)
    seed: bpy.props.IntProperty(name="Seed", description=SEED, min=0)


class ISOFORM_PG_run(bpy.types.PropertyGroup):
    """What the panel shows of the job; written by `jobs`, cleared when a file is loaded."""

    is_running: bpy.props.BoolProperty(description="Whether a job is on its way")
    is_error: bpy.props.BoolProperty(description="Whether the last job failed")
    status: bpy.props.StringProperty(description="One sentence about the job")
    hint: bpy.props.StringProperty(description="More about it: warnings, or the end of a log")
    fraction: bpy.props.FloatProperty(description="How far the stage is", min=0.0, max=1.0)


def settings_of(scene: bpy.types.Scene) -> ISOFORM_PG_settings:
    """The panel's settings."""
    return scene.isoform  # type: ignore[attr-defined]


def run_of(manager: bpy.types.WindowManager) -> ISOFORM_PG_run:
    """The state of the run."""
    return manager.isoform  # type: ignore[attr-defined]


CLASSES = (ISOFORM_PG_settings, ISOFORM_PG_run)


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
