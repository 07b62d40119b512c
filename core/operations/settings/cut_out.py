"""Cutting out, declared: what a reconstruction would see of one picture, and its correction."""

from dataclasses import dataclass

from .common import EngineSettings
from .operation import Operation
from .setting import Panel, Setting, Settings, declare

LARGEST_ONLY = Setting(
    "Largest Piece Only",
    "Drops every piece but the largest",
    panel=Panel(),
)

GROW = Setting(
    "Grow Outline",
    "Moves the outline outwards, or inwards where negative. Of a picture larger "
    "than 2048 pixels, the pixels of the reduced one count",
    unit="pixels",
    panel=Panel(low=-200, high=200, soft_low=-20, soft_high=20),
)


@dataclass(frozen=True)
class Correction(Settings):
    """How the object's cut-out is to differ from what the engine finds by itself."""

    crop: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    """Shares of the picture, in [0, 1), that are cut away at its left, right, top and bottom.

    Not declared: four numbers that are one value, of which an artist sets each for itself.
    """

    largest_only: bool = declare(False, LARGEST_ONLY)
    """Whether all pieces but the largest are dropped."""

    grow_px: int = declare(0, GROW)
    """Distance by which the outline moves outwards; inwards where negative. Pixels of the picture
    as it is loaded."""


@dataclass(frozen=True, kw_only=True)
class CutOutSettings(EngineSettings):
    """What a picture is cut out with: the engine that stays loaded for the next job."""


CUT_OUT = Operation(name="matte", inputs="pictures", settings=CutOutSettings)
