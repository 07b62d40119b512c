"""The panel's settings of a batch, and the state of the one that runs."""

import bpy

SOURCES = (
    ("pictures", "Folder of Pictures", "Every picture in a folder is reconstructed"),
    ("meshes", "Folder of Meshes", "Every mesh file in a folder is completed"),
    ("collection", "Collection of Meshes", "Every mesh of a collection is completed"),
)
RESULTS = (
    ("files", "Files", "A mesh file for each input, named after it, in the output folder"),
    ("assets", "Assets", "An object for each input in this scene, marked as an asset"),
)
FORMATS = (
    ("glb", "GLB", "With normals; completed meshes say what was given"),
    ("obj", "OBJ", "Text that every program reads"),
    ("ply", "PLY", "With normals; completed meshes say what was given"),
    ("stl", "STL", "For slicers; triangles alone"),
)
SOURCE = "Where the inputs are"
FOLDER = "The folder that holds the inputs, with its sub-folders"
COLLECTION = "The collection that holds the inputs, with those in it"
OUTPUT = "The folder that the files go to, and the log of what became of each input"
RESULT = "What becomes of the results"
FORMAT = "Of the mesh files"
WORKERS = "Processes that work at once; each holds the model in memory"
RESUME = "Leave out the inputs that the output folder's log has as done in the same way"


class ISOFORM_PG_batch(bpy.types.PropertyGroup):
    """What the next batch is to be like, beside what the panels above say."""

    source: bpy.props.EnumProperty(name="Source", description=SOURCE, items=SOURCES)
    folder: bpy.props.StringProperty(name="Folder", description=FOLDER, subtype="DIR_PATH")
    collection: bpy.props.PointerProperty(
        name="Collection", description=COLLECTION, type=bpy.types.Collection
    )
    output: bpy.props.StringProperty(name="Output", description=OUTPUT, subtype="DIR_PATH")
    results: bpy.props.EnumProperty(name="Results", description=RESULT, items=RESULTS)
    format: bpy.props.EnumProperty(name="Format", description=FORMAT, items=FORMATS)
    workers: bpy.props.IntProperty(
        name="Workers", description=WORKERS, default=1, min=1, max=64, soft_max=8
    )
    resume: bpy.props.BoolProperty(name="Resume", description=RESUME, default=True)


class ISOFORM_PG_batch_run(bpy.types.PropertyGroup):
    """What the panel shows of the batch."""

    is_running: bpy.props.BoolProperty(description="Whether a batch is under way")
    is_error: bpy.props.BoolProperty(description="Whether some of the last batch failed")
    status: bpy.props.StringProperty(description="One sentence about the batch")
    hint: bpy.props.StringProperty(description="The last failures")
    doubts: bpy.props.StringProperty(description="The doubtful results and why, one a line")
    fraction: bpy.props.FloatProperty(description="How many have ended", min=0.0, max=1.0)


CLASSES = (ISOFORM_PG_batch, ISOFORM_PG_batch_run)
