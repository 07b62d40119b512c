"""Cutting out, declared: what a reconstruction would see of one picture."""

from dataclasses import dataclass

from .common import EngineSettings
from .operation import Operation


@dataclass(frozen=True, kw_only=True)
class CutOutSettings(EngineSettings):
    """What a picture is cut out with: the engine that stays loaded for the next job."""


CUT_OUT = Operation(name="matte", inputs="pictures", settings=CutOutSettings)
