"""Words of the add-on's own, in the language that the artist has chosen for Blender.

Blender translates labels and tooltips by itself. What is put together here and now, a sentence
with a number in it, say, is looked up by its template first.
"""

import bpy


def shown(template: str, **values: object) -> str:
    """For panels: the template in the interface's language, filled in."""
    # fake-bpy-module does not know that a text comes back
    text: str = bpy.app.translations.pgettext_iface(template)  # type: ignore[func-returns-value]
    return text.format(**values)


def said(template: str, **values: object) -> str:
    """For reports and for why a button is grey: the same in the language of reports."""
    # fake-bpy-module does not know that a text comes back
    text: str = bpy.app.translations.pgettext_rpt(template)  # type: ignore[func-returns-value]
    return text.format(**values)


def sentence(text: str) -> str:
    """`text`, which may be an engine's, with a capital at its start."""
    return text[:1].upper() + text[1:]
