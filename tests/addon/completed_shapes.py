"""Several shapes that complete one part."""


def names_of_three(bowl):
    """Completes a bowl three times; the names of the shapes, best first."""
    import bpy

    bowl()
    bpy.ops.isoform.complete(hypotheses=3)
    things = [each for each in bpy.data.objects if "isoform_group" in each]
    return [each.name for each in sorted(things, key=lambda each: each["isoform_rank"])]


def shown():
    """Names of the objects that are seen and rendered."""
    import bpy

    return [each.name for each in bpy.data.objects if each.visible_get() and not each.hide_render]
