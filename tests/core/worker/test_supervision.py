"""A supervised task: heard, cancelled, given up, and never lost with its worker."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import SMALLER_RESOLUTION, USE_CPU, WorkerError
from core.operations.settings import ReconstructSettings
from core.worker import supervision
from core.worker.job_messages import Reconstruct, template
from core.worker.protocol import (
    Cancel,
    Failed,
    Heartbeat,
    Loaded,
    Ping,
    Ready,
    StageProgress,
    Stopped,
    Unload,
)
from core.worker.supervision import HUNG_AFTER_LOOKS, HUNG_AFTER_S, PING_EVERY_S, Supervisor
from core.worker.task import Task
from tests.core.worker.answers import FINISHED


class FakeClient:
    """A worker that says what a test has it say, and remembers what was done to it."""

    def __init__(self, python: Path, folder: Path, options: object) -> None:
        self.python, self.folder = python, folder
        self.is_alive, self.is_gone, self.is_drained, self.ended_itself = True, False, True, False
        self.sent: list[object] = []
        self.said: list[object] = []
        self.done: list[str] = []

    def send(self, request: object) -> None:
        self.sent.append(request)

    def events(self) -> list[object]:
        said, self.said = self.said, []
        for each in said:
            if isinstance(each, WorkerError):
                raise each
        return said

    def log_tail(self) -> str:
        return "the end of the log"

    def end_error(self) -> WorkerError:
        return WorkerError("the worker process ended unexpectedly (exit status 7)")

    def terminate(self) -> None:
        self.done.append("terminate")

    def kill(self) -> None:
        self.done.append("kill")
        self.is_alive = False

    def stop(self) -> None:
        self.done.append("stop")
        self.is_alive, self.is_gone = False, True

    def die(self) -> None:
        self.is_alive, self.is_gone = False, True


class Clock:
    now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(supervision, "time", clock)
    return clock


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Supervisor:
    monkeypatch.setattr(supervision, "WorkerClient", FakeClient)
    count = iter(range(100))

    def new_folder() -> Path:
        folder = tmp_path / f"worker {next(count)}"
        folder.mkdir()
        return folder

    return Supervisor(lambda: Path("/python"), new_folder)


def task(device: str = "auto", name: str = "7") -> Task:
    return Task(replace(template(Reconstruct, ReconstructSettings(device=device)), job=name))


def begun(supervisor: Supervisor, device: str = "auto") -> tuple[Task, FakeClient]:
    started = task(device)
    supervisor.start(started)
    return started, supervisor._client


def progress(stage: str, fraction: float, name: str = "7") -> StageProgress:
    return StageProgress(name, stage, fraction, None)


def test_a_task_is_sent_heard_and_ended(supervisor: Supervisor, clock: Clock) -> None:
    started, client = begun(supervisor)
    assert client.sent == [started.request]
    assert not supervisor.is_free()
    clock.now_s = 101.0
    client.said = [Ready({"torch": "2.9"}), Loaded("7", "cuda"), progress("prior", 0.0)]
    supervisor.advance()
    clock.now_s = 103.0
    client.said = [progress("prior", 1.0), progress("surface", 0.5), FINISHED]
    supervisor.advance()
    assert started.progress == progress("surface", 0.5)
    assert started.stage_starts == {"prior": 101.0, "surface": 103.0}
    assert (started.outcome, started.ended_s) == (FINISHED, 103.0)
    assert (started.device, started.versions) == ("cuda", {"torch": "2.9"})
    supervisor.release()
    assert supervisor.is_free()
    assert supervisor.has_worker


def test_what_is_said_of_another_task_is_nothing_to_this_one(supervisor: Supervisor) -> None:
    started, client = begun(supervisor)
    client.said = [progress("fit", 0.5, "6"), Stopped("6"), Failed("6", "no", "", "")]
    supervisor.advance()
    assert (started.progress, started.outcome) == (None, None)
    client.said = [Failed("", "the request is garbage", "", "")]  # of no task: of this one
    supervisor.advance()
    assert started.failure.sentence == "the request is garbage"
    assert started.log_tail == "the end of the log"


def test_a_cancel_is_asked_for_once_and_then_forced(supervisor: Supervisor, clock: Clock) -> None:
    started, client = begun(supervisor)
    supervisor.cancel()
    supervisor.cancel()
    assert client.sent[1:] == [Cancel("7")]
    for after_s, done in ((1.0, []), (1.3, ["terminate"]), (1.6, ["terminate", "kill"])):
        clock.now_s = 100.0 + after_s
        supervisor.advance()
        assert client.done == done
    supervisor.advance()
    assert started.outcome == Stopped("7")


def test_a_result_that_comes_after_a_cancel_is_not_taken(supervisor: Supervisor) -> None:
    started, client = begun(supervisor)
    supervisor.cancel()
    client.said = [FINISHED]
    supervisor.advance()
    assert started.outcome == Stopped("7")


def test_a_task_that_loses_its_worker_waits_for_another_one_time(supervisor: Supervisor) -> None:
    started, client = begun(supervisor)
    client.die()
    supervisor.advance()
    assert (started.state, started.deaths, started.outcome) == ("waiting", 1, None)
    assert supervisor.is_free()
    assert not supervisor.has_worker
    assert not client.folder.exists()


@pytest.mark.parametrize(
    ("device", "remedy", "what"),
    [
        ("cpu", SMALLER_RESOLUTION, "lower the resolution"),
        ("cuda", USE_CPU, "use the CPU"),
        ("auto", USE_CPU, "use the CPU"),
    ],
)
def test_a_task_that_kills_two_workers_fails_with_what_may_help(
    supervisor: Supervisor, device: str, remedy: str, what: str
) -> None:
    started, client = begun(supervisor, device)
    client.die()
    supervisor.advance()
    assert supervisor.is_free()
    supervisor.start(started)
    supervisor._client.die()
    supervisor.advance()
    assert started.failure.sentence == (
        f"the worker process ended unexpectedly (exit status 7), twice; {what}"
    )
    assert (started.failure.remedy, started.failure.hint) == (remedy, "the end of the log")


def test_a_worker_that_ends_itself_has_said_why_and_is_not_tried_again(
    supervisor: Supervisor,
) -> None:
    started, client = begun(supervisor)
    client.ended_itself = True
    client.die()
    supervisor.advance()
    assert started.failure.sentence == "the worker process ended unexpectedly (exit status 7)"


def test_what_a_dead_worker_said_last_is_heard_first(supervisor: Supervisor) -> None:
    started, client = begun(supervisor)
    client.die()
    client.said, client.is_drained = [progress("fit", 1.0)], False
    supervisor.advance()
    assert (started.outcome, started.deaths) == (None, 0)
    client.said, client.is_drained = [FINISHED], True
    supervisor.advance()
    assert started.outcome == FINISHED


def test_a_worker_that_says_garbage_is_killed(supervisor: Supervisor) -> None:
    started, client = begun(supervisor)
    client.said = [WorkerError("a message cannot be read; start the job again")]
    supervisor.advance()
    assert client.done == ["kill"]
    assert started.deaths == 1


def look(supervisor: Supervisor, clock: Clock, times: int, every_s: float) -> None:
    for _ in range(times):
        clock.now_s += every_s
        supervisor.advance()


def test_a_silent_worker_is_asked_and_given_up_when_it_does_not_answer(
    supervisor: Supervisor, clock: Clock
) -> None:
    started, client = begun(supervisor)
    look(supervisor, clock, 1, PING_EVERY_S + 0.1)
    assert client.sent[1:] == [Ping()]
    look(supervisor, clock, HUNG_AFTER_LOOKS, HUNG_AFTER_S / HUNG_AFTER_LOOKS)
    assert started.outcome is None
    look(supervisor, clock, 1, 1.0)
    assert started.failure.sentence.startswith("the worker has not answered for 60 s and was ended")
    assert client.sent[1:] == [Ping()]


def test_an_answer_or_a_machine_that_slept_is_no_reason_to_give_up(
    supervisor: Supervisor, clock: Clock
) -> None:
    started, client = begun(supervisor)
    look(supervisor, clock, 1, PING_EVERY_S + 0.1)
    look(supervisor, clock, 2, 10 * HUNG_AFTER_S)  # long, but hardly looked at
    assert started.outcome is None
    client.said = [Heartbeat()]
    look(supervisor, clock, 1, 0.1)
    look(supervisor, clock, 2 * HUNG_AFTER_LOOKS, PING_EVERY_S / 100)
    assert started.outcome is None
    assert client.sent[1:] == [Ping()]


def test_another_python_ends_the_worker_of_the_one_before(
    supervisor: Supervisor, clock: Clock
) -> None:
    _, client = begun(supervisor)
    client.said = [FINISHED]
    supervisor.advance()
    supervisor.release()
    supervisor._find_python = lambda: Path("/another")
    supervisor.start(task(name="8"))
    assert client.done == ["stop"]
    assert supervisor._client.python == Path("/another")


def test_memory_is_given_back_at_once_or_when_the_task_is_through(supervisor: Supervisor) -> None:
    supervisor.unload()
    _, client = begun(supervisor)
    supervisor.unload()
    assert client.sent[1:] == [Unload()]
    supervisor.release()
    supervisor.unload()
    assert client.done == ["stop"]
    assert not supervisor.has_worker


def test_a_worker_that_cannot_be_started_leaves_no_folder(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise WorkerError("the Python cannot be started")

    monkeypatch.setattr(supervision, "WorkerClient", refuse)
    waiting = task()
    with pytest.raises(WorkerError, match="cannot be started"):
        supervisor.start(waiting)
    assert (waiting.state, supervisor.task, supervisor.has_worker) == ("waiting", None, False)
    assert list(tmp_path.iterdir()) == []
