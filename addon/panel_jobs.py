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
        _draw_outcome(layout, run, context.region.width / context.preferences.system.ui_scale)


def _draw_outcome(layout: bpy.types.UILayout, run: properties.ISOFORM_PG_run, width: float) -> None:
    """The last job's sentence and where to look further, wrapped."""
    if not run.status:
        return
    letters = max(int(width / PIXELS_PER_LETTER) - 6, 12)
    column = (layout.box() if run.is_error else layout).column(align=True)
    first, *rest = textwrap.wrap(run.status, letters)
    column.label(text=first, icon="ERROR" if run.is_error else "CHECKMARK")
    for line in run.hint.splitlines()[-HINT_LINES:]:
        rest += textwrap.wrap(line, letters)
    for line in rest:
        column.label(text=line, icon="BLANK1")
