"""Classes of Blender, registered and unregistered by its own factory, with types that are true."""

from collections.abc import Callable

import bpy


def registration(classes: tuple[type, ...]) -> tuple[Callable[[], None], Callable[[], None]]:
    """What registers the classes in their order, and what unregisters them in reverse."""
    # fake-bpy-module does not know that two functions come back
    return bpy.utils.register_classes_factory(classes)  # type: ignore
