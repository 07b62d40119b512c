"""Programs of the installer: what they print, how they end, and that nothing of them stays."""

import os
import sys
import time
from pathlib import Path

import pytest

from core.errors import Cancelled, InstallError
from core.install.programs import Programs

posix = pytest.mark.skipif(os.name == "nt", reason="plays with POSIX processes")


def python(program: str) -> list[str | Path]:
    return [Path(sys.executable), "-c", program]


@pytest.fixture
def programs() -> Programs:
    return Programs(lambda: False)


def test_status_and_all_that_is_printed_come_back(programs: Programs) -> None:
    program = "import sys; print('out', flush=True); sys.stderr.write('err é\\n'); sys.exit(3)"
    assert programs.run(python(program), settings={"PYTHONIOENCODING": "utf-8"}) == (
        3,
        "out\nerr é\n",
    )


def test_bytes_that_are_no_text_are_replaced(programs: Programs) -> None:
    program = r"import sys; sys.stdout.buffer.write(b'a\xff')"
    assert programs.run(python(program)) == (0, "a\N{REPLACEMENT CHARACTER}")


def test_a_program_has_no_stdin_and_the_variables_that_it_is_given(programs: Programs) -> None:
    program = "import os, sys; print(sys.stdin.read() + os.environ['ANSWER'])"
    assert programs.run(python(program), settings={"ANSWER": "42"}) == (0, "42\n")


def test_a_program_that_is_not_there_is_said(programs: Programs, tmp_path: Path) -> None:
    with pytest.raises(InstallError, match=r"none cannot be started .*; choose another Python"):
        programs.run([tmp_path / "none"])
    programs.end()  # there is nothing to end


@posix
def test_a_cancel_ends_a_program_with_its_children(tmp_path: Path) -> None:
    began = tmp_path / "child"
    programs = Programs(began.exists)
    words = ["sh", "-c", f"sleep 60 & echo $! > '{began}.part'; mv '{began}.part' '{began}'; wait"]
    with pytest.raises(Cancelled, match="nothing was changed"):
        programs.run(words)
    child = Path(f"/proc/{int(began.read_text())}/stat")
    end = time.monotonic() + 5
    while child.exists() and " Z " not in child.read_text():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_program_that_takes_too_long_is_ended(programs: Programs) -> None:
    began = time.monotonic()
    with pytest.raises(InstallError, match="has not answered for 0 s and was ended"):
        programs.run(python("import time; time.sleep(60)"), limit_s=0.3)
    assert time.monotonic() - began < 20


def test_whoever_watches_may_end_a_program(programs: Programs) -> None:
    def watch() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        programs.run(python("import time; time.sleep(60)"), watch=watch)
    assert programs._process.poll() is not None


def test_the_log_has_commands_and_answers_in_their_order_and_no_password(
    programs: Programs, tmp_path: Path
) -> None:
    programs.log = tmp_path / "install.log"
    programs.run([*python("print('one')"), "https://ann:secret@example.org/simple"])
    programs.run(python("print('two')"))
    text = programs.log.read_text()
    assert "secret" not in text
    assert "https://***@example.org/simple" in text
    assert [line for line in text.splitlines() if line in ("one", "two")] == ["one", "two"]


def test_a_log_that_cannot_be_written_stops_no_program(programs: Programs, tmp_path: Path) -> None:
    programs.log = tmp_path / "gone" / "install.log"
    assert programs.run(python("print('one')")) == (0, "one\n")


@posix
def test_a_program_inherits_the_lock_that_is_held(programs: Programs, tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        program = f"import os; os.fstat({lock.fileno()})"
        assert programs.run(python(program))[0] == 1
        programs.held = lock.fileno()
        assert programs.run(python(program)) == (0, "")
