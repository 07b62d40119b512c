"""Settings on the command line: options from the declarations, and settings from the options."""

import argparse
from dataclasses import dataclass

import pytest

from core.cli.setting_options import add_settings, settings_given
from core.errors import InputError
from core.operations.settings import CompleteSettings, ReconstructSettings
from core.operations.settings.setting import Flag, Setting, Settings, declare, declared_in


def given(settings: type[Settings], words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_settings(parser, declared_in(settings))
    return parser.parse_args(words.split())


def test_what_is_left_out_is_none_and_becomes_the_declared_default() -> None:
    empty = given(CompleteSettings, "")
    assert set(vars(empty).values()) == {None}
    assert settings_given(CompleteSettings, empty) == CompleteSettings()


def test_every_option_becomes_its_setting() -> None:
    words = "--model mine --device cpu --category sofa --resolution 64 --seed 5"
    shared = {"model": "mine", "device": "cpu", "category": "sofa", "resolution": 64, "seed": 5}
    asked = given(ReconstructSettings, f"{words} --size 2 --faces 500")
    made = ReconstructSettings(**shared, size_m=2.0, target_faces=500)
    assert settings_given(ReconstructSettings, asked) == made
    own = "--pose upright --keep none --hypotheses 3 --empty visible --noise 0.25 --anyway"
    chosen = {"pose": "upright", "keep": "none", "hypotheses": 3, "empty": "visible"}
    made = CompleteSettings(**shared, **chosen, noise=0.25, anyway=True)
    assert settings_given(CompleteSettings, given(CompleteSettings, f"{words} {own}")) == made


def test_a_word_stands_for_none_and_other_words_are_refused() -> None:
    asked = given(CompleteSettings, "--noise auto")
    assert settings_given(CompleteSettings, asked).noise is None
    with pytest.raises(InputError, match="--noise must be 'auto' or a length; found 'much'"):
        settings_given(CompleteSettings, given(CompleteSettings, "--noise much"))


@dataclass(frozen=True, kw_only=True)
class Counted(Settings):
    """A setting that counts nothing, and one that the command line does not have."""

    count: int | None = declare(
        None, Setting("Count", "How many", flag=Flag("how many ({default})", none="all"))
    )
    secret: int = declare(1, Setting("Secret", "What no option sets"))


def test_what_has_no_flag_is_no_option() -> None:
    assert vars(given(Counted, "")).keys() == {"count"}
    assert settings_given(Counted, given(Counted, "--count 2")) == Counted(count=2)
    with pytest.raises(InputError, match="--count must be 'all' or a number; found 'x'"):
        settings_given(Counted, given(Counted, "--count x"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--size 0", "^--size must be a positive number of metres; found 0$"),
        ("--resolution 4", "^the resolution must lie between 8 and 1024; found 4; "),
    ],
)
def test_a_refusal_is_the_settings_or_the_options_own(words: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        settings_given(ReconstructSettings, given(ReconstructSettings, words))


def test_help_tells_defaults_placeholders_and_choices() -> None:
    parser = argparse.ArgumentParser(prog="isoform")
    add_settings(parser, declared_in(CompleteSettings))
    words = " ".join(parser.format_help().split())
    assert "--resolution N samples per axis (128)" in words
    assert "--noise auto|LENGTH how far points are off (auto)" in words
    assert "--keep {auto,exact,fused,none} exact: every given" in words
    assert "--anyway complete even a mesh" in words
