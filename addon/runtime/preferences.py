"""What belongs to the machine and not to a scene: the engine's Python and its device."""

import bpy

from ... import __package__ as base_package
from ...core.install import machine
from ..classes import registration
from ..panels import preferences

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
        preferences.draw(context, self.layout, self)
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "device")
        layout.operator("isoform.free_memory")


def own(context: bpy.types.Context) -> ISOFORM_AP_preferences | None:
    """The page's settings; None where the add-on was registered by a script."""
    addon: bpy.types.Addon | None = context.preferences.addons.get(base_package)
    found = None if addon is None else addon.preferences
    return found if isinstance(found, ISOFORM_AP_preferences) else None


def choices(context: bpy.types.Context) -> tuple[str, str]:
    """The chosen Python, or "", and the device.

    Defaults where the add-on was registered by a script and so has no preferences.
    """
    found = own(context)
    return ("", "auto") if found is None else (found.python_path, found.device)


register, unregister = registration((ISOFORM_AP_preferences,))
