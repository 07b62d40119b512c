"""Which runtime is current, what is rubbish, and who may change them."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import InstallError
from core.install import machine, runtimes
from core.install.messages import Runtime

ROOT = Path(__file__).parents[3]


def made(folder: Path, name: str, *, is_complete: bool = True) -> Path:
    """A runtime that is as whole as anyone can see from outside."""
    environment = folder / name
    torch = environment / "lib" / "python3.11" / "site-packages" / "torch" / "__init__.py"
    for file in (machine.interpreter_of(environment), torch):
        file.parent.mkdir(parents=True)
        file.touch()
    if is_complete:
        python = str(machine.interpreter_of(environment))
        runtimes.complete(environment, Runtime(python, "3.11", "2", ("cpu",), "", None, 1))
    return environment


def test_without_a_folder_there_is_no_runtime(tmp_path: Path) -> None:
    assert runtimes.current(tmp_path / "none") is None
    assert runtimes.working_python(tmp_path / "none") is None
    assert runtimes.rubbish(tmp_path / "none") == []


def test_the_highest_complete_number_is_current(tmp_path: Path) -> None:
    for name in ("2-aa", "10-bb", "9-cc"):
        made(tmp_path, name)
    half = made(tmp_path, "11-dd", is_complete=False)
    (made(tmp_path, "12-ee") / runtimes.COMPLETE).write_bytes(b"\x00garbage")
    (tmp_path / "notes").mkdir()
    environment, runtime = runtimes.current(tmp_path)
    assert environment.name == "10-bb"
    assert runtime.python == str(machine.interpreter_of(environment))
    assert runtimes.working_python(tmp_path) == Path(runtime.python)
    assert half in runtimes.rubbish(tmp_path)
    assert {each.name for each in runtimes.rubbish(tmp_path)} == {"2-aa", "9-cc", "11-dd", "12-ee"}
    assert runtimes.new_environment(tmp_path, "ff").name == "13-ff"


def test_rubbish_is_removed_and_the_current_one_stays(tmp_path: Path) -> None:
    for name in ("1-aa", "2-bb"):
        made(tmp_path, name)
    (tmp_path / "1-aa.old").mkdir()
    assert runtimes.remove(runtimes.rubbish(tmp_path)) == 0
    assert [each.name for each in tmp_path.iterdir()] == ["2-bb"]


def test_a_runtime_that_was_only_begun_is_one_clear_sentence(tmp_path: Path) -> None:
    made(tmp_path, "1-aa", is_complete=False)
    with pytest.raises(InstallError, match="1-aa is incomplete; press Install in Edit > Pref"):
        runtimes.working_python(tmp_path)
    with runtimes.locked(tmp_path):
        assert runtimes.working_python(tmp_path) is None


@pytest.mark.parametrize("lost", ["its Python", "torch"])
def test_a_runtime_that_lost_something_is_one_clear_sentence(tmp_path: Path, lost: str) -> None:
    environment = made(tmp_path, "1-aa")
    torch = environment / "lib" / "python3.11" / "site-packages" / "torch" / "__init__.py"
    (machine.interpreter_of(environment) if lost == "its Python" else torch).unlink()
    with pytest.raises(InstallError, match=rf"is damaged \(it lacks {lost}\); press Install"):
        runtimes.working_python(tmp_path)


def test_a_second_process_is_told_that_the_first_is_at_work(tmp_path: Path) -> None:
    words = (
        "import sys, time; from pathlib import Path; from core.install import runtimes\n"
        "with runtimes.locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", words, str(tmp_path)]
    holder = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        assert runtimes.is_locked(tmp_path)
        with (
            pytest.raises(InstallError, match="another Blender is installing the engine in"),
            runtimes.locked(tmp_path),
        ):
            pass
    finally:
        holder.kill()
        holder.communicate()
    assert not runtimes.is_locked(tmp_path)
    with runtimes.locked(tmp_path):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="there the operating system sees to it")
def test_a_runtime_that_a_worker_runs_from_is_not_removed(tmp_path: Path) -> None:
    environment = made(tmp_path, "1-aa")
    words = (
        "import sys, time; from pathlib import Path; from core.install import runtimes\n"
        "print(runtimes.hold(Path(sys.argv[1])) is not None, flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", words, str(environment)]
    workers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]
    try:
        for each in workers:
            assert each.stdout.readline() == b"True\n"
        for each in workers:
            assert runtimes.remove([environment]) == 1
            assert (environment / runtimes.COMPLETE).exists()
            each.kill()
            each.wait()
    finally:
        for each in workers:
            each.kill()
            each.communicate()
    assert runtimes.remove([environment]) == 0
    assert not environment.exists()
    assert runtimes.hold(environment) is None


def test_a_folder_that_cannot_be_made_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(InstallError, match=r"cannot be written \(Not a directory\); set BLENDER_"),
        runtimes.locked(tmp_path / "file" / "rt"),
    ):
        pass
