"""One task on its way through the worker: started, watched, ended. Knows no bpy.

Whoever owns a `Supervisor` calls `advance` a few times a second while a task runs. Each call
is short; waiting is the caller's affair. Only monotonic clocks are asked: the one on the wall
may be set back.
"""

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from ..errors import SMALLER_RESOLUTION, USE_CPU, WorkerError
from . import protocol
from .client import ISOLATED, WorkerClient
from .protocol import Cancel, Event, Failed, Loaded, Ping, Ready, StageProgress, Stopped, Unload
from .task import Task

TERMINATE_AFTER_S = 1.2
"""A worker that has not honoured a cancel by then is terminated."""

KILL_AFTER_S = 1.5
"""One that has not even ended by then is killed, so that 2 s after the click it is over."""

PING_EVERY_S = 5.0
"""The worker answers even while it computes."""

HUNG_AFTER_S = 60.0
"""A worker that answers nothing for so long is given up; importing torch from a slow disk may take
half of it. It is counted from the first unanswered question, not from the last answer: Blender
itself may have been busy and asked nothing."""

HUNG_AFTER_LOOKS = 20
"""So often must an answer have been missed as well: some clocks go on while the machine sleeps."""

DEATHS = 2
"""Of workers by one task, after which it is not tried again by itself."""


TaskT = TypeVar("TaskT", bound=Task)


class Supervisor(Generic[TaskT]):
    """Keeps one worker for one task after another, and ends it when it must.

    Args:
        find_python: Gives the interpreter; may raise a `WorkerError`.
        new_folder: Makes a new folder for a worker's files; may raise a `WorkerError`.
        options: Of the interpreter.
    """

    def __init__(
        self,
        find_python: Callable[[], Path],
        new_folder: Callable[[], Path],
        options: Sequence[str] = ISOLATED,
    ) -> None:
        self.task: TaskT | None = None
        self._find_python, self._new_folder = find_python, new_folder
        self._options = options
        self._client: WorkerClient | None = None
        self._versions: dict[str, str] = {}
        self._device = ""
        self._asked_s: float | None = None
        self._looks = 0
        self._spoke_s = 0.0

    @property
    def has_worker(self) -> bool:
        """Whether a process is there, even if it is about to end."""
        return self._client is not None

    def is_free(self) -> bool:
        """Whether a task can be started now: none runs, and no killed worker is still there."""
        if self.task is not None:
            return False
        if self._client is not None and self._client.is_gone:
            self._let_go()
        return self._client is None or self._client.is_alive

    def start(self, task: TaskT) -> None:
        """Sends the task's request to the worker, and starts one where there is none.

        Raises:
            WorkerError: There is no interpreter, it cannot be started, or a folder cannot be made.
        """
        python = self._find_python()
        if self._client is not None and self._client.python != python:
            self._let_go()
        if self._client is None:
            folder = self._new_folder()
            try:
                self._client = WorkerClient(python, folder, options=self._options)
            except WorkerError:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            self._versions, self._device = {}, ""
        now = time.monotonic()
        task.begin(now)
        self.task = task
        self._asked_s, self._spoke_s = None, now
        self._client.send(task.request)

    def cancel(self) -> None:
        """Asks the worker to stop the task; `advance` sees to it that it does."""
        if self.task is not None and self.task.cancelled_s is None:
            self.task.cancelled_s = time.monotonic()
            self._client.send(Cancel(self.task.request.job))

    def unload(self) -> None:
        """Gives memory back: all of it where no task runs, else the model's once it is through."""
        if self.task is None:
            self.stop()
        else:
            self._client.send(Unload())

    def advance(self) -> None:
        """Hears what the worker says and sees how it is; takes well under 1 ms."""
        task = self.task
        if task is None or task.outcome is not None:
            return
        was_alive = self._client.is_alive  # asked before the last events are read, to lose none
        try:
            for event in self._client.events():
                self._hear(event)
            if task.outcome is None and was_alive:
                self._watch()
        except WorkerError as error:
            self._client.kill()  # what it says cannot be trusted any more
            self._lose(error)
        if task.outcome is None and not was_alive and self._client.is_drained:
            self._lose(self._client.end_error())
        if task.outcome is not None:
            self._note(task)

    def release(self) -> None:
        """Forgets the task, which has ended; the worker stays for the next."""
        self.task = None

    def stop(self) -> None:
        """Ends the worker, and with it any task; the next task starts a new one."""
        self.task = None
        if self._client is not None:
            self._let_go()

    def _let_go(self) -> None:
        """Ends the process where it still runs, and removes its files."""
        self._client.stop()
        shutil.rmtree(self._client.folder, ignore_errors=True)
        self._client = None

    def _hear(self, event: Event) -> None:
        task = self.task
        name = task.request.job
        self._asked_s, self._spoke_s = None, time.monotonic()
        if isinstance(event, Ready):
            self._versions = event.versions
        elif isinstance(event, Loaded):
            self._device = event.device
        elif isinstance(event, Failed) and event.job == "":
            task.outcome = event
        elif isinstance(event, StageProgress) and event.job == name:
            task.progress = event
            task.stage_starts.setdefault(event.stage, self._spoke_s)
        elif isinstance(event, protocol.Result | Failed | Stopped) and event.job == name:
            is_late = isinstance(event, protocol.Result) and task.cancelled_s is not None
            task.outcome = Stopped(name) if is_late else event

    def _watch(self) -> None:
        """Asks a silent worker for a sign of life, and ends one that does not do as it is told.

        Raises:
            WorkerError: It has not answered for too long.
        """
        task, now = self.task, time.monotonic()
        if task.cancelled_s is not None:
            if now - task.cancelled_s > KILL_AFTER_S:
                self._client.kill()
            elif now - task.cancelled_s > TERMINATE_AFTER_S:
                self._client.terminate()
        if self._asked_s is None and now - self._spoke_s > PING_EVERY_S:
            self._asked_s, self._looks = now, 0
            self._client.send(Ping())
        self._looks += 1
        is_silent = self._asked_s is not None and now - self._asked_s > HUNG_AFTER_S
        if is_silent and self._looks > HUNG_AFTER_LOOKS:
            task.deaths = DEATHS  # once more would take as long
            raise WorkerError(
                f"the worker has not answered for {HUNG_AFTER_S:.0f} s and was ended; "
                "start the job again, and lower the resolution if that does not help"
            )

    def _lose(self, error: WorkerError) -> None:
        """The worker is gone: the task ends, unless the same may go well with another worker."""
        task = self.task
        if task.cancelled_s is not None:
            task.outcome = Stopped(task.request.job)
            return
        sentence, remedy = str(error), error.remedy
        if not self._client.ended_itself and task.deaths < DEATHS:
            task.deaths += 1
            if task.deaths < DEATHS:
                task.state, self.task = "waiting", None
                return
            on_cpu = (self._device or task.request.device).startswith("cpu")
            remedy = SMALLER_RESOLUTION if on_cpu else USE_CPU
            what = "lower the resolution" if on_cpu else "use the CPU"
            sentence = f"{sentence.removesuffix('; start the job again')}, twice; {what}"
        task.log_tail = self._client.log_tail()
        task.outcome = Failed(task.request.job, sentence, task.log_tail, remedy)

    def _note(self, task: TaskT) -> None:
        """What a report of the task tells of its worker."""
        task.ended_s = time.monotonic()
        task.device, task.versions = self._device or task.request.device, self._versions
        if isinstance(task.outcome, Failed):
            task.log_tail = task.log_tail or self._client.log_tail()
