"""Settings are declared whole, and hold their values to what is declared."""

import typing
from dataclasses import dataclass

import pytest

from core.operations.settings import (
    OPERATIONS,
    CompleteSettings,
    Correction,
    CutOutSettings,
    Operation,
    ReconstructSettings,
)
from core.operations.settings.setting import (
    Declared,
    Flag,
    Panel,
    Setting,
    Settings,
    declare,
    declared_in,
    settings_in,
    values_of,
)

CLASSES = (*(each.settings for each in OPERATIONS), Correction)

EVERY = [(settings, each) for settings in CLASSES for each in declared_in(settings)]


def named(settings: type, name: str) -> Declared:
    return next(each for each in declared_in(settings) if each.name == name)


def test_operations_have_names_of_their_own() -> None:
    assert [each.name for each in OPERATIONS] == ["reconstruct", "complete", "matte"]


@pytest.mark.parametrize(
    ("settings", "declared"), EVERY, ids=[f"{one.__name__}-{each.name}" for one, each in EVERY]
)
def test_a_setting_is_declared_whole(settings: type, declared: Declared) -> None:
    setting = declared.setting
    assert setting.label
    assert setting.help
    assert not setting.help.endswith(".")
    setting.check(declared.name, declared.default)
    is_limited = (setting.low, setting.above, setting.high) != (None, None, None)
    assert is_limited == bool(setting.refusal)
    hint = typing.get_type_hints(settings)[declared.name]
    if typing.get_origin(hint) is typing.Literal:
        assert typing.get_args(hint) == tuple(each.key for each in setting.choices)
    else:
        assert setting.choices == ()


@pytest.mark.parametrize(("operation"), OPERATIONS, ids=lambda each: each.name)
def test_no_two_settings_of_an_operation_share_an_option_or_a_saved_name(
    operation: Operation,
) -> None:
    declared = declared_in(operation.settings)
    options = [each.option for each in declared if each.setting.flag]
    saved = [each.saved_as for each in declared if each.setting.panel]
    assert len(set(options)) == len(options)
    assert len(set(saved)) == len(saved)


def test_values_are_told_apart_by_what_they_are_about() -> None:
    settings = ReconstructSettings(seed=3)
    assert values_of(settings, "engine") == {"model": "starter", "device": "auto"}
    assert values_of(settings, "result") == {"size_m": 1.0}
    work = {"category": "auto", "resolution": 128, "target_faces": None, "seed": 3}
    assert values_of(settings, "work") == work
    assert values_of(settings) == {**values_of(settings, "engine", "result"), **work}
    assert values_of(CutOutSettings()) == values_of(settings, "engine")


@dataclass(frozen=True, kw_only=True)
class Wider(CompleteSettings):
    """Settings with a field that is none."""

    job: str


def test_of_what_has_more_fields_the_settings_alone_are_taken() -> None:
    wider = Wider(job="7", keep="fused", noise=0.5)
    assert settings_in(CompleteSettings, wider) == CompleteSettings(keep="fused", noise=0.5)
    assert "job" not in values_of(wider)
    assert values_of(Correction((0.5, 0.0, 0.0, 0.0), grow_px=2)) == {
        "largest_only": False,
        "grow_px": 2,
    }


@dataclass(frozen=True, kw_only=True)
class Odd(Settings):
    """Settings of every form."""

    share: float | None = declare(
        None, Setting("Share", "How much", flag=Flag("how much", name="part"), panel=Panel("old"))
    )
    is_fine: bool = declare(True, Setting("Fine", "Whether it is fine"))


def test_a_field_tells_its_type_its_option_and_its_saved_name() -> None:
    share, is_fine = declared_in(Odd)
    assert (share.kind, share.is_optional, share.default) == (float, True, None)
    assert (share.option, share.saved_as) == ("--part", "old")
    assert (is_fine.kind, is_fine.is_optional, is_fine.default) == (bool, False, True)
    assert (is_fine.option, is_fine.saved_as) == ("--is-fine", "is_fine")
    assert named(CompleteSettings, "keep").kind is str
    assert named(ReconstructSettings, "target_faces").saved_as == "face_limit"
