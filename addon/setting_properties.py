"""Declared settings as Blender's properties, and what an artist has set as settings again.

A property is saved by its name in every .blend file, so it keeps the name that is declared as
`saved_as`. Blender's numbers know no None: 0 stands for it.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import bpy

from ..core.operations.settings.setting import Declared, Kind, Settings, declared_in

BY_HAND = ("model", "category")
"""Settings whose properties are not made here: what they offer depends on the model files."""

OPTIONS = {"SKIP_SAVE"}
"""Of an operator's argument: Blender would otherwise repeat a script's values when the button is
pressed."""

Group = TypeVar("Group", bound=type)

MADE_BY: dict[object, Any] = {
    "choice": bpy.props.EnumProperty,
    bool: bpy.props.BoolProperty,
    str: bpy.props.StringProperty,
    int: bpy.props.IntProperty,
    float: bpy.props.FloatProperty,
}
"""By the type of a setting's values, what makes its property."""


def with_properties(settings: type[Settings]) -> Callable[[Group], Group]:
    """Gives a property group the settings that have a place in the panel."""
    return _annotating({each.saved_as: _property(each) for each in _made_here(settings)})


def with_arguments(settings: type[Settings]) -> Callable[[Group], Group]:
    """Gives an operator the same as arguments.

    They have no limits: Blender would silently hold a script's number to them, and the settings
    refuse it in a sentence.
    """
    return _annotating({each.saved_as: _argument(each) for each in _made_here(settings)})


def names_of(settings: type[Settings]) -> tuple[str, ...]:
    """The names of the properties, but for the model, which the scene has once for all."""
    return tuple(each.saved_as for each in _in_panel(settings) if each.name != "model")


def settings_from(kind: type[Kind], values: Mapping[str, Any], model: str = "") -> Kind:
    """What an artist has set; what has no place in the panel has its declared default.

    Args:
        kind: Class of the settings.
        values: Of the properties, by `names_of`.
        model: Name of a shipped model, or a model file, where the settings have one.

    Raises:
        InputError: A value is not allowed.
    """
    given = {**values, "model_name": model}
    return kind(**{each.name: _value(each, given[each.saved_as]) for each in _in_panel(kind)})


def _in_panel(settings: type[Settings]) -> list[Declared]:
    return [each for each in declared_in(settings) if each.setting.panel is not None]


def _made_here(settings: type[Settings]) -> list[Declared]:
    return [each for each in _in_panel(settings) if each.name not in BY_HAND]


def _annotating(properties: Mapping[str, object]) -> Callable[[Group], Group]:
    def annotate(group: Group) -> Group:
        group.__annotations__ = {**group.__annotations__, **properties}
        return group

    return annotate


def _value(declared: Declared, value: Any) -> Any:
    return None if declared.is_optional and value == 0 else value


def _property(declared: Declared) -> object:
    setting, panel = declared.setting, declared.setting.panel
    limits = {
        "min": setting.low if panel.low is None else panel.low,
        "max": setting.high if panel.high is None else panel.high,
        "soft_min": panel.soft_low,
        "soft_max": panel.soft_high,
    }
    return _made(declared, {name: each for name, each in limits.items() if each is not None})


def _argument(declared: Declared) -> object:
    return _made(declared, {"options": OPTIONS})


def _made(declared: Declared, more: dict[str, Any]) -> object:
    """A property of Blender's, with its words, its default and what it counts."""
    setting, panel = declared.setting, declared.setting.panel
    words: dict[str, Any] = {"name": setting.label, "description": setting.help, **more}
    if setting.choices:
        items = [(each.key, each.label, each.help) for each in setting.choices if each.label]
        return MADE_BY["choice"](items=items, **words)
    words["default"] = 0 if declared.default is None else declared.default
    shown = {
        "subtype": "PIXEL" if setting.unit == "pixels" else None,
        "unit": "LENGTH" if setting.unit == "metres" else None,
        "precision": panel.precision,
        "step": panel.step,
    }
    words |= {name: each for name, each in shown.items() if each is not None}
    return MADE_BY[declared.kind](**words)
