"""Every word of the add-on that an artist may read, found in its classes and in its code."""

import ast
from pathlib import Path

from .test_tooltips import _operator, _type, classes, own_properties

FUNCTIONS = ("said", "shown")
"""What looks a template up."""

SHOWN_AS_IS = ("poll_message_set", "report")
"""What shows its words as they are: they must come out of the functions above."""

TEXT_ARGUMENTS = ("text", "heading", "title", "confirm_text")
"""Of Blender's layouts: what they show."""

NOT_SHIPPED = "development"

STAGES = {"run", "tell", "progress", "begin"}
"""What is told a stage's name in the engine, by the name of what is called."""


def of_classes(isoform) -> set[str]:
    """Labels and tooltips as Blender knows them, and the entries of drop-downs made on the fly."""
    words = set()
    for kind in classes():
        words.add(getattr(kind, "bl_label", "") or "")
        if issubclass(kind, _type("Operator")):
            words.add(_operator(kind).description)
        for each in own_properties(kind):
            words |= {"" if each.name == each.identifier else each.name, each.description}
            if each.type == "ENUM":
                for item in each.enum_items:
                    words |= {item.name, item.description}
    for pair in isoform.models.CATEGORIES.values():
        words |= set(pair)
    words |= {*isoform.models.AUTOMATIC[1:3], isoform.models.OTHER_CATEGORY}
    words |= set(isoform.models.model_items("starter")[-1][1:3])
    words |= {label for _, label in isoform.remedies.PAGES.values()}
    words.add(isoform.scheduler.COULD_NOT_PLACE)
    words |= {*isoform.rows.SHORT.values(), *isoform.rows.STAGES.values()}
    return words - {""}


def of_code(addon: Path) -> tuple[set[str], list[str]]:
    """The templates in the code, and the lines that show words which nobody could translate."""
    words: set[str] = set()
    faults = []
    for path in sorted(addon.rglob("*.py")):
        if path.parent.name == NOT_SHIPPED:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = _constants(tree)
        for call in [each for each in ast.walk(tree) if isinstance(each, ast.Call)]:
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if name in FUNCTIONS and call.args:
                words |= _strings(call.args[0], constants)
            if name in SHOWN_AS_IS and call.args and _has_words(call.args[-1]):
                faults.append(f"{path.name}:{call.lineno}")
            for each in call.keywords:
                if each.arg in TEXT_ARGUMENTS and isinstance(each.value, ast.Constant):
                    words.add(str(each.value.value))
    return words - {""}, faults


def of_stages(core: Path) -> set[str]:
    """The names of stages: small letters for the engine's, capitals for an installation's."""
    words = set()
    for folder in ("operations", "install", "worker", "."):
        for path in sorted((core / folder).glob("*.py")):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(call, ast.Call) or not call.args:
                    continue
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                first = call.args[0]
                if name in STAGES and isinstance(first, ast.Constant):
                    words |= {first.value} if isinstance(first.value, str) else set()
    return words


def _constants(tree: ast.Module) -> dict[str, str]:
    return {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def _strings(node: ast.expr, constants: dict[str, str]) -> set[str]:
    """The string constants of an expression that are its value, not what it compares."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.Name):
        return {constants[node.id]} if node.id in constants else set()
    if isinstance(node, ast.IfExp):
        return _strings(node.body, constants) | _strings(node.orelse, constants)
    if isinstance(node, ast.BoolOp):
        return {word for each in node.values for word in _strings(each, constants)}
    return set()


def _has_words(node: ast.expr) -> bool:
    """Whether it is a text of the code's own, which then is English in every language."""
    if isinstance(node, ast.JoinedStr):
        texts = [each.value for each in node.values if isinstance(each, ast.Constant)]
        return any(letter.isalpha() for text in texts for letter in text)
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
