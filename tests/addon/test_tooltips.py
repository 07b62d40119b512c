"""Everything an artist can point at has a label in Title Case and a tooltip without a full stop."""

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.blender

SMALL = {
    *("a", "an", "and", "as", "at", "by", "for", "from", "in", "is", "it", "of", "on", "or"),
    *("the", "to", "with", "than", "what"),
}
"""Words that Blender's own labels leave small, other than at the start."""

KINDS = ("Operator", "Panel", "Menu", "UIList", "PropertyGroup", "AddonPreferences", "FileHandler")

BLENDERS_OWN = {"rna_type", "name", "bl_idname", "is_property_readonly"}


def classes():
    """Everything that the add-on has registered."""
    import bpy

    found = [each for kind in KINDS for each in _subclasses(getattr(bpy.types, kind))]
    return [each for each in found if each.__module__.startswith("isoform.") and each.is_registered]


def own_properties(kind):
    """The properties that the class declares, with Blender's sight of them."""
    names = {name for each in kind.__mro__ for name in getattr(each, "__annotations__", {})}
    everything = kind.bl_rna.properties
    if issubclass(kind, _type("Operator")):
        everything = _operator(kind).properties
    return [each for each in everything if each.identifier in names - BLENDERS_OWN]


def _operator(kind):
    import bpy

    group, name = kind.bl_idname.split(".")
    return getattr(getattr(bpy.ops, group), name).get_rna_type()


def _type(name):
    import bpy

    return getattr(bpy.types, name)


def _subclasses(kind):
    return [each for own in kind.__subclasses__() for each in (own, *_subclasses(own))]


def is_title_case(label):
    words = re.findall(r"[A-Za-z][\w'.]*", label)
    return all(
        word[0].isupper() or (place > 0 and word in SMALL) for place, word in enumerate(words)
    )


def test_labels_are_in_title_case(isoform):
    labels = set()
    for kind in classes():
        labels.add(getattr(kind, "bl_label", "") or "")
        for each in own_properties(kind):
            labels.add("" if each.name == each.identifier else each.name)
            if each.type == "ENUM":
                labels |= {item.name for item in each.enum_items}
    assert len(labels) > 50
    assert sorted(label for label in labels if not is_title_case(label)) == []


def test_tooltips_are_there_and_end_without_a_full_stop(isoform):
    tips = {}
    for kind in classes():
        if issubclass(kind, _type("Operator")):
            tips[kind.bl_idname] = _operator(kind).description
        for each in own_properties(kind):
            tips[f"{kind.__name__}.{each.identifier}"] = each.description
            if each.type == "ENUM":
                for item in each.enum_items:
                    tips[f"{kind.__name__}.{each.identifier}.{item.identifier}"] = item.description
    assert len(tips) > 80
    assert sorted(name for name, tip in tips.items() if not tip) == []
    assert sorted(name for name, tip in tips.items() if tip.endswith(".")) == []
    assert sorted(name for name, tip in tips.items() if not tip[:1].isupper()) == []


def test_every_icon_is_one_of_blenders(isoform):
    import bpy

    operator = bpy.types.UILayout.bl_rna.functions["operator"]
    known = {each.identifier for each in operator.parameters["icon"].enum_items}
    used = {*isoform.panel_jobs.ICONS.values()}
    for path in (Path(__file__).parents[2] / "addon").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for each in getattr(call, "keywords", ()):
                if each.arg == "icon" and isinstance(each.value, ast.Constant):
                    used.add(each.value.value)
    assert len(used) > 15
    assert sorted(used - known) == []


@pytest.mark.parametrize("label", ["Edit mask", "Model file...", "of the Model"])
def test_a_label_that_is_not_in_title_case_is_found(label):
    assert not is_title_case(label)
