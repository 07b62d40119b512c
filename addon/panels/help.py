"""The manual in the add-on: a section of it in a popup, the whole of it as a text.

`addon/README.md` ships with the extension, so this needs no network and no browser.
"""

import re
import textwrap
from typing import Any, cast

import bpy

from ..classes import registration
from ..operators.shapes import Outcome
from ..runtime import places
from ..words import said, shown

SECTIONS = (
    ("reconstruct", "Reconstruct", "How a picture becomes a mesh"),
    ("complete", "Complete", "How a partial mesh becomes whole"),
    ("cut_out", "Cut-Out", "How a picture's cut-out is shown and corrected"),
    ("jobs", "Jobs", "What becomes of a job, and what you can do about it"),
    ("models", "Models", "Which models there are, and how you train your own"),
    ("result", "Result", "What the badge of a result says, and what you can do about it"),
    ("batch", "Batch", "How many inputs are done at once, here and on a farm"),
    ("limits", "Limits", "What Isoform cannot do"),
)
"""What a help button may ask for."""

HEADINGS = {
    "reconstruct": "Reconstruct a picture",
    "complete": "Complete a partial mesh",
    "cut_out": "Correct a cut-out",
    "jobs": "Several jobs, and one that fails",
    "models": "Models, and your own",
    "result": "Check a result, and keep it",
    "batch": "Pipelines",
    "limits": "What it cannot do",
}
"""Of the manual, by section."""

LETTERS = 84
"""In a line of the popup."""

LINES = 34
"""In the popup; the whole text has the rest."""

TEXT_NAME = "Isoform Manual"


def section(heading: str) -> list[str]:
    """The lines of the manual below a heading of the second level, without Markdown's marks.

    Raises:
        OSError: The manual is not there.
        KeyError: It has no such heading.
    """
    text = _manual()
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    lines: list[str] = []
    for block in re.split(r"\n\s*\n|\n(?=- |\d\. )", found[heading].strip()):
        lines += _plain(block)
    return lines[1:] if lines[:1] == [""] else lines


def _manual() -> str:
    return (places.ROOT / "addon" / "README.md").read_text(encoding="utf-8")


def _plain(block: str) -> list[str]:
    """A paragraph, a list's entry, code or a table as lines; pictures are left out."""
    if block.startswith(("![", "|")):
        return []
    if block.startswith("```"):
        return ["", *(f"    {line}" for line in block.splitlines()[1:-1])]
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", block)
    words = " ".join(re.sub(r"[*`]+", "", words).split())
    is_entry = re.match(r"(- |\d\. )", words)
    wrapped = textwrap.wrap(words, LETTERS, subsequent_indent="   " if is_entry else "")
    return wrapped if is_entry else ["", *wrapped]


class ISOFORM_OT_help(bpy.types.Operator):
    """Read the section of the manual"""

    bl_idname = "isoform.help"
    bl_label = "Help"

    section: bpy.props.EnumProperty(
        name="Section", description="What to read", items=SECTIONS, options={"SKIP_SAVE"}
    )

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: Any) -> str:
        """What would be read."""
        return next(tip for name, _, tip in SECTIONS if name == properties.section)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> Outcome:
        """Opens a popup with the section."""
        try:
            ISOFORM_OT_help.lines = section(HEADINGS[self.section])
        except (OSError, KeyError) as error:
            self.report({"ERROR"}, said("The manual cannot be read: {reason}", reason=error))
            return {"CANCELLED"}
        return context.window_manager.invoke_popup(self, width=560)

    def draw(self, _context: bpy.types.Context) -> None:
        """Draws the popup."""
        layout = self.layout
        layout.label(text=HEADINGS[self.section], icon="HELP", translate=False)
        column = layout.column(align=True)
        column.scale_y = 0.8
        for line in self.lines[:LINES]:
            column.label(text=line, translate=False)
        if len(self.lines) > LINES:
            column.label(text=shown("More is in the whole manual"))
        layout.operator("isoform.manual", icon="TEXT")

    def execute(self, _context: bpy.types.Context) -> Outcome:
        """Nothing: reading is all."""
        return {"FINISHED"}

    lines: list[str] = []  # noqa: RUF012 - of the popup that is open, of which there is one


class ISOFORM_OT_manual(bpy.types.Operator):
    """Open the whole manual in a Text Editor"""

    bl_idname = "isoform.manual"
    bl_label = "Open Whole Manual"

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Makes the text, and shows it in a window of its own where there is no editor for it."""
        try:
            words = _manual()
        except OSError as error:
            self.report({"ERROR"}, said("The manual cannot be read: {reason}", reason=error))
            return {"CANCELLED"}
        text = bpy.data.texts.get(TEXT_NAME) or bpy.data.texts.new(TEXT_NAME)
        text.from_string(words)
        if bpy.app.background:
            return {"FINISHED"}
        areas = [each for each in context.screen.areas if each.type == "TEXT_EDITOR"]
        if not areas:
            bpy.ops.wm.window_new()
            areas = [context.window_manager.windows[-1].screen.areas[0]]
            areas[0].type = "TEXT_EDITOR"
        space = cast(bpy.types.SpaceTextEditor, areas[0].spaces.active)
        space.text, space.show_word_wrap = text, True
        return {"FINISHED"}


def draw_button(layout: bpy.types.UILayout, name: str) -> None:
    """The help button of a section, for a panel's header."""
    layout.operator("isoform.help", text="", icon="QUESTION", emboss=False).section = name


CLASSES = (ISOFORM_OT_help, ISOFORM_OT_manual)

register, unregister = registration(CLASSES)
