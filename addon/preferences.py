"""What belongs to the machine and not to a scene: the worker's Python and device."""

import bpy

from .. import __package__ as base_package

DEVICES = (
    ("auto", "Automatic", "The fastest device that the worker's Python can use"),
    ("cpu", "CPU", "The processor; works everywhere"),
    ("cuda", "CUDA", "An NVIDIA graphics card, or an AMD one under ROCm"),
    ("mps", "Metal", "The graphics part of an Apple chip"),
    ("xpu", "Intel XPU", "An Intel graphics card"),
)


class ISOFORM_AP_preferences(bpy.types.AddonPreferences):
    """The extension's page in the preferences."""

    bl_idname = base_package

    python_path: bpy.props.StringProperty(
        name="Python",
        description="An existing Python 3.11 or newer that has torch, to run the engine with. "
        "Empty: the one that Isoform finds by itself",
        subtype="FILE_PATH",
    )
    device: bpy.props.EnumProperty(
        name="Device", description="What the engine computes on", items=DEVICES
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the page."""
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "python_path")
        layout.prop(self, "device")
        layout.operator("isoform.free_memory")


def choices(context: bpy.types.Context) -> tuple[str, str]:
    """The chosen Python, or "", and the device.

    Defaults where the add-on was registered by a script and so has no preferences.
    """
    addon: bpy.types.Addon | None = context.preferences.addons.get(base_package)
    own = None if addon is None else addon.preferences
    if not isinstance(own, ISOFORM_AP_preferences):
        return "", "auto"
    return own.python_path, own.device


def register() -> None:
    """Adds the page."""
    bpy.utils.register_class(ISOFORM_AP_preferences)


def unregister() -> None:
    """Removes the page."""
    bpy.utils.unregister_class(ISOFORM_AP_preferences)
