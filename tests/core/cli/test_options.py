"""Exit statuses, options, and text that an encoding lacks."""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli import options
from core.errors import InputError
from core.operations.settings import COMPLETE
from core.worker.protocol import Complete, Reconstruct
from tests.core.cli.doubt import doubt_of

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_stdout_cannot_encode_is_escaped(
    tmp_path: Path, chair_file: Path, tiny_model: Path, encoding: str
) -> None:
    output = tmp_path / "椅子 \u00e9.obj"
    command = [sys.executable, "-m", "core", "reconstruct", chair_file, "--model", tiny_model]
    command += ["--resolution", "24", "--output", output]
    settings = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, env=settings, check=False)
    assert (done.returncode, done.stderr.decode()) == (0, doubt_of(done.stderr.decode()))
    assert done.stdout.startswith(str(output).encode(encoding, "backslashreplace") + b": ")
    assert output.is_file()


def read(words: str, *, in_blender: bool = False) -> argparse.Namespace:
    parser = options.Parser(prog="isoform")
    commands = options.commands_of(parser)
    options.add_reconstruct(commands, in_blender)
    options.add_operation(commands, COMPLETE, in_blender)
    options.add_batch(commands, in_blender)
    options.add_models(commands)
    return parser.parse_args(words.split())


def test_a_command_takes_its_inputs_output_and_declared_settings() -> None:
    given = read("reconstruct a.png b.png --output c.glb --resolution 64 --frame unit")
    assert (given.command, given.pictures) == ("reconstruct", ["a.png", "b.png"])
    assert (given.output, given.frame, given.json) == (Path("c.glb"), "unit", False)
    asked = options.template_given(Reconstruct, given)
    assert (asked.resolution, asked.size_m, asked.seed) == (64, 1.0, 0)
    given = read("complete a.ply --output c.glb --keep fused --hypotheses 3")
    assert given.partials == [Path("a.ply")]
    asked = options.template_given(Complete, given)
    assert (asked.keep, asked.hypotheses, asked.pose) == ("fused", 3, "auto")


def test_a_batch_takes_the_settings_of_both_operations() -> None:
    given = read("batch in --output out --seed 5 --category lamp --keep none --faces 500")
    pictures = options.template_given(Reconstruct, given)
    meshes = options.template_given(Complete, given)
    assert (pictures.seed, pictures.category, pictures.target_faces) == (5, "lamp", 500)
    assert (meshes.seed, meshes.category, meshes.keep) == (5, "lamp", "none")
    assert (given.inputs, given.format, given.workers, given.resume) == (
        "pictures",
        "glb",
        1,
        False,
    )


def test_blender_alone_completes_what_is_in_its_files() -> None:
    words = "complete --object Bowl --blend scene.blend --output c.blend"
    given = read(words, in_blender=True)
    assert (given.partials, given.object, given.blend) == ([], "Bowl", Path("scene.blend"))
    given = read("batch --collection Broken --output out --as assets", in_blender=True)
    assert (given.folder, given.collection, given.results) == (None, "Broken", "assets")
    with pytest.raises(SystemExit):
        read(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "explode",
        "complete --output a.glb",
        "reconstruct a.png",
        "batch in --output out --res 9",
    ],
)
def test_a_complaint_is_one_sentence_that_ends_with_failed(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        read(words)
    assert stop.value.code == options.FAILED
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert re.fullmatch(r"isoform: .*; see 'isoform.* --help'\n", said.err)


@pytest.mark.parametrize("command", ["reconstruct a.png b.png", "complete a.ply b.ply"])
def test_several_objects_have_the_options_of_a_batch(command: str) -> None:
    given = read(f"{command} --output out --each --format obj --workers 3 --resume")
    options.check_several(given)
    assert (given.format, given.workers, given.resume) == ("obj", 3, True)
    alone = read(f"{command} --output c.glb")
    options.check_several(alone)
    of_batch = read("batch in --output out")
    for name in options.SEVERAL:
        assert getattr(alone, name) == getattr(of_batch, name)


@pytest.mark.parametrize("more", ["--workers 2", "--format obj", "--resume"])
def test_options_of_several_objects_are_refused_for_one(more: str) -> None:
    given = read(f"reconstruct a.png --output c.glb {more}")
    name = more.split()[0]
    with pytest.raises(InputError, match=f"{name} is for several objects at once, and --each"):
        options.check_several(given)


@pytest.mark.parametrize("count", [1, options.MOST_WORKERS])
def test_a_machine_may_have_as_many_workers(count: int) -> None:
    options.check_workers(count)


@pytest.mark.parametrize("count", [-1, 0, options.MOST_WORKERS + 1])
def test_a_machine_cannot_have_other_numbers_of_workers(count: int) -> None:
    with pytest.raises(InputError, match=rf"--workers must be 1 to 64; found {count}; "):
        options.check_workers(count)
