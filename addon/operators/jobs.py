"""The operators of the jobs: cancel, retry, fix, insert, move, remove, report, free memory."""

import bpy

from ... import __package__ as base_package
from ...core.errors import IsoformError
from .. import properties
from ..classes import registration
from ..jobs import remedies, report, scheduler
from ..jobs.job import Job
from ..runtime import places
from ..scene import object_out
from ..words import said, sentence
from .shapes import Outcome

ENDED = ("done", "failed", "cancelled", "kept")


class ChosenJobOperator(bpy.types.Operator):
    """What operators of one job share; not registered itself."""

    number: bpy.props.IntProperty(
        name="Job", description="Number of the job; 0 takes the active one", options={"SKIP_SAVE"}
    )

    def job(self, context: bpy.types.Context) -> Job | None:
        """The job that is meant; None where it has gone meanwhile."""
        return scheduler.queue.find(self.number) if self.number else active_job(context)


def active_job(context: bpy.types.Context) -> Job | None:
    """The job that is active in the list."""
    run = properties.run_of(context.window_manager)
    if not 0 <= run.active_job < len(run.jobs):
        return None
    return scheduler.queue.find(run.jobs[run.active_job].number)


class ISOFORM_OT_cancel(ChosenJobOperator):
    """Stop the job; the scene stays as it is"""

    bl_idname = "isoform.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Whether there is something to stop."""
        if not scheduler.queue.is_active:
            cls.poll_message_set(said("No job is running"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Asks; the timer sees it done."""
        job = self.job(context)
        if job is None or not job.is_under_way:
            job = scheduler.queue.running
        if job is None:
            return {"CANCELLED"}
        scheduler.queue.cancel(job)
        scheduler.show()
        return {"FINISHED"}


class ISOFORM_OT_retry_job(ChosenJobOperator):
    """Do the job again with the same input and settings, after those that wait"""

    bl_idname = "isoform.retry_job"
    bl_label = "Retry"

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Has it wait again."""
        job = self.job(context)
        if job is None or job.state not in ("failed", "cancelled"):
            self.report({"WARNING"}, said("Only a failed or cancelled job can be tried again"))
            return {"CANCELLED"}
        scheduler.queue.retry(job)
        scheduler.follow()
        return {"FINISHED"}


class ISOFORM_OT_fix_job(ChosenJobOperator):
    """Do what the sentence says, and the job again"""

    bl_idname = "isoform.fix_job"
    bl_label = "Fix"

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Asks for what is more likely to go well, or opens the page where that can be chosen."""
        job = self.job(context)
        if job is None or not remedies.label(job):
            self.report({"WARNING"}, said("There is no failed job that a button can fix"))
            return {"CANCELLED"}
        if (page := remedies.page(job)) is not None:
            _open_preferences(context, page)
            return {"FINISHED"}
        scheduler.queue.retry(job, remedies.instead(job))
        scheduler.follow()
        return {"FINISHED"}


class ISOFORM_OT_insert_here(ChosenJobOperator):
    """Insert the finished result into the scene that is open"""

    bl_idname = "isoform.insert_here"
    bl_label = "Insert Here"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads a set

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether it can be placed now; says what to do where not."""
        if context.mode != "OBJECT":
            cls.poll_message_set(said("Results are placed in Object Mode: switch to it first"))
        elif problem := object_out.problem(context.scene):
            cls.poll_message_set(sentence(problem))
        else:
            return True
        return False

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Inserts it."""
        job = self.job(context)
        if job is None or job.state != "kept":
            self.report({"WARNING"}, said("There is no result that waits to be inserted"))
            return {"CANCELLED"}
        try:
            placed = scheduler.place_here(job)
        except IsoformError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        for remark in placed.remarks:
            self.report({"WARNING"}, remark)
        self.report({"INFO"}, placed.summary)
        return {"FINISHED"}


class ISOFORM_OT_move_job(ChosenJobOperator):
    """Move the waiting job up or down"""

    bl_idname = "isoform.move_job"
    bl_label = "Move Job"

    step: bpy.props.IntProperty(
        name="Step", description="Places to move by; up where negative", default=-1
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether the active job waits; says why not."""
        job = active_job(context)
        if job is None or job.state != "waiting":
            cls.poll_message_set(said("Only a job that waits can be moved"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Moves it."""
        job = self.job(context)
        if job is None or job.state != "waiting":
            return {"CANCELLED"}
        scheduler.queue.move(job, self.step)
        scheduler.show()
        return {"FINISHED"}


class ISOFORM_OT_remove_job(ChosenJobOperator):
    """Take the job off the list; one that is under way is cancelled, and a kept result is lost"""

    bl_idname = "isoform.remove_job"
    bl_label = "Remove Job"

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Cancels it first where it has not ended; a running one stays until it has."""
        job = self.job(context)
        if job is None:
            return {"CANCELLED"}
        if job.is_under_way:
            scheduler.queue.cancel(job)
        if job.state in ENDED:
            scheduler.queue.remove(job)
        scheduler.show()
        return {"FINISHED"}


class ISOFORM_OT_clear_jobs(bpy.types.Operator):
    """Take all jobs that have ended off the list; results that were kept stay in it"""

    bl_idname = "isoform.clear_jobs"
    bl_label = "Clear Ended"

    def execute(self, _context: bpy.types.Context) -> Outcome:
        """Forgets them and their files."""
        for job in scheduler.queue.of("done", "failed", "cancelled"):
            scheduler.queue.remove(job)
        scheduler.show()
        return {"FINISHED"}


class ISOFORM_OT_copy_report(ChosenJobOperator):
    """Copy what an issue about this job should say: versions, settings, times, the log's end"""

    bl_idname = "isoform.copy_report"
    bl_label = "Copy Report"

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Puts the text into the clipboard."""
        job = self.job(context)
        if job is None:
            return {"CANCELLED"}
        text = report.report(job, bpy.app.version_string, places.version())
        context.window_manager.clipboard = text
        self.report({"INFO"}, said("The report is in the clipboard"))
        return {"FINISHED"}


class ISOFORM_OT_free_memory(bpy.types.Operator):
    """Give back the memory that the engine occupies; with a job running, once it has ended"""

    bl_idname = "isoform.free_memory"
    bl_label = "Free Memory"

    def execute(self, _context: bpy.types.Context) -> Outcome:
        """Ends the worker where it is idle, or asks it."""
        scheduler.supervisor.unload()
        return {"FINISHED"}


def _open_preferences(context: bpy.types.Context, page: remedies.Page) -> None:
    if page == "isoform":
        bpy.ops.preferences.addon_show(module=base_package)
    else:
        context.preferences.active_section = "FILE_PATHS"
        bpy.ops.screen.userpref_show()


CLASSES = (
    ISOFORM_OT_cancel,
    ISOFORM_OT_retry_job,
    ISOFORM_OT_fix_job,
    ISOFORM_OT_insert_here,
    ISOFORM_OT_move_job,
    ISOFORM_OT_remove_job,
    ISOFORM_OT_clear_jobs,
    ISOFORM_OT_copy_report,
    ISOFORM_OT_free_memory,
)

register, unregister = registration(CLASSES)
