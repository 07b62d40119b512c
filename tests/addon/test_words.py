"""Words in the artist's language, with values in them."""

from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.blender


@pytest.fixture
def languages(isoform, monkeypatch):
    """An interface in Simplified Chinese, of which Blender's module has none, and odd reports."""
    chinese = isoform.translations.LOCALES["zh_HANS"]

    def odd(text):
        return f"<{text}>"

    translations = SimpleNamespace(
        pgettext_iface=lambda text: chinese.get(text, text), pgettext_rpt=odd
    )
    blender = SimpleNamespace(app=SimpleNamespace(translations=translations))
    monkeypatch.setattr(isoform.words, "bpy", blender)
    return chinese


def test_in_english_a_template_is_filled_in(isoform):
    assert isoform.words.shown("{count} more in Jobs", count=3) == "3 more in Jobs"
    assert isoform.words.said("{share:.0f} % sure", share=24.6) == "25 % sure"
    assert isoform.words.said("Cancelled") == "Cancelled"


def test_the_template_is_translated_and_not_what_it_was_filled_with(isoform, languages):
    template = "{count} more in Jobs"
    told = isoform.words.shown(template, count=3)
    assert told == languages[template].format(count=3)
    assert told != "3 more in Jobs"


def test_panels_and_reports_may_have_two_languages(isoform, languages):
    assert isoform.words.said("{count} more in Jobs", count=3) == "<3 more in Jobs>"


def test_words_that_no_language_has_stay_as_they_are(isoform, languages):
    assert isoform.words.shown("xyzzy {count}", count=3) == "xyzzy 3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("a", "A"),
        ("the PNG is blank", "The PNG is blank"),
        ("\u6905 \u00e9", "\u6905 \u00e9"),
    ],
)
def test_a_sentence_begins_with_a_capital_and_the_rest_stays(isoform, text, expected):
    assert isoform.words.sentence(text) == expected
