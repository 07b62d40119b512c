"""The page in the preferences: what there is of the engine, how to get it, how far that is."""

import contextlib
from pathlib import Path

import bpy

from ... import __package__ as base_package
from ...core.errors import WorkerError
from ...core.install import locks, machine, runtimes
from ...core.install.messages import Runtime, runtime_from_line
from ..classes import registration
from ..runtime import installation, places
from ..runtime.preferences import Choices
from ..words import sentence, shown
from .wrapping import wrapped

DEVICE_NAMES = {"cuda": "GPU", "xpu": "Intel XPU", "mps": "Metal", "cpu": "CPU"}


_known: dict[tuple[str, str, int], tuple[Runtime | None, str]] = {}
"""What was found out last, by what it was found out from: the page is drawn often."""


DEVICES = (
    ("auto", "Automatic", "The fastest device that the worker's Python can use"),
    ("cpu", "CPU", "The processor; works everywhere"),
    ("cuda", "CUDA", "An NVIDIA graphics card, or an AMD one under ROCm"),
    ("mps", "Metal", "The graphics part of an Apple chip"),
    ("xpu", "Intel XPU", "An Intel graphics card"),
)

BACKEND_TIPS = {
    "cpu": "The processor; works everywhere, and is the smallest download",
    "cuda": "An NVIDIA graphics card",
    "rocm": "An AMD graphics card",
    "xpu": "An Intel graphics card",
    "mps": "The graphics part of an Apple chip",
}


def backend_items() -> tuple[tuple[str, str, str], ...]:
    """The drop-down of what PyTorch may be built for on this platform."""
    offered = machine.OFFERED.get(machine.platform_name(), ("cpu",))
    return (
        ("auto", "Automatic", "What the graphics driver of this machine is for"),
        *((each, machine.BACKENDS[each], BACKEND_TIPS[each]) for each in offered),
    )


def _draw_engine(
    context: bpy.types.Context, layout: bpy.types.UILayout, settings: "ISOFORM_AP_preferences"
) -> None:
    """Draws the engine's part of the page."""
    box = layout.box()
    box.label(text="Engine")
    _draw_state(context, box, settings)
    _draw_buttons(context, box)
    if not bpy.app.online_access:
        words = shown(
            "Install needs Allow Online Access in Preferences > System > Network; "
            "Install from Folder and Use Existing Python need no network"
        )
        wrapped(context, box, words, "INTERNET_OFFLINE")
    _draw_choices(context, box, settings)
    row = box.row(align=True)
    row.operator("isoform.open_install_log", icon="TEXT")
    row.operator("isoform.remove_runtime", icon="TRASH")


def chosen_backend(settings: Choices) -> str:
    """The backend of the drop-down, or what was recognised."""
    if settings.backend == "auto":
        return machine.guessed_backend(machine.platform_name())
    return settings.backend


def plan_lines(settings: Choices) -> list[str]:
    """What an installation would take, for the artist to read before it starts.

    Raises:
        InstallError: There is nothing to install for this backend.
    """
    backend = chosen_backend(settings)
    plan = locks.plan(backend, settings.wheel_index, machine.platform_name(), machine.python_tag())
    folder = places.runtimes_folder()
    return [
        shown("PyTorch and its libraries for {backend}", backend=machine.BACKENDS[backend]),
        shown(
            "Download about {download}, on disk about {disk}",
            download=machine.gigabytes(plan.download_bytes),
            disk=machine.gigabytes(plan.disk_bytes),
        ),
        shown("Into {folder}", folder=folder),
    ]


def state(settings: Choices) -> tuple[Runtime | None, str]:
    """What the engine runs in, and what is wrong with it; asks the disk for little.

    Both are empty where the engine runs in a checkout's own Python.
    """
    folder = places.runtimes_folder()
    key = (settings.python_path, settings.python_facts, _stamp(folder))
    if key not in _known:
        _known.clear()
        _known[key] = _found(settings, folder)
    return _known[key]


def _found(settings: Choices, folder: Path | None) -> tuple[Runtime | None, str]:
    try:
        places.worker_python(settings.python_path)
    except WorkerError as error:
        return None, str(error)
    if not settings.python_path:
        current = None if folder is None else runtimes.current(folder)
        return (None if current is None else current[1]), ""
    with contextlib.suppress(WorkerError):  # it was typed in, and never tried
        facts = runtime_from_line(settings.python_facts.encode())
        return (facts if facts.python == settings.python_path else None), ""
    return None, ""


def _stamp(folder: Path | None) -> int:
    """Changes when a runtime comes, goes or loses its interpreter."""
    try:
        places = [] if folder is None else [folder, *folder.iterdir()]
        return hash(tuple((str(each), each.stat().st_mtime_ns) for each in places))
    except OSError:
        return 0


