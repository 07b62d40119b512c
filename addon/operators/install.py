"""The operators of the engine's runtime: install, from a folder, an existing Python, remove."""

from collections.abc import Callable
from typing import cast

import bpy

from ...core.errors import InstallError, IsoformError
from ...core.files import json_lines
from ...core.install import runtimes
from ...core.install.messages import (
    Event,
    Install,
    InstallBundle,
    Probe,
    Request,
    Runtime,
    Tidied,
    Tidy,
)
from ..classes import registration
from ..jobs import scheduler
from ..panels import preferences as preferences_page
from ..runtime import installation, models, places, preferences
from ..words import said, sentence
from .shapes import Outcome

NO_EXTENSION = "Isoform was not installed as an extension: use an existing Python"


class InstallOperator(bpy.types.Operator):
    """What operators share that have the installer work; not registered itself."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether the installer is free; says why not."""
        if installation.is_running():
            cls.poll_message_set(said("An installation is on its way: wait for it or cancel it"))
        elif preferences.own(context) is None:
            cls.poll_message_set(said(NO_EXTENSION))
        else:
            return True
        return False

    def work(self, request: Request, take: Callable[[Event], str]) -> Outcome:
        """Starts the installer; without a window, also waits for it."""
        manager = bpy.context.window_manager
        try:
            installation.start(request, take)
            if not bpy.app.background:
                installation.follow()
                return {"FINISHED"}
            manager.progress_begin(0.0, 1.0)
            try:
                told = installation.run_to_end(manager.progress_update)
            finally:
                manager.progress_end()
        except IsoformError as error:
            self.report({"ERROR"}, sentence(str(error)))
            return {"CANCELLED"}
        self.report({"INFO"}, sentence(told))
        return {"FINISHED"}


class ISOFORM_OT_install(InstallOperator):
    """Fetch PyTorch and what the engine needs into a folder of its own, after asking"""

    bl_idname = "isoform.install"
    bl_label = "Install"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether a network may be used and the installer is free; says why not."""
        if not super().poll(context):
            return False
        if places.runtimes_folder() is None:
            cls.poll_message_set(said(NO_EXTENSION))
        elif not bpy.app.online_access:
            cls.poll_message_set(
                said(
                    "Blender is offline: allow Online Access in Preferences > System > Network, "
                    "or use Install from Folder, which needs no network"
                )
            )
        else:
            return True
        return False

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> Outcome:
        """Asks first, and says how much comes and where it goes."""
        try:
            preferences_page.plan_lines(preferences.own(context))
        except InstallError as error:
            self.report({"ERROR"}, sentence(str(error)))
            return {"CANCELLED"}
        return context.window_manager.invoke_props_dialog(self, width=520, confirm_text="Install")

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the question."""
        for line in preferences_page.plan_lines(preferences.own(context)):
            self.layout.label(text=line, translate=False)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Starts it."""
        own = preferences.own(context)
        backend = preferences_page.chosen_backend(own)
        folder = str(places.runtimes_folder())
        return self.work(Install(folder, backend, own.wheel_index), use_installed)


class ISOFORM_OT_install_from_folder(InstallOperator):
    """Install the engine from a bundle: a folder made elsewhere with python build.py bundle"""

    bl_idname = "isoform.install_from_folder"
    bl_label = "Install from Folder..."

    directory: bpy.props.StringProperty(
        name="Folder", description="The bundle's folder", subtype="DIR_PATH", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether the installer is free; says why not."""
        if super().poll(context) and places.runtimes_folder() is None:
            cls.poll_message_set(said(NO_EXTENSION))
            return False
        return super().poll(context)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> Outcome:
        """Asks for the folder."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, _context: bpy.types.Context) -> Outcome:
        """Starts it; no network is touched."""
        bundle = bpy.path.abspath(self.directory)
        folders = (places.runtimes_folder(), bundle, models.own_folder())
        return self.work(InstallBundle(*map(str, folders)), use_installed)


class ISOFORM_OT_use_existing_python(InstallOperator):
    """Run the engine with a Python 3.11 or newer that has torch; it is tried out first"""

    bl_idname = "isoform.use_existing_python"
    bl_label = "Use Existing Python..."

    filepath: bpy.props.StringProperty(
        name="Python",
        description="The interpreter's file, or the folder of its environment",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> Outcome:
        """Asks for the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, _context: bpy.types.Context) -> Outcome:
        """Starts the trial; the choice changes when it was passed."""
        return self.work(Probe(bpy.path.abspath(self.filepath)), use_existing)


