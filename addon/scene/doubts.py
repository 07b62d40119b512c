"""How sure the engine is of a result and what it warns of: kept at the object, read again later.

`isoform_confidence` and `isoform_warnings`, a sentence a line, are custom properties of the object:
they outlive the job, the session and the add-on.
"""

from collections.abc import Sequence

import bpy

from ...core import doubts
from ..panels.wrapping import wrapped
from ..words import said, sentence, shown
from . import object_out

CONFIDENCE, WARNINGS = "isoform_confidence", "isoform_warnings"


def kept(confidence: float, warnings: Sequence[str]) -> dict[str, object_out.PropertyValue]:
    """The custom properties of a result."""
    return {CONFIDENCE: confidence, WARNINGS: "\n".join(warnings)}


def confidence_of(thing: bpy.types.Object) -> float | None:
    """What is kept at an object, in [0, 1]; None where that is nothing."""
    found = thing.get(CONFIDENCE)
    return float(found) if isinstance(found, float | int) else None


def warnings_of(thing: bpy.types.Object) -> list[str]:
    """The sentences that are kept at an object."""
    return [sentence(each) for each in str(thing.get(WARNINGS, "")).splitlines() if each]


def is_doubtful(thing: bpy.types.Object) -> bool:
    """Whether somebody should look at the result before using it, by what is kept at it."""
    confidence = confidence_of(thing)
    return confidence is not None and doubts.is_doubtful(confidence, warnings_of(thing))


def sure(confidence: float) -> str:
    """A confidence in words."""
    return said("{share:.0f} % sure", share=100 * confidence)


def summary(category: str, is_doubtful: bool, facts: Sequence[str]) -> str:
    """One sentence about a result, for the panel.

    Args:
        category: In words.
        is_doubtful: Whether that is to be said.
        facts: The rest.
    """
    title = said("{category}, doubtful", category=category) if is_doubtful else category
    return f"{title}: {', '.join(facts)}"


def draw(
    context: bpy.types.Context,
    layout: bpy.types.UILayout,
    warnings: Sequence[str],
    notes: Sequence[str] = (),
) -> None:
    """Every sentence whole, with a sign of its own: first the warnings, then the notes."""
    column = layout.column()
    for icon, sentences in (("ERROR", warnings), ("INFO", notes)):
        for each in sentences:
            wrapped(context, column, sentence(each), icon)


def draw_of(
    context: bpy.types.Context, layout: bpy.types.UILayout, thing: bpy.types.Object
) -> None:
    """What is kept at an object, where something is."""
    confidence, warnings = confidence_of(thing), warnings_of(thing)
    if confidence is not None:
        is_shady = is_doubtful(thing)
        words = shown("{share:.0f} % sure", share=100 * confidence)
        text = shown("{words}, doubtful", words=words) if is_shady else words
        layout.label(text=text, icon="QUESTION" if is_shady else "CHECKMARK", translate=False)
    draw(context, layout, warnings)
