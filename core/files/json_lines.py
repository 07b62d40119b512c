"""A dataclass as one line of JSON and back: a `kind`, and exactly the fields of the class.

Whoever reads a line names the classes that it may be. Nothing is filled in, left out or
guessed: a line that is not exactly one of them is refused with its fault.
"""

import functools
import json
import types
import typing
from dataclasses import asdict, fields, is_dataclass

from ..errors import InputError, WorkerError


@typing.runtime_checkable
class Message(typing.Protocol):
    """A dataclass with a name that no other one has."""

    kind: typing.ClassVar[str]


def line_of(message: Message) -> bytes:
    """One line of UTF-8 JSON, with its line end.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    text = json.dumps({"kind": message.kind} | asdict(message), allow_nan=False)
    return text.encode() + b"\n"


def message_of(line: bytes, classes: tuple[type, ...]) -> typing.Any:
    """The message of one line.

    Args:
        line: With or without its line end.
        classes: What the line may be.

    Raises:
        WorkerError: The line is no JSON, of an unknown kind, or its fields are missing, unknown
            or of the wrong type; or the class itself refuses a value with an `InputError`.
    """
    try:
        values = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _garbage(line, f"no JSON: {error}") from error
    if not isinstance(values, dict):
        raise _garbage(line, "no JSON object")
    kind = values.pop("kind", None)
    found = [each for each in classes if each.kind == kind]
    if not found:
        raise _garbage(line, f"unknown kind {kind!r}")
    try:
        return _instance(found[0], values)
    except (TypeError, InputError) as error:
        raise _garbage(line, str(error)) from error


def _instance(message: type, values: dict[str, object]) -> object:
    """The dataclass with exactly these fields.

    Raises:
        TypeError: A field is missing, unknown or of another type.
    """
    expected = _expected(message)
    if missing := sorted(expected.keys() - values.keys()):
        raise TypeError(f"missing {', '.join(missing)}")
    if unknown := sorted(values.keys() - expected.keys()):
        raise TypeError(f"unknown {', '.join(unknown)}")
    return message(**{name: _checked(values[name], hint) for name, hint in expected.items()})


@functools.cache
def _expected(message: type) -> dict[str, object]:
    """Names and types of the fields."""
    hints = typing.get_type_hints(message)
    return {field.name: hints[field.name] for field in fields(message)}


def _checked(value: object, hint: object) -> object:
    """`value` as the field's type: JSON's lists become tuples, its integers floats.

    Raises:
        TypeError: The value is of another type.
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        return None if value is None else _checked(value, arguments[0])
    if origin is typing.Literal:
        if value not in arguments:
            raise TypeError(f"{value!r} where one of {', '.join(map(str, arguments))} was expected")
        return value
    if origin is tuple and isinstance(value, list):
        if set(map(type, value)) == {arguments[0]}:  # at once: a code has hundreds of numbers
            return tuple(value)
        return tuple(_checked(each, arguments[0]) for each in value)
    if origin is dict and isinstance(value, dict):
        return {name: _checked(each, arguments[1]) for name, each in value.items()}
    if is_dataclass(hint) and isinstance(value, dict):
        return _instance(hint, value)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise TypeError(f"{value!r} where {hint} was expected")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not allowed")


def _garbage(line: bytes, why: str) -> WorkerError:
    return WorkerError(
        f"a message between Blender and the worker cannot be read ({why}: {line[:80]!r}); "
        "start the job again"
    )
