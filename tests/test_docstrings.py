"""Docstrings say what is so, and signatures can be read where they are called.

Documented arguments equal the signature, raised errors are named, everything public is documented,
and nothing takes more than five arguments by position.
"""

import ast
import re
from pathlib import Path

import pytest

from core import errors

ROOT = Path(__file__).parents[1]
FILES = sorted([*(ROOT / "core").rglob("*.py"), *(ROOT / "addon").rglob("*.py"), ROOT / "build.py"])

FAMILY = {name for name in vars(errors) if name[:1].isupper()}
"""Named by their base class where a function passes on all of them."""

MOST_POSITIONAL = 5
"""Arguments that a reader of a call can still tell apart by their place; self is none of them."""

FIXED_BY_BLENDER = {"draw_item"}
"""Methods that Blender calls, with as many arguments by position as it likes."""


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


def undocumented(source: str) -> list[str]:
    """Public functions, classes and methods in `source` without docstring, as `line: name`.

    Methods of private classes count: they are called from afar like others. A function inside a
    function does not, because it is read together with it.
    """
    top = ast.parse(source).body
    classes = [each for each in top if isinstance(each, ast.ClassDef)]
    return [
        f"{node.lineno}: {node.name} has no docstring"
        for node in [*top, *(each for kind in classes for each in kind.body)]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]


def crowded(source: str) -> list[str]:
    """Functions in `source`, private and inner ones too, with more than five positional arguments.

    As `line: name`.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
            count = len(names) - (names[:1] in (["self"], ["cls"]))
            name = getattr(node, "name", "lambda")
            if count > MOST_POSITIONAL and name not in FIXED_BY_BLENDER:
                found.append(f"{node.lineno}: {name} takes {count} arguments by position")
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
    source = path.read_text(encoding="utf-8")
    assert faults(source) + undocumented(source) + crowded(source) == []


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


@pytest.mark.parametrize(
    "source",
    [
        "def f(): ...",
        "async def f(): ...",
        "class f: ...",
        'class A:\n    "Says."\n\n    def f(self): ...',
        "class _A:\n    @property\n    def f(self): ...",
    ],
)
def test_what_has_no_docstring_is_found(source: str) -> None:
    (found,) = undocumented(source)
    assert found.endswith(": f has no docstring")


def test_only_what_is_private_or_inside_a_function_needs_no_docstring() -> None:
    source = 'def _f(): ...\n\nclass _A:\n    def __call__(self): ...\n\ndef f():\n    "Says."\n'
    assert undocumented(source + "    def inner(): ...\n") == []


@pytest.mark.parametrize(
    "source",
    [
        "def f(a, b, c, d, e, g): ...",
        "def f(a, b, c, /, d, e, g=0, *rest): ...",
        "class A:\n    def f(self, a, b, c, d, e, g): ...",
        "class A:\n    def __init__(self, a, b, c, d, e, g): ...",
        "def _g():\n    def _f(a, b, c, d, e, g): ...",
        "f = lambda a, b, c, d, e, g: a",
    ],
)
def test_more_than_five_arguments_by_position_are_found(source: str) -> None:
    (found,) = crowded(source)
    assert found.endswith("takes 6 arguments by position")


@pytest.mark.parametrize(
    "source",
    [
        "def f(a, b, c, d, e, *, g, h): ...",
        "class A:\n    def f(self, a, b, c, d, e, *rest, g, **more): ...",
        "class A:\n    def draw_item(self, a, b, c, d, e, g, h): ...",
    ],
)
def test_five_arguments_by_position_and_what_blender_fixes_are_fine(source: str) -> None:
    assert crowded(source) == []
