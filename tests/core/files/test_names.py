"""Names for results: they stay in their folder, work on every system, and are unique."""

import os
from pathlib import Path

import pytest

from core.errors import InputError
from core.files.names import (
    LONGEST_BYTES,
    USUAL_LIMIT,
    OutputNames,
    check_name,
    safe_stem,
    unfinished_path,
)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("chair", "chair"),
        ("my chair (2)", "my chair (2)"),
        ("..", "shape"),
        (".", "shape"),
        ("", "shape"),
        ("   ", "shape"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("/etc/passwd", "_etc_passwd"),
        ("C:\\Windows\\win", "C__Windows_win"),
        ("\\\\server\\share", "__server_share"),
        ("CON", "_CON"),
        ("con", "_con"),
        ("Nul.chair", "_Nul.chair"),
        ("COM1", "_COM1"),
        ("LPT\u00b9", "_LPT\u00b9"),
        ("COM1 .x", "_COM1 .x"),
        ("console", "console"),
        ("a\x00b\nc\x7f", "a_b_c_"),
        ("gpj\u202egnp", "gpj_gnp"),
        ("chair.", "chair"),
        (".hidden", "hidden"),
        ("椅子", "椅子"),
        ("cafe\u0301", "caf\u00e9"),
        ("bad\udcff", "bad_"),
    ],
)
def test_a_stem_is_safe_on_every_system(name: str, stem: str) -> None:
    assert safe_stem(name) == stem


@pytest.mark.parametrize("letter", ["x", "\u00e9", "椅", "😀"])
def test_a_long_name_is_cut_between_characters(letter: str) -> None:
    stem = safe_stem(letter * 5000)
    assert stem == letter * (LONGEST_BYTES // len(letter.encode()))
    assert safe_stem("x" * (LONGEST_BYTES - 1) + ". . ." + "y") == "x" * (LONGEST_BYTES - 1)


@pytest.mark.parametrize("name", ["..", "a/../../b", "C:", "CON", "\x00", "x" * 400, "a\\..\\b"])
def test_a_safe_stem_names_a_file_in_its_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{safe_stem(name)}.glb"
    path.write_bytes(b"")
    assert path.resolve().parent == tmp_path.resolve()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_no_name_is_given_twice() -> None:
    names = OutputNames(lambda name: False)
    given = [names.claim(each, [".glb"]) for each in ("chair", "Chair", "chair", "CHAIR_2")]
    assert given == ["chair", "Chair_2", "chair_3", "CHAIR_2_2"]


def test_a_name_that_means_the_same_in_other_bytes_is_the_same() -> None:
    names = OutputNames(lambda name: False)
    assert names.claim("caf\u00e9", [".glb"]) == "caf\u00e9"
    assert names.claim("cafe\u0301", [".glb"]) == "caf\u00e9_2"


def test_numbered_shapes_keep_their_names_free() -> None:
    names = OutputNames(lambda name: False)
    assert names.claim("chair.2", [".glb"]) == "chair.2"
    assert names.claim("chair", [".glb", ".2.glb"]) == "chair_2"


def test_a_file_of_somebody_else_keeps_its_name() -> None:
    names = OutputNames({"chair.glb", "chair_2.glb"}.__contains__)
    assert names.claim("chair", [".glb"]) == "chair_3"


def test_a_name_is_kept_from_run_to_run_unless_it_is_unsafe_or_given() -> None:
    names = OutputNames(lambda name: True)
    assert names.keep("chair_2", [".glb"])
    assert not names.keep("chair_2", [".glb"])
    assert not names.keep("../chair", [".glb"])
    assert not names.keep("CON", [".glb"])
    assert not names.keep("", [".glb"])


def test_an_unfinished_file_s_name_is_short_and_new_beside_any_name(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".glb")
    first, second = unfinished_path(path), unfinished_path(path, ".blend")
    assert first != second
    assert (first.parent, first.suffix, second.suffix) == (tmp_path, ".tmp", ".blend")
    assert max(len(first.name), len(second.name)) < 48


@pytest.mark.parametrize("letter", ["x", "\u00e9", "椅"])
def test_a_name_is_refused_where_the_file_system_refuses_it(tmp_path: Path, letter: str) -> None:
    if not hasattr(os, "pathconf"):
        pytest.skip("this system does not tell how long a name may be")
    longest = os.pathconf(tmp_path, "PC_NAME_MAX")
    stem = letter * ((longest - 4) // len(letter.encode()))
    fitting = tmp_path / f"{stem}.glb"
    check_name(fitting)
    fitting.write_bytes(b"")
    with pytest.raises(OSError, match="name too long"):
        (tmp_path / f"{stem}{letter}.glb").write_bytes(b"")
    with pytest.raises(InputError, match=r"has \d+ bytes, and its file system takes at most \d+;"):
        check_name(tmp_path / f"{stem}{letter}.glb")


def test_where_the_system_cannot_tell_the_usual_limit_holds(tmp_path: Path) -> None:
    check_name(tmp_path / "nowhere" / ("x" * USUAL_LIMIT))
    with pytest.raises(InputError, match=f"at most {USUAL_LIMIT}; choose a shorter one"):
        check_name(tmp_path / "nowhere" / ("x" * (USUAL_LIMIT + 1)))
