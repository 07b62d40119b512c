"""Simplified Chinese is complete: every word that an artist may read has one, with its values."""

import re
import string
from pathlib import Path

import pytest

from .words_in_code import of_classes, of_code, of_stages

pytestmark = pytest.mark.blender

ROOT = Path(__file__).parents[2]

SAME_IN_ALL = {"Isoform", "CUDA", "Intel XPU", "ROCm", "GLB", "OBJ", "PLY", "STL"}
"""Names."""


@pytest.fixture
def chinese(isoform):
    return isoform.translations.LOCALES["zh_HANS"]


def everything(isoform):
    code, _ = of_code(ROOT / "addon")
    as_shown = {stage for stage in of_stages(ROOT / "core") if stage[0].isupper()}
    return of_classes(isoform) | code | as_shown


def test_every_stage_of_the_engine_has_a_word(isoform):
    engines = {stage for stage in of_stages(ROOT / "core") if stage[0].islower()}
    assert engines == isoform.rows.STAGES.keys()


def test_every_word_has_a_translation(isoform, chinese):
    missing = everything(isoform) - chinese.keys() - SAME_IN_ALL
    assert sorted(missing) == []


def test_no_translation_is_left_over(isoform, chinese):
    assert sorted(chinese.keys() - everything(isoform)) == []


def test_nothing_is_shown_that_could_not_be_translated():
    _, faults = of_code(ROOT / "addon")
    assert faults == []


def test_a_translation_has_the_values_of_its_template(chinese):
    def fields(text):
        return sorted(
            (name, conversion, form)
            for _, name, form, conversion in string.Formatter().parse(text)
            if name is not None
        )

    templates = {each: text for each, text in chinese.items() if "{" in each}
    assert len(templates) > 20
    assert [each for each, text in templates.items() if fields(each) != fields(text)] == []


def test_a_translation_is_chinese_and_keeps_to_the_form(chinese):
    assert [each for each, text in chinese.items() if not re.search("[\u4e00-\u9fff]", text)] == []
    stops = [each for each, text in chinese.items() if text.endswith("。")]
    assert stops == []
    ends = [each for each, text in chinese.items() if each.endswith("...") != text.endswith("...")]
    assert ends == []


def test_blender_is_told_in_both_contexts(isoform):
    told = isoform.translations.dictionary()["zh_HANS"]
    assert told["Operator", "Reconstruct"] == told["*", "Reconstruct"]
    assert all(context in ("Operator", "*") for context, _ in told)
