"""Reconstructing, declared: pictures of one object become one closed mesh."""

from dataclasses import dataclass

from .common import ShapeSettings
from .operation import Command, Operation
from .setting import Flag, Panel, Setting, declare

SIZE = Setting(
    "Size",
    "Length of the longest side of the result",
    about="result",
    above=0.0,
    refusal="the size must be a positive number of metres; found {value:g}; give another",
    unit="metres",
    flag=Flag(
        "longest side in the scene frame (1)",
        name="size",
        metavar="METRES",
        refusal="--size must be a positive number of metres; found {value:g}",
    ),
    panel=Panel(low=0.001, soft_high=10.0),
)

TARGET_FACES = Setting(
    "Face Limit",
    "Highest number of triangles of the result; 0 keeps all",
    low=4,  # a tetrahedron is the least that encloses something
    refusal="the target number of faces must be at least {low}; found {value}; "
    "10000 is a good start",
    flag=Flag("reduce the mesh to at most N triangles", name="faces"),
    panel=Panel(saved_as="face_limit", low=0),
)

SEED = Setting(
    "Seed",
    "Another number gives another shape where the input leaves a choice",
    low=0,
    refusal="the seed must not be negative; found {value}; 0 is the likeliest shape",
    flag=Flag("0: the likeliest shape; others vary it"),
    panel=Panel(),
)


@dataclass(frozen=True, kw_only=True)
class ReconstructSettings(ShapeSettings):
    """What a reconstruction is to be like.

    Raises:
        InputError: A number is out of its range.
    """

    size_m: float = declare(1.0, SIZE)
    """Length of the result's longest side, in metres."""

    target_faces: int | None = declare(None, TARGET_FACES)
    """Wanted number of faces; None keeps all."""

    seed: int = declare(0, SEED)
    """Of everything random in the job."""


RECONSTRUCT = Operation(
    name="reconstruct",
    inputs="pictures",
    settings=ReconstructSettings,
    command=Command(
        help="make a mesh from pictures of one object",
        description="Make one closed mesh from one or several pictures of one object.",
        epilog="Transparent pictures are used as they are cut out; in others, the object must "
        "stand out from a plain background.",
    ),
)
