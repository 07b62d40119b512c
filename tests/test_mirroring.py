"""Tests lie at the paths of the modules that they are about, so that both are found by one name."""

from pathlib import Path

ROOT = Path(__file__).parents[1]

LEAST_SHARE = 0.85
"""Of the modules; declarations and tables of words have their tests where they are used."""


def without_mirror(root: Path) -> tuple[list[str], int]:
    """The modules of `core` and `addon` without a test file at their path, and how many there are.

    A folder's `__init__` is the folder, and no module of its own.
    """
    modules = [
        path.relative_to(root)
        for part in ("core", "addon")
        for path in sorted((root / part).rglob("*.py"))
        if path.name != "__init__.py"
    ]
    missing = [
        path.as_posix()
        for path in modules
        if not (root / "tests" / path.parent / f"test_{path.name}").is_file()
    ]
    return missing, len(modules)


def test_modules_have_tests_at_their_own_paths() -> None:
    missing, count = without_mirror(ROOT)
    share = 1 - len(missing) / count
    assert share >= LEAST_SHARE, f"{share:.0%} of {count} modules; there is none of {missing}"


def test_a_module_without_tests_at_its_path_is_found(tmp_path: Path) -> None:
    for name in (
        *("core/__init__.py", "core/a.py", "core/room/b.py", "addon/c.py"),
        *("tests/core/test_a.py", "tests/core/test_b.py", "tests/addon/test_c.py"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert without_mirror(tmp_path) == (["core/room/b.py"], 3)
