"""A dataclass as one line of JSON: what comes back is what was written, or is refused."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError, WorkerError
from core.files.json_lines import line_of, message_of


@dataclass(frozen=True)
class Inner:
    number: int


@dataclass(frozen=True)
class Note:
    kind: ClassVar[str] = "note"

    text: str
    share: float
    numbers: tuple[float, ...] = ()
    inner: Inner | None = None
    seconds: dict[str, float] | None = None
    tone: Literal["low", "high"] = "low"

    def __post_init__(self) -> None:
        if self.share > 1:
            raise InputError(f"the share must be 1 at most; found {self.share:g}")


@dataclass(frozen=True)
class Empty:
    kind: ClassVar[str] = "empty"


BOTH = (Note, Empty)
FINITE = st.floats(allow_nan=False, allow_infinity=False, max_value=1)
NOTES = st.builds(
    Note,
    text=st.text(),
    share=FINITE,
    numbers=st.lists(FINITE).map(tuple),
    inner=st.none() | st.builds(Inner, st.integers()),
    seconds=st.none() | st.dictionaries(st.text(), FINITE),
    tone=st.sampled_from(["low", "high"]),
)


@settings(max_examples=50, deadline=None)
@given(NOTES)
def test_a_message_survives_its_line(note):
    line = line_of(note)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1  # whatever its texts hold
    assert message_of(line, BOTH) == note


def test_a_message_without_fields_is_its_kind():
    assert line_of(Empty()) == b'{"kind": "empty"}\n'
    assert message_of(b'{"kind": "empty"}', BOTH) == Empty()


def test_the_order_of_the_fields_means_nothing():
    line = b'{"tone": "high", "seconds": null, "inner": {"number": 3}, "numbers": [1, 2.5], '
    line += b'"share": 1, "text": "a", "kind": "note"}'
    found = message_of(line, BOTH)
    assert found == Note("a", 1.0, (1.0, 2.5), Inner(3), None, "high")
    assert isinstance(found.share, float)
    assert isinstance(found.numbers[0], float)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "unknown kind None"),
        (b'{"kind": "letter"}', "unknown kind 'letter'"),
        (b'{"kind": "note"}', "missing inner, numbers, seconds, share, text, tone"),
        (b'{"kind": "empty", "more": 1}', "unknown more"),
    ],
)
def test_a_line_that_is_no_message_says_why(line, why):
    with pytest.raises(WorkerError, match=rf"cannot be read \({why}.*start the job again"):
        message_of(line, BOTH)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("text", "7", "7 where <class 'str'>"),
        ("share", "true", "True where <class 'float'>"),
        ("share", '"1"', "'1' where <class 'float'>"),
        ("share", "NaN", "NaN is not allowed"),
        ("share", "2", "the share must be 1 at most; found 2"),
        ("numbers", '[1, "a"]', "'a' where <class 'float'>"),
        ("numbers", "1", "1 where "),
        ("inner", '{"number": 1.5}', "1.5 where <class 'int'>"),
        ("inner", "{}", "missing number"),
        ("seconds", '{"fit": null}', "None where <class 'float'>"),
        ("tone", '"loud"', "'loud' where one of low, high"),
    ],
)
def test_a_value_of_another_type_says_which(field, value, why):
    values = {"text": '"a"', "share": "0", "numbers": "[]", "inner": "null"}
    values |= {"seconds": "null", "tone": '"low"', field: value}
    line = "{" + ", ".join(f'"{name}": {each}' for name, each in values.items()) + "}"
    with pytest.raises(WorkerError, match=why):
        message_of(line.replace("{", '{"kind": "note", ', 1).encode(), BOTH)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_not_written(number):
    with pytest.raises(ValueError, match="JSON"):
        line_of(Note("a", 0.0, (number,)))
