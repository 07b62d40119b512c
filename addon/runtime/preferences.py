"""What belongs to the machine and not to a scene, as the artist has set it in the preferences."""

from typing import Protocol, cast

import bpy

from ... import __package__ as base_package


class Choices(Protocol):
    """The settings of the extension's page in the preferences."""

    python_path: str
    """An existing Python that is to run the engine; empty for the one that was installed."""

    python_facts: str
    """What the existing Python said that it can do, as a line of JSON."""

    backend: str
    """What PyTorch is installed for, or "auto"."""

    wheel_index: str
    """Where PyTorch's build is to be had; empty for where pip is configured to look."""

    device: str
    """What the engine computes on, or "auto"."""


def own(context: bpy.types.Context) -> Choices | None:
    """The page's settings; None where the add-on was registered by a script."""
    addon: bpy.types.Addon | None = context.preferences.addons.get(base_package)
    return None if addon is None else cast(Choices | None, addon.preferences)


def choices(context: bpy.types.Context) -> tuple[str, str]:
    """The chosen Python, or "", and the device.

    Defaults where the add-on was registered by a script and so has no preferences.
    """
    found = own(context)
    return ("", "auto") if found is None else (found.python_path, found.device)
