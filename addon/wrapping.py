"""Text in a panel, which Blender itself does not wrap."""

import textwrap

import bpy

PIXELS_PER_LETTER = 7
"""Of Blender's interface font at scale 1, a little generous: lines may be short, never cut."""


def wrapped(
    context: bpy.types.Context, layout: bpy.types.UILayout, text: str, icon: str = "NONE"
) -> None:
    """Text in as many lines as it needs in the sidebar, each of its own lines wrapped."""
    letters = letters_of(context)
    column = layout.column(align=True)
    for line in text.splitlines():
        for part in _lines(line, letters):
            column.label(text=part, icon=icon, translate=False)  # type: ignore[arg-type]
            icon = "NONE" if icon == "NONE" else "BLANK1"


def letters_of(context: bpy.types.Context) -> int:
    """How many letters fit beside an icon in a line of the sidebar."""
    width = context.region.width / context.preferences.system.ui_scale
    return max(int(width / PIXELS_PER_LETTER) - 6, 12)


def _lines(line: str, letters: int) -> list[str]:
    """The line in pieces; Chinese, whose letters are twice as wide, is cut between any two."""
    if line.isascii() or max(map(len, line.split()), default=0) <= letters // 2:
        return textwrap.wrap(line, letters)
    pieces, width = [""], 0
    for letter in line:
        own = 1 if letter.isascii() else 2
        if width + own > letters:
            pieces.append("")
            width = 0
        pieces[-1] += letter
        width += own
    return pieces
