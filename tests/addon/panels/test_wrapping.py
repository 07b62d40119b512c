"""Text in the sidebar: every word is there, and no line is wider than the panel."""

import pytest

pytestmark = pytest.mark.blender

TEXTS = (
    "the surface is torn in places; a picture from another side may help",
    "椅子（存疑）: 12 个面, 封闭, 把握 25 %, 0.2 秒",
    "集合 'Props' 是库覆盖，不能加入新物体；结果位于 'Scene Collection' 中",
    "无法为任务保存图片 /home/somebody/pictures/a_very_long_name.png（磁盘已满）；请选择其他图片",
    "word",
)


@pytest.mark.parametrize("letters", [12, 13, 28, 60])
@pytest.mark.parametrize("text", TEXTS)
def test_nothing_is_lost_and_no_line_is_wider_than_the_panel(isoform, text, letters):
    lines = isoform.wrapping._lines(text, letters)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(0 < isoform.wrapping.width_of(each) <= letters for each in lines)
    assert all(each == each.strip() for each in lines)


def test_lines_are_as_long_as_they_can_be_and_break_between_words(isoform):
    assert isoform.wrapping._lines("one two three four", 8) == ["one two", "three", "four"]
    assert isoform.wrapping._lines("a" * 20, 8) == ["a" * 8, "a" * 8, "a" * 4]
    assert isoform.wrapping._lines("   ", 8) == []


def test_a_wide_letter_takes_two_and_no_line_begins_with_a_closing_mark(isoform):
    assert isoform.wrapping.width_of("椅子 ok") == 7
    assert isoform.wrapping._lines("椅子，桌子。", 6) == ["椅子，", "桌子。"]
    assert isoform.wrapping._lines("椅子，桌子。", 5) == ["椅", "子，", "桌", "子。"]
    assert isoform.wrapping._lines("椅（子）", 6) == ["椅", "（子）"]
