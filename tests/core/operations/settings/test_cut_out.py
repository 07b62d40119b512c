"""How a cut-out may be corrected."""

import json
from dataclasses import asdict

from core.operations.settings import CUT_OUT, Correction, CutOutSettings
from core.operations.settings.setting import declared_in, values_of


def test_a_correction_that_asks_for_nothing_is_the_default() -> None:
    assert Correction((0.0, 0.0, 0.0, 0.0), False, 0) == Correction()
    for asked in (
        Correction(crop=(0.1, 0.0, 0.0, 0.0)),
        Correction(largest_only=True),
        Correction(grow_px=-1),
    ):
        assert asked != Correction()


def test_a_correction_comes_back_from_json_when_its_list_is_a_tuple_again() -> None:
    asked = Correction((0.25, 0.0, 0.5, 0.0), True, -3)
    read = json.loads(json.dumps(asdict(asked)))
    assert Correction(**(read | {"crop": tuple(read["crop"])})) == asked


def test_four_shares_of_a_crop_are_no_setting_of_their_own() -> None:
    assert [each.name for each in declared_in(Correction)] == ["largest_only", "grow_px"]


def test_a_cut_out_is_asked_of_the_engine_that_stays_loaded_and_of_no_command_line() -> None:
    settings = CutOutSettings(model="mine", device="cpu")
    assert values_of(settings, "engine") == {"model": "mine", "device": "cpu"}
    assert values_of(settings, "work", "result") == {}
    assert CUT_OUT.command is None
