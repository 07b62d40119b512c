"""Declared settings as options of the command line, and what was given there as settings again.

An option that is left out is None in what `argparse` gives, so that its default is the declared
one and a command can tell whether it was given.
"""

import argparse
from collections.abc import Iterable
from dataclasses import replace

from ..errors import InputError
from ..operations.settings.setting import Declared, Kind, Value, declared_in


def add_settings(parser: argparse._ActionsContainer, declared: Iterable[Declared]) -> None:
    """Adds an option for every setting that has a flag, in their order."""
    for each in declared:
        if each.setting.flag is not None:
            add_setting(parser, each, each.setting.flag.help)


def add_setting(parser: argparse._ActionsContainer, declared: Declared, words: str) -> None:
    """Adds the option of one setting.

    Args:
        parser: Takes it.
        declared: Has a flag.
        words: Text of `--help`, with `{default}` where the default is to stand.
    """
    flag, option = declared.setting.flag, declared.option
    words = words.format(default=flag.none if declared.default is None else declared.default)
    if declared.kind is bool:
        parser.add_argument(
            option, dest=declared.name, action="store_true", default=None, help=words
        )
        return
    parser.add_argument(
        option,
        dest=declared.name,
        type=str if flag.none else declared.kind,
        choices=[each.key for each in declared.setting.choices] or None,
        metavar=flag.metavar or ("N" if declared.kind is int else None),
        help=words,
    )


def settings_given(kind: type[Kind], given: argparse.Namespace) -> Kind:
    """The settings that the options make; what was left out has its declared default.

    Args:
        kind: Class of the settings.
        given: What `argparse` gives; it may hold other things as well.

    Raises:
        InputError: A value is not allowed.
    """
    return kind(
        **{
            each.name: _value(each, getattr(given, each.name))
            for each in declared_in(kind)
            if getattr(given, each.name, None) is not None
        }
    )


def _value(declared: Declared, given: Value) -> Value:
    """What was given, held to what the command line says of it.

    Raises:
        InputError: It is not allowed, and the command line has a sentence of its own for that.
    """
    flag = declared.setting.flag
    if flag is None:
        return given
    value = _read(declared, flag.none, given) if flag.none else given
    if flag.refusal:
        replace(declared.setting, refusal=flag.refusal).check(declared.name, value)
    return value


def _read(declared: Declared, none: str, given: Value) -> Value:
    """None where the word for it was given, else the number.

    Raises:
        InputError: It is neither.
    """
    if given == none:
        return None
    try:
        return declared.kind(given)
    except ValueError as error:
        what = "a length" if declared.setting.unit == "metres" else "a number"
        raise InputError(
            f"{declared.option} must be '{none}' or {what}; found '{given}'"
        ) from error
