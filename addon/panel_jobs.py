"""What a panel shows of the jobs: the button that starts one, how far it is, how it ended."""

import textwrap

import bpy

from . import properties

PIXELS_PER_LETTER = 7
"""Of Blender's interface font at scale 1, a little generous: lines may be short, never cut."""

HINT_LINES = 4
"""Of a dead worker's log; the last say what went wrong."""


def draw_job(context: bpy.types.Context, layout: bpy.types.UILayout, kind: str, icon: str) -> None:
    """The button that starts a job, or how far it is; and what became of the last of its kind."""
    run = properties.run_of(context.window_manager)
    if run.is_running and run.kind == kind:
        layout.progress(text=run.status, factor=run.fraction)
        layout.operator("isoform.cancel", icon="X")
        return
    row = layout.row()
    row.scale_y = 1.5
    row.operator(f"isoform.{kind}", icon=icon)  # type: ignore[arg-type]
    if run.kind == kind:
        _draw_outcome(context, layout, run)


def wrapped(
    context: bpy.types.Context, layout: bpy.types.UILayout, text: str, icon: str = "NONE"
) -> None:
    """Text in as many lines as it needs in the sidebar, each of its own lines wrapped."""
    width = context.region.width / context.preferences.system.ui_scale
    letters = max(int(width / PIXELS_PER_LETTER) - 6, 12)
    column = layout.column(align=True)
    for line in text.splitlines():
        for part in _lines(line, letters):
            column.label(text=part, icon=icon, translate=False)  # type: ignore[arg-type]
            icon = "NONE" if icon == "NONE" else "BLANK1"


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


def _draw_outcome(
    context: bpy.types.Context, layout: bpy.types.UILayout, run: properties.ISOFORM_PG_run
) -> None:
    """The last job's sentence and where to look further, wrapped."""
    if not run.status:
        return
    column = (layout.box() if run.is_error else layout).column(align=True)
    lines = [run.status, *run.hint.splitlines()[-HINT_LINES:]]
    wrapped(context, column, "\n".join(lines), "ERROR" if run.is_error else "CHECKMARK")
