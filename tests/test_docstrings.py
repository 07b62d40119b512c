"""Docstrings say what is so: documented arguments equal the signature, raised errors are named."""

import ast
import re
from pathlib import Path

import pytest

from core import errors

ROOT = Path(__file__).parents[1]
FILES = sorted([*(ROOT / "core").rglob("*.py"), *(ROOT / "addon").rglob("*.py"), ROOT / "build.py"])

FAMILY = {name for name in vars(errors) if name[:1].isupper()}
"""Named by their base class where a function passes on all of them."""


def faults(source: str) -> list[str]:
    """What docstrings of public functions and classes in `source` get wrong, as `line: fault`."""
    found = []
    top = ast.parse(source).body
    shown = [each for each in top if not getattr(each, "name", "").startswith("_")]
    classes = [each for each in shown if isinstance(each, ast.ClassDef)]
    for node in [*shown, *(method for each in classes for method in each.body)]:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        text = ast.get_docstring(node) or ""
        documented = re.findall(r"^    \*{0,2}(\w+):", section(text, "Args"), re.MULTILINE)
        names = argument_names(node)
        if documented and documented != names:
            found.append(f"{node.lineno}: {node.name} documents {documented}, has {names}")
        if isinstance(node, ast.FunctionDef):
            named = set(re.findall(r"\w+", section(text, "Raises")))
            unnamed = raised(node) - (named | FAMILY if "IsoformError" in named else named)
            found += [
                f"{node.lineno}: {node.name} raises {name} unsaid" for name in sorted(unnamed)
            ]
    return found


def section(docstring: str, title: str) -> str:
    """The indented lines under `title:`."""
    match = re.search(rf"^{title}:\n((?:    .*\n|\n)*)", docstring + "\n", re.MULTILINE)
    return match[1] if match else ""


def argument_names(node: ast.FunctionDef | ast.ClassDef) -> list[str]:
    """In order, without self; a class has those of its constructor, a dataclass its fields."""
    if isinstance(node, ast.ClassDef):
        made = [each for each in node.body if getattr(each, "name", "") == "__init__"]
        if not made:
            return [each.target.id for each in node.body if isinstance(each, ast.AnnAssign)]
        node = made[0]
    every = node.args
    names = [*every.posonlyargs, *every.args, every.vararg, *every.kwonlyargs, every.kwarg]
    return [each.arg for each in names if each is not None and each.arg not in ("self", "cls")]


def raised(node: ast.FunctionDef) -> set[str]:
    """Names of the exception classes in the function's `raise` statements."""
    names = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Raise) and isinstance(each.exc, ast.Call):
            kind = each.exc.func
            names.add(kind.attr if isinstance(kind, ast.Attribute) else getattr(kind, "id", ""))
    return {name for name in names if name[:1].isupper()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_docstrings_agree_with_the_code(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("documented", "fault"),
    [
        ("Args:\n        b: One.\n        a: Two.", "documents"),
        ("Args:\n        a: One.\n\n    Raises:\n        KeyError: No.", "documents"),
        ("Args:\n        a: One.\n        b: Two.", "raises ValueError unsaid"),
    ],
)
def test_a_wrong_docstring_is_found(documented: str, fault: str) -> None:
    source = (
        f'def f(a, b):\n    """Says.\n\n    {documented}\n    """\n    raise ValueError("no")\n'
    )
    assert any(fault in each for each in faults(source))
