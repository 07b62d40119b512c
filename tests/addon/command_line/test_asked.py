"""The command line in Blender: what is asked, and what is passed on to the engine's own."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.blender


@pytest.mark.parametrize(
    ("words", "needs"),
    [
        ("reconstruct a.png --output a.glb", False),
        ("reconstruct a.png --output a.BLEND", True),
        ("complete a.ply --output b.obj", False),
        ("complete a.ply --output b.blend", True),
        ("complete --object A --blend a.blend --output b.glb", True),
        ("reconstruct a.png b.png --each --output meshes", False),
        ("complete a.ply b.ply --each --output meshes.blend", False),
        ("batch pictures --output meshes", False),
        ("batch pictures --output meshes --as assets", True),
        ("batch --collection A --output meshes", True),
        ("models --json", False),
    ],
)
def test_a_scene_is_needed_for_scenes_alone(isoform, words, needs):
    assert isoform.asked.needs_scene(isoform.asked.parse(words.split())) == needs


def test_words_are_passed_on_as_they_are(isoform):
    words = ["batch", "a b", "--output", "m", "--as", "files", "--workers=2", "--as=files"]
    given = isoform.asked.parse(words)
    assert isoform.asked.passed_on(given, words) == ["batch", "a b", "--output", "m", "--workers=2"]
    words = ["models", "--json"]
    assert isoform.asked.passed_on(isoform.asked.parse(words), words) == words


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("complete --output b.glb", "nothing to complete is given"),
        ("complete a.ply --object A --output b.glb", "both --object 'A' and the file 'a.ply'"),
        ("complete a.ply --blend a.blend --output b.glb", "no object of 'a.blend' is named"),
        ("complete --each --object A --output m", "--each is for files, and the object 'A'"),
        ("reconstruct a.png --workers 2 --output b.glb", "--workers is for several objects"),
        ("batch --output m", "give a FOLDER or a --collection; neither is given"),
        ("batch a --collection A --output m", "both are given"),
        ("batch a --blend a.blend --output m", "no collection of 'a.blend' is named"),
        ("batch a --inputs meshes --as assets --output m", "mesh files of a folder become files"),
    ],
)
def test_options_that_do_not_go_together_are_refused(isoform, words, sentence):
    with pytest.raises(isoform.errors.InputError, match=sentence):
        isoform.asked.parse(words.split())


@pytest.mark.parametrize("command", ["", "reconstruct", "complete", "batch", "models"])
def test_every_command_has_help_without_an_engine(isoform, capsys, command):
    with pytest.raises(SystemExit, match="0"):
        isoform.asked.parse([*command.split(), "--help"])
    assert capsys.readouterr().out.startswith(f"usage: blender --command isoform {command}".strip())


ECHO = """#!/bin/sh
shift 2
echo "$@"
exit 7
"""


def test_the_engine_is_run_with_its_words_and_its_status(isoform, tmp_path, capfd):
    python = tmp_path / "python"
    python.write_text(ECHO)
    python.chmod(0o755)
    assert isoform.asked.run_engine(python, ["models", "a b"]) == 7
    assert capfd.readouterr().out == "models a b\n"


def test_a_python_that_cannot_be_started_is_said(isoform, tmp_path):
    with pytest.raises(isoform.errors.InputError, match="cannot be started"):
        isoform.asked.run_engine(Path(tmp_path), [])
