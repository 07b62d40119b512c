"""The manual in the add-on: every button's heading is in it, and reads as plain text."""

import re

import pytest

pytestmark = pytest.mark.blender


def test_every_help_button_finds_its_heading(isoform):
    names = [name for name, _, _ in isoform.help.SECTIONS]
    assert sorted(isoform.help.HEADINGS) == sorted(names)
    for heading in isoform.help.HEADINGS.values():
        assert len(isoform.help.section(heading)) >= 3, heading


def test_a_section_is_plain_text_that_fits_the_popup(isoform):
    for heading in isoform.help.HEADINGS.values():
        lines = isoform.help.section(heading)
        assert lines[0]
        assert not [line for line in lines if re.search(r"[*`]|!?\[.*\]\(", line)]
        prose = [line for line in lines if not line.startswith("    ")]
        assert max(map(len, prose)) <= isoform.help.LETTERS + 3


def test_lists_and_code_keep_their_lines(isoform, monkeypatch):
    words = "## One\n\nText *of* `it`,\nwrapped.\n\n1. First\n   goes on\n2. Second\n\n"
    words += "```\nrun it\n```\n\n![picture](a.png)\n## Two\n"
    monkeypatch.setattr(isoform.help, "_manual", lambda: words)
    lines = ["Text of it, wrapped.", "1. First goes on", "2. Second", "", "    run it"]
    assert isoform.help.section("One") == lines
    with pytest.raises(KeyError, match="Three"):
        isoform.help.section("Three")


def test_the_whole_manual_is_a_text_of_the_file(isoform):
    import bpy

    assert bpy.ops.isoform.manual() == {"FINISHED"}
    assert bpy.ops.isoform.manual() == {"FINISHED"}
    text = bpy.data.texts["Isoform Manual"].as_string()
    assert text.startswith("# Isoform")
    assert len(bpy.data.texts) == 1


def test_a_missing_manual_is_said(isoform, monkeypatch, tmp_path):
    import bpy

    monkeypatch.setattr(isoform.places, "ROOT", tmp_path)
    with pytest.raises(RuntimeError, match="The manual cannot be read"):
        bpy.ops.isoform.manual()
