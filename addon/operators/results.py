"""What is done with a result: exchanged, checked, its faults selected, marked as an asset."""

from typing import Any, cast

import bmesh
import bpy

from ..classes import registration
from ..scene import assets, hypotheses, quality
from ..words import said
from .shapes import Outcome


class ResultOperator(bpy.types.Operator):
    """What operators on the active mesh share; not registered itself."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether the active object is a mesh that can be worked on; says why not."""
        thing = context.active_object
        if thing is None or thing.type != "MESH":
            cls.poll_message_set(said("Select a mesh first"))
        elif context.mode not in ("OBJECT", "EDIT_MESH"):
            cls.poll_message_set(said("This works in Object Mode and in Edit Mode"))
        elif not thing.is_editable:
            cls.poll_message_set(said("The object belongs to another file"))
        else:
            return True
        return False


class ISOFORM_OT_pick_hypothesis(bpy.types.Operator):
    """Show another of the shapes that were found for the same part, and hide this one"""

    bl_idname = "isoform.pick_hypothesis"
    bl_label = "Pick Shape"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads a set

    step: bpy.props.IntProperty(
        name="Step", description="How many shapes to go on; back where negative", default=1
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether the active object is one of several; says what to do where not."""
        if context.mode != "OBJECT":
            cls.poll_message_set(said("Shapes are exchanged in Object Mode: switch to it first"))
        elif hypotheses.rank_of(context.active_object) is None:
            cls.poll_message_set(said("Select one of several completed shapes first"))
        else:
            return True
        return False

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Exchanges the two."""
        shown = hypotheses.show_next(context.view_layer, context.active_object, self.step)
        self.report({"INFO"}, said("Showing {name}", name=shown.name))
        return {"FINISHED"}


class ISOFORM_OT_check_mesh(ResultOperator):
    """Count holes, pieces and triangles of the mesh as it is now"""

    bl_idname = "isoform.check_mesh"
    bl_label = "Check Mesh"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads a set

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Counts, and keeps what was counted at the object."""
        thing = context.active_object
        thing.update_from_editmode()
        found = quality.count(cast(bpy.types.Mesh, thing.data))
        thing[quality.KEY] = found
        verdict = said("closed") if found["closed"] else said("not closed")
        counts = f"{quality.pieces(found)}, {quality.triangles(found)}"
        self.report({"INFO"}, f"{thing.name}: {verdict}, {counts}")
        return {"FINISHED"}


class ISOFORM_OT_select_faults(ResultOperator):
    """Go into Edit Mode and select what is wrong with the mesh"""

    bl_idname = "isoform.select_faults"
    bl_label = "Select Faults"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads a set

    fault: bpy.props.EnumProperty(
        name="Fault", description="What to select", items=quality.FAULTS, options={"SKIP_SAVE"}
    )

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: Any) -> str:
        """What would be selected."""
        return next(tip for name, _, tip in quality.FAULTS if name == properties.fault)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Selects, in a mode that shows it."""
        thing = context.active_object
        if context.mode != "EDIT_MESH":
            bpy.ops.object.mode_set(mode="EDIT")
        is_face = self.fault == "pieces"
        context.tool_settings.mesh_select_mode = (False, not is_face, is_face)
        mesh = cast(bpy.types.Mesh, thing.data)
        work = bmesh.from_edit_mesh(mesh)
        work.select_mode = {"FACE"} if is_face else {"EDGE"}
        number = quality.select(work, self.fault)
        bmesh.update_edit_mesh(mesh, loop_triangles=False, destructive=False)
        label = next(label for name, label, _ in quality.FAULTS if name == self.fault)
        self.report({"INFO"}, f"{said(label)}: {number}")
        return {"FINISHED"}


class ISOFORM_OT_mark_asset(ResultOperator):
    """Put the result into the Asset Browser, with a preview, tags, and how it was made"""

    bl_idname = "isoform.mark_asset"
    bl_label = "Mark as Asset"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads a set

    catalog: bpy.props.StringProperty(
        name="Catalog",
        description="Catalog of the Asset Browser, as in Furniture/Chairs; made where there is "
        "none of that name. Empty: none",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether the active object is a result that can be marked; says why not."""
        if not super().poll(context):
            return False
        if context.active_object.get("isoform_settings") is None:
            cls.poll_message_set(said("Select something that Isoform has made"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Marks the active object."""
        thing = context.active_object
        try:
            assets.mark(thing, self.catalog)
        except OSError as error:
            reason = error.strerror
            self.report({"WARNING"}, said("The catalog cannot be written: {reason}", reason=reason))
        if self.catalog and not bpy.data.filepath:
            self.report({"WARNING"}, said("Save the file first to give its assets a catalog"))
        self.report({"INFO"}, said("{name} is an asset now", name=thing.name))
        return {"FINISHED"}


CLASSES = (
    ISOFORM_OT_pick_hypothesis,
    ISOFORM_OT_check_mesh,
    ISOFORM_OT_select_faults,
    ISOFORM_OT_mark_asset,
)

register, unregister = registration(CLASSES)
