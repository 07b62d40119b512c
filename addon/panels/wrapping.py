"""Text in a panel, which Blender itself does not wrap."""

import re

import bpy

PIXELS_PER_LETTER = 7
"""Of Blender's interface font at scale 1, a little generous: lines may be short, never cut."""

WIDE = "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6"
"""Ranges of letters that are twice as wide: those of Unicode's East Asian Width W and F."""

OPENING = "\uff08\u300c\u201c"
CLOSING = "\uff0c\u3002\uff1b\uff1a\u3001\uff01\uff1f\uff09\u300d\u201d\u2026"
"""Marks of Chinese that end no line, and that begin none."""

PARTS = re.compile(rf"\s*[{OPENING}]*(?:[{WIDE}]|[^\s{WIDE}]+)[{CLOSING}]*")
"""What stays together: a word or a wide letter, with its marks."""


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


def width_of(text: str) -> int:
    """How many letters' room the text takes; a letter of Chinese takes two."""
    return len(text) + len(re.findall(f"[{WIDE}]", text))


def _lines(line: str, letters: int) -> list[str]:
    """The line in pieces, broken at spaces and beside wide letters; a longer word is cut."""
    pieces = [""]
    for part in PARTS.findall(line):
        word = part if pieces[-1] else part.lstrip()
        if width_of(pieces[-1]) + width_of(word) > letters:
            pieces.append("")
            word = part.lstrip()
        while width_of(word) > letters:  # the path of a file, say
            most = max(n for n in range(1, letters + 1) if width_of(word[:n]) <= letters)
            pieces[-1:] = [word[:most], ""]
            word = word[most:]
        pieces[-1] += word
    return [each for each in pieces if each]
