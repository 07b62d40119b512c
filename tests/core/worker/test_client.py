"""The worker's process as its starter sees it, with scripts of a few lines for workers."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import ANOTHER_PYTHON, FREE_DISK, WorkerError
from core.worker.client import EVENTS_PER_LOOK, LOG_TAIL_LINES, WorkerClient
from core.worker.protocol import EVENTS_NAME, LOG_NAME, Heartbeat, Ping

HEAD = """
import sys
from pathlib import Path
def say(line):
    with (Path(sys.argv[1]) / "events.jsonl").open("ab") as events:
        events.write(line + b"\\n")
beat = b'{"kind": "heartbeat"}'
"""
ECHO = "for line in sys.stdin: say(beat)"
"""Answers every line with a heartbeat, and ends with its stdin."""

Start = Callable[[str], WorkerClient]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts workers that do what they are told, and ends them after the test."""
    started: list[WorkerClient] = []

    def start_one(body: str) -> WorkerClient:
        folder = tmp_path / str(len(started))
        folder.mkdir()
        script = folder / "worker.py"
        script.write_text(HEAD + body)
        started.append(WorkerClient(Path(sys.executable), folder, script))
        return started[-1]

    yield start_one
    for each in started:
        each.stop()


def wait_for(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def heard(client: WorkerClient, count: int) -> list[object]:
    """The next so many events."""
    events: list[object] = []
    wait_for(lambda: events.extend(client.events()) or len(events) >= count)
    return events


def test_every_request_is_answered_and_the_end_of_stdin_ends_the_process(start: Start) -> None:
    client = start(ECHO)
    assert client.events() == []
    assert client.is_drained
    for _ in range(2):
        client.send(Ping())
        assert heard(client, 1) == [Heartbeat()]
    assert (client.is_alive, client.is_gone) == (True, False)
    client.stop()
    assert (client.is_alive, client.is_gone, client.ended_itself) == (False, True, False)
    client.send(Ping())  # nobody reads it, and nobody minds


def test_one_look_hears_a_part_and_the_next_looks_the_rest(start: Start) -> None:
    count = 2 * EVENTS_PER_LOOK + 3
    client = start(f"for _ in range({count}): say(beat)")
    wait_for(lambda: client.is_gone)
    looks = []
    while not looks or not client.is_drained:
        looks.append(len(client.events()))
    assert looks == [EVENTS_PER_LOOK, EVENTS_PER_LOOK, 3, 0]


def test_a_line_that_is_not_whole_yet_waits_for_its_end(start: Start) -> None:
    client = start(ECHO)
    with (client.folder / EVENTS_NAME).open("ab") as events:
        events.write(b'{"kind": "hea')
        events.flush()
        assert client.events() == []
        events.write(b'rtbeat"}\n')
    assert client.events() == [Heartbeat()]


def test_garbage_and_a_file_that_was_cut_off_are_said(start: Start) -> None:
    client = start("say(b'hello'); say(beat)")
    wait_for(lambda: client.is_gone)
    with pytest.raises(WorkerError, match=r"cannot be read \(no JSON"):
        client.events()
    os.truncate(client.folder / EVENTS_NAME, 0)
    client._unread = b""
    with pytest.raises(WorkerError, match="was cut off while the worker wrote it"):
        client.events()


def test_a_line_without_an_end_is_given_up(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.worker.client.LONGEST_LINE_BYTES", 1 << 16)
    client = start("say(b'x' * 100_000)")
    wait_for(lambda: client.is_gone)

    def listen() -> None:
        while not client.is_drained or client._unread == b"":
            client.events()

    with pytest.raises(WorkerError, match="something of more than 65536 bytes"):
        listen()


def test_the_log_ends_with_the_last_lines_that_were_printed(start: Start) -> None:
    client = start("[print(n, flush=True) for n in range(100)]; sys.stderr.write('oh\\n')")
    wait_for(lambda: client.is_gone)
    lines = client.log_tail().splitlines()
    assert len(lines) == LOG_TAIL_LINES
    assert lines[-2:] == ["99", "oh"]
    (client.folder / LOG_NAME).unlink()
    assert client.log_tail() == ""


@pytest.mark.parametrize(
    ("body", "sentence", "remedy", "by_itself"),
    [
        ("sys.stderr.write('it lacks torch\\n'); sys.exit(2)", "it lacks torch", ANOTHER_PYTHON, 1),
        ("sys.exit(3)", "the worker cannot write in", FREE_DISK, 1),
        ("sys.exit(7)", r"ended unexpectedly \(exit status 7\)", "", 0),
    ],
)
def test_how_it_ended_is_said(
    start: Start, body: str, sentence: str, remedy: str, by_itself: int
) -> None:
    client = start(body)
    wait_for(lambda: client.is_gone)
    error = client.end_error()
    with pytest.raises(WorkerError, match=sentence):
        raise error
    assert (error.remedy, client.ended_itself) == (remedy, bool(by_itself))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
def test_a_killed_worker_is_dead_at_once_and_its_signal_is_said(start: Start) -> None:
    client = start(ECHO)
    client.kill()
    assert not client.is_alive
    wait_for(lambda: client.is_gone)
    assert not client.ended_itself
    with pytest.raises(WorkerError, match=r"ended unexpectedly \(signal 9\)"):
        raise client.end_error()


def test_an_interpreter_that_cannot_be_started_leaves_no_open_file(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=r"python cannot be started .* choose another") as caught:
        WorkerClient(tmp_path / "no python", tmp_path)
    assert caught.value.remedy == ANOTHER_PYTHON


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=r"cannot be written .*No such file"):
        WorkerClient(Path(sys.executable), tmp_path / "gone")