class ISOFORM_OT_cancel_install(bpy.types.Operator):
    """Stop the installation; what was there before stays"""

    bl_idname = "isoform.cancel_install"
    bl_label = "Cancel Installation"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Whether there is something to stop."""
        if not installation.is_running():
            cls.poll_message_set(said("No installation is running"))
            return False
        return True

    def execute(self, _context: bpy.types.Context) -> Outcome:
        """Asks; the timer sees it done."""
        installation.cancel()
        return {"FINISHED"}


class ISOFORM_OT_open_install_log(bpy.types.Operator):
    """Show everything that the last installation has said"""

    bl_idname = "isoform.open_install_log"
    bl_label = "Open Log"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Whether there is a log; says so where not."""
        if installation.log_path() is None:
            cls.poll_message_set(said("Nothing was installed yet"))
            return False
        return True

    def execute(self, _context: bpy.types.Context) -> Outcome:
        """Opens it as the operating system opens texts."""
        return bpy.ops.wm.path_open(filepath=str(installation.log_path()))


class ISOFORM_OT_remove_runtime(InstallOperator):
    """Delete the installed engine and free its disk space; an existing Python is left alone"""

    bl_idname = "isoform.remove_runtime"
    bl_label = "Remove Engine"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether there is something to remove; says so where not."""
        if not super().poll(context):
            return False
        folder = places.runtimes_folder()
        if folder is None or not (runtimes.current(folder) or runtimes.rubbish(folder)):
            cls.poll_message_set(said("No engine is installed here"))
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Outcome:
        """Asks first."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, _context: bpy.types.Context) -> Outcome:
        """Has it removed."""
        end_idle_worker()
        request = Tidy(str(places.runtimes_folder()), everything=True)
        return self.work(request, tell_removed)


def use_installed(answer: Event) -> str:
    """Switches to the runtime that was installed; the next job starts in it."""
    end_idle_worker()
    own = preferences.own(bpy.context)
    own.python_path = own.python_facts = ""
    models.refresh()
    return said("the engine is ready: torch {torch}", torch=cast(Runtime, answer).torch)


def use_existing(answer: Event) -> str:
    """Switches to the Python that was tried; the next job starts in it."""
    own, found = preferences.own(bpy.context), cast(Runtime, answer)
    own.python_path = found.python
    own.python_facts = json_lines.line_of(found).decode()
    values = {"python": found.python, "torch": found.torch}
    return said("the engine runs in {python}: torch {torch}", **values)


def end_idle_worker() -> None:
    """Ends the worker where it has nothing to do: it would keep its runtime from being removed."""
    if scheduler.supervisor.task is None:
        scheduler.supervisor.stop()


def tell_removed(answer: Event) -> str:
    """Says what is left."""
    if cast(Tidied, answer).remaining:
        return said("a part is still in use, and is removed when Blender starts again")
    return said("the installed engine was removed")


CLASSES = (
    ISOFORM_OT_install,
    ISOFORM_OT_install_from_folder,
    ISOFORM_OT_use_existing_python,
    ISOFORM_OT_cancel_install,
    ISOFORM_OT_open_install_log,
    ISOFORM_OT_remove_runtime,
)

register, unregister = registration(CLASSES)
