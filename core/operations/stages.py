"""Stages on their way: timed, told, and stopped between two steps when the user wants it."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import Cancelled
from ..tensors import IsCancelled, Progress

logger = logging.getLogger(__name__)


class Stages:
    """Times the stages, tells their progress, and stops between them when asked to."""

    def __init__(self, progress: Progress | None, cancelled: IsCancelled | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self.cancelled = cancelled

    def tell(self, stage: str, fraction: float) -> None:
        """Pass progress on.

        Raises:
            Cancelled: The user wants to stop.
        """
        if self.cancelled is not None and self.cancelled():
            raise Cancelled("stopped as asked; nothing was changed")
        if self._progress is not None:
            self._progress(stage, fraction)

    @contextmanager
    def run(self, stage: str) -> Iterator[None]:
        """Times a stage; its start and its end are told, and are where it may be cancelled."""
        self.tell(stage, 0.0)
        start = time.perf_counter()
        yield
        seconds = time.perf_counter() - start
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds
        logger.info("%s took %.3f s", stage, seconds)
        self.tell(stage, 1.0)
