"""What a completion may be asked for, to the limits."""

from dataclasses import replace
from typing import Any

import pytest

from core.errors import InputError
from core.operations.settings import CompleteSettings
from core.operations.settings.setting import declared_in


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"hypotheses": 0}, "hypotheses must be 1 to 8; found 0; 4 is plenty"),
        ({"hypotheses": 9}, "hypotheses must be 1 to 8; found 9; 4 is plenty"),
        ({"noise": -1e-9}, "the noise must be a length of 0 or more; found -1e-09; leave it out"),
        ({"noise": float("nan")}, "the noise must be a length of 0 or more; found nan"),
        ({"noise": float("inf")}, "the noise must be a length of 0 or more; found inf"),
        ({"seed": -1}, "the seed must not be negative; found -1; 0 is fine"),
        ({"resolution": 7}, "the resolution must lie between 8 and 1024; found 7"),
    ],
)
def test_what_is_not_allowed_is_refused_in_a_sentence(
    options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        CompleteSettings(**options)
    with pytest.raises(InputError, match=sentence):
        replace(CompleteSettings(), **options)


def test_the_limits_themselves_and_every_choice_are_allowed() -> None:
    for count in (1, 8):
        assert CompleteSettings(hypotheses=count).hypotheses == count
    for pose in ("auto", "upright", "canonical"):
        for keep in ("auto", "exact", "fused", "none"):
            chosen = CompleteSettings(pose=pose, keep=keep, empty="visible", noise=None)
            assert (chosen.pose, chosen.keep) == (pose, keep)


def test_settings_that_say_the_same_are_the_same() -> None:
    assert CompleteSettings(seed=0) == CompleteSettings()
    assert hash(CompleteSettings(seed=3)) == hash(CompleteSettings(seed=3))
    assert CompleteSettings(seed=3) != CompleteSettings()


def test_only_the_choices_that_have_a_name_are_offered_in_the_panel() -> None:
    keep = next(each for each in declared_in(CompleteSettings) if each.name == "keep")
    offered = [each.key for each in keep.setting.choices if each.label]
    assert offered == ["exact", "fused", "none"]  # an artist sees whether it is points or a mesh
