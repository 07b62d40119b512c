"""A dummy operation with three settings, declared in one file as the true ones are.

`test_dummy_operation` stages it beside them, as `core/operations/settings/dummy.py`.
"""

from dataclasses import dataclass
from typing import Literal

from .common import ShapeSettings
from .operation import Command, Operation
from .setting import Choice, Flag, Panel, Setting, declare

TURNS = Setting(
    "Turns",
    "How often the shape is turned",
    low=1,
    high=12,
    refusal="turns must be {low} to {high}; found {value}; 2 are plenty",
    flag=Flag("full turns ({default})"),
    panel=Panel(saved_as="spins", soft_high=6),
)

WAY = Setting(
    "Way",
    "Which way the shape is turned",
    choices=(
        Choice("left", "To the Left", "Against the clock"),
        Choice("right", "To the Right", "With the clock"),
    ),
    flag=Flag("left or right ({default})"),
    panel=Panel(),
)

SLIP = Setting(
    "Slip",
    "How far the shape slips; 0 has it estimated",
    low=0.0,
    refusal="the slip must be a length of 0 or more; found {value:g}; leave it out",
    unit="metres",
    flag=Flag("how far it slips ({default})", none="auto"),
    panel=Panel(precision=4),
)


@dataclass(frozen=True, kw_only=True)
class SpinSettings(ShapeSettings):
    """What a spin is to be like."""

    turns: int = declare(2, TURNS)
    way: Literal["left", "right"] = declare("left", WAY)
    slip: float | None = declare(None, SLIP)


SPIN = Operation(
    name="spin",
    inputs="meshes",
    settings=SpinSettings,
    command=Command("turn a mesh", "Turn a mesh about itself.", "It ends as it began."),
)
