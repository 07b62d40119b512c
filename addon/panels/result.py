"""The badge of a result: what was counted, and a button for everything that is wrong."""

import bpy

from ..classes import registration
from ..scene import doubts, quality
from ..words import shown
from . import help
from .main import InTab
from .wrapping import wrapped


class ISOFORM_PT_result(InTab):
    """Closed or not, pieces, triangles, how much was invented."""

    bl_label = "Result"
    bl_order = 3

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether the active object is a result."""
        thing = context.active_object
        return quality.of(thing) is not None or (
            thing is not None and thing.type == "MESH" and thing.get("isoform_settings") is not None
        )

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """Draws the help button."""
        help.draw_button(self.layout, "result")

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the panel."""
        layout, thing = self.layout, context.active_object
        found = quality.of(thing)
        if found is not None:
            box = layout.box()
            _draw_badge(box, found)
            doubts.draw_of(context, box, thing)
            for name, label, _tip in quality.FAULTS:
                number = int(found[name]) - (1 if name == "pieces" else 0)
                if number > 0:
                    text = f"{shown(label)}: {number:,}"
                    row = layout.operator("isoform.select_faults", text=text, translate=False)
                    row.fault = name
            if quality.is_stale(thing, found):
                sentence = shown("The mesh has changed since it was checked")
                wrapped(context, layout, sentence, "INFO")
        layout.operator("isoform.check_mesh", icon="FILE_REFRESH")
        layout.operator("isoform.mark_asset", icon="ASSET_MANAGER")


def _draw_badge(box: bpy.types.UILayout, found: quality.Kept) -> None:
    is_closed = bool(found["closed"])
    column = box.column(align=True)
    verdict = shown("Closed") if is_closed else shown("Not closed")
    column.label(text=verdict, icon="CHECKMARK" if is_closed else "ERROR", translate=False)
    counts = f"{quality.pieces(found)}, {quality.triangles(found)}"
    column.label(text=counts, icon="BLANK1", translate=False)
    if "invented" in found:
        share = 100 * found["invented"]
        text = shown("{share:.0f} % of the vertices are invented", share=share)
        column.label(text=text, icon="BLANK1", translate=False)


register, unregister = registration((ISOFORM_PT_result,))
