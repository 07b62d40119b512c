"""What the panels show of the jobs: the button that starts one, its progress, the whole list."""

from typing import Any

import bpy

from .. import properties
from ..classes import registration
from ..jobs import remedies, scheduler
from ..jobs.job import Job
from ..jobs.rows import status_of
from ..operators.jobs import active_job
from ..scene import doubts
from ..words import shown
from . import help
from .wrapping import wrapped

HINT_LINES = 4
"""Of a dead worker's log; the last say what went wrong."""

ICONS = {
    "waiting": "TIME",
    "running": "PLAY",
    "ready": "IMPORT",
    "kept": "FILE_TICK",
    "done": "CHECKMARK",
    "doubtful": "QUESTION",
    "unchanged": "INFO",
    "failed": "ERROR",
    "cancelled": "CANCEL",
}

LOST = "Isoform was updated before these jobs were done; start them again: {names}"

NAME_SHARE, NAME_SHARE_OVER = 0.5, 0.55
"""Of a row's width, while a job is under way and after; the rest is its state."""


class ISOFORM_UL_jobs(bpy.types.UIList):
    """One job a line: what it is, how far it is, and the button that it most likely needs."""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any,
        item: Any,
        icon: int | None,
        active_data: Any,
        active_property: str | None,
        index: int | None = 0,
        flt_flag: int | None = 0,
    ) -> None:
        """Draws a line."""
        row = layout.row(align=True)
        is_under_way = item.look in ("waiting", "running")
        split = row.split(factor=NAME_SHARE if is_under_way else NAME_SHARE_OVER)
        split.label(text=item.name, icon=ICONS[item.look], translate=False)  # type: ignore[arg-type]
        if item.look == "running":
            split.progress(text=item.status, factor=item.fraction)
        else:
            split.label(text=item.status, translate=False)
        operator, sign = {
            "failed": ("isoform.retry_job", "FILE_REFRESH"),
            "cancelled": ("isoform.retry_job", "FILE_REFRESH"),
            "kept": ("isoform.insert_here", "IMPORT"),
            "done": ("isoform.remove_job", "X"),
            "doubtful": ("isoform.remove_job", "X"),
            "unchanged": ("isoform.remove_job", "X"),
        }.get(item.look, ("isoform.cancel", "X"))
        button = row.operator(operator, text="", icon=sign, emboss=False)  # type: ignore[arg-type]
        button.number = item.number


class ISOFORM_PT_jobs(bpy.types.Panel):
    """All jobs in their order, and what can be done about the active one."""

    bl_label = "Jobs"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Isoform"
    bl_order = 2

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether there are any, or some were lost."""
        return len(properties.run_of(context.window_manager).jobs) > 0 or bool(scheduler.lost)

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """Draws the help button."""
        help.draw_button(self.layout, "jobs")

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the panel."""
        run, layout = properties.run_of(context.window_manager), self.layout
        if scheduler.lost:
            names = ", ".join(scheduler.lost)
            wrapped(context, layout, shown(LOST, names=names), "ERROR")
        row = layout.row()
        row.template_list("ISOFORM_UL_jobs", "", run, "jobs", run, "active_job", rows=4)
        column = row.column(align=True)
        column.operator("isoform.move_job", text="", icon="TRIA_UP").step = -1
        column.operator("isoform.move_job", text="", icon="TRIA_DOWN").step = 1
        column.separator()
        column.operator("isoform.remove_job", text="", icon="REMOVE")
        column.operator("isoform.clear_jobs", text="", icon="TRASH")
        if (job := active_job(context)) is not None and not job.is_under_way:
            is_above = job is scheduler.job_to_show(job.request.kind)
            _draw_ended(context, layout, job, with_remarks=not is_above)
        if scheduler.supervisor.has_worker:
            layout.operator("isoform.free_memory", icon="MEMORY")


def draw_job(context: bpy.types.Context, layout: bpy.types.UILayout, kind: str, icon: str) -> None:
    """The button that starts a job, how far it is, and what became of the last of its kind."""
    row = layout.row()
    row.scale_y = 1.5
    row.operator(f"isoform.{kind}", icon=icon)  # type: ignore[arg-type]
    if (job := scheduler.job_to_show(kind)) is None:
        return
    if not job.is_under_way:
        _draw_ended(context, layout, job)
        return
    row = layout.row(align=True)
    row.progress(text=status_of(job), factor=job.fraction)
    row.operator("isoform.cancel", text="", icon="X").number = job.number
    waiting = [each for each in scheduler.queue.of("waiting") if each is not job]
    if waiting:
        layout.label(text=shown("{count} more in Jobs", count=len(waiting)), icon="TIME")


def _draw_ended(
    context: bpy.types.Context, layout: bpy.types.UILayout, job: Job, *, with_remarks: bool = True
) -> None:
    """The job's sentence, what is to be said of its result, and the buttons that help."""
    is_error = job.state == "failed"
    column = layout.box() if is_error else layout.column()
    lines = [status_of(job), *(job.failure.hint.splitlines()[-HINT_LINES:] if is_error else ())]
    wrapped(context, column, "\n".join(lines), ICONS[job.look])
    if job.placed is not None and with_remarks:
        # where nothing was made, the sentences tell why, and warn of nothing
        warnings = () if job.look == "unchanged" else job.placed.warnings
        doubts.draw(context, column, warnings, job.placed.remarks[len(warnings) :])
    if job.state == "kept":
        column.operator("isoform.insert_here", icon="IMPORT").number = job.number
    if not is_error:
        return
    if fix := remedies.label(job):
        column.operator("isoform.fix_job", text=fix, icon="CHECKMARK").number = job.number
    row = column.row(align=True)
    row.operator("isoform.retry_job", icon="FILE_REFRESH").number = job.number
    row.operator("isoform.copy_report", icon="COPYDOWN").number = job.number


CLASSES = (ISOFORM_UL_jobs, ISOFORM_PT_jobs)

register, unregister = registration(CLASSES)
