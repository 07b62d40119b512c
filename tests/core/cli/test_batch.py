"""The command `batch`: real workers, a tiny model, and everything that goes wrong on a farm."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import trimesh

from core.__main__ import main
from core.batch.log import LOG_NAME
from core.worker import supervision
from core.worker.client import WorkerClient

ROOT = Path(__file__).parents[3]

Command = Callable[..., list[str]]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory, chair_file: Path) -> Path:
    """Three good pictures and a bad one."""
    folder = tmp_path_factory.mktemp("inputs")
    for name in ("a.png", "b.png", "sub/a.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(chair_file, folder / name)
    (folder / "bad.png").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def command(inputs: Path, tiny_model: Path) -> Command:
    """The words of a batch that takes seconds."""

    def words(output: Path, *more: str) -> list[str]:
        options = ["--model", str(tiny_model), "--device", "cpu", "--resolution", "40"]
        return ["batch", str(inputs), "--output", str(output), *options, *more]

    return words


def run(words: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "core", *words], cwd=ROOT, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr
    return done


def lines(output: Path) -> list[dict]:
    return [json.loads(each) for each in (output / LOG_NAME).read_text().splitlines()]


def meshes(output: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in output.glob("*.*") if each.name != LOG_NAME}


@pytest.fixture(scope="module")
def done(command: Command, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, object]:
    """A batch by one worker."""
    output = tmp_path_factory.mktemp("done") / "new" / "output"
    return output, run(command(output))


def test_a_batch_makes_a_mesh_of_every_good_picture_and_says_what_was_bad(done: tuple) -> None:
    output, said = done
    assert said.returncode == 1
    assert sorted(meshes(output)) == ["a.glb", "b.glb", "sub_a.glb"]
    (bad,) = (each for each in said.stderr.splitlines() if each.startswith("isoform: bad.png: "))
    warnings = [
        (each["input"], more) for each in lines(output) for more in each.get("warnings", ())
    ]
    told = {f"isoform: {name}: {more}" for name, more in warnings}
    assert set(said.stderr.splitlines()) == {bad, *told}
    assert said.stdout.splitlines()[0].startswith("a.png: a.glb: ")
    assert said.stdout.splitlines()[-1].startswith("3 done, 1 failed, 0 left out")


def test_the_log_tells_every_input(done: tuple) -> None:
    output, _ = done
    ended = {each["input"]: each for each in lines(output) if each["status"] != "started"}
    assert set(ended) == {"a.png", "b.png", "sub/a.png", "bad.png"}
    assert ended["a.png"]["written"] == ["a.glb"]
    assert ended["a.png"]["settings"]["resolution"] == 40
    assert ended["a.png"]["seconds"]["total"] > 0
    assert 0 <= ended["a.png"]["confidence"] <= 1
    assert ended["bad.png"]["status"] == "failed"
    assert "is not a picture of a known format" in ended["bad.png"]["error"]


@pytest.mark.slow
def test_several_workers_and_the_single_command_write_the_same_bytes(
    done: tuple, command: Command, tmp_path: Path, inputs: Path, tiny_model: Path
) -> None:
    assert run(command(tmp_path / "two", "--workers", "2")).returncode == 1
    assert meshes(tmp_path / "two") == meshes(done[0])
    options = ["--model", str(tiny_model), "--device", "cpu", "--resolution", "40"]
    single = ["reconstruct", str(inputs / "b.png"), "--output", str(tmp_path / "b.glb"), *options]
    assert main(single) == 0
    assert (tmp_path / "b.glb").read_bytes() == meshes(done[0])["b.glb"]


@pytest.mark.slow
def test_a_resumed_batch_makes_what_is_missing_and_tries_failures_again(
    done: tuple, command: Command, tmp_path: Path
) -> None:
    shutil.copytree(done[0], tmp_path / "output")
    (tmp_path / "output" / "b.glb").unlink()
    said = run(command(tmp_path / "output", "--resume", "--json"))
    assert said.returncode == 1
    counts = json.loads(said.stdout)
    assert (counts["done"], counts["failed"], counts["skipped"]) == (1, 1, 2)
    assert 0 <= counts["doubtful"] <= 1
    assert counts["log"] == str(tmp_path / "output" / LOG_NAME)
    assert meshes(tmp_path / "output") == meshes(done[0])


@pytest.fixture
def of_each(inputs: Path, command: Command) -> Command:
    """The words of `reconstruct --each` for the same pictures, with the same options."""

    def words(output: Path, *more: str) -> list[str]:
        pictures = [str(inputs / each) for each in ("a.png", "b.png", "bad.png", "sub/a.png")]
        return ["reconstruct", "--each", *pictures, *command(output, *more)[2:]]

    return words


@pytest.mark.slow
def test_each_picture_of_several_becomes_what_a_batch_makes_of_it(
    done: tuple, of_each: Command, tmp_path: Path
) -> None:
    said = run(of_each(tmp_path, "--workers", "2"))
    assert said.returncode == 1
    assert meshes(tmp_path) == meshes(done[0])
    assert [each for each in said.stderr.splitlines() if "is not a picture" in each]
    again = run(of_each(tmp_path, "--resume", "--json"))
    counts = json.loads(again.stdout)
    assert (counts["inputs"], counts["failed"], counts["skipped"]) == (4, 1, 3)


@pytest.mark.slow
def test_each_mesh_of_several_becomes_what_the_single_command_makes_of_it(
    tiny_model: Path, tmp_path: Path
) -> None:
    options = ["--model", str(tiny_model), "--device", "cpu", "--resolution", "32", "--anyway"]
    parts = [tmp_path / "a.obj", tmp_path / "b.obj"]
    for number, path in enumerate(parts, start=1):
        trimesh.creation.box(extents=(1, 1, number)).export(path)
    words = ["complete", "--each", *map(str, parts), "--format", "ply", "--workers", "2"]
    assert run([*words, "--output", str(tmp_path / "each"), *options]).returncode == 0
    for path in parts:
        single = ["--output", str(tmp_path / f"{path.stem}.ply")]
        assert run(["complete", str(path), *single, *options]).returncode == 0
        made = (tmp_path / "each" / f"{path.stem}.ply").read_bytes()
        assert made == (tmp_path / f"{path.stem}.ply").read_bytes()


DYING = """
import os, sys
sys.stdin.readline()
os._exit(9)
"""
"""A worker that the system ends as soon as it has a job."""


@pytest.mark.parametrize("form", ["command", "of_each"])
def test_an_input_that_its_workers_die_of_fails_with_a_sentence(
    request: pytest.FixtureRequest,
    form: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words: Command = request.getfixturevalue(form)
    script = tmp_path / "server.py"
    script.write_text(DYING)
    monkeypatch.setattr(supervision, "WorkerClient", partial(WorkerClient, script=script))
    assert main(words(tmp_path / "output")) == 1
    said = capsys.readouterr().err.splitlines()
    ends = "the worker process ended unexpectedly (exit status 9), twice; lower the resolution"
    names = ("a.png", "b.png", "bad.png", "sub/a.png")
    assert said == [f"isoform: {name}: {ends}" for name in names]
    assert meshes(tmp_path / "output") == {}


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
@pytest.mark.parametrize("form", ["command", "of_each"])
def test_ctrl_c_leaves_a_batch_that_is_resumed(
    request: pytest.FixtureRequest, form: str, tmp_path: Path
) -> None:
    command: Command = request.getfixturevalue(form)
    words = [sys.executable, "-m", "core", *command(tmp_path)]
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # whoever starts the tests in the background may have them ignore it
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    end = time.monotonic() + 60
    while not (tmp_path / "a.glb").exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err.decode()
    assert err.decode().splitlines()[-1] == "isoform: stopped"
    assert b"of 4 inputs have ended; the same command with --resume goes on" in err
    assert b"Traceback" not in out + err
    before = {each["input"] for each in lines(tmp_path) if each["status"] == "done"}
    assert run(command(tmp_path, "--resume")).returncode == 1
    assert sorted(meshes(tmp_path)) == ["a.glb", "b.glb", "sub_a.glb"]
    again = [each["input"] for each in lines(tmp_path) if each["status"] == "done"]
    assert sorted(again) == sorted({*again})
    assert before <= set(again)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
from core.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
"""No file may grow beyond what the first lines of a log take: as on a full disk."""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_full_disk_ends_the_batch_with_a_sentence_and_it_is_resumed(
    command: Command, tmp_path: Path
) -> None:
    words = [sys.executable, "-c", LIMITED, *command(tmp_path)]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert said.returncode == 2
    assert said.stderr.count("\n") == 1
    assert "File too large" in said.stderr
    assert meshes(tmp_path) == {}
    assert not [each for each in tmp_path.iterdir() if each.name != LOG_NAME]
    assert run(command(tmp_path, "--resume")).returncode == 1
    assert sorted(meshes(tmp_path)) == ["a.glb", "b.glb", "sub_a.glb"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--workers", "0"), "--workers must be 1 to 64; found 0"),
        (("--size", "nan"), "--size must be a positive number of metres; found nan"),
        (("--category", "spaceship"), "the category 'spaceship' is unknown to the model"),
        (("--model", "nothing"), "nothing.safetensors cannot be read"),
        (("--format", "fbx"), "invalid choice: 'fbx'"),
        (("--inputs", "meshes"), "there is no input in"),
        (("--inputs", "meshes", "--noise", "much"), "--noise must be 'auto' or a length"),
    ],
)
def test_what_no_input_could_pass_is_refused_before_any_work(
    command: Command,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    sentence: str,
) -> None:
    assert main(command(tmp_path / "output", *more)) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert sentence in said.err


def test_an_output_folder_that_cannot_be_written_to_is_refused(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("only Linux has a folder that nobody can write to")
    assert main(command(Path("/proc/self"))) == 2
    assert "the output folder '/proc/self' cannot be written to" in capsys.readouterr().err