def _draw_state(
    context: bpy.types.Context, layout: bpy.types.UILayout, settings: "ISOFORM_AP_preferences"
) -> None:
    found, problem = state(settings)
    if problem:
        # what to do about it are the buttons below
        wrapped(context, layout, sentence(problem.split("; ")[0]), "ERROR")
        return
    if found is None:
        words = shown("Runs in a Python that was not checked yet")
        wrapped(context, layout, words, "QUESTION")
        return
    column = layout.column(align=True)
    for line, icon in zip(described(found), ("CHECKMARK", "BLANK1", "BLANK1"), strict=True):
        column.label(text=line, icon=icon, translate=False)  # type: ignore[arg-type]


def described(found: Runtime) -> list[str]:
    """What a runtime is and can do, in three lines."""
    memory = "" if found.memory_bytes is None else f", {machine.gigabytes(found.memory_bytes)}"
    device = DEVICE_NAMES.get(found.devices[0], found.devices[0])
    first = shown(
        "Ready: torch {torch}, Python {version}", torch=found.torch, version=found.version
    )
    second = f"{device}: {found.device_name}{memory}"
    third = found.python
    if found.disk_bytes is not None:
        third = shown(
            "{size} in {place}", size=machine.gigabytes(found.disk_bytes), place=found.python
        )
    return [first, second, third]


def _draw_buttons(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    """What starts an installation, or how far it is; and what became of the last."""
    run = installation.shown
    if installation.is_running() and run is not None and not run.sentence:
        progress = run.progress
        text = shown("Starting") if progress is None else shown(progress.stage)
        if progress is not None and progress.eta_s is not None:
            text = shown("{stage}, {eta} left", stage=text, eta=duration(progress.eta_s))
        row = layout.row()
        row.progress(text=text, factor=0.0 if progress is None else progress.fraction)
        row.operator("isoform.cancel_install", text="", icon="X")
        return
    if run is not None and run.sentence and not run.is_plain:
        icon = "ERROR" if run.is_error else "INFO"
        wrapped(context, layout, sentence(run.sentence), icon)
    row = layout.row(align=True)
    row.scale_y = 1.3
    row.operator("isoform.install", icon="IMPORT")
    row.operator("isoform.install_from_folder", icon="FILE_FOLDER")
    row.operator("isoform.use_existing_python", icon="FILE_SCRIPT")


def _draw_choices(
    context: bpy.types.Context, layout: bpy.types.UILayout, settings: "ISOFORM_AP_preferences"
) -> None:
    """What Install installs, and from where; and the existing Python."""
    column = layout.column()
    column.use_property_split = True
    column.prop(settings, "backend")
    backend = chosen_backend(settings)
    name = machine.BACKENDS[backend]
    if settings.backend == "auto":
        line = column.split(factor=0.4)
        line.label(text="")
        line.label(text=shown("Recognised: {backend}", backend=name), translate=False)
    column.prop(settings, "wheel_index")
    if not settings.wheel_index and locks.needs_address(backend, machine.platform_name()):
        words = shown(
            "PyTorch for {backend} lies on an index of its own: choose it on PyTorch's "
            "installation page, and paste the command from there into Wheel Index",
            backend=name,
        )
        wrapped(context, column, words, "INFO")
    column.prop(settings, "python_path")


def duration(seconds: float) -> str:
    """A time for a person, in seconds or minutes."""
    if seconds < 90:
        return shown("{count} s", count=round(seconds))
    return shown("{count} min", count=round(seconds / 60))


class ISOFORM_AP_preferences(bpy.types.AddonPreferences):
    """The extension's page in the preferences."""

    bl_idname = base_package

    python_path: bpy.props.StringProperty(
        name="Python",
        description="An existing Python 3.11 or newer that has torch, to run the engine with. "
        "Empty: the engine that was installed here",
        subtype="FILE_PATH",
    )
    python_facts: bpy.props.StringProperty(
        name="Python's Facts",
        description="What the existing Python said that it can do",
        options={"HIDDEN"},
    )
    backend: bpy.props.EnumProperty(
        name="Backend",
        description="What PyTorch is installed for",
        items=backend_items(),
    )
    wheel_index: bpy.props.StringProperty(
        name="Wheel Index",
        description="Where PyTorch's build is to be had: the address after --index-url on "
        "PyTorch's installation page, or the whole command from there. "
        "Empty: where pip is configured to look",
    )
    device: bpy.props.EnumProperty(
        name="Device", description="What the engine computes on", items=DEVICES
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the page."""
        _draw_engine(context, self.layout, self)
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "device")
        layout.operator("isoform.free_memory")


register, unregister = registration((ISOFORM_AP_preferences,))
