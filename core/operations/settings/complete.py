"""Completing, declared: parts of one shape become the whole shape, in their place and scale."""

from dataclasses import dataclass
from typing import Literal

from .common import ShapeSettings
from .operation import Command, Operation
from .setting import Choice, Flag, Panel, Setting, declare

POSE = Setting(
    "Pose",
    "What is known of how the mesh stands",
    choices=(
        Choice(
            "auto", "Standing", "The mesh stands upright (+Z); heading, place and size are found"
        ),
        Choice("upright", "Facing Front", "The mesh stands upright and its front faces -Y"),
        Choice(
            "canonical",
            "In the Unit Cube",
            "The whole shape fills the cube of 1 m around the origin",
        ),
    ),
    flag=Flag(
        "auto: turned about the vertical anyhow; upright: its front faces -Y; canonical: it "
        "lies in the unit cube already ({default})"
    ),
    panel=Panel(),
)

KEEP = Setting(
    "Keep",
    "What becomes of the given surface",
    choices=(
        Choice("auto"),
        Choice(
            "exact",
            "Exact",
            "Every given face stays as it is; the invented part is joined to it",
        ),
        Choice(
            "fused", "Fused", "One new surface that passes through the given one; for noisy scans"
        ),
        Choice("none", "Not at All", "The fitted shape alone, made anew"),
    ),
    flag=Flag(
        "exact: every given vertex and triangle stays, the rest is joined to them; fused: one "
        "closed surface through what was given; none: the fitted shape alone; auto: exact for "
        "meshes, fused for points ({default})"
    ),
    panel=Panel(),
)

HYPOTHESES = Setting(
    "Hypotheses",
    "Number of shapes that fit what is given and differ elsewhere. The best is shown; the others "
    "are hidden at the same place",
    low=1,
    high=8,
    refusal="hypotheses must be {low} to {high}; found {value}; 4 is plenty",
    flag=Flag("distinct completions, best first"),
    panel=Panel(),
)

EMPTY = Setting(
    "Empty Space",
    "Where the space is known to be empty",
    choices=(
        Choice("none", "Unknown", "Anything may be where nothing is given"),
        Choice(
            "visible",
            "Around What Is Seen",
            "What could be seen past the given surface is empty",
        ),
    ),
    flag=Flag("visible: it was scanned from one side, and in front of it is nothing ({default})"),
    panel=Panel(),
)

NOISE = Setting(
    "Noise",
    "How far off the given vertices are (standard deviation); 0 has it estimated",
    low=0.0,
    refusal="the noise must be a length of 0 or more; found {value:g}; leave it out to have it "
    "estimated",
    unit="metres",
    flag=Flag("how far points are off ({default})", metavar="auto|LENGTH", none="auto"),
    panel=Panel(precision=4, step=0.1),
)

SEED = Setting(
    "Seed",
    "Another number gives other hypotheses after the first",
    low=0,
    refusal="the seed must not be negative; found {value}; 0 is fine",
    flag=Flag("draws the hypotheses after the first"),
    panel=Panel(),
)

ANYWAY = Setting(
    "Complete Anyway",
    "Complete even a mesh of which nothing is missing, which comes back as it is otherwise; for "
    "some faces selected in Edit Mode this is taken for granted",
    flag=Flag("complete even a mesh of which nothing is missing; it stays as it is otherwise"),
    panel=Panel(),
)


@dataclass(frozen=True, kw_only=True)
class CompleteSettings(ShapeSettings):
    """What a completion is to be like.

    Raises:
        InputError: A choice is unknown, or a number out of its range.
    """

    pose: Literal["auto", "upright", "canonical"] = declare("auto", POSE)
    """What is known: +Z is up; the front faces -Y as well; or the input is in the unit cube."""

    keep: Literal["auto", "exact", "fused", "none"] = declare("auto", KEEP)
    """What becomes of the input; "auto" is "exact" for meshes and "fused" for point clouds."""

    hypotheses: int = declare(1, HYPOTHESES)
    """How many completions, best first."""

    empty: Literal["none", "visible"] = declare("none", EMPTY)
    """Whether the space in front of a scan from one side is known to be empty."""

    noise: float | None = declare(None, NOISE)
    """Standard deviation of the points in the input's own lengths; None estimates it."""

    seed: int = declare(0, SEED)
    """Of the hypotheses after the first; that one is the same with every seed."""

    anyway: bool = declare(False, ANYWAY)
    """Whether a mesh of which nothing is missing is completed as well."""


COMPLETE = Operation(
    name="complete",
    inputs="meshes",
    settings=CompleteSettings,
    command=Command(
        help="make the whole shape of a partial mesh",
        description="Make the whole shape that a broken, half-modelled or scanned mesh belongs to, "
        "in its own place and scale.",
        epilog="+Z is taken as up (in .glb: +Y, as glTF asks). .glb and .ply files get two values "
        "per vertex: observed (1 given, 0 invented) and confidence, in [0, 1].",
    ),
)
