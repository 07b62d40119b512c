"""What a reconstruction may be asked for, to the limits."""

import typing
from dataclasses import replace

import pytest

from core.errors import InputError
from core.operations.settings import (
    CompleteSettings,
    ReconstructSettings,
)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"resolution": 7}, "the resolution must lie between 8 and 1024; found 7; 128 is quick"),
        ({"resolution": 1025}, "must lie between 8 and 1024; found 1025"),
        ({"target_faces": 3}, "number of faces must be at least 4; found 3; 10000 is a good start"),
        ({"seed": -1}, "the seed must not be negative; found -1; 0 is the likeliest shape"),
        ({"size_m": 0.0}, "the size must be a positive number of metres; found 0; give another"),
        ({"size_m": float("nan")}, "must be a positive number of metres; found nan"),
        ({"size_m": float("inf")}, "must be a positive number of metres; found inf"),
    ],
)
def test_what_is_not_allowed_is_refused_in_a_sentence(
    options: dict[str, typing.Any], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        ReconstructSettings(**options)
    with pytest.raises(InputError, match=sentence):
        replace(ReconstructSettings(), **options)


def test_the_limits_themselves_are_allowed_and_none_is_not_held_to_them() -> None:
    settings = ReconstructSettings(resolution=8, target_faces=4, size_m=1e-6)
    assert replace(settings, resolution=1024, target_faces=None).target_faces is None
    assert CompleteSettings(noise=0.0, hypotheses=8).noise == 0.0
