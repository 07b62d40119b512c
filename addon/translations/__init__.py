"""The add-on in other languages than English, through Blender's own mechanism.

Blender asks its own dictionary first, so its words for common things ("Size") stay its own.
"""

import bpy

from ... import __package__ as base_package
from . import zh_hans

LOCALES = {"zh_HANS": zh_hans.WORDS}
"""By Blender's name of the language: English word or template, and what it is there."""

CONTEXTS = ("*", "Operator")
"""Blender looks labels of operators up in a context of their own."""


def dictionary() -> dict[str, dict[tuple[str, str], str]]:
    """What Blender wants."""
    return {
        locale: {(context, each): text for each, text in words.items() for context in CONTEXTS}
        for locale, words in LOCALES.items()
    }


def register() -> None:
    """Adds the languages."""
    # fake-bpy-module does not know of contexts
    bpy.app.translations.register(base_package, dictionary())  # type: ignore[arg-type]


def unregister() -> None:
    """Removes them."""
    bpy.app.translations.unregister(base_package)
