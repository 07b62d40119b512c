"""The panels' settings, saved with each scene, and the state of the run, never saved."""

import bpy

CATEGORIES = (
    ("auto", "Automatic", "Recognised by the engine"),
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
SEED = "Another number gives another shape where the input leaves a choice"
CATEGORY = "What kind of object it is"

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
NOISE = "How far off the given vertices are (standard deviation); 0 has it estimated"


class ISOFORM_PG_completion(bpy.types.PropertyGroup):
    """What the next completion is to be like."""

    category: bpy.props.EnumProperty(name="Category", description=CATEGORY, items=CATEGORIES)
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
    seed: bpy.props.IntProperty(name="Seed", description=SEED, min=0)


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
    completion: bpy.props.PointerProperty(
        name="Completion",
        description="What the next completion is to be like",
        type=ISOFORM_PG_completion,
    )


class ISOFORM_PG_run(bpy.types.PropertyGroup):
    """What the panels show of the job; written by `jobs`, cleared when a file is loaded."""

    kind: bpy.props.StringProperty(description="Whether the last job was a reconstruction or else")
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


CLASSES = (ISOFORM_PG_completion, ISOFORM_PG_settings, ISOFORM_PG_run)


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
