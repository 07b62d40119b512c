"""What a setting of an operation is, said once: for the command line, Blender, messages and manual.

    resolution: int = declare(128, Setting("Resolution", "Samples along each side", low=8))

Standard library alone: Blender loads the declarations. Labels and helps are the words that artists
read, and so the source strings of the translations.
"""

import dataclasses
import functools
import math
import types
import typing
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from ...errors import InputError

Number = int | float

Value = str | int | float | bool | None
"""What a setting may hold, and JSON as well."""

_METADATA = "setting"


@dataclass(frozen=True)
class Choice:
    """One of the texts that a setting may be."""

    key: str
    """The value itself."""

    label: str = ""
    """Name in the panel, in Title Case; empty where the panel does not offer it."""

    help: str = ""
    """Tooltip in the panel."""


@dataclass(frozen=True)
class Flag:
    """How a setting stands on the command line."""

    help: str
    """Text of `--help`; `{default}` in it stands for the default."""

    name: str = ""
    """Option without its dashes, where it is not the field's name."""

    metavar: str = ""
    """Placeholder of the value in `--help`; empty takes N for integers, else argparse's own."""

    refusal: str = ""
    """Sentence for a number that is not allowed, where it is not the setting's own."""

    none: str = ""
    """Word for None. Without one, None is what the option has when it is left out."""


@dataclass(frozen=True)
class Panel:
    """How a setting stands in Blender, where a 0 stands for None."""

    saved_as: str = ""
    """Name of the property and of the operator's argument, where it is not the field's name.

    It is saved in .blend files and written in scripts, so it never changes.
    """

    low: Number | None = None
    """Lowest number that the field takes, where it is not the setting's own limit."""

    high: Number | None = None
    """Highest number that the field takes, where it is not the setting's own limit."""

    soft_low: Number | None = None
    """Lowest number that dragging the field reaches."""

    soft_high: Number | None = None
    """Highest number that dragging the field reaches."""

    precision: int | None = None
    """Decimals that the field shows."""

    step: Number | None = None
    """Change by one click, in hundredths."""


@dataclass(frozen=True)
class Setting:
    """All that is to be said of one setting beside its type and its default.

    Scripts may set every setting; `flag` and `panel` say who else.
    """

    label: str
    """Name that a person reads, in Title Case."""

    help: str
    """Tooltip in the panel, and text of the manual."""

    about: Literal["work", "engine", "result"] = "work"
    """What it belongs to: the work, so that the engine is told it; the choice of the engine; or
    what becomes of the result."""

    low: Number | None = None
    """Lowest number that is allowed."""

    above: Number | None = None
    """Number that every allowed one is above."""

    high: Number | None = None
    """Highest number that is allowed; without one, every finite number is."""

    refusal: str = ""
    """Sentence for a number that is not allowed; `{value}`, `{low}` and `{high}` are filled in."""

    choices: tuple[Choice, ...] = ()
    """Texts that are allowed; none where any text is."""

    unit: Literal["", "metres", "pixels"] = ""
    """What the number counts."""

    flag: Flag | None = None
    """Place on the command line; None where it has none."""

    panel: Panel | None = None
    """Place in Blender's panels and operators; None where it has none."""

    def check(self, name: str, value: Value) -> None:
        """Holds a value to what is allowed; None is left alone.

        Args:
            name: Of the setting, for the sentence.
            value: Of the field's type.

        Raises:
            InputError: It is none of the choices, or outside of the limits.
        """
        if value is None:
            return
        keys = [each.key for each in self.choices]
        if keys and value not in keys:
            raise InputError(f"{name} '{value}' is unknown; choose one of {', '.join(keys)}")
        if self.refusal and not self._allows(typing.cast(Number, value)):
            raise InputError(self.refusal.format(value=value, low=self.low, high=self.high))

    def _allows(self, number: Number) -> bool:
        is_not_low = self.low is None or number >= self.low
        is_not_high = number < math.inf if self.high is None else number <= self.high
        return is_not_low and is_not_high and (self.above is None or number > self.above)


@dataclass(frozen=True)
class Declared:
    """A setting as a field of its class."""

    name: str
    setting: Setting
    kind: type[str] | type[int] | type[float] | type[bool]
    """Type of its value."""

    is_optional: bool
    """Whether it may be None."""

    default: Value

    @property
    def option(self) -> str:
        """The command line's option, with its dashes; of a setting that has a flag."""
        name = self.setting.flag.name if self.setting.flag else ""
        return f"--{name or self.name.replace('_', '-')}"

    @property
    def saved_as(self) -> str:
        """The name of Blender's property."""
        name = self.setting.panel.saved_as if self.setting.panel else ""
        return name or self.name


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of an operation: every field declared, every value held to its declaration.

    Raises:
        InputError: A value is not allowed.
    """

    def __post_init__(self) -> None:
        for each in declared_in(type(self)):
            each.setting.check(each.name, getattr(self, each.name))


Kind = TypeVar("Kind", bound=Settings)


def declare(default: Value, setting: Setting) -> Any:
    """The field of a dataclass; `Any`, so that it may stand where a value of the type is due."""
    return dataclasses.field(default=default, metadata={_METADATA: setting})


def declared_in(settings: type) -> tuple[Declared, ...]:
    """The declared settings of a class, in their order; other fields are passed over."""
    return _declared_in(settings)


def values_of(settings: Settings, *about: Literal["work", "engine", "result"]) -> dict[str, Value]:
    """The values of the declared settings by name: all of them, or those about something."""
    return {
        each.name: getattr(settings, each.name)
        for each in declared_in(type(settings))
        if not about or each.setting.about in about
    }


def settings_in(kind: type[Kind], settings: Settings) -> Kind:
    """The settings of that class alone, of an instance that has more fields."""
    return kind(**{each.name: getattr(settings, each.name) for each in declared_in(kind)})


@functools.cache
def _declared_in(settings: type) -> tuple[Declared, ...]:
    hints = typing.get_type_hints(settings)
    return tuple(
        Declared(
            name=each.name,
            setting=each.metadata[_METADATA],
            kind=_kind(hints[each.name]),
            is_optional=typing.get_origin(hints[each.name]) is types.UnionType,
            default=each.default,
        )
        for each in dataclasses.fields(settings)
        if _METADATA in each.metadata
    )


def _kind(hint: Any) -> type:
    """The type of the values of a field: of `Literal` texts str, of `float | None` float."""
    if typing.get_origin(hint) is types.UnionType:
        return _kind(typing.get_args(hint)[0])
    return str if typing.get_origin(hint) is Literal else hint
